//! The storage account that drops arrive in, spoken to over its REST interface with a signed service URI each.

mod delivery;
pub(crate) mod trouble;

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::{RequestBuilder, Response, StatusCode};

pub use delivery::{Drops, Figures, FileDrop, Step};

/// Version of the storage interface that every request names.
const VERSION: &str = "2021-12-02";

/// A service URI that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSigned;

impl fmt::Display for NotSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a service uri of storage is http(s)://host/... with a signature after the question mark")
    }
}

impl std::error::Error for NotSigned {}

/// A request that storage did not take.
#[derive(Debug)]
pub enum Refused {
    /// It could not be asked.
    Connection(reqwest::Error),
    /// It said no.
    Status(StatusCode),
    /// It said yes without an `ETag`.
    NoETag,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(error) => write!(f, "storage cannot be reached: {error}"),
            Self::Status(status) => write!(f, "storage answered {status}"),
            Self::NoETag => f.write_str("storage gave no etag"),
        }
    }
}

impl std::error::Error for Refused {}

impl From<reqwest::Error> for Refused {
    fn from(error: reqwest::Error) -> Self {
        Self::Connection(error.without_url())
    }
}

/// A service URI in two: what comes before the signature, without a slash at its end, and the signature.
#[derive(Clone)]
struct Service {
    base: String,
    signature: String,
}

impl Service {
    fn new(uri: &str) -> Result<Self, NotSigned> {
        let (base, signature) = uri.split_once('?').ok_or(NotSigned)?;
        if !base.starts_with("http") || !signature.contains("sig=") {
            return Err(NotSigned);
        }
        Ok(Self {
            base: base.trim_end_matches('/').to_owned(),
            signature: signature.to_owned(),
        })
    }

    fn url(&self, path: &str, query: &str) -> String {
        let (base, signature) = (&self.base, &self.signature);
        format!("{base}/{}?{query}{signature}", encoded(path))
    }
}

/// Containers and queues of one account.
#[derive(Clone)]
pub struct Account {
    client: reqwest::Client,
    blobs: Service,
    queues: Service,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("blobs", &self.blobs.base)
            .field("queues", &self.queues.base)
            .finish_non_exhaustive()
    }
}

impl Account {
    /// An account, from the signed URIs of its blob and its queue service.
    ///
    /// # Errors
    /// Where a URI carries no signature.
    pub fn new(blobs: &str, queues: &str) -> Result<Self, NotSigned> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(20))
            .build()
            .map_err(|_| NotSigned)?;
        Ok(Self {
            client,
            blobs: Service::new(blobs)?,
            queues: Service::new(queues)?,
        })
    }

    /// Writes a blob whole, over whatever was there, and gives its new `ETag` without quotes.
    ///
    /// # Errors
    /// When it was not taken.
    pub async fn put(&self, container: &str, name: &str, bytes: &[u8]) -> Result<String, Refused> {
        let request = self
            .client
            .put(self.blobs.url(&format!("{container}/{name}"), ""))
            .header("x-ms-blob-type", "BlockBlob")
            // Of an empty body nobody else would say how long it is.
            .header("content-length", bytes.len())
            .body(bytes.to_vec());
        let answer = sent(request).await?;
        let etag = answer.headers().get("etag").ok_or(Refused::NoETag)?;
        let etag = etag.to_str().map_err(|_| Refused::NoETag)?;
        Ok(etag.trim_matches('"').to_owned())
    }

    /// Reads a blob whole; `None` where there is none.
    ///
    /// # Errors
    /// When it was not given.
    pub async fn get(&self, container: &str, name: &str) -> Result<Option<Vec<u8>>, Refused> {
        let url = self.blobs.url(&format!("{container}/{name}"), "");
        match sent(self.client.get(url)).await {
            Err(Refused::Status(StatusCode::NOT_FOUND)) => Ok(None),
            answer => Ok(Some(answer?.bytes().await?.to_vec())),
        }
    }

    /// Removes a blob, if it is there.
    ///
    /// # Errors
    /// When it was not removed.
    pub async fn remove(&self, container: &str, name: &str) -> Result<(), Refused> {
        let url = self.blobs.url(&format!("{container}/{name}"), "");
        match sent(self.client.delete(url)).await {
            Ok(_) | Err(Refused::Status(StatusCode::NOT_FOUND)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Names of all blobs below a prefix, in order.
    ///
    /// # Errors
    /// When they were not listed.
    pub async fn list(&self, container: &str, prefix: &str) -> Result<Vec<String>, Refused> {
        let (mut names, mut marker) = (Vec::new(), String::new());
        loop {
            let query = format!(
                "restype=container&comp=list&prefix={}&marker={}&",
                encoded(prefix),
                encoded(&marker)
            );
            let answer = sent(self.client.get(self.blobs.url(container, &query))).await?;
            let listing = answer.text().await?;
            names.extend(between(&listing, "<Name>", "</Name>"));
            marker = match between(&listing, "<NextMarker>", "</NextMarker>").next() {
                Some(next) if !next.is_empty() => next,
                _ => return Ok(names),
            };
        }
    }

    /// Puts a message into a queue, in base64 as the Functions host expects it.
    ///
    /// # Errors
    /// When it was not taken.
    pub async fn enqueue(&self, queue: &str, text: &str) -> Result<(), Refused> {
        let message = format!(
            "<QueueMessage><MessageText>{}</MessageText></QueueMessage>",
            BASE64_STANDARD.encode(text)
        );
        let url = self.queues.url(&format!("{queue}/messages"), "");
        let request = self
            .client
            .post(url)
            .header("content-type", "application/xml");
        sent(request.body(message)).await?;
        Ok(())
    }

    /// Address of a blob, without a signature, as events give it.
    fn address(&self, container: &str, name: &str) -> String {
        format!("{}/{container}/{}", self.blobs.base, encoded(name))
    }
}

async fn sent(request: RequestBuilder) -> Result<Response, Refused> {
    let answer = request.header("x-ms-version", VERSION).send().await?;
    if answer.status().is_success() {
        Ok(answer)
    } else {
        Err(Refused::Status(answer.status()))
    }
}

/// Percent-encoded but for slashes.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Texts between two marks; names of ours hold nothing that XML would escape.
fn between<'a>(text: &'a str, open: &'a str, close: &'a str) -> impl Iterator<Item = String> + 'a {
    text.split(open)
        .skip(1)
        .filter_map(move |rest| Some(rest.split_once(close)?.0.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_without_a_signature_is_refused() {
        let account = Account::new("http://127.0.0.1:1/a", "http://127.0.0.1:2/a?sig=x");
        assert_eq!(account.err(), Some(NotSigned));
    }

    #[test]
    fn names_are_encoded_and_signatures_kept() {
        let service = Service::new("http://127.0.0.1:1/acct/?sv=1&sig=a%2Fb").unwrap();
        assert_eq!(
            service.url("c/in/x y.csv", "comp=list&"),
            "http://127.0.0.1:1/acct/c/in/x%20y.csv?comp=list&sv=1&sig=a%2Fb"
        );
    }

    #[test]
    fn a_listing_gives_its_names() {
        let listing =
            "<Blobs><Blob><Name>a</Name></Blob><Blob><Name>b/c</Name></Blob></Blobs><NextMarker/>";
        assert_eq!(
            between(listing, "<Name>", "</Name>").collect::<Vec<_>>(),
            ["a", "b/c"]
        );
    }
}
