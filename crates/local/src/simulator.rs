//! The simulated upstreams: started, asked how far they are, asked for the truth.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::{Pipeline, log::Log, port::Reserved, process::Process, settings};

/// What the simulated world does.
#[derive(Debug, Clone)]
pub struct SimulatorOptions {
    /// Decides everything that happens. The same seed gives the same world.
    pub seed: u64,
    /// How long the world goes on, in seconds; `None` for as long as it runs.
    pub seconds: Option<u64>,
    /// `none`, `mild` or `hard`.
    pub faults: String,
    /// Changes to orders per second.
    pub orders_rate: f64,
    /// Changes to trips per second.
    pub transport_rate: f64,
    /// Further options of the simulator, as its command line takes them.
    pub more: Vec<String>,
}

impl Default for SimulatorOptions {
    fn default() -> Self {
        Self {
            seed: 7,
            seconds: None,
            faults: "none".to_owned(),
            orders_rate: 5.0,
            transport_rate: 8.0,
            more: Vec::new(),
        }
    }
}

/// How far the simulated world is.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct SimulatorStatus {
    /// Whether nothing more happens and everything that happened has been accepted or can be read.
    pub finished: bool,
    /// Figures by source; which ones there are depends on how the source delivers.
    pub sources: BTreeMap<String, BTreeMap<String, u64>>,
}

impl SimulatorStatus {
    /// Changes that have happened at a source.
    #[must_use]
    pub fn changes(&self, source: &str) -> u64 {
        self.sources
            .get(source)
            .and_then(|figures| figures.get("changes"))
            .copied()
            .unwrap_or_default()
    }
}

/// The running simulator.
#[derive(Debug)]
pub struct Simulator {
    url: String,
    client: reqwest::Client,
    pub(crate) process: Process,
}

/// A world without end, for all practical purposes: seven days.
const ENDLESS_SECONDS: u64 = 7 * 24 * 60 * 60;

impl Simulator {
    pub(crate) async fn start(
        program: &std::path::Path,
        options: &SimulatorOptions,
        reserved: Reserved,
        pipeline: &Pipeline,
        log: Log,
    ) -> Result<Self> {
        let port = reserved.number()?;
        let mut arguments = vec![("--port", port.to_string())];
        arguments.extend(world(options));
        arguments.extend(ways(pipeline));
        let mut arguments: Vec<String> = arguments
            .into_iter()
            .flat_map(|(name, value)| [name.to_owned(), value])
            .collect();
        arguments.extend(options.more.iter().cloned());
        reserved.release();
        let (process, _ready) =
            Process::start("upstream-sim", program, &arguments, log, |_line| {}).await?;
        Ok(Self {
            url: format!("http://127.0.0.1:{port}"),
            client: reqwest::Client::new(),
            process,
        })
    }

    /// How far the world is.
    pub async fn status(&self) -> Result<SimulatorStatus> {
        self.get("/sim/status").await
    }

    /// The rows that the reports must hold, by table, and the number of dead letters by source.
    pub async fn truth(&self) -> Result<serde_json::Map<String, serde_json::Value>> {
        self.get("/sim/truth").await
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Result<T> {
        let response = self
            .client
            .get(format!("{}{path}", self.url))
            .send()
            .await?
            .error_for_status()?;
        response
            .json()
            .await
            .with_context(|| format!("the simulator's answer to {path} cannot be read"))
    }
}

/// What happens.
fn world(options: &SimulatorOptions) -> Vec<(&'static str, String)> {
    let seconds = options.seconds.unwrap_or(ENDLESS_SECONDS);
    vec![
        ("--seed", options.seed.to_string()),
        ("--seconds", seconds.to_string()),
        ("--faults", options.faults.clone()),
        ("--orders-rate", options.orders_rate.to_string()),
        ("--transport-rate", options.transport_rate.to_string()),
        ("--company", settings::COMPANY.to_owned()),
        ("--company-id", settings::COMPANY_ID.to_owned()),
    ]
}

/// How it gets to the apps.
fn ways(pipeline: &Pipeline) -> Vec<(&'static str, String)> {
    let at = |app: &str, path: &str| format!("{}{path}", pipeline.host(app).url());
    let geotab = [
        settings::GEOTAB_DATABASE,
        settings::GEOTAB_USER,
        settings::GEOTAB_PASSWORD,
    ];
    let subscription = [
        settings::VISIBILITY_SUBSCRIPTION,
        settings::VISIBILITY_SECRET,
    ];
    let mut ways = vec![
        (
            "--transport-url",
            at("transport", "/api/transport/webhooks"),
        ),
        ("--transport-secret", settings::TRANSPORT_SECRET.to_owned()),
        ("--telematics-token", settings::SAMSARA_TOKEN.to_owned()),
        ("--telematics-geotab", geotab.join(":")),
        ("--visibility-url", at("visibility", "/api/visibility")),
        ("--visibility-key", settings::VISIBILITY_KEY.to_owned()),
        (
            "--visibility-secret",
            settings::VISIBILITY_WEBHOOK_SECRET.to_owned(),
        ),
        ("--visibility-subscription", subscription.join(":")),
    ];
    if let Some(storage) = pipeline.storage() {
        ways.push(("--storage-blobs", storage.blob_service_uri()));
        ways.push(("--storage-queues", storage.queue_service_uri()));
    }
    ways
}
