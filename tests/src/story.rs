//! The story of one order as all six systems tell it, delivered to a running pipeline piece by piece.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use local::{Between, Pipeline, PipelineOptions, settings};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::MutexGuard;
use webhook_signature::{Secret, body_only};

use crate::{OnCall, Outside, Proxy, files::File, send_trip, world};

/// How long a piece may take until it is durable, before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a waiting test looks again.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// How often a test asks an app to pull. A call answers before the pull is at work.
const PULL_EVERY: Duration = Duration::from_millis(100);

/// One file of the story, by its path below `tests/fixtures/story`, and the way in which it comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// What a pull of the orders finds.
    Orders(&'static str),
    /// A page of Samsara's feed.
    Samsara(&'static str),
    /// A page of Geotab's feed.
    Geotab(&'static str),
    /// A signed webhook of the transport system.
    Trip(&'static str),
    /// DCSA 3.0 events.
    Events(&'static str),
    /// A signed DCSA 2.2 notification.
    Notification(&'static str),
    /// An EPCIS document.
    Capture(&'static str),
    /// A file for the warehouse or the carrier app; the folder says which.
    File(&'static str),
}

/// Every piece, in the order in which they came about.
pub const PIECES: [Piece; 20] = [
    Piece::Orders("orders/page1.json"),
    Piece::Events("visibility/dcsa_push_1.json"),
    Piece::Events("visibility/dcsa_push_2_correction_retraction.json"),
    Piece::Trip("transport/trip_planned.json"),
    Piece::File("carrier/990_accept.edi"),
    Piece::Samsara("telematics/samsara_page1.json"),
    Piece::Geotab("telematics/geotab_logrecord.json"),
    Piece::Notification("visibility/dcsa22_notification.json"),
    Piece::File("carrier/214_truncated.edi"),
    Piece::File("carrier/214_batch.edi"),
    Piece::File("carrier/214_delivered_resent.edi"),
    Piece::File("carrier/214_bad_se01.edi"),
    Piece::Samsara("telematics/samsara_page2.json"),
    Piece::Trip("transport/trip_realized.json"),
    Piece::Capture("visibility/epcis_capture.json"),
    Piece::Orders("orders/page3_update.json"),
    Piece::File("warehouse/MOVE_DC3_20261109T2030Z_0042.csv"),
    Piece::File("warehouse/MOVE_DC3_20261109T2030Z_0042_cp1252.csv"),
    Piece::File("warehouse/MOVE_DC3_20261109T2030Z_0043_truncated.csv"),
    Piece::File("carrier/210_invoice.edi"),
];

/// What is between the apps and what they need; nothing where there is none.
#[derive(Debug, Default)]
pub struct Proxies {
    /// Before what is pulled from.
    pub upstreams: Option<Proxy>,
    /// Before the blobs.
    pub blobs: Option<Proxy>,
    /// Where the reporting store is; a SQLite file without it.
    pub reporting_url: Option<String>,
    /// Where the consolidator thinks that it is.
    pub reporting_url_of_consolidator: Option<String>,
}

/// A running pipeline that hears the story.
#[derive(Debug)]
pub struct Story {
    pipeline: Pipeline,
    outside: Outside,
    client: reqwest::Client,
    on_call: OnCall,
    _folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Story {
    /// Starts the pipeline, reporting into SQLite.
    pub async fn start() -> Result<Self> {
        Self::start_between(Proxies::default()).await
    }

    /// Starts the pipeline with proxies between the apps and what they need.
    pub async fn start_between(proxies: Proxies) -> Result<Self> {
        let turn = world::turn().await;
        let built = world::built().await?;
        let folder = TempDir::new()?;
        let sqlite = || world::sqlite(folder.path());
        let before_blobs = proxies.blobs.map(|proxy| {
            let in_front = move |url: &str| proxy.in_front_of(url);
            Between::new(in_front)
        });
        let options = PipelineOptions {
            state: folder.path().to_owned(),
            reporting_url: proxies.reporting_url.unwrap_or_else(sqlite),
            reporting_url_of_consolidator: proxies.reporting_url_of_consolidator,
            before_blobs,
        };
        let outside = Outside::start().await?;
        let upstreams = match &proxies.upstreams {
            Some(proxy) => proxy.in_front_of(outside.url()),
            None => outside.url().to_owned(),
        };
        let mut pipeline = Pipeline::start(built, &options, &upstreams).await?;
        pipeline.start_pulling(built).await?;
        Ok(Self {
            pipeline,
            outside,
            client: reqwest::Client::new(),
            on_call: OnCall::new(built.binary("crossdock"), folder.path()),
            _folder: folder,
            _turn: turn,
        })
    }

    /// Somebody on call.
    #[must_use]
    pub const fn on_call(&self) -> &OnCall {
        &self.on_call
    }

    /// The upstreams that are pulled from.
    #[must_use]
    pub const fn outside(&self) -> &Outside {
        &self.outside
    }

    /// The running processes.
    #[must_use]
    pub const fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Whether the app that takes this piece runs. Without Node the two that read files do not.
    #[must_use]
    pub fn takes(&self, piece: Piece) -> bool {
        let Piece::File(path) = piece else {
            return true;
        };
        let mut sources = self.pipeline.sources().iter();
        sources.any(|source| path.starts_with(source.as_str()))
    }

    /// Delivers a piece and waits until it is durable.
    pub async fn deliver(&self, piece: Piece) -> Result<()> {
        match piece {
            Piece::Orders(path) => {
                self.outside.show_orders(json_of(path)?);
                self.pulled("orders").await?;
            }
            Piece::Samsara(path) => {
                self.outside.show_samsara(json_of(path)?);
                self.pulled("telematics").await?;
            }
            Piece::Geotab(path) => {
                self.outside.show_geotab(json_of(path)?);
                self.pulled("telematics").await?;
            }
            Piece::Trip(path) => self.trip(path).await?,
            Piece::Events(path) => {
                let request = self
                    .visibility("events")
                    .bearer_auth(settings::VISIBILITY_KEY);
                accepted(request.body(bytes_of(path)?), path).await?;
            }
            Piece::Capture(path) => {
                let request = self
                    .visibility("capture")
                    .bearer_auth(settings::VISIBILITY_KEY);
                accepted(request.body(bytes_of(path)?), path).await?;
            }
            Piece::Notification(path) => self.notification(path).await?,
            Piece::File(path) => self.file(path).await?,
        }
        Ok(())
    }

    /// Has an app pull, beside its schedule, until it has read everything that is there to its end.
    pub async fn pulled(&self, app: &str) -> Result<()> {
        let host = self.pipeline.host(app);
        until(PULL_EVERY, || async {
            let is_read = self.outside.is_read();
            if !is_read && !host.status().await?.is_at_work() {
                host.run_function("ingest").await?;
            }
            Ok(is_read)
        })
        .await
        .with_context(|| format!("{app} does not read to the end"))
    }

    /// Waits until everything that is in the feed now is in the reports.
    pub async fn consolidated(&self) -> Result<()> {
        let now = Instant::now();
        until(LOOK_EVERY, || async {
            let status = self.pipeline.host("consolidator").status().await?;
            Ok(status.feed_caught_up_since(now))
        })
        .await
        .context("the feed was not read to its end")
    }

    /// Stops all processes.
    pub async fn stop(self) {
        self.pipeline.stop().await;
    }

    async fn trip(&self, path: &str) -> Result<()> {
        let status = send_trip(&self.pipeline, path, bytes_of(path)?).await?;
        ensure!(status == 202, "{path} is answered {status}");
        Ok(())
    }

    async fn notification(&self, path: &str) -> Result<()> {
        let body = bytes_of(path)?;
        let secret = Secret::from_base64(settings::VISIBILITY_SECRET)?;
        let request = self
            .visibility("notifications")
            .header(body_only::SUBSCRIPTION, settings::VISIBILITY_SUBSCRIPTION)
            .header(body_only::SIGNATURE, body_only::signature(&secret, &body));
        accepted(request.body(body), path).await
    }

    fn visibility(&self, door: &str) -> RequestBuilder {
        let host = self.pipeline.host("visibility").url();
        self.client.post(format!("{host}/api/visibility/{door}"))
    }

    /// Drops a file, tells of it in the app's queue and waits until the app has deleted the message.
    async fn file(&self, path: &str) -> Result<()> {
        let (app, name) = path.split_once('/').context("a folder and a name")?;
        let name = match app {
            "carrier" => &format!("in/{name}"),
            _ => name,
        };
        let file = File { app, name };
        let body = bytes_of(path)?;
        let length = body.len();
        let etag = file.put(&self.pipeline, body).await?;
        file.tell(&self.pipeline, &etag, length).await?;
        file.dealt_with(&self.pipeline).await
    }
}

async fn accepted(request: RequestBuilder, what: &str) -> Result<()> {
    let request = request.header("content-type", "application/json");
    let answer = request.send().await?;
    let status: StatusCode = answer.status();
    let body = answer.text().await?;
    ensure!(status.is_success(), "{what} is answered {status}: {body}");
    Ok(())
}

/// Waits until something holds.
pub async fn until<F: Future<Output = Result<bool>>>(
    look_every: Duration,
    holds: impl Fn() -> F,
) -> Result<()> {
    let give_up = Instant::now() + PATIENCE;
    while !holds().await? {
        ensure!(Instant::now() < give_up, "waited for {PATIENCE:?}");
        tokio::time::sleep(look_every).await;
    }
    Ok(())
}

/// A file of the story.
pub fn bytes_of(path: &str) -> Result<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/story");
    let file: PathBuf = folder.join(path);
    std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
}

/// A JSON file of the story.
pub fn json_of(path: &str) -> Result<Value> {
    serde_json::from_slice(&bytes_of(path)?).with_context(|| format!("{path} is no JSON"))
}
