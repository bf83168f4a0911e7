//! The story of one order as all six systems tell it, delivered to a running pipeline piece by piece.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use local::{Pipeline, PipelineOptions, settings};
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::MutexGuard;
use webhook_signature::{Secret, body_only, standard};

use crate::{Outside, world};

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

/// A running pipeline that hears the story.
#[derive(Debug)]
pub struct Story {
    pipeline: Pipeline,
    outside: Outside,
    client: reqwest::Client,
    _folder: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Story {
    /// Starts the pipeline, reporting into SQLite.
    pub async fn start() -> Result<Self> {
        let turn = world::turn().await;
        let built = world::built().await?;
        let folder = TempDir::new()?;
        let options = PipelineOptions {
            state: folder.path().to_owned(),
            reporting_url: world::sqlite(folder.path()),
            reporting_url_of_consolidator: None,
        };
        let outside = Outside::start().await?;
        let mut pipeline = Pipeline::start(built, &options, outside.url()).await?;
        pipeline.start_pulling(built).await?;
        Ok(Self {
            pipeline,
            outside,
            client: reqwest::Client::new(),
            _folder: folder,
            _turn: turn,
        })
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
    async fn pulled(&self, app: &str) -> Result<()> {
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
        let body = bytes_of(path)?;
        let secret = Secret::parse(settings::TRANSPORT_SECRET)?;
        let seconds = Timestamp::now().as_second().to_string();
        let signature = standard::signature(&secret, path, &seconds, &body);
        let url = format!(
            "{}/api/transport/webhooks",
            self.pipeline.host("transport").url()
        );
        let request = self
            .client
            .post(url)
            .header(standard::ID, path)
            .header(standard::TIMESTAMP, seconds)
            .header(standard::SIGNATURE, signature);
        accepted(request.body(body), path).await
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
            "carrier" => format!("in/{name}"),
            _ => name.to_owned(),
        };
        let storage = self.pipeline.storage().context("files need storage")?;
        let body = bytes_of(path)?;
        let length = body.len();
        let url = below(&storage.blob_service_uri(), &format!("{app}/{name}"));
        let request = self.client.put(&url).header("x-ms-blob-type", "BlockBlob");
        let answer = request.body(body).send().await?.error_for_status()?;
        let etag = answer.headers().get("etag").context("blobs have an ETag")?;
        let event = json!({
            "id": format!("event-of-{path}"),
            "eventType": "Microsoft.Storage.BlobCreated",
            "eventTime": Timestamp::now().to_string(),
            "subject": format!("/blobServices/default/containers/{app}/blobs/{name}"),
            "data": {
                "api": "PutBlob",
                "url": url.split('?').next(),
                "eTag": etag.to_str()?,
                "contentLength": length,
            },
        });
        let queue = storage.queue(app).context("the app reads a queue")?;
        let queues = storage.queue_service_uri();
        let text = BASE64_STANDARD.encode(event.to_string());
        let message = format!("<QueueMessage><MessageText>{text}</MessageText></QueueMessage>");
        let request = self
            .client
            .post(below(&queues, &format!("{queue}/messages")));
        request.body(message).send().await?.error_for_status()?;
        let count = format!("{}&comp=metadata", below(&queues, queue));
        until(LOOK_EVERY, || async {
            let answer = self.client.get(&count).send().await?.error_for_status()?;
            let messages = answer.headers().get("x-ms-approximate-messages-count");
            Ok(messages.is_some_and(|messages| messages == "0"))
        })
        .await
        .with_context(|| format!("the message of {path} stays in its queue"))
    }
}

/// A resource of a service whose URL has a signature in its query.
fn below(service: &str, resource: &str) -> String {
    match service.split_once('?') {
        Some((url, query)) => format!("{}/{resource}?{query}", url.trim_end_matches('/')),
        None => format!("{service}/{resource}"),
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

async fn until<F: Future<Output = Result<bool>>>(
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
