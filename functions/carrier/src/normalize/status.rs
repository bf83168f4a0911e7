//! 214: each AT7 is a milestone.

use std::borrow::Cow;

use feed::Reason;
use ingest::Rejection;
use record::{Body, Milestone, QualityFlag, Record, Source, Text};
use x12::{Finding, Segment, SegmentFault, TransactionSet};

use super::{
    made::{Made, doubted},
    place::{key_part, key_place, party_code, region},
    references::References,
    sent::Sent,
    time::Instant,
    vocabulary::{Meaning, appointment, status},
};
use crate::wire::{Shipment, Stated, Status};

/// What the milestones of one 214 share.
struct Subject<'a, 'r> {
    sent: &'r Sent<'a>,
    set: &'r TransactionSet<'a>,
    scac: Text<'a>,
    shipment: Shipment<'a>,
    /// The number that the shipment goes by, and whether it is a shipment number.
    reference: Cow<'a, str>,
    shipment_no: Option<Text<'a>>,
}

pub(super) fn normalize<'a>(
    sent: &Sent<'a>,
    set: &TransactionSet<'a>,
    segments: &[Segment<'a>],
) -> Made<'a> {
    let mut made = Made::default();
    let shipment = Shipment::read(segments, &mut made.findings);
    if shipment.statuses.is_empty() {
        if shipment.has_q5 {
            made.unsupported = Some("its statuses are in Q5, as before version 003060".to_owned());
        } else {
            made.missing(segments, "AT7");
        }
        return made;
    }
    let has_b10 = shipment.has_b10;
    let Some(subject) = Subject::of(sent, set, shipment) else {
        made.no_key(segments, "B10", 2);
        return made;
    };
    if !has_b10 && let Some(next) = segments.get(1) {
        // Its references say which shipment it is.
        let finding = Finding::missing_segment("B10", next, true);
        made.findings.push(finding);
    }
    let mut broken = Vec::new();
    for status in &subject.shipment.statuses {
        subject.take(status, segments, &mut made, &mut broken);
    }
    let usable = !made.records.is_empty();
    for (status, mut finding) in broken {
        if usable {
            made.broken.push(subject.rejection(status, &finding));
        }
        finding.usable = usable;
        made.findings.push(finding);
    }
    made
}

impl<'a, 'r> Subject<'a, 'r> {
    fn of(sent: &'r Sent<'a>, set: &'r TransactionSet<'a>, shipment: Shipment<'a>) -> Option<Self> {
        let find = |qualifier: &str| {
            let mut references = shipment.references.iter();
            let found = references.find(|reference| reference.qualifier == qualifier);
            found.map(|reference| reference.value.clone())
        };
        let shipment_no = shipment.shipment_id.clone().or_else(|| find("SI"));
        let reference = shipment_no
            .clone()
            .or_else(|| find("BM"))
            .or_else(|| shipment.pro.clone())
            .or_else(|| find("CN"))?;
        Some(Self {
            sent,
            set,
            scac: sent.scac(shipment.scac.as_ref()),
            reference,
            shipment_no: shipment_no.map(Text::from),
            shipment,
        })
    }

    /// A status that cannot be read is left for later: what it costs depends on the others.
    fn take<'s>(
        &self,
        status: &'s Status<'a>,
        segments: &[Segment<'a>],
        made: &mut Made<'a>,
        broken: &mut Vec<(&'s Status<'a>, Finding)>,
    ) {
        let date = match &status.date {
            Ok(date) => *date,
            Err(finding) => {
                broken.push((status, (**finding).clone()));
                return;
            }
        };
        for stated in &status.stated {
            let meaning = if stated.is_appointment {
                appointment(&stated.code)
            } else {
                self::status(&stated.code)
            };
            let local = region(status, &self.shipment.parties, meaning.side);
            let clocks = self.sent.clocks(local);
            let found = clocks.instant(date, status.time, status.zone.as_deref());
            let record = found.map(|instant| self.milestone(status, stated, meaning, instant));
            match record {
                Some(Ok(record)) => made.records.push(record),
                Some(Err(error)) => {
                    made.invalid_key(segments, &error);
                    return;
                }
                None => {
                    let found = self.segment_of(status, segments);
                    let fault = SegmentFault::Unexpected;
                    broken.extend(found.map(|at7| (status, Finding::segment(fault, at7, true))));
                }
            }
        }
    }

