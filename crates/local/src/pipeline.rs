//! The pipeline itself: feed, reporting store, storage account and the function apps.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use record::Source;

use crate::{
    Between, Built, Host, Storage, Tally, apps,
    host::HostStarter,
    log::Log,
    process::Process,
    settings::{Endpoints, StorageUris},
    sources::{Arrival, CONSOLIDATOR, arrival},
    storage::Account,
};

/// Loads of a simulated world are planned for the days before it begins, and readings bear the times of their loads.
const OLDEST_READING: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Where a pipeline keeps its things and its reports.
#[derive(Debug, Clone)]
pub struct PipelineOptions {
    /// Folder for settings, logs and state of this run; emptied first.
    pub state: PathBuf,
    /// Where the reporting store is. What it holds is dropped: the emulated feed starts empty, so the reports must too.
    pub reporting_url: String,
    /// Where the consolidator thinks the reporting store is, if there is something in between.
    pub reporting_url_of_consolidator: Option<String>,
    /// What is between the apps and their blobs, if there is anything.
    pub before_blobs: Option<Between>,
}

/// The running pipeline, without the upstreams.
///
/// It starts in two steps, since an app that is pushed to must be there before its upstream, and an app that pulls after
/// it.
#[derive(Debug)]
pub struct Pipeline {
    logs: PathBuf,
    state: PathBuf,
    endpoints: Endpoints,
    tally: Tally,
    store: reporting::Store,
    emulator: Process,
    ingestion: Process,
    storage: Option<Storage>,
    hosts: BTreeMap<String, Host>,
    sources: Vec<Source>,
}

impl Pipeline {
    /// Starts everything but the apps that pull. `upstreams` is the URL, without a slash at the end, below which these will
    /// find what they pull from.
    pub async fn start(built: &Built, options: &PipelineOptions, upstreams: &str) -> Result<Self> {
        let logs = fresh_folder(&options.state)?;
        // The installation of the storage emulator, where it has to be, is what takes longest.
        let ((emulator, feed), (ingestion, telemetry), store, account) = tokio::try_join!(
            start_emulator(built, &logs),
            start_ingestion(built, &logs, &options.state),
            open_store(&options.reporting_url),
            Storage::start(built, &logs),
        )?;
        let (storage, missing) = match account {
            Account::Running(storage) => (Some(storage), None),
            Account::NotNeeded => (None, None),
            Account::Missing(error) => (None, Some(error)),
        };
        let sources = sources(built, storage.is_some());
        if let Some(error) = missing {
            say_what_does_not_run(&error, &sources);
        }
        let reporting = options.reporting_url_of_consolidator.as_ref();
        let endpoints = Endpoints {
            feed,
            reporting: reporting.unwrap_or(&options.reporting_url).clone(),
            upstreams: upstreams.to_owned(),
            storage: storage.as_ref().map(|storage| StorageUris {
                blobs: blobs(storage, options.before_blobs.as_ref()),
                queues: storage.queue_service_uri(),
            }),
            telematics_start: Timestamp::now() - OLDEST_READING,
            telemetry,
        };
        let mut pipeline = Self {
            logs,
            state: options.state.clone(),
            endpoints,
            tally: Tally::default(),
            store,
            emulator,
            ingestion,
            storage,
            hosts: BTreeMap::new(),
            sources,
        };
        let receivers = pipeline.apps(|arrival| arrival != Arrival::Pulled);
        let apps = receivers.chain([CONSOLIDATOR]).collect();
        pipeline.start_hosts(built, apps).await?;
        Ok(pipeline)
    }

    /// Starts the apps that pull, now that the upstreams are there.
    pub async fn start_pulling(&mut self, built: &Built) -> Result<()> {
        let apps = self.apps(|arrival| arrival == Arrival::Pulled).collect();
        self.start_hosts(built, apps).await
    }

