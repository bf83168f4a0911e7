//! The host as a whole: start, listeners, stop.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::app::{App, Settings, Trigger};
use crate::front::{Front, router};
use crate::handler::{CommandLine, Handler, HandlerState, RestartsExceeded, Supervisor};
use crate::invocation::{BodyFraming, CallOptions, Caller, RewriteDates, Runner};
use crate::keys::Keys;
use crate::output::Output;
use crate::stop::{Stop, StopHandle};
use crate::trigger::cosmos::{CosmosListener, CosmosStatus};
use crate::trigger::queue::{QueueListener, QueueStatus};
use crate::trigger::timer::Timer;

/// How long running invocations may go on after the host was told to stop.
const STOP_BUDGET: Duration = Duration::from_secs(10);

/// What a host is started with.
#[derive(Debug)]
pub struct HostOptions {
    /// The staged app.
    pub app: App,
    /// Its settings.
    pub settings: Settings,
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Access keys.
    pub keys: Keys,
    /// Where timers keep their status.
    pub state_dir: PathBuf,
    /// How payloads are framed.
    pub framing: BodyFraming,
    /// Whether documents are rewritten as in Azure.
    pub rewrite: RewriteDates,
    /// Whether calls carry a `traceparent` of the host's own.
    pub traceparent: bool,
    /// How long a queue message is hidden while it is processed; renewed at half of it. The real host takes 10 minutes.
    pub queue_visibility: Duration,
}

/// Why a host ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The port could not be bound.
    #[error("cannot listen on 127.0.0.1:{port}: {source}")]
    Bind {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The handler failed too often, or not even starts.
    #[error("{0}")]
    GaveUp(String),
}

/// One app being hosted.
#[derive(Debug)]
pub struct Host {
    app: Arc<App>,
    settings: Arc<Settings>,
    keys: Keys,
    state_dir: PathBuf,
    rewrite: RewriteDates,
    output: Arc<Output>,
    runner: Arc<Runner>,
    handler: Handler,
    drain: Drain,
    cosmos: BTreeMap<String, Arc<CosmosStatus>>,
    queues: BTreeMap<String, Arc<QueueStatus>>,
    queue_visibility: Duration,
    port: u16,
}

/// Drain mode: listeners start nothing new, what runs goes on.
#[derive(Debug, Clone)]
pub(crate) struct Drain(Arc<watch::Sender<bool>>);

impl Drain {
    fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    pub(crate) fn start(&self) {
        self.0.send_replace(true);
    }

    pub(crate) fn resume(&self) {
        self.0.send_replace(false);
    }

    pub(crate) fn is_on(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until something new may start; `false` when the host stops first.
    pub(crate) async fn open(&self, stop: &Stop) -> bool {
        let mut drain = self.0.subscribe();
        tokio::select! {
            biased;
            () = stop.stopped() => false,
            // `self` holds the sender, so the wait cannot fail.
            _ = drain.wait_for(|draining| !draining) => true,
        }
    }
}

/// Why listening ended.
enum Reason {
    Stopped,
    HandlerEnded(Result<(), HostError>),
    GaveUp(String),
}

type Supervised = JoinHandle<Result<(), RestartsExceeded>>;

impl Host {
    /// Hosts an app until `stop` is given or the handler fails for good.
    ///
    /// The handler is dead when this returns.
    pub async fn run(
        options: HostOptions,
        output: Arc<Output>,
        stop: Stop,
    ) -> Result<(), HostError> {
        let bind = |source| HostError::Bind {
            port: options.port,
            source,
        };
        let listener = TcpListener::bind(("127.0.0.1", options.port))
            .await
            .map_err(bind)?;
        let port = listener.local_addr().map_err(bind)?.port();
        let line = CommandLine::new(&options.app, &options.settings, port);
        let budget = options.app.host_json.initialization_timeout;
        let (supervisor, handler) = Supervisor::new(line, Arc::clone(&output), budget);
        let (process, process_stopped) = StopHandle::new();
        let mut supervised = tokio::spawn(supervisor.run(process_stopped));
        let (give_up, given_up) = mpsc::unbounded_channel();
        let (listeners, listeners_stopped) = StopHandle::new();
        let host = Self::new(options, output, handler, give_up, &listeners_stopped, port);

        let reason = host
            .listen(
                listener,
                &mut supervised,
                given_up,
                (&stop, &listeners, &listeners_stopped),
            )
            .await;
        process.stop();
        match reason {
            Reason::HandlerEnded(result) => result,
            Reason::Stopped => outcome(supervised.await),
            Reason::GaveUp(reason) => {
                outcome(supervised.await)?;
                Err(HostError::GaveUp(reason))
            }
        }
    }

    fn new(
        options: HostOptions,
        output: Arc<Output>,
        handler: Handler,
        give_up: mpsc::UnboundedSender<String>,
        stop: &Stop,
        port: u16,
    ) -> Self {
        let app = Arc::new(options.app);
        let call = CallOptions {
            framing: options.framing,
            traceparent: options.traceparent,
            timeout: app.host_json.function_timeout,
            initialization_timeout: app.host_json.initialization_timeout,
        };
        let names = app.functions.iter().map(|function| function.name.as_str());
        let caller = Caller::new(handler.clone(), call, give_up);
        let runner = Runner::new(caller, Arc::clone(&output), stop.clone(), names);
        Self {
            cosmos: status_of(&app, |trigger| matches!(trigger, Trigger::CosmosDb(_))),
            queues: status_of(&app, |trigger| matches!(trigger, Trigger::Queue(_))),
            queue_visibility: options.queue_visibility,
            settings: Arc::new(options.settings),
            keys: options.keys,
            state_dir: options.state_dir,
            rewrite: options.rewrite,
            output,
            runner: Arc::new(runner),
            handler,
            drain: Drain::new(),
            port,
            app,
        }
    }

