//! Files for the apps that read them: dropped, told of in the app's queue, and seen to be dealt with.

use std::time::Duration;

use anyhow::{Context as _, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use local::Pipeline;
use serde_json::json;

use crate::story::until;

/// How often a waiting test looks again.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A file of an app, in the container of its name.
#[derive(Debug, Clone, Copy)]
pub struct File<'a> {
    /// The app.
    pub app: &'a str,
    /// Name of the blob.
    pub name: &'a str,
}

impl File<'_> {
    /// Writes the blob. Returns its `ETag`.
    pub async fn put(&self, pipeline: &Pipeline, bytes: Vec<u8>) -> Result<String> {
        let storage = pipeline.storage().context("files need storage")?;
        let blob = format!("{}/{}", self.app, self.name);
        let url = below(&storage.blob_service_uri(), &blob);
        let request = reqwest::Client::new()
            .put(url)
            .header("x-ms-blob-type", "BlockBlob");
        let answer = request.body(bytes).send().await?.error_for_status()?;
        let etag = answer.headers().get("etag").context("blobs have an ETag")?;
        Ok(etag.to_str()?.to_owned())
    }

    /// Puts the event that tells of this version of the file into the app's queue.
    pub async fn tell(&self, pipeline: &Pipeline, etag: &str, length: usize) -> Result<()> {
        let Self { app, name } = self;
        let blobs = pipeline.blobs_of_apps().context("files need storage")?;
        let url = below(blobs, &format!("{app}/{name}"));
        let event = json!({
            "id": format!("event-of-{name}"),
            "eventType": "Microsoft.Storage.BlobCreated",
            "eventTime": Timestamp::now().to_string(),
            "subject": format!("/blobServices/default/containers/{app}/blobs/{name}"),
            "data": {
                "api": "PutBlob",
                "url": url.split('?').next(),
                "eTag": etag,
                "contentLength": length,
            },
        });
        let text = BASE64_STANDARD.encode(event.to_string());
        let message = format!("<QueueMessage><MessageText>{text}</MessageText></QueueMessage>");
        let queue = format!("{}/messages", queue(pipeline, app)?);
        let url = below(&queues(pipeline)?, &queue);
        let request = reqwest::Client::new().post(url).body(message);
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// Waits until the app's queue is empty: then everything that it told of is dealt with.
    pub async fn dealt_with(&self, pipeline: &Pipeline) -> Result<()> {
        let client = reqwest::Client::new();
        let queue = queue(pipeline, self.app)?;
        let count = format!("{}&comp=metadata", below(&queues(pipeline)?, queue));
        until(LOOK_EVERY, || async {
            let answer = client.get(&count).send().await?.error_for_status()?;
            let messages = answer.headers().get("x-ms-approximate-messages-count");
            Ok(messages.is_some_and(|messages| messages == "0"))
        })
        .await
        .with_context(|| format!("a message stays in {queue}"))
    }
}

fn queue<'p>(pipeline: &'p Pipeline, app: &str) -> Result<&'p str> {
    let storage = pipeline.storage().context("files need storage")?;
    storage.queue(app).context("the app reads a queue")
}

fn queues(pipeline: &Pipeline) -> Result<String> {
    let storage = pipeline.storage().context("files need storage")?;
    Ok(storage.queue_service_uri())
}

/// A resource of a service whose URL has a signature in its query.
fn below(service: &str, resource: &str) -> String {
    match service.split_once('?') {
        Some((url, query)) => format!("{}/{resource}?{query}", url.trim_end_matches('/')),
        None => format!("{service}/{resource}"),
    }
}
