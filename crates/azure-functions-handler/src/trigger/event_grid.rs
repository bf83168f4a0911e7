use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{Payload, Trigger};
use crate::DecodeError;

/// eventGridTrigger, of either cardinality.
///
/// When the invocation fails, Event Grid delivers all of its events again.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EventGrid {
    /// The events; exactly one unless function.json says `"cardinality": "many"`.
    pub events: Vec<EventGridEvent>,
}

/// An event of the Event Grid schema or of the CNCF (`CloudEvents` 1.0), whose names for the same things are taken as well.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventGridEvent {
    /// Id, unique within its topic.
    pub id: String,
    /// What happened, such as `Microsoft.Storage.BlobCreated` (`CloudEvents`: `type`).
    #[serde(alias = "type")]
    pub event_type: String,
    /// What it happened to.
    #[serde(default)]
    pub subject: Option<String>,
    /// Where it happened: the resource (`CloudEvents`: `source`).
    #[serde(default, alias = "source")]
    pub topic: Option<String>,
    /// When it happened, as the host writes it (`CloudEvents`: `time`).
    #[serde(default, alias = "time")]
    pub event_time: Option<String>,
    /// Version of the form of the data.
    #[serde(default)]
    pub data_version: Option<String>,
    #[serde(default)]
    data: Option<Box<RawValue>>,
}

impl EventGridEvent {
    /// The event's data as the host sent it.
    #[must_use]
    pub fn data(&self) -> Option<&RawValue> {
        self.data.as_deref()
    }

    /// The event's data as a `T`; an event without data is read as `null`.
    ///
    /// # Errors
    /// When it is not a `T`.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(self.data().map_or("null", RawValue::get))
    }
}

impl Trigger for EventGrid {
    fn decode(payload: &Payload<'_>) -> Result<Self, DecodeError> {
        let text = payload.text()?;
        let events = if text.trim_ascii_start().starts_with('[') {
            from(payload, &text)
        } else {
            from(payload, &text).map(|event| vec![event])
        };
        Ok(Self { events: events? })
    }
}

fn from<T: DeserializeOwned>(payload: &Payload<'_>, text: &str) -> Result<T, DecodeError> {
    serde_json::from_str(text).map_err(|source| DecodeError::Json {
        binding: payload.binding.to_owned(),
        expected: "an event, or an array of events",
        source,
    })
}
