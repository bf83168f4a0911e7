//! A Functions host with its app: started, watched, started again.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use nix::sys::signal::Signal;
use serde::Deserialize;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::{
    Built, Tally,
    log::Log,
    port,
    process::{Process, signal},
    settings::{self, Endpoints},
};

/// Master key of the local hosts. It protects nothing: they listen on the loopback address only.
pub(crate) const MASTER_KEY: &str = "local-master-key";
/// Key that opens functions, and no admin route.
pub const FUNCTION_KEY: &str = "local-function-key";

/// How long a message is hidden while it is processed. The platform takes ten minutes, which is how long the message of a
/// killed host would wait for the next one.
const QUEUE_VISIBILITY_SECONDS: u32 = 15;

/// What every host of a run is started with.
#[derive(Debug)]
pub(crate) struct HostStarter<'a> {
    pub(crate) built: &'a Built,
    pub(crate) state: &'a Path,
    pub(crate) logs: &'a Path,
    pub(crate) endpoints: &'a Endpoints,
    pub(crate) tally: &'a Tally,
}

impl HostStarter<'_> {
    /// Starts the host of `app` and returns when its handler is ready.
    pub(crate) async fn start(&self, app: &str) -> Result<Host> {
        let folder = self.state.join("hosts").join(app);
        std::fs::create_dir_all(&folder)?;
        let settings = folder.join("local.settings.json");
        let reads_queue = !self.built.queues(app)?.is_empty();
        settings::write(&settings, app, self.endpoints, reads_queue)?;
        let port = port::free()?;
        let arguments = [
            ("--app", self.built.staged(app).display().to_string()),
            ("--port", port.to_string()),
            ("--settings", settings.display().to_string()),
            ("--state-dir", folder.display().to_string()),
            ("--master-key", MASTER_KEY.to_owned()),
            ("--function-key", FUNCTION_KEY.to_owned()),
            ("--queue-visibility", QUEUE_VISIBILITY_SECONDS.to_string()),
        ];
        let command = HostCommand {
            app: app.to_owned(),
            program: self.built.binary("functions-host"),
            arguments: arguments
                .into_iter()
                .flat_map(|(name, value)| [name.to_owned(), value])
                .collect(),
            log: Log::create(self.logs, app)?,
            tally: self.tally.clone(),
        };
        Host::start(command, port).await
    }
}

#[derive(Debug)]
struct HostCommand {
    app: String,
    program: PathBuf,
    arguments: Vec<String>,
    log: Log,
    tally: Tally,
}

impl HostCommand {
    async fn start(&self) -> Result<Process> {
        let tally = self.tally.clone();
        let (process, _ready) = Process::start(
            &self.app,
            &self.program,
            &self.arguments,
            self.log.clone(),
            move |line| tally.line(line),
        )
        .await?;
        Ok(process)
    }
}

/// A Functions host with the app that it runs. It is started again when it ends, as the platform does.
#[derive(Debug)]
pub struct Host {
    app: String,
    url: String,
    client: reqwest::Client,
    process_id: Arc<AtomicU32>,
    starts: Arc<AtomicU32>,
    stopping: Arc<AtomicBool>,
    stop: oneshot::Sender<()>,
    supervisor: JoinHandle<()>,
}

/// What a host says about itself.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct HostStatus {
    /// Process id of the handler; none while it is being started.
    pub handler_pid: Option<u32>,
    /// From the start of the handler's process to its first answer, in milliseconds. The host asks every 25 ms.
    #[serde(default)]
    pub handler_ready_ms: Option<f64>,
    /// How often this host has started its handler.
    #[serde(default)]
    pub handler_starts: u32,
    /// Invocations that the handler has not answered yet.
    #[serde(default)]
    pub outstanding_invocations: u64,
    /// Proxied HTTP requests that the handler has not answered yet.
    #[serde(default)]
    pub proxied_requests: u64,
    /// The app's functions.
    #[serde(default)]
    pub functions: Vec<FunctionStatus>,
}

/// What a host says about a function.
#[derive(Debug, Clone, Deserialize)]
pub struct FunctionStatus {
    /// How long ago its change feed was last known to be handed out to its end, in milliseconds; none while a page is
    /// being handled, and for other triggers.
    pub caught_up_ms_ago: Option<u64>,
}

