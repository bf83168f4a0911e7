//! Many small trips, and letters of the transport app about them.

use anyhow::Result;
use feed::{DeadLetter, Evidence, Feed, RawBytes, Reason, Stage};
use record::{EpochMillis, Source};

/// Load of the trip of this number.
#[must_use]
pub fn load(number: usize) -> String {
    format!("L-MANY-{number:06}")
}

/// A webhook's body: a trip without stops, in this state, last modified then.
#[must_use]
pub fn trip(number: usize, status: &str, modified: &str) -> String {
    format!(
        r#"{{"type":"trip.updated","timestamp":"2026-11-08T10:00:05Z","data":{{"id":"b1000000-0000-4000-8000-{number:012}","entityType":"trip","status":"{status}","lastModified":"{modified}","externalAttributes":{{"loadNumber":"{}","revision":1}},"actions":[]}}}}"#,
        load(number)
    )
}

/// Buries a trip as the release before did, which did not know what it is.
pub async fn bury_trip(feed: &Feed, number: usize, body: &str) -> Result<()> {
    let letter = DeadLetter {
        app: "transport",
        source: Some(Source::Transport),
        stage: Stage::Ingest,
        reason: Reason::Unsupported,
        place: "$.type".to_owned(),
        detail: "an event type that the release before did not know".to_owned(),
        raw: RawBytes(body.as_bytes()),
        arrival: &[],
        message_id: Some(format!("msg_many_{number}")),
        record_key: Some(load(number)),
        correlation_id: format!("{number:032x}"),
        traceparent: None,
        app_version: "0.0.9",
        at: EpochMillis(1_793_610_000_000 + i64::try_from(number)?),
        attempts: Vec::new(),
        evidence: Evidence::default(),
    };
    feed.dead_letter(&letter).await?;
    Ok(())
}
