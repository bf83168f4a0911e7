//! The port: HTTP/1.1 and HTTP/2 prior knowledge in, emulator requests out.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use azure_core::http::headers::{HeaderName, HeaderValue};
use azure_core::http::{Method, Request as CoreRequest, Url};
use azure_data_cosmos_driver::in_memory_emulator::{
    InMemoryEmulatorHttpClient, VirtualAccountConfig, VirtualRegion,
};
use http::{Request, Response, StatusCode, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};

use crate::fault::{FaultControl, Faults, Verdict};
use crate::seed;
use crate::unchanged::{Poll, Unchanged};

/// Largest request body: a batch may have 2 MiB, and one over the limit must reach the emulator to get its 413.
const BODY_LIMIT: usize = 8 * 1024 * 1024;
/// The one region of the account.
const REGION: &str = "West Europe";

/// A served emulator.
#[derive(Debug)]
pub struct Emulator {
    listener: TcpListener,
    port: u16,
    gateway: Arc<Gateway>,
}

#[derive(Debug)]
struct Gateway {
    emulator: InMemoryEmulatorHttpClient,
    faults: FaultControl,
    unchanged: Unchanged,
    base: Url,
}

/// Why the emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port could not be bound.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Bind {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The emulator refused its own account.
    #[error("the emulator refused its configuration: {0}")]
    Account(String),
}

/// A reply that is lost on purpose; the connection or stream ends because of it.
#[derive(Debug, thiserror::Error)]
#[error("reply dropped on purpose")]
struct ReplyDropped;

impl Emulator {
    /// Binds `127.0.0.1:port` (0 takes a free one) and creates the containers; nothing is served yet.
    pub async fn bind(port: u16) -> Result<Self, StartError> {
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .map_err(|source| StartError::Bind { port, source })?;
        let port = listener
            .local_addr()
            .map_err(|source| StartError::Bind { port, source })?
            .port();
        let base = Url::parse(&format!("http://127.0.0.1:{port}/")).map_err(account)?;
        let account_config =
            VirtualAccountConfig::new(vec![VirtualRegion::new(REGION, base.clone())])
                .map_err(account)?;
        let emulator = InMemoryEmulatorHttpClient::try_new(account_config).map_err(account)?;
        seed::seed(&emulator.store()).map_err(account)?;
        let gateway = Gateway {
            emulator,
            faults: FaultControl::default(),
            unchanged: Unchanged::default(),
            base,
        };
        Ok(Self {
            listener,
            port,
            gateway: Arc::new(gateway),
        })
    }

    /// The bound port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Serves until the future is dropped.
    pub async fn serve(self) {
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => {
                    tokio::spawn(serve_connection(stream, Arc::clone(&self.gateway)));
                }
                // Out of file descriptors, most likely: the next accept may work.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
}

fn account(error: impl std::fmt::Display) -> StartError {
    StartError::Account(error.to_string())
}

async fn serve_connection(stream: TcpStream, gateway: Arc<Gateway>) {
    // Small replies wait for an acknowledgement otherwise; where it cannot be set they are only slower.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let service = tower::service_fn(move |request: Request<_>| {
        let gateway = Arc::clone(&gateway);
        async move { gateway.handle(request.map(Body::new)).await }
    });
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http2()
        .max_concurrent_streams(1_000)
        .adaptive_window(true);
    // An error here is a client that went away or a reply dropped on purpose.
    drop(
        server
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
            .await,
    );
}

impl Gateway {
    async fn handle(&self, request: Request<Body>) -> Result<Response<Body>, ReplyDropped> {
        if request.uri().path() == "/_faults" {
            return Ok(self.fault_control(request).await);
        }
        let Some(container) = written_container(&request).map(str::to_owned) else {
            return Ok(self.read(request).await);
        };
        let (verdict, latency) = self.faults.decide(&container);
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        match verdict {
            Verdict::Serve => Ok(self.write(&container, request).await),
            Verdict::DropReply => {
                drop(self.write(&container, request).await);
                Err(ReplyDropped)
            }
            Verdict::Refuse {
                code,
                retry_after_ms,
            } => Ok(refusal(code, retry_after_ms)),
        }
    }

