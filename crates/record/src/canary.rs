//! Records that say nothing but that the way is open.

use serde::{Deserialize, Serialize};

use crate::{Entity, EpochMillis, InvalidKey, RecordKey, Source, Text};

/// A record that an app sends by itself, through everything that its source's records go through: where it arrives, a
/// source that says nothing is silent and not cut off. Key: the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Canary<'a> {
    /// The source whose way it tries.
    pub source: Source,
    /// When it was sent, by the clock of the app.
    pub sent_at: EpochMillis,
    /// Version of the app that sent it.
    #[serde(borrow)]
    pub app_version: Text<'a>,
}

impl Canary<'_> {
    /// The business key of the canary.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        RecordKey::new(Entity::Canary, &[self.source.as_str()])
    }
}
