//! What a function returns when it succeeded, and how it is written for the host.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::Failure;

/// A successful invocation: values for output bindings, lines for the host's log, a return value.
///
/// It is always written as the full object `{"Outputs":{},"Logs":[],"ReturnValue":null}`. The host never completes an
/// invocation that is answered 2xx with an empty or `null` body; such an answer cannot be made of this type.
#[must_use]
#[derive(Debug, Default)]
pub struct Outcome {
    outputs: Vec<(String, Box<RawValue>)>,
    logs: Vec<String>,
    return_value: Option<Box<RawValue>>,
    unserializable: Option<Failure>,
}

impl Outcome {
    /// Success with nothing to say.
    pub fn done() -> Self {
        Self::default()
    }

    /// Adds a line to the host's log, correlated with this invocation (category `Function.<name>.User`).
    pub fn log(mut self, line: impl Into<String>) -> Self {
        self.logs.push(line.into());
        self
    }

    /// Sets the value of the output binding `name`; arrays become one item per element.
    ///
    /// The host decodes *every* string that happens to be valid base64 (`order123`) into bytes. Such a string is sent
    /// as the base64 of itself, so that what is written is the string you gave. A value that does not serialize fails
    /// the invocation.
    pub fn output(self, name: impl Into<String>, value: impl Serialize) -> Self {
        match serde_json::to_string(&value) {
            Ok(json) => self.put(name.into(), protect(json)),
            Err(error) => self.broken(error),
        }
    }

    /// Sets the value of the output binding `name` to bytes.
    pub fn output_bytes(self, name: impl Into<String>, bytes: impl AsRef<[u8]>) -> Self {
        self.output_as_is(name, STANDARD.encode(bytes))
    }

    /// Sets the value of the output binding `name` without the base64 protection of [`Outcome::output`].
    ///
    /// For a binding with `"dataType": "binary"`, whose strings the host leaves alone.
    pub fn output_as_is(self, name: impl Into<String>, value: impl Serialize) -> Self {
        match serde_json::to_string(&value) {
            Ok(json) => self.put(name.into(), json),
            Err(error) => self.broken(error),
        }
    }

    /// Sets the value for the binding named `$return`, with the same base64 protection as [`Outcome::output`].
    ///
    /// Without such a binding the host spreads an object over the output bindings by its keys.
    pub fn return_value(mut self, value: impl Serialize) -> Self {
        match serde_json::to_string(&value).and_then(|json| RawValue::from_string(protect(json))) {
            Ok(json) => {
                self.return_value = Some(json);
                self
            }
            Err(error) => self.broken(error),
        }
    }

    fn put(mut self, name: String, json: String) -> Self {
        match RawValue::from_string(json) {
            Ok(json) => {
                self.outputs.retain(|(present, _)| *present != name);
                self.outputs.push((name, json));
                self
            }
            Err(error) => self.broken(error),
        }
    }

    fn broken(mut self, error: serde_json::Error) -> Self {
        self.unserializable.get_or_insert(error.into());
        self
    }

    /// The body that the host reads.
    pub(crate) fn into_json(self) -> Result<Bytes, Failure> {
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Body<'a> {
            outputs: Outputs<'a>,
            logs: &'a [String],
            return_value: Option<&'a RawValue>,
        }
        if let Some(failure) = self.unserializable {
            return Err(failure);
        }
        let body = Body {
            outputs: Outputs(&self.outputs),
            logs: &self.logs,
            return_value: self.return_value.as_deref(),
        };
        Ok(serde_json::to_vec(&body)?.into())
    }
}

struct Outputs<'a>(&'a [(String, Box<RawValue>)]);

impl Serialize for Outputs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Replaces a JSON string that the host would take for base64 with the base64 of its text.
fn protect(json: String) -> String {
    // Nothing in base64 needs an escape but the line breaks that the host's decoder skips; do not miss those either.
    let Ok(text) = serde_json::from_str::<String>(&json) else {
        return json;
    };
    let dense: String = text
        .chars()
        .filter(|c| !matches!(c, ' ' | '\t' | '\r' | '\n'))
        .collect();
    if STANDARD.decode(dense).is_ok() {
        format!("\"{}\"", STANDARD.encode(text))
    } else {
        json
    }
}

/// The answer to the caller of an httpTrigger in payload mode; give it to [`Outcome::output`] under the name of the
/// `http` output binding.
///
/// ```
/// use azure_functions_handler::{Outcome, http_response};
/// use http::StatusCode;
///
/// let not_found = http_response(StatusCode::NOT_FOUND, [("Content-Type", "application/json")], r#"{"known":false}"#);
/// let outcome = Outcome::done().output("res", not_found);
/// ```
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpResponse {
    // Never `status`: the host reads it and ignores it, and the caller gets 200.
    status_code: u16,
    headers: std::collections::BTreeMap<String, String>,
    body: String,
}

/// An answer with this status, these headers and this text.
///
/// Set `Content-Type` yourself; without it the host says plain text. A 4xx or 5xx for the caller is a *successful*
/// invocation, so return it in an [`Outcome`]: a [`Failure`] becomes 500 with an empty body.
pub fn http_response<N: fmt::Display, V: fmt::Display>(
    status: StatusCode,
    headers: impl IntoIterator<Item = (N, V)>,
    body: impl Into<String>,
) -> HttpResponse {
    let headers = headers
        .into_iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    HttpResponse {
        status_code: status.as_u16(),
        headers,
        body: body.into(),
    }
}
