//! What all records of an event share: where it came from.

use ingest::Message;
use jiff::Timestamp;
use record::{EpochMillis, Provenance, QualityFlag, RawReference, Record, Text};

/// Where an event stands in its message.
#[derive(Debug, Clone)]
pub(super) struct Unit<'a> {
    pub(super) message: &'a Message<'a>,
    /// JSON pointer, such as `/events/2`.
    pub(super) pointer: String,
    /// JSON path, such as `$.events[2]`.
    pub(super) path: String,
}

impl<'a> Unit<'a> {
    /// The unit at `index` of the list under `list`; the list is the message itself where `list` is empty.
    pub(super) fn new(message: &'a Message<'a>, list: &str, index: usize) -> Self {
        let dotted = list.replace('/', ".");
        Self {
            message,
            pointer: format!("{list}/{index}"),
            path: format!("${dotted}[{index}]"),
        }
    }

    /// The unit that stands alone at `place`.
    pub(super) fn alone(message: &'a Message<'a>, place: &str) -> Self {
        Self {
            message,
            pointer: place.to_owned(),
            path: format!("${}", place.replace('/', ".")),
        }
    }

    pub(super) fn at(&self, field: &str) -> String {
        format!("{}.{field}", self.path)
    }

    /// Where a record of the unit came from.
    pub(super) fn provenance(
        &self,
        event_time: Option<EpochMillis>,
        modified: Option<Timestamp>,
    ) -> Provenance<'a> {
        let message = self.message;
        Provenance {
            message_id: Text::from(&*message.message_id),
            correlation_id: Text::from(&*message.correlation_id),
            traceparent: message.traceparent.as_deref().map(Text::from),
            raw: RawReference {
                location: Text::from(&*message.message_id),
                place: Text::from(self.pointer.clone()),
            },
            event_time,
            source_modified_at: modified.map_or(message.received_at, EpochMillis::from),
            received_at: message.received_at,
        }
    }
}

/// The record with all doubts about it.
pub(super) fn doubted<'a>(record: Record<'a>, doubts: &[QualityFlag]) -> Record<'a> {
    doubts
        .iter()
        .fold(record, |record, doubt| record.with_quality(*doubt))
}