impl HostStatus {
    /// Memory that the handler has in use now, in MiB; none while it is being started.
    #[must_use]
    pub fn handler_memory_mib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.handler_pid?)).ok()?;
        let resident = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: u64 = resident.trim().trim_end_matches(" kB").parse().ok()?;
        Some(kib.div_ceil(1024))
    }

    /// Whether the handler is in the middle of something.
    #[must_use]
    pub const fn is_at_work(&self) -> bool {
        self.outstanding_invocations > 0 || self.proxied_requests > 0
    }

    /// Whether a change feed of the app has been handed out to its end at some time after `instant`.
    #[must_use]
    pub fn feed_caught_up_since(&self, instant: Instant) -> bool {
        let within = instant.elapsed();
        let ago = self
            .functions
            .iter()
            .filter_map(|function| function.caught_up_ms_ago);
        ago.map(Duration::from_millis).any(|ago| ago < within)
    }
}

impl Host {
    async fn start(command: HostCommand, port: u16) -> Result<Self> {
        let process = command.start().await?;
        let (stop, stopped) = oneshot::channel();
        let host = Self {
            app: command.app.clone(),
            url: format!("http://127.0.0.1:{port}"),
            client: reqwest::Client::new(),
            process_id: Arc::new(AtomicU32::new(process.id().unwrap_or_default())),
            starts: Arc::new(AtomicU32::new(1)),
            stopping: Arc::default(),
            stop,
            supervisor: tokio::spawn(async {}),
        };
        let supervisor = supervise(
            command,
            process,
            stopped,
            host.process_id.clone(),
            host.starts.clone(),
            host.stopping.clone(),
        );
        Ok(Self {
            supervisor: tokio::spawn(supervisor),
            ..host
        })
    }

    /// Name of the app.
    #[must_use]
    pub fn app(&self) -> &str {
        &self.app
    }

    /// Where the host listens, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How often the platform has started this host.
    #[must_use]
    pub fn starts(&self) -> u32 {
        self.starts.load(Ordering::Acquire)
    }

    /// What the host says about itself.
    pub async fn status(&self) -> Result<HostStatus> {
        let response = self
            .client
            .get(format!("{}/admin/host/status", self.url))
            .send()
            .await?
            .error_for_status()?;
        Ok(response.json().await?)
    }

    /// Runs a function once, now, whatever its trigger.
    pub async fn run_function(&self, function: &str) -> Result<()> {
        let url = format!("{}/admin/functions/{function}", self.url);
        let request = self
            .client
            .post(url)
            .header("x-functions-key", MASTER_KEY)
            .json(&serde_json::json!({ "input": "" }));
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// Kills the handler with SIGKILL, as a crash, a time-out or a scale-in does. Returns its process id.
    pub async fn kill_handler(&self) -> Result<Option<u32>> {
        let pid = self.status().await?.handler_pid;
        if let Some(pid) = pid {
            signal(pid, Signal::SIGKILL);
        }
        Ok(pid)
    }

    pub(crate) async fn stop(self) {
        self.stopping.store(true, Ordering::Release);
        self.stop.send(()).ok();
        drop(self.supervisor.await);
    }
}

/// Plays the platform: starts the host again whenever it ends, until told to stop.
async fn supervise(
    command: HostCommand,
    mut process: Process,
    mut stopped: oneshot::Receiver<()>,
    process_id: Arc<AtomicU32>,
    starts: Arc<AtomicU32>,
    stopping: Arc<AtomicBool>,
) {
    loop {
        tokio::select! {
            _ = &mut stopped => return process.stop().await,
            ended = process.ended() => command.log.line(&format!("platform: {ended}; starting it again")),
        }
        process = loop {
            if stopping.load(Ordering::Acquire) {
                return;
            }
            match command.start().await {
                Ok(process) => break process,
                Err(error) => command.log.line(&format!("platform: {error:#}")),
            }
        };
        process_id.store(process.id().unwrap_or_default(), Ordering::Release);
        starts.fetch_add(1, Ordering::AcqRel);
    }
}
