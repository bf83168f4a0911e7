//! What a handler consists of, put together before it serves.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tracing::Span;

use crate::dispatch::{self, Function};
use crate::trigger::Trigger;
use crate::{Failure, Invocation, Outcome, ServeError, TraceContext, serve};

/// How long a request body may be unless [`App::body_limit_bytes`] says otherwise: 64 MiB.
///
/// The host sets no limit of its own. A 4 MiB page of the Cosmos DB change feed grows to 8 to 16 MiB under the two
/// layers of escapes around it; axum's usual 2 MiB would refuse it.
pub const BODY_LIMIT_BYTES_DEFAULT: usize = 64 * 1024 * 1024;

/// How long an invocation may take unless [`App::deadline`] says otherwise: 240 seconds.
///
/// It lies below the shortest default `functionTimeout` (5 minutes), after which the host kills the whole process and
/// every other invocation with it. A proxied HTTP request has 240 seconds from the host as well.
pub const DEADLINE_DEFAULT: Duration = Duration::from_secs(240);

/// Called with the span of each invocation before anything runs in it.
pub(crate) type OnSpan = Arc<dyn Fn(&Span, Option<&TraceContext>) + Send + Sync>;

/// A custom handler: its functions, its HTTP routes and its limits.
#[must_use]
pub struct App {
    pub(crate) functions: BTreeMap<String, Function>,
    pub(crate) http: Router,
    pub(crate) limits: Limits,
    pub(crate) on_span: Option<OnSpan>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) body_bytes: usize,
    pub(crate) deadline: Option<Duration>,
    pub(crate) concurrency: Option<usize>,
}

impl Default for App {
    fn default() -> Self {
        Self::new()
    }
}

impl App {
    /// An app without functions; it answers `GET /`, by which the host sees that it is ready.
    pub fn new() -> Self {
        Self {
            functions: BTreeMap::new(),
            http: Router::new(),
            limits: Limits {
                body_bytes: BODY_LIMIT_BYTES_DEFAULT,
                deadline: Some(DEADLINE_DEFAULT),
                concurrency: None,
            },
            on_span: None,
        }
    }

    /// Adds the function `name`, which is the name of the folder with its function.json.
    ///
    /// The type of the invocation chooses how the request is decoded, see [`trigger`](crate::trigger). The host may
    /// kill the process at any instruction, so write first and confirm afterwards.
    ///
    /// # Panics
    /// When `name` is no function name (`^[a-z][a-z0-9_-]{0,127}$` without regard to case, not `host`) or was added
    /// before.
    pub fn function<T, F, Fut, E>(mut self, name: &str, function: F) -> Self
    where
        T: Trigger,
        F: Fn(Invocation<T>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Outcome, E>> + Send + 'static,
        E: Into<Failure> + 'static,
    {
        assert!(is_function_name(name), "`{name}` is not a function name");
        let before = self
            .functions
            .insert(name.to_owned(), dispatch::function(function));
        assert!(before.is_none(), "function `{name}` is there twice");
        self
    }

    /// Serves HTTP triggers by ordinary axum routes at their original path, route prefix included (`/api/…`).
    ///
    /// Needs `"enableProxyingHttpRequest": true` in host.json, and functions whose only bindings are `httpTrigger` and
    /// `http`. Answers of any status reach the caller unchanged. Several routers are merged.
    pub fn http(mut self, router: Router) -> Self {
        self.http = self.http.merge(router);
        self
    }

    /// How many bytes a request body may have, decoded from chunks or not; a longer one is answered 413.
    pub fn body_limit_bytes(mut self, bytes: usize) -> Self {
        self.limits.body_bytes = bytes;
        self
    }

    /// How long an invocation may take, reading its body and waiting for its turn included.
    ///
    /// After it the work is dropped and the host is answered 500 (an HTTP caller 504). Keep it some seconds below
    /// `functionTimeout`: the host gives no signal, it kills the process.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.limits.deadline = Some(deadline);
        self
    }

    /// Lets invocations take for ever, for an app whose `functionTimeout` is `-1`.
    pub fn no_deadline(mut self) -> Self {
        self.limits.deadline = None;
        self
    }

    /// How many invocations and HTTP requests run at once; the others wait for their turn, body unread.
    ///
    /// The host has no limit of its own. `GET /` never waits.
    ///
    /// # Panics
    /// When `invocations` is zero.
    pub fn concurrency_max(mut self, invocations: usize) -> Self {
        assert!(
            invocations > 0,
            "with concurrency_max(0) nothing would ever run"
        );
        self.limits.concurrency = Some(invocations);
        self
    }

    /// Calls `hook` with the span of each invocation before the span is entered for the first time.
    ///
    /// The place to make the span a child of the host's trace: later is too late for `tracing-opentelemetry`.
    pub fn on_span(
        mut self,
        hook: impl Fn(&Span, Option<&TraceContext>) + Send + Sync + 'static,
    ) -> Self {
        self.on_span = Some(Arc::new(hook));
        self
    }

    /// Everything as one router: for tests, and for a server of your own.
    pub fn into_router(self) -> Router {
        dispatch::router(self)
    }

    /// Serves on `127.0.0.1` at the port that the host gave in `FUNCTIONS_CUSTOMHANDLER_PORT`, until SIGTERM or Ctrl-C.
    ///
    /// Call it last, when everything that an invocation needs is there: the first answer to `GET /` tells the host to
    /// begin. A host never restarts a handler that exits with code 0, so end the process with another code unless the
    /// host is stopping too.
    ///
    /// # Errors
    /// When the variable is absent or no port, when the port cannot be listened on, or when the server fails.
    pub async fn run(self) -> Result<(), ServeError> {
        let stop = serve::stop_signal()?;
        let listener = serve::listen().await?;
        serve::serve(self.into_router(), listener, stop).await
    }

    /// Serves on `listener` until `shutdown` is ready, then lets running invocations end within
    /// [`SHUTDOWN_GRACE`](crate::SHUTDOWN_GRACE).
    ///
    /// # Errors
    /// When the server fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        serve::serve(self.into_router(), listener, shutdown).await
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("functions", &self.functions.keys())
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

fn is_function_name(name: &str) -> bool {
    let mut letters = name.bytes();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b'_' | b'-'))
        && name.len() <= 128
        && !name.eq_ignore_ascii_case("host")
}
