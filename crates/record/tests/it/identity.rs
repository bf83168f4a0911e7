//! Ids are pure functions of what a record is and says, not of how it came.

use proptest::prelude::*;
use record::{
    AckDirection, BUCKETS, Body, Classifier, EdiAck, EpochMillis, FUTURE_TOLERANCE_MS,
    FreightInvoiceLine, InventoryMovement, InventorySnapshot, InvoiceKind, KEY_BYTES_MAX,
    Milestone, MilestoneCode, NO_PART, Order, Provenance, QualityFlag, Record, Source,
    SourceVersion, Text, TimeBasis, TimePrecision, VehiclePosition,
};

use crate::arbitrary::{provenance, record};

fn order(number: &str, status: &'static str, version: u64) -> Record<'static> {
    let order = Order {
        company: Text::from("CRONUS"),
        order_no: Text::from(number.to_owned()),
        status: Some(Text::from(status)),
        ..Order::default()
    };
    let provenance = Provenance::new(
        "page-1",
        "0af7651916cd43dd8448eb211c80319c",
        EpochMillis(1),
        EpochMillis(2),
    );
    Record::order(
        Source::Orders,
        order,
        SourceVersion::new(version, 0),
        provenance,
    )
    .unwrap()
}

proptest! {
    #[test]
    fn the_way_a_record_came_does_not_change_its_id(record in record(), other in provenance()) {
        let again = match record.change() {
            record::Change::Upsert(body) => Record::upsert(record.source(), body.clone(), record.version(), other)
                .unwrap()
                .with_references(record.references().to_vec())
                .with_replaced(record.replaced().to_vec()),
            record::Change::Tombstone => Record::tombstone(record.source(), record.key().clone(), record.version(), other),
        };
        let (document, again) = (record.to_document(), again.to_document());
        prop_assert_eq!(document.id(), again.id());
        prop_assert_eq!(document.partition(), again.partition());
    }

    #[test]
    fn all_versions_of_a_key_share_a_partition(a in 0_u64..9, b in 0_u64..9, number in "[A-Z0-9]{1,12}") {
        let (a, b) = (order(&number, "open", a).to_document(), order(&number, "draft", b).to_document());
        prop_assert_eq!(a.partition(), b.partition());
    }
}

#[test]
fn another_key_version_or_content_is_another_document() {
    let ids = [
        order("SO-1", "open", 1),
        order("SO-2", "open", 1),
        order("SO-1", "open", 2),
        order("SO-1", "draft", 1),
    ]
    .map(|record| record.to_document().id().to_string());
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), 4, "{ids:?}");
    assert!(
        ids.iter()
            .all(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
    );
}

#[test]
fn an_id_never_changes_between_releases() {
    // Stored documents carry it: a change here would make every redelivery a new document.
    let document = order("SO-104577", "open", 1_793_610_922_417_000_000).to_document();
    assert_eq!(
        document.id().to_string(),
        "5f4d0e8a06d0b4d8635831da5242ebc6"
    );
    assert_eq!(document.partition().as_str(), "orders-36");
}

#[test]
fn keys_are_spread_over_all_buckets() {
    let partitions: std::collections::BTreeSet<_> = (0..2_000)
        .map(|number| {
            order(&format!("SO-{number}"), "open", 1)
                .to_document()
                .partition()
                .clone()
        })
        .collect();
    assert_eq!(partitions.len() as u64, BUCKETS);
}

#[test]
fn a_key_part_that_is_empty_too_long_or_holds_the_separator_is_refused() {
    let key = |number: &str| {
        let order = Order {
            company: Text::from("CRONUS"),
            order_no: Text::from(number.to_owned()),
            ..Order::default()
        };
        Body::Order(order)
            .key()
            .map(|key| key.to_string())
            .map_err(|error| error.to_string())
    };
    assert_eq!(key(" SO-1 "), Ok("order:CRONUS|SO-1".to_owned()));
    assert_eq!(
        key("  "),
        Err("part 2 of the order key is empty".to_owned())
    );
    assert_eq!(
        key("A|B"),
        Err("part 2 of the order key, `A|B`, holds a separator or control character".to_owned())
    );
    let long = "9".repeat(KEY_BYTES_MAX);
    assert_eq!(
        key(&long),
        Err("the order key has 262 bytes, more than 255".to_owned())
    );
}

