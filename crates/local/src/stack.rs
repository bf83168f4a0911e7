//! All processes of the pipeline, started in order and stopped in order.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use nix::sys::signal::Signal;
use serde::Deserialize;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::{
    Built, Simulator, SimulatorOptions, Storage, Tally, apps,
    log::Log,
    process::{Process, signal},
    settings::{self, Endpoints, StorageUris},
};

/// The app that reads the feed; it has no upstream.
const CONSOLIDATOR: &str = "consolidator";
/// The app that pulls from the simulator, so that it starts after it.
const ORDERS: &str = "orders";
/// The app that the simulator pushes to, so that it starts before it.
const TRANSPORT: &str = "transport";

/// Master key of the local hosts. It protects nothing: they listen on the loopback address only.
pub(crate) const MASTER_KEY: &str = "local-master-key";
/// Key that opens functions, and no admin route.
pub const FUNCTION_KEY: &str = "local-function-key";

/// How long a message is hidden while it is processed. The platform takes ten minutes, which is how long the message of a
/// killed host would wait for the next one.
const QUEUE_VISIBILITY_SECONDS: u32 = 15;

/// What to start.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// Folder for settings, logs and state of this run; emptied first.
    pub state: PathBuf,
    /// Where the reporting store is. What it holds is dropped: the emulated feed starts empty, so the reports must too.
    pub reporting_url: String,
    /// Where the consolidator thinks the reporting store is, if there is something in between.
    pub reporting_url_of_consolidator: Option<String>,
    /// What the simulated world does.
    pub simulator: SimulatorOptions,
}

/// The running pipeline.
#[derive(Debug)]
pub struct Stack {
    endpoints: Endpoints,
    tally: Tally,
    store: reporting::Store,
    emulator: Process,
    simulator: Simulator,
    hosts: BTreeMap<String, Host>,
    storage: Option<Storage>,
}

impl Stack {
    /// Starts everything and returns when every process is ready.
    pub async fn start(built: &Built, options: &StackOptions) -> Result<Self> {
        let logs = fresh_folder(&options.state)?;
        let (emulator, ready) = Process::start(
            "cosmos-emulator",
            &built.binary("cosmos-emulator"),
            &port_argument(0),
            Log::create(&logs, "cosmos-emulator")?,
            |_| {},
        )
        .await?;
        let store = open_store(&options.reporting_url).await?;
        let storage = Storage::start(built, &logs).await?;
        let simulator_port = free_port()?;
        let endpoints = Endpoints {
            feed: format!("http://127.0.0.1:{}/", ready["port"]),
            reporting: options
                .reporting_url_of_consolidator
                .clone()
                .unwrap_or_else(|| options.reporting_url.clone()),
            orders_api: format!("http://127.0.0.1:{simulator_port}/api/v2.0"),
            storage: storage.as_ref().map(|storage| StorageUris {
                blobs: storage.blob_service_uri(),
                queues: storage.queue_service_uri(),
            }),
        };
        let tally = Tally::default();
        let starter = HostStarter {
            built,
            state: &options.state,
            logs: &logs,
            endpoints: &endpoints,
            tally: &tally,
        };
        let (consolidator, transport) =
            tokio::try_join!(starter.start(CONSOLIDATOR), starter.start(TRANSPORT))?;
        let webhook_url = format!("{}/api/transport/webhooks", transport.url());
        let simulator = Simulator::start(
            &built.binary("upstream-sim"),
            &options.simulator,
            simulator_port,
            &webhook_url,
            Log::create(&logs, "upstream-sim")?,
        )
        .await?;
        let orders = starter.start(ORDERS).await?;
        let hosts = [consolidator, transport, orders]
            .into_iter()
            .map(|host| (host.app.clone(), host))
            .collect();
        let stack = Self {
            endpoints,
            tally,
            store,
            emulator,
            simulator,
            hosts,
            storage,
        };
        apps::write(&options.state, stack.hosts())?;
        Ok(stack)
    }

    /// The Functions host of an app.
    ///
    /// # Panics
    ///
    /// If the stack has no such app.
    #[must_use]
    pub fn host(&self, app: &str) -> &Host {
        &self.hosts[app]
    }

    /// All Functions hosts.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.hosts.values()
    }

    /// What the apps have reported.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The reporting store.
    #[must_use]
    pub const fn store(&self) -> &reporting::Store {
        &self.store
    }

    /// The simulated upstreams.
    #[must_use]
    pub const fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// The storage account; `None` where no app needs one, or Node is missing.
    #[must_use]
    pub const fn storage(&self) -> Option<&Storage> {
        self.storage.as_ref()
    }

    /// The emulator's URL, with a slash at the end.
    #[must_use]
    pub fn feed_url(&self) -> &str {
        &self.endpoints.feed
    }

    /// A client of the feed.
    pub async fn feed(&self) -> Result<feed::Feed> {
        let endpoint = self.endpoints.feed.clone();
        let config = feed::Config::from_vars(&|name: &str| {
            (name == "FEED__accountEndpoint").then(|| endpoint.clone())
        })?;
        Ok(feed::Feed::connect(&config).await?)
    }

    /// Stops everything, upstreams first, so that nothing is refused on the way down.
    pub async fn stop(mut self) {
        self.simulator.process.stop().await;
        for host in self.hosts.into_values() {
            host.stop().await;
        }
        self.emulator.stop().await;
        drop(self.storage);
    }
}

async fn open_store(url: &str) -> Result<reporting::Store> {
    let store = reporting::recreate(url).await;
    store.with_context(|| {
        format!(
            "cannot prepare the reporting store at {}",
            without_password(url)
        )
    })
}

/// The URL as it may be shown.
pub(crate) fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => url.to_owned(),
    }
}

fn fresh_folder(state: &Path) -> Result<PathBuf> {
    let logs = state.join("logs");
    for folder in [&logs, &state.join("hosts")] {
        if folder.exists() {
            std::fs::remove_dir_all(folder)
                .with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    Ok(logs)
}

fn port_argument(port: u16) -> Vec<String> {
    vec!["--port".to_owned(), port.to_string()]
}

/// A port that is free now. Somebody else could take it before we do; then the process says so and the start fails.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

struct HostStarter<'a> {
    built: &'a Built,
    state: &'a Path,
    logs: &'a Path,
    endpoints: &'a Endpoints,
    tally: &'a Tally,
}

impl HostStarter<'_> {
    async fn start(&self, app: &str) -> Result<Host> {
        let folder = self.state.join("hosts").join(app);
        std::fs::create_dir_all(&folder)?;
        let settings = folder.join("local.settings.json");
        let reads_queue = !self.built.queues(app)?.is_empty();
        settings::write(&settings, app, self.endpoints, reads_queue)?;
        let port = free_port()?;
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

    async fn stop(self) {
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
