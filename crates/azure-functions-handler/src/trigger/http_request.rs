use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::value::RawValue;

use super::{Payload, Trigger};
use crate::envelope::Entries;
use crate::{DecodeError, TraceContext};

/// httpTrigger in payload mode: the request as a JSON value, for functions with further bindings.
///
/// Prefer [`App::http`](crate::App::http) where the function has no other binding. Function keys are in the URL, the
/// query and the headers: never log those ([`fmt::Debug`] leaves them out).
#[derive(Clone)]
#[non_exhaustive]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The whole URL, as the caller wrote it.
    pub url: String,
    /// The headers; names that HTTP does not allow are left out.
    pub headers: HeaderMap,
    /// The query; a key that came several times has its values joined by commas.
    pub query: BTreeMap<String, String>,
    /// The parameters of the route; an optional one that is absent is `None`.
    pub params: BTreeMap<String, Option<String>>,
    /// The body as the host writes it: text, or base64 of `application/octet-stream` and `multipart/*`.
    ///
    /// **Absent when the caller sent chunks**, since the host reads only bodies with a `Content-Length`.
    pub body: Option<String>,
}

impl HttpRequest {
    /// The body as the caller sent it; empty when the host left it out.
    ///
    /// # Errors
    /// When the host should have sent base64 and did not.
    pub fn bytes(&self) -> Result<Cow<'_, [u8]>, DecodeError> {
        let body = self.body.as_deref().unwrap_or_default();
        let content_type = self
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let content_type = content_type
            .unwrap_or_default()
            .trim_start()
            .to_ascii_lowercase();
        let binary = ["application/octet-stream", "multipart/"]
            .iter()
            .any(|kind| content_type.starts_with(kind));
        if !binary {
            return Ok(Cow::Borrowed(body.as_bytes()));
        }
        let not_base64 = |_| DecodeError::Unexpected {
            binding: "Body".to_owned(),
            expected: "base64",
        };
        STANDARD.decode(body).map(Cow::Owned).map_err(not_base64)
    }
}

impl Trigger for HttpRequest {
    fn decode(payload: &Payload<'_>) -> Result<Self, DecodeError> {
        let text = payload.text()?;
        let wrong = |source| DecodeError::Json {
            binding: payload.binding.to_owned(),
            expected: "an HTTP request",
            source,
        };
        let entries: Entries<'_> = serde_json::from_str(&text).map_err(wrong)?;
        let method = entries
            .text("Method")
            .and_then(|method| method.parse().ok());
        Ok(Self {
            method: method.ok_or_else(|| payload.unexpected("an HTTP request with a `Method`"))?,
            url: entries.text("Url").unwrap_or_default(),
            headers: entries
                .get("Headers")
                .map(headers)
                .transpose()
                .map_err(wrong)?
                .unwrap_or_default(),
            query: object(&entries, "Query")
                .map_err(wrong)?
                .unwrap_or_default(),
            params: object(&entries, "Params")
                .map_err(wrong)?
                .unwrap_or_default(),
            body: entries.text("Body"),
        })
    }

    fn trace(&self) -> Option<TraceContext> {
        TraceContext::from_headers(&self.headers)
    }
}

fn object<T: serde::de::DeserializeOwned>(
    entries: &Entries<'_>,
    name: &str,
) -> Result<Option<T>, serde_json::Error> {
    entries
        .get(name)
        .map_or(Ok(None), |value| serde_json::from_str(value.get()))
}

/// Each header has an array of values; a single text is taken as well.
fn headers(value: &RawValue) -> Result<HeaderMap, serde_json::Error> {
    let entries: Option<Entries<'_>> = serde_json::from_str(value.get())?;
    let mut headers = HeaderMap::new();
    for (name, values) in entries.unwrap_or_default().0 {
        let values: Vec<String> = match serde_json::from_str(values.get()) {
            Ok(value) => vec![value],
            Err(_not_one) => serde_json::from_str(values.get())?,
        };
        let Ok(name) = HeaderName::from_bytes(name.as_bytes()) else {
            continue;
        };
        for value in values
            .iter()
            .filter_map(|value| HeaderValue::from_str(value).ok())
        {
            headers.append(&name, value);
        }
    }
    Ok(headers)
}

/// Without URL, query and headers, in which the keys are.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("params", &self.params)
            .field("body_bytes", &self.body.as_ref().map(String::len))
            .finish_non_exhaustive()
    }
}