#[test]
fn the_key_of_each_entity_is_the_business_key_that_the_report_has() {
    let at = |key: Result<record::RecordKey, record::InvalidKey>| key.unwrap().to_string();
    let movement = InventoryMovement {
        warehouse: Text::from("DC3"),
        movement_id: Text::from("884120"),
        ..InventoryMovement::default()
    };
    assert_eq!(at(movement.key()), "inventory_movement:DC3|884120");
    let snapshot = InventorySnapshot {
        warehouse: Text::from("DC3"),
        sku: Text::from("OLV-1L"),
        lot: Text::from("LT-2231"),
        bin: Text::from(NO_PART),
        stock_status: Text::from("available"),
        ..InventorySnapshot::default()
    };
    assert_eq!(
        at(snapshot.key()),
        "inventory_snapshot:DC3|OLV-1L|LT-2231|-|available"
    );
    let position = VehiclePosition {
        provider: Text::from("samsara"),
        vehicle_id: Text::from("281474980000011"),
        stream: Text::from("gps"),
        reading_time: EpochMillis(1_794_226_780_100),
        ..VehiclePosition::default()
    };
    assert_eq!(
        at(position.key()),
        "vehicle_position:samsara|281474980000011|gps|1794226780100"
    );
    let line = FreightInvoiceLine {
        scac: Text::from("TSTL"),
        invoice_no: Text::from("INV-1"),
        kind: InvoiceKind::BalanceDue,
        line_no: 2,
        ..FreightInvoiceLine::default()
    };
    assert_eq!(
        at(line.key()),
        "freight_invoice_line:TSTL|INV-1|balance_due|2"
    );
    let ack = EdiAck {
        direction: AckDirection::Received,
        partner: Text::from("TSTL"),
        isa13: Text::from("000000101"),
        gs06: Text::from("101"),
        ..EdiAck::default()
    };
    assert_eq!(at(ack.key()), "edi_ack:received|TSTL|000000101|101");
}

#[test]
fn the_id_of_an_event_is_its_key_where_the_source_gives_one() {
    let milestone = |event_id| Milestone {
        scope: Text::from("container"),
        scope_ref: Text::from("TSTU904417"),
        event_id,
        shipment_no: None,
        order_no: None,
        container_no: None,
        stop_id: None,
        code: MilestoneCode::GateOut,
        classifier: Classifier::Actual,
        event_time: EpochMillis(1),
        time_precision: TimePrecision::Second,
        tz_basis: TimeBasis::Offset,
        place_code: None,
        lat_e6: None,
        lon_e6: None,
        reason_code: None,
        source_code: Text::from("GTOT"),
    };
    let key = |event_id| milestone(event_id).key().unwrap().to_string();
    assert_eq!(key(None), "milestone:TSTU904417|gate_out|ACT");
    let event = Text::from("SMDG|LCL|TSTO|e-gtot-1");
    assert_eq!(key(Some(event)), "milestone:SMDG|LCL|TSTO|e-gtot-1");
}

#[test]
fn what_happened_in_the_future_of_its_receipt_is_flagged() {
    let received = EpochMillis(1_794_226_780_000);
    let quality = |ahead_ms| {
        let body = VehiclePosition {
            provider: Text::from("samsara"),
            vehicle_id: Text::from("1"),
            stream: Text::from("gps"),
            reading_time: EpochMillis(received.0 + ahead_ms),
            ..VehiclePosition::default()
        };
        let provenance = Provenance::new("page-1", "", received, received);
        let version = SourceVersion::new(1, 0);
        let body = Body::VehiclePosition(body);
        let record = Record::upsert(Source::Telematics, body, version, provenance).unwrap();
        record.quality().to_vec()
    };
    assert_eq!(quality(FUTURE_TOLERANCE_MS), []);
    assert_eq!(quality(FUTURE_TOLERANCE_MS + 1), [QualityFlag::FutureEvent]);
}
