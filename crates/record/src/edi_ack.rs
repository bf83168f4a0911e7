//! Acknowledgements of EDI groups.

use serde::{Deserialize, Serialize};

use crate::{Entity, EpochMillis, InvalidKey, RecordKey, Text, entity::named};

named! {
    /// Who acknowledges.
    #[derive(Default)]
    AckDirection ("direction of an acknowledgement") {
        /// We acknowledge what the partner sent.
        #[default]
        Sent = "sent",
        /// The partner acknowledges what we sent.
        Received = "received",
    }
}

/// The acknowledgement of one group of an EDI interchange. Key: direction, partner, and the control numbers of the
/// interchange and the group that are acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EdiAck<'a> {
    /// Who acknowledges; part of the key.
    pub direction: AckDirection,
    /// The partner's interchange id.
    #[serde(borrow)]
    pub partner: Text<'a>,
    /// Control number of the interchange that is acknowledged.
    #[serde(borrow)]
    pub isa13: Text<'a>,
    /// Control number of the group that is acknowledged.
    #[serde(borrow)]
    pub gs06: Text<'a>,
    /// What became of the group: `A` accepted, `E` accepted with errors, `P` partly accepted, `R` rejected.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub status: Option<Text<'a>>,
    /// Transaction sets in the group, as received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sets: Option<i64>,
    /// Transaction sets that were accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<i64>,
    /// What was wrong, one text each.
    #[serde(borrow)]
    pub errors: Vec<Text<'a>>,
    /// When the acknowledgement was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<EpochMillis>,
    /// The acknowledgement's own interchange control number.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub control_no: Option<Text<'a>>,
}

impl EdiAck<'_> {
    /// The business key of the acknowledgement.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        let parts: [&str; 4] = [
            self.direction.as_str(),
            &self.partner,
            &self.isa13,
            &self.gs06,
        ];
        RecordKey::new(Entity::EdiAck, &parts)
    }
}