    async fn fault_control(&self, request: Request<Body>) -> Response<Body> {
        if request.method() == http::Method::PUT {
            let body = match axum::body::to_bytes(request.into_body(), BODY_LIMIT).await {
                Ok(body) => body,
                Err(error) => return plain(StatusCode::BAD_REQUEST, error.to_string()),
            };
            match serde_json::from_slice::<Faults>(&body) {
                Ok(faults) => self.faults.set(faults),
                Err(error) => return plain(StatusCode::BAD_REQUEST, error.to_string()),
            }
        }
        let text = serde_json::to_string(&self.faults.get()).unwrap_or_default();
        let mut response = plain(StatusCode::OK, text);
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            http::HeaderValue::from_static("application/json"),
        );
        response
    }

    async fn write(&self, container: &str, request: Request<Body>) -> Response<Body> {
        let _written = self.unchanged.writing(container);
        self.forward(request).await
    }

    async fn read(&self, request: Request<Body>) -> Response<Body> {
        let Some(poll) = Poll::of(&request, container(&request)) else {
            return self.forward(request).await;
        };
        if let Some(answer) = self.unchanged.answer(&poll) {
            return answer;
        }
        let latency = self.faults.poll_latency(poll.container());
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
        let writes = self.unchanged.writes(&poll);
        let answer = self.forward(request).await;
        self.unchanged.keep(&poll, writes, &answer);
        answer
    }

    /// Hands one request to the emulator and copies the answer back.
    async fn forward(&self, request: Request<Body>) -> Response<Body> {
        match self.try_forward(request).await {
            Ok(response) => response,
            Err(reason) => plain(StatusCode::BAD_GATEWAY, reason),
        }
    }

    async fn try_forward(&self, request: Request<Body>) -> Result<Response<Body>, String> {
        let (parts, body) = request.into_parts();
        let method: Method = parts
            .method
            .as_str()
            .parse()
            .map_err(|_| format!("method {}", parts.method))?;
        let mut url = self.base.clone();
        // The Python client ends paths with a slash, which the emulator refuses.
        url.set_path(parts.uri.path().trim_end_matches('/'));
        url.set_query(parts.uri.query());
        let mut core = CoreRequest::new(url, method);
        for (name, value) in &parts.headers {
            if let Ok(value) = value.to_str() {
                core.insert_header(
                    HeaderName::from(name.as_str().to_owned()),
                    HeaderValue::from(value.to_owned()),
                );
            }
        }
        let body = axum::body::to_bytes(body, BODY_LIMIT)
            .await
            .map_err(|error| error.to_string())?;
        core.set_body(body);
        let answer = self
            .emulator
            .execute_request(&core)
            .await
            .map_err(|error| error.to_string())?;
        let answer = answer
            .try_into_raw_response()
            .await
            .map_err(|error| error.to_string())?;
        let (status, headers, body) = answer.deconstruct();
        let mut response = Response::new(Body::from(bytes::Bytes::from(body)));
        *response.status_mut() =
            StatusCode::from_u16(u16::from(status)).map_err(|error| error.to_string())?;
        for (name, value) in headers {
            let name =
                http::HeaderName::try_from(name.as_str()).map_err(|error| error.to_string())?;
            let value =
                http::HeaderValue::from_str(value.as_str()).map_err(|error| error.to_string())?;
            // The server frames the body itself.
            if name != header::CONTENT_LENGTH && name != header::TRANSFER_ENCODING {
                response.headers_mut().insert(name, value);
            }
        }
        Ok(response)
    }
}

/// The container that an item write goes to; `None` for reads, queries, feeds and the control plane.
fn written_container(request: &Request<Body>) -> Option<&str> {
    let method = request.method();
    let is_write = [
        http::Method::POST,
        http::Method::PUT,
        http::Method::PATCH,
        http::Method::DELETE,
    ]
    .contains(method);
    let flag = |name: &str| {
        request
            .headers()
            .get(name)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"true"))
    };
    if !is_write || flag("x-ms-documentdb-isquery") || flag("x-ms-documentdb-query") {
        return None;
    }
    if flag("x-ms-cosmos-is-query-plan-request") {
        return None;
    }
    container(request)
}

/// The container whose items a request is about.
fn container(request: &Request<Body>) -> Option<&str> {
    let mut segments = request
        .uri()
        .path()
        .split('/')
        .filter(|segment| !segment.is_empty());
    let (dbs, _, colls) = (segments.next()?, segments.next()?, segments.next()?);
    let container = segments.next()?;
    (dbs == "dbs" && colls == "colls" && segments.next()? == "docs").then_some(container)
}

fn refusal(code: u16, retry_after_ms: u64) -> Response<Body> {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let mut response = plain(
        status,
        format!("{{\"code\":\"{code}\",\"message\":\"fault on demand\"}}"),
    );
    let headers = response.headers_mut();
    headers.insert("x-ms-retry-after-ms", retry_after_ms.into());
    // 3200 is the service's "request rate is too large".
    headers.insert(
        "x-ms-substatus",
        if code == 429 { 3200.into() } else { 0.into() },
    );
    headers.insert(
        header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    response
}

fn plain(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response
}