    fn apps(&self, of: fn(Arrival) -> bool) -> impl Iterator<Item = &'static str> {
        let sources = self.sources.iter().copied();
        sources
            .filter(move |source| of(arrival(*source)))
            .map(Source::as_str)
    }

    async fn start_hosts(&mut self, built: &Built, apps: Vec<&'static str>) -> Result<()> {
        let starter = HostStarter {
            built,
            state: &self.state,
            logs: &self.logs,
            endpoints: &self.endpoints,
            tally: &self.tally,
        };
        let hosts = try_join_all(apps.into_iter().map(|app| starter.start(app))).await?;
        let hosts = hosts.into_iter().map(|host| (host.app().to_owned(), host));
        self.hosts.extend(hosts);
        apps::write(&self.state, self.hosts.values(), self.telemetry_url())
    }

    /// The sources whose apps run, in the order in which they are shown.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Whether an app of this name runs and pulls from its source.
    #[must_use]
    pub fn pulls(&self, app: &str) -> bool {
        self.apps(|arrival| arrival == Arrival::Pulled)
            .any(|pulling| pulling == app)
    }

    /// The Functions host of an app.
    ///
    /// # Panics
    ///
    /// If the pipeline has no such app.
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

    /// The storage account; `None` where no app needs one, or Node is missing.
    #[must_use]
    pub const fn storage(&self) -> Option<&Storage> {
        self.storage.as_ref()
    }

    /// URL of the blob service, signed, as the apps have it; none without a storage account.
    #[must_use]
    pub fn blobs_of_apps(&self) -> Option<&str> {
        let storage = self.endpoints.storage.as_ref();
        storage.map(|storage| storage.blobs.as_str())
    }

    /// URL of the ingestion endpoint that keeps the apps' telemetry, without a slash at the end.
    #[must_use]
    pub fn telemetry_url(&self) -> &str {
        &self.endpoints.telemetry
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

    /// Folder of the log files, one per process.
    #[must_use]
    pub fn logs(&self) -> &Path {
        &self.logs
    }

    /// Stops everything, the feed last. What pushes should have been stopped before.
    pub async fn stop(mut self) {
        for host in self.hosts.into_values() {
            host.stop().await;
        }
        self.emulator.stop().await;
        self.ingestion.stop().await;
        drop(self.storage);
    }
}

/// The sources whose apps can run.
fn sources(built: &Built, has_storage: bool) -> Vec<Source> {
    let runs = |source: &Source| {
        let is_built = built.apps().any(|app| app == source.as_str());
        is_built && (has_storage || arrival(*source) != Arrival::Dropped)
    };
    Source::ALL.iter().copied().filter(runs).collect()
}

/// Where the apps find their blobs.
fn blobs(storage: &Storage, between: Option<&Between>) -> String {
    let url = storage.blob_service_uri();
    between.map_or_else(|| url.clone(), |between| between.url(&url))
}

fn say_what_does_not_run(error: &azurite::InstallError, sources: &[Source]) {
    let names = |runs: bool| {
        let chosen = Source::ALL
            .iter()
            .filter(|source| sources.contains(source) == runs);
        let names: Vec<&str> = chosen.map(|source| source.as_str()).collect();
        names.join(", ")
    };
    eprintln!(
        "{error}\nwithout it these sources do not run: {}; these do: {}",
        names(false),
        names(true)
    );
}

async fn start_emulator(built: &Built, logs: &Path) -> Result<(Process, String)> {
    let (process, ready) = Process::start(
        "cosmos-emulator",
        &built.binary("cosmos-emulator"),
        &["--port".to_owned(), "0".to_owned()],
        Log::create(logs, "cosmos-emulator")?,
        |_| {},
    )
    .await?;
    Ok((process, format!("http://127.0.0.1:{}/", ready["port"])))
}

async fn start_ingestion(built: &Built, logs: &Path, state: &Path) -> Result<(Process, String)> {
    let keep = state.join("telemetry/items.jsonl").display().to_string();
    let (process, ready) = Process::start(
        "ingestion-endpoint",
        &built.binary("ingestion-endpoint"),
        &[
            "--port".to_owned(),
            "0".to_owned(),
            "--keep".to_owned(),
            keep,
        ],
        Log::create(logs, "ingestion-endpoint")?,
        |_| {},
    )
    .await?;
    Ok((process, format!("http://127.0.0.1:{}", ready["port"])))
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
fn without_password(url: &str) -> String {
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
