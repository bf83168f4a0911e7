//! What all sets of a group share: who sent them, when, and as which version.

use std::borrow::Cow;

use ingest::Message;
use jiff::{civil, tz::TimeZone};
use record::{EpochMillis, Provenance, RawReference, SourceVersion, Text};
use x12::{Group, Header, TransactionSet};

use super::time::{Clocks, civil_at, in_zone};
use crate::config::{Partner, Region, Zones};

/// Bits of the minor version that hold ST02.
const SET_BITS: u32 = 34;

/// The envelope of a group, as records need it.
#[derive(Debug, Clone)]
pub(super) struct Sent<'a> {
    pub(super) message: &'a Message<'a>,
    pub(super) partner: &'a Partner,
    pub(super) zones: &'a Zones,
    /// ISA06.
    pub(super) sender: Cow<'a, str>,
    /// ISA13 as written.
    pub(super) isa13: Cow<'a, str>,
    /// GS06 as written; empty without a GS.
    pub(super) gs06: Cow<'a, str>,
    /// GS04 and GS05, else ISA09 and ISA10: the sender's clock, whose zone nobody writes down.
    pub(super) shown: Option<civil::DateTime>,
    /// ISA13 as a number.
    number: u64,
}

impl<'a> Sent<'a> {
    pub(super) fn of_interchange(
        message: &'a Message<'a>,
        header: &Header<'a>,
        partner: &'a Partner,
        zones: &'a Zones,
    ) -> Self {
        let isa = header.segment();
        let date = header.date().ok();
        let shown = date.and_then(|date| civil_at(date, header.time().ok()));
        let isa13 = isa.text(13).unwrap_or_default();
        Self {
            message,
            partner,
            zones,
            sender: isa.text(6).unwrap_or_default(),
            number: number(&isa13),
            isa13,
            gs06: Cow::Borrowed(""),
            shown,
        }
    }

    /// The same interchange, with what this group says.
    pub(super) fn of_group(&self, group: &Group<'a>) -> Self {
        let mut sent = self.clone();
        let date = group.date().and_then(Result::ok);
        let time = group.time().and_then(Result::ok);
        let shown = date.and_then(|date| civil_at(date, time));
        sent.shown = shown.or(sent.shown);
        let gs06 = group.header.as_ref().and_then(|header| header.text(6));
        sent.gs06 = gs06.unwrap_or_default();
        sent
    }

    /// Major: what the sender's clock showed, for a clock that shows one time twice cannot be put in order anyway.
    /// Minor: ISA13, then ST02.
    pub(super) fn version(&self, set: Option<&TransactionSet<'_>>) -> SourceVersion {
        let st02 = set.map_or(0, |set| number(&set.control()));
        let minor = (self.number << SET_BITS) | st02;
        let shown = self
            .shown
            .and_then(|shown| in_zone(shown, &TimeZone::UTC))
            .and_then(|shown| SourceVersion::at(shown, minor).ok());
        shown.unwrap_or_else(|| SourceVersion::new(0, minor))
    }

    /// When the sender's clock says that it was sent, by the partner's zone.
    pub(super) fn sent_at(&self) -> Option<EpochMillis> {
        let instant = in_zone(self.shown?, &self.partner.zone)?;
        Some(EpochMillis::from(instant))
    }

    /// The clocks that times of this group may be of.
    pub(super) fn clocks(&self, local: Option<Region>) -> Clocks<'a> {
        Clocks {
            zones: self.zones,
            local,
            partner: &self.partner.zone,
        }
    }

    /// SCAC of the set, else of the partner, else the sender's id.
    pub(super) fn scac(&self, written: Option<&Cow<'a, str>>) -> Text<'a> {
        match (written, &self.partner.scac) {
            (Some(scac), _) => Text::from(scac.clone()),
            (None, Some(scac)) => Text::from(scac.as_str()),
            (None, None) => Text::from(self.sender.clone()),
        }
    }

    pub(super) fn provenance(
        &self,
        place: String,
        event_time: Option<EpochMillis>,
    ) -> Provenance<'a> {
        let message = self.message;
        // A clock that goes ahead of ours did not change anything after we received it.
        let sent_at = self.sent_at().map(|sent| sent.min(message.received_at));
        Provenance {
            message_id: Text::from(&*message.message_id),
            correlation_id: Text::from(&*message.correlation_id),
            traceparent: message.traceparent.as_deref().map(Text::from),
            raw: RawReference {
                location: Text::from(&*message.message_id),
                place: Text::from(place),
            },
            event_time,
            source_modified_at: sent_at.unwrap_or(message.received_at),
            received_at: message.received_at,
        }
    }

    /// Where a set stands, for a person and for whoever fetches its bytes.
    pub(super) fn place_of_set(&self, set: &TransactionSet<'_>) -> String {
        self.place_of(set, set.offset() + set.bytes().len() as u64)
    }

    /// The same for a set that ends elsewhere.
    pub(super) fn place_of(&self, set: &TransactionSet<'_>, to: u64) -> String {
        let from = set.offset();
        format!(
            "interchange {}, group {}, set {}, segment {}, bytes {from}..{to}",
            self.isa13,
            self.gs06,
            set.control(),
            set.header.place().segment,
        )
    }
}

/// A control number as a number: nine digits of it, 0 if it is none.
fn number(control: &str) -> u64 {
    let digits = control.trim();
    let kept = digits.get(digits.len().saturating_sub(9)..);
    kept.filter(|kept| kept.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|kept| kept.parse().ok())
        .unwrap_or(0)
}
