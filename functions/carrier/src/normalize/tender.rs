//! 990: the carrier's answer to a tender is a milestone.

use record::{
    Body, EpochMillis, Milestone, QualityFlag, Record, Source, Text, TimeBasis, TimePrecision,
};
use x12::{Segment, TransactionSet};

use super::{
    made::{Made, doubted},
    references::References,
    sent::Sent,
    status::event_id,
    time::Instant,
    vocabulary::answer,
};
use crate::wire::Tender;

pub(super) fn normalize<'a>(
    sent: &Sent<'a>,
    set: &TransactionSet<'a>,
    segments: &[Segment<'a>],
) -> Made<'a> {
    let mut made = Made::default();
    let tender = Tender::read(segments, &mut made.findings);
    let scac = sent.scac(tender.scac.as_ref());
    let mut references = References::default();
    for reference in &tender.references {
        references.add(reference, &scac);
    }
    let named = tender.shipment_id.clone();
    let shipment_no = named.or_else(|| references.shipper_id.clone());
    let Some(shipment_no) = shipment_no else {
        made.no_key(segments, "B1", 2);
        return made;
    };
    let Some(action) = tender.action.clone() else {
        made.no_key(segments, "B1", 4);
        return made;
    };
    let Some(instant) = answered(sent, &tender) else {
        made.no_key(segments, "B1", 3);
        return made;
    };
    if let Some(id) = &tender.shipment_id {
        references.shipment(id.clone());
    }
    let meaning = answer(&action);
    let source_code = format!("B104:{action}");
    let milestone = Milestone {
        scope: Text::from("shipment"),
        scope_ref: Text::from(shipment_no.clone()),
        event_id: Some(Text::from(event_id(
            &scac,
            &shipment_no,
            "-",
            &source_code,
            instant,
        ))),
        shipment_no: Some(Text::from(shipment_no)),
        order_no: references.order_no(),
        container_no: references.container.clone(),
        stop_id: None,
        code: meaning.code,
        classifier: meaning.classifier,
        event_time: instant.at,
        time_precision: instant.precision,
        tz_basis: instant.basis,
        place_code: None,
        lat_e6: None,
        lon_e6: None,
        reason_code: tender.reason.clone().map(Text::from),
        source_code: Text::from(source_code),
    };
    let provenance = sent.provenance(sent.place_of_set(set), Some(instant.at));
    let body = Body::Milestone(milestone);
    match Record::upsert(Source::Carrier, body, sent.version(Some(set)), provenance) {
        Ok(record) => {
            let unmapped = meaning.is_unmapped().then_some(QualityFlag::UnmappedCode);
            let record = doubted(record, unmapped.as_slice());
            made.records
                .push(record.with_references(references.into_list()));
        }
        Err(error) => made.invalid_key(segments, &error),
    }
    made
}

/// When the carrier answered: the day of B1, the event of V9, else when it sent the answer.
fn answered(sent: &Sent<'_>, tender: &Tender<'_>) -> Option<Instant> {
    let clocks = sent.clocks(None);
    let day = tender.date.map(|date| (date, None));
    if let Some((date, time)) = day.or(tender.event) {
        return clocks.instant(date, time, None);
    }
    let at: EpochMillis = sent.sent_at()?;
    Some(Instant {
        at,
        basis: TimeBasis::PartnerDefault,
        precision: TimePrecision::Minute,
        ambiguous: false,
    })
}
