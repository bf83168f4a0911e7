//! From a request to a function and back: turn, body, decoding, span, deadline, panics.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tracing::{Instrument as _, Span, field};

use crate::app::{App, Limits, OnSpan};
use crate::body;
use crate::envelope::Envelope;
use crate::trigger::{Payload, Trigger};
use crate::trouble::Trouble;
use crate::{DecodeError, Failure, Invocation, Metadata, Outcome, TraceContext};

/// A function of any trigger: decodes at once, and gives the future to run.
pub(crate) type Function = Arc<dyn Fn(Received) -> Result<Call, DecodeError> + Send + Sync>;

/// A request whose body is complete.
pub(crate) struct Received {
    function: Arc<str>,
    id: String,
    trace: Option<TraceContext>,
    body: Bytes,
    deadline: Option<Instant>,
}

/// A function that is ready to run.
pub(crate) struct Call {
    trace: Option<TraceContext>,
    run: BoxFuture<'static, Result<Outcome, Failure>>,
}

/// Hides which trigger a function has.
pub(crate) fn function<T, F, Fut, E>(function: F) -> Function
where
    T: Trigger,
    F: Fn(Invocation<T>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Outcome, E>> + Send + 'static,
    E: Into<Failure> + 'static,
{
    Arc::new(move |received| {
        let invocation = decode::<T>(received)?;
        let function = function.clone();
        let trace = invocation.trace;
        Ok(Call {
            trace,
            run: Box::pin(async move { function(invocation).await.map_err(Into::into) }),
        })
    })
}

fn decode<T: Trigger>(received: Received) -> Result<Invocation<T>, DecodeError> {
    let Received {
        function,
        id,
        trace,
        body,
        deadline,
    } = received;
    let envelope = Envelope::parse(&body)?;
    let metadata = Metadata::decode(&envelope.metadata)?;
    let mut bindings = envelope.data.0.iter();
    let (binding, value) = bindings.next().ok_or(DecodeError::NoTrigger)?;
    let trigger = T::decode(&Payload {
        binding,
        value,
        metadata: &metadata,
    })?;
    let trace = trace.or_else(|| trigger.trace());
    let inputs = bindings
        .map(|(name, value)| (name.to_string(), (*value).to_owned()))
        .collect();
    Ok(Invocation {
        trigger,
        metadata,
        id,
        function,
        trace,
        deadline,
        inputs,
    })
}

/// Puts the functions before the app's own routes.
pub(crate) fn router(app: App) -> Router {
    let App {
        functions,
        http,
        limits,
        on_span,
    } = app;
    let turns = limits
        .concurrency
        .map(|turns| Arc::new(Semaphore::new(turns)));
    let gate = Gate {
        limits,
        turns,
        on_span,
    };
    let http = proxied(http, gate.clone());
    // A route of the app may share a path with us; the methods that are not ours are the app's.
    let ready = get(|| async { StatusCode::OK }).fallback_service(http.clone());
    let mut router = Router::new().route("/", ready);
    for (name, function) in functions {
        let path = format!("/{name}");
        let (name, gate): (Arc<str>, _) = (name.into(), gate.clone());
        let invoke = move |request: Request| {
            let (gate, name, function) = (gate.clone(), Arc::clone(&name), Arc::clone(&function));
            async move { gate.invoke(name, function, request).await }
        };
        router = router.route(&path, post(invoke).fallback_service(http.clone()));
    }
    router.fallback_service(http)
}

/// The app's own routes behind the same limits.
fn proxied(http: Router, gate: Gate) -> Router {
    let body_limit = DefaultBodyLimit::max(gate.limits.body_bytes);
    let behind_gate = middleware::from_fn(move |request: Request, next: Next| {
        let gate = gate.clone();
        async move { gate.proxy(request, next).await }
    });
    http.layer(behind_gate).layer(body_limit)
}

/// What every request has to pass.
#[derive(Clone)]
struct Gate {
    limits: Limits,
    turns: Option<Arc<Semaphore>>,
    on_span: Option<OnSpan>,
}

impl Gate {
    /// Runs a function of an event trigger.
    async fn invoke(self, name: Arc<str>, function: Function, request: Request) -> Response {
        let deadline = self.deadline();
        let id = invocation_id(request.headers());
        let trace = TraceContext::from_headers(request.headers());
        let received = self.in_time(deadline, async {
            let turn = self.turn().await;
            let body = body::read(request.into_body(), self.limits.body_bytes).await?;
            Ok((
                turn,
                Received {
                    function: Arc::clone(&name),
                    id: id.clone(),
                    trace,
                    body,
                    deadline,
                },
            ))
        });
        let refuse = |trouble: Trouble| {
            self.span(Some(&*name), &id, trace)
                .in_scope(|| trouble.answer())
        };
        let (_turn, received) = match received.await {
            Ok(received) => received,
            Err(trouble) => return refuse(trouble),
        };
        let call = match catch_unwind(AssertUnwindSafe(|| function(received))) {
            Ok(Ok(call)) => call,
            Ok(Err(error)) => return refuse(error.into()),
            Err(panic) => return refuse(Trouble::panicked(&*panic)),
        };
        let span = self.span(Some(&*name), &id, call.trace);
        let run = self.in_time(deadline, async {
            call.run
                .await
                .and_then(Outcome::into_json)
                .map_err(Trouble::Failed)
        });
        let answer = async {
            match run.await {
                Ok(json) => ([(CONTENT_TYPE, "application/json")], json).into_response(),
                Err(trouble) => trouble.answer(),
            }
        };
        answer.instrument(span).await
    }

    /// Runs a route of the app.
    async fn proxy(self, request: Request, next: Next) -> Response {
        let deadline = self.deadline();
        let route = request
            .extensions()
            .get::<MatchedPath>()
            .map(|path| path.as_str().to_owned());
        let trace = TraceContext::from_headers(request.headers());
        let span = self.span(route.as_deref(), &invocation_id(request.headers()), trace);
        let run = self.in_time(deadline, async {
            let _turn = self.turn().await;
            Ok(next.run(request).await)
        });
        async { run.await.unwrap_or_else(|trouble| trouble.answer_caller()) }
            .instrument(span)
            .await
    }

    fn deadline(&self) -> Option<Instant> {
        self.limits.deadline.map(|after| Instant::now() + after)
    }

    /// Waits until fewer than the allowed number of requests run.
    async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed, and without a limit nobody waits.
        Arc::clone(self.turns.as_ref()?).acquire_owned().await.ok()
    }

    /// Ends `work` at the deadline and keeps its panics inside.
    async fn in_time<R>(
        &self,
        deadline: Option<Instant>,
        work: impl Future<Output = Result<R, Trouble>>,
    ) -> Result<R, Trouble> {
        let work = AssertUnwindSafe(work).catch_unwind();
        let done = match deadline {
            Some(deadline) => timeout_at(deadline, work).await,
            None => Ok(work.await),
        };
        match done {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => Err(Trouble::panicked(&*panic)),
            Err(_elapsed) => Err(Trouble::Late(self.limits.deadline.unwrap_or_default())),
        }
    }

    fn span(&self, function: Option<&str>, id: &str, trace: Option<TraceContext>) -> Span {
        let span = tracing::info_span!(
            "invocation",
            function = field::Empty,
            invocation_id = field::Empty,
            trace_id = field::Empty,
            otel.status_code = field::Empty
        );
        if let Some(function) = function {
            span.record("function", function);
        }
        if !id.is_empty() {
            span.record("invocation_id", id);
        }
        if let Some(trace) = trace {
            span.record("trace_id", trace.trace_id_hex());
        }
        if let Some(on_span) = &self.on_span {
            on_span(&span, trace.as_ref());
        }
        span
    }
}

fn invocation_id(headers: &HeaderMap) -> String {
    let id = headers
        .get("x-azure-functions-invocationid")
        .and_then(|id| id.to_str().ok());
    id.unwrap_or_default().to_owned()
}