    /// Everything between the first start of the handler and the end of the last listener.
    async fn listen(
        &self,
        listener: TcpListener,
        supervised: &mut Supervised,
        mut given_up: mpsc::UnboundedReceiver<String>,
        (stop, listeners, stopped): (&Stop, &StopHandle, &Stop),
    ) -> Reason {
        // Restarts are part of getting ready, so there is no limit but theirs.
        tokio::select! {
            _ = self.handler.ready(Duration::MAX / 2) => {}
            () = stop.stopped() => return Reason::Stopped,
        }
        let HandlerState::Ready { pid, .. } = self.handler.state() else {
            return Reason::HandlerEnded(outcome(supervised.await));
        };
        self.tell_ready(pid);
        let mut tasks = self.start_triggers(stopped);
        let front = router(self.front());
        let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let graceful = stopped.clone();
        let server = axum::serve(listener, front)
            .with_graceful_shutdown(async move { graceful.stopped().await });
        let mut server = tokio::spawn(server.into_future());
        let reason = tokio::select! {
            () = stop.stopped() => Reason::Stopped,
            ended = supervised => Reason::HandlerEnded(outcome(ended)),
            Some(reason) = given_up.recv() => Reason::GaveUp(reason),
        };
        listeners.stop();
        let wind_down = async {
            while tasks.join_next().await.is_some() {}
            drop((&mut server).await);
        };
        // Whatever runs longer is cut off together with the handler.
        drop(tokio::time::timeout(STOP_BUDGET, wind_down).await);
        server.abort();
        reason
    }

    fn tell_ready(&self, pid: u32) {
        let ready = json!({"event": "host_ready", "app": self.app.name, "port": self.port, "handler_pid": pid});
        self.output.open(Some(&ready));
        for problem in &self.app.problems {
            self.output.event(&json!({
                "event": "host_function_error", "function": problem.function, "reason": problem.message,
            }));
        }
    }

    fn front(&self) -> Front {
        Front {
            app: Arc::clone(&self.app),
            keys: self.keys.clone(),
            runner: Arc::clone(&self.runner),
            handler: self.handler.clone(),
            drain: self.drain.clone(),
            rewrite: self.rewrite,
            cosmos: self.cosmos.clone(),
            queues: self.queues.clone(),
            port: self.port,
        }
    }

    fn start_triggers(&self, stop: &Stop) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        for function in &self.app.functions {
            match &function.trigger {
                Trigger::Http(_) => {}
                Trigger::Timer(trigger) => {
                    let timer = Timer {
                        function: Arc::clone(function),
                        trigger: trigger.clone(),
                        runner: Arc::clone(&self.runner),
                        output: Arc::clone(&self.output),
                        drain: self.drain.clone(),
                        folder: self.state_dir.join("timers"),
                    };
                    tasks.spawn(timer.run(stop.clone()));
                }
                Trigger::CosmosDb(trigger) => {
                    let listener = CosmosListener {
                        function: Arc::clone(function),
                        trigger: trigger.clone(),
                        settings: Arc::clone(&self.settings),
                        runner: Arc::clone(&self.runner),
                        output: Arc::clone(&self.output),
                        drain: self.drain.clone(),
                        rewrite: self.rewrite,
                        status: self.cosmos.get(&function.name).cloned().unwrap_or_default(),
                    };
                    tasks.spawn(listener.run(stop.clone()));
                }
                Trigger::Queue(trigger) => {
                    let listener = QueueListener {
                        function: Arc::clone(function),
                        trigger: trigger.clone(),
                        options: self.app.host_json.queues,
                        visibility: self.queue_visibility,
                        settings: Arc::clone(&self.settings),
                        runner: Arc::clone(&self.runner),
                        output: Arc::clone(&self.output),
                        drain: self.drain.clone(),
                        status: self.queues.get(&function.name).cloned().unwrap_or_default(),
                    };
                    tasks.spawn(listener.run(stop.clone()));
                }
            }
        }
        tasks
    }
}

fn outcome(
    ended: Result<Result<(), RestartsExceeded>, tokio::task::JoinError>,
) -> Result<(), HostError> {
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(HostError::GaveUp(error.to_string())),
        Err(error) => Err(HostError::GaveUp(format!(
            "the supervisor of the handler failed: {error}"
        ))),
    }
}

/// A fresh status for each function whose trigger is of a kind.
fn status_of<S: Default>(
    app: &App,
    is_kind: impl Fn(&Trigger) -> bool,
) -> BTreeMap<String, Arc<S>> {
    let functions = app
        .functions
        .iter()
        .filter(|function| is_kind(&function.trigger));
    functions
        .map(|function| (function.name.clone(), Arc::default()))
        .collect()
}
