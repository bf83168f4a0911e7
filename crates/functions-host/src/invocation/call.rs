//! One HTTP exchange with the handler.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::handler::Handler;

/// Version that the host says it has.
pub(crate) const HOST_VERSION: &str = "4.1037.0.0";
/// Longest answer that is taken from a handler, in bytes.
const ANSWER_LIMIT: usize = 100 * 1024 * 1024;
/// How long a timed-out call may still end by itself before the handler is killed.
const AFTER_DEADLINE: Duration = Duration::from_secs(2);
/// Size of one chunk of a chunked body, in bytes.
const CHUNK: usize = 16 * 1024;

/// How the length of a payload is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFraming {
    /// `Transfer-Encoding: chunked`, as in Azure.
    Chunked,
    /// `Content-Length`, as under the Core Tools.
    Length,
}

/// How the handler is called.
#[derive(Debug, Clone)]
pub(crate) struct CallOptions {
    pub(crate) framing: BodyFraming,
    pub(crate) traceparent: bool,
    /// `functionTimeout`; `None` is unlimited.
    pub(crate) timeout: Option<Duration>,
    pub(crate) initialization_timeout: Duration,
}

/// Calls the handler wherever it is at the moment.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    client: Client<HttpConnector, Body>,
    handler: Handler,
    options: CallOptions,
    give_up: mpsc::UnboundedSender<String>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error("the handler was not ready in time")]
    NotReady,
    #[error("the handler cannot be reached: {0}")]
    Connection(String),
    #[error("no answer within the function timeout of {0:?}")]
    Timeout(Duration),
}

impl Caller {
    /// A reason sent through `give_up` ends the host.
    pub(crate) fn new(
        handler: Handler,
        options: CallOptions,
        give_up: mpsc::UnboundedSender<String>,
    ) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self {
            client,
            handler,
            options,
            give_up,
        }
    }

    /// POSTs a payload to `/<function>` and reads the whole answer.
    pub(crate) async fn payload(
        &self,
        function: &str,
        id: Uuid,
        body: String,
    ) -> Result<(StatusCode, HeaderMap, Bytes), CallError> {
        let mut request = Request::new(self.framed(body));
        *request.method_mut() = Method::POST;
        let headers = request.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=utf-8"),
        );
        headers.insert(
            header::USER_AGENT,
            header_value(&format!("Azure-Functions-Host/{HOST_VERSION}")),
        );
        self.mark(headers, id);
        self.within_deadline(
            request,
            &format!("/{function}"),
            async |response: Response<Body>| {
                let (parts, body) = response.into_parts();
                let bytes = axum::body::to_bytes(body, ANSWER_LIMIT).await;
                bytes
                    .map(|bytes| (parts.status, parts.headers, bytes))
                    .map_err(|error| CallError::Connection(error.to_string()))
            },
        )
        .await
    }

    /// Sends a request as it is; the body of the answer is streamed.
    pub(crate) async fn request(
        &self,
        request: Request<Body>,
        path: &str,
    ) -> Result<Response<Body>, CallError> {
        self.within_deadline(request, path, async |response| Ok(response))
            .await
    }

    /// Headers that every call carries.
    pub(crate) fn mark(&self, headers: &mut HeaderMap, id: Uuid) {
        headers.insert(
            "x-azure-functions-hostversion",
            HeaderValue::from_static(HOST_VERSION),
        );
        headers.insert(
            "x-azure-functions-invocationid",
            header_value(&id.to_string()),
        );
        if self.options.traceparent && !headers.contains_key("traceparent") {
            headers.insert("traceparent", header_value(&traceparent()));
        }
    }

    fn framed(&self, body: String) -> Body {
        let body = Bytes::from(body);
        match self.options.framing {
            BodyFraming::Length => Body::from(body),
            BodyFraming::Chunked => {
                let chunks = (0..body.len())
                    .step_by(CHUNK)
                    .map(move |start| body.slice(start..(start + CHUNK).min(body.len())));
                Body::from_stream(futures::stream::iter(chunks.map(Ok::<_, Infallible>)))
            }
        }
    }

    async fn within_deadline<T>(
        &self,
        mut request: Request<Body>,
        path: &str,
        read: impl AsyncFnOnce(Response<Body>) -> Result<T, CallError>,
    ) -> Result<T, CallError> {
        let (port, start) = self.ready().await?;
        let uri = format!("http://127.0.0.1:{port}{path}");
        *request.uri_mut() = uri
            .parse()
            .map_err(|error| CallError::Connection(format!("{uri}: {error}")))?;
        let call = async {
            let response = self
                .client
                .request(request)
                .await
                .map_err(|error| CallError::Connection(with_sources(&error)))?;
            read(response.map(Body::new)).await
        };
        let Some(timeout) = self.options.timeout else {
            return call.await;
        };
        let mut call = std::pin::pin!(call);
        if let Ok(result) = tokio::time::timeout(timeout, &mut call).await {
            return result;
        }
        if tokio::time::timeout(AFTER_DEADLINE, &mut call)
            .await
            .is_err()
        {
            self.handler.kill(start).await;
        }
        Err(CallError::Timeout(timeout))
    }

    async fn ready(&self) -> Result<(u16, u64), CallError> {
        // The real host waits for three restarts' worth of time and then stops itself.
        let budget = self.options.initialization_timeout * 4;
        match self.handler.ready(budget).await {
            Some(ready) => Ok(ready),
            None => {
                let reason = format!(
                    "an invocation waited {} s for the handler",
                    budget.as_secs()
                );
                // Nobody listens when the host is ending anyway.
                drop(self.give_up.send(reason));
                Err(CallError::NotReady)
            }
        }
    }
}

/// A new trace; the flag is 00, because the host's telemetry never sets the recorded flag.
fn traceparent() -> String {
    let (trace, span) = (
        Uuid::new_v4().simple().to_string(),
        Uuid::new_v4().simple().to_string(),
    );
    format!("00-{trace}-{}-00", &span[..16])
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}