    fn segment_of<'s>(
        &self,
        status: &Status<'a>,
        segments: &'s [Segment<'a>],
    ) -> Option<&'s Segment<'a>> {
        let place = status.place_in_file;
        segments.iter().find(|segment| segment.place() == place)
    }

    fn milestone(
        &self,
        status: &Status<'a>,
        stated: &Stated<'a>,
        meaning: Meaning,
        instant: Instant,
    ) -> Result<Record<'a>, record::InvalidKey> {
        let references = self.references(status);
        let prefix = if stated.is_appointment {
            "AT703"
        } else {
            "AT701"
        };
        let source_code = format!("{prefix}:{}", stated.code);
        let place = key_place(self.shipment.stop_of(status), &status.place);
        let event_id = event_id(&self.scac, &self.reference, &place, &source_code, instant);
        let doubts = self.doubts(status, meaning, instant, &references);
        let milestone = Milestone {
            scope: Text::from("shipment"),
            scope_ref: Text::from(self.reference.clone()),
            event_id: Some(Text::from(event_id)),
            shipment_no: self.shipment_no.clone(),
            order_no: references.order_no(),
            container_no: references.container.clone(),
            stop_id: None,
            code: meaning.code,
            classifier: meaning.classifier,
            event_time: instant.at,
            time_precision: instant.precision,
            tz_basis: instant.basis,
            place_code: party_code(&self.shipment.parties, meaning.side),
            lat_e6: status.place.lat_e6,
            lon_e6: status.place.lon_e6,
            reason_code: stated.reason.clone().map(Text::from),
            source_code: Text::from(source_code),
        };
        let provenance = self.sent.provenance(self.place(status), Some(instant.at));
        let version = self.sent.version(Some(self.set));
        let body = Body::Milestone(milestone);
        let record = Record::upsert(Source::Carrier, body, version, provenance)?;
        Ok(doubted(record, &doubts).with_references(references.into_list()))
    }

    fn references(&self, status: &Status<'a>) -> References<'a> {
        let mut references = References::default();
        for reference in self.shipment.references_of(status) {
            references.add(reference, &self.scac);
        }
        for equipment in self.shipment.equipment.iter().chain(&status.equipment) {
            references.equipment(equipment);
        }
        if let Some(pro) = &self.shipment.pro {
            references.pro(pro.clone(), &self.scac);
        }
        if let Some(id) = &self.shipment.shipment_id {
            references.shipment(id.clone());
        }
        references
    }

    fn doubts(
        &self,
        status: &Status<'a>,
        meaning: Meaning,
        instant: Instant,
        references: &References<'a>,
    ) -> Vec<QualityFlag> {
        let doubts = [
            (meaning.is_unmapped(), QualityFlag::UnmappedCode),
            (instant.ambiguous, QualityFlag::TimeAmbiguous),
            (
                status.place.coordinates_invalid,
                QualityFlag::CoordinateInvalid,
            ),
            (references.wrong_check_digit, QualityFlag::CheckDigit),
        ];
        let doubts = doubts.into_iter().filter(|(doubt, _)| *doubt);
        doubts.map(|(_, flag)| flag).collect()
    }

    /// Segment and bytes of an AT7.
    fn place(&self, status: &Status<'a>) -> String {
        let place = status.place_in_file;
        let end = place.offset + status.raw.len() as u64;
        format!(
            "interchange {}, group {}, set {}, segment {}, bytes {}..{end}",
            self.sent.isa13,
            self.sent.gs06,
            self.set.control(),
            place.segment,
            place.offset,
        )
    }

    fn rejection(&self, status: &Status<'a>, finding: &Finding) -> Rejection<'a> {
        Rejection {
            reason: Reason::InvalidUnit,
            place: self.place(status),
            detail: finding.to_string(),
            raw: Cow::Borrowed(status.raw),
            record_key: Some(format!("{}|{}", self.scac, self.reference)),
            message: None,
        }
    }
}

/// The business key of a milestone: carrier, shipment, place, code and minute. The same status in two interchanges is one.
pub(super) fn event_id(
    scac: &str,
    reference: &str,
    place: &str,
    source_code: &str,
    instant: Instant,
) -> String {
    let minute = jiff::Timestamp::from_millisecond(instant.at.0)
        .map(|at| at.strftime("%Y%m%dT%H%M").to_string())
        .unwrap_or_else(|_| instant.at.0.to_string());
    let parts = [scac, reference, place, source_code].map(key_part);
    format!("{}|{minute}", parts.join("|"))
}
