//! The tables that warehouse, telematics, carrier and visibility fill.

mod filled;

use record::{Entity, InvoiceKind, QualityFlag};
use reporting::{
    Change,
    Outcome::{Applied, Duplicate, Superseded},
    Table,
};
use serde_json::{Value as Json, json};

use crate::{
    fixture::Fixture,
    on_both_engines,
    world::{
        self, EPOCH_MS,
        other_sources::{
            Event, Reading, ack, carrier_milestone, charge, container, handling_unit, invoice,
            movement, position, snapshot, vehicle,
        },
    },
};

on_both_engines! {
    rows_hold_every_field_of_every_entity,
    a_newer_version_wins_in_every_table,
    a_gate_time_keeps_its_own_version,
    lines_go_with_a_newer_invoice,
    a_vehicle_is_where_its_newest_reading_says,
    a_milestone_of_another_source_outlives_the_shipment,
    two_contents_of_a_version_are_flagged_whichever_comes_first,
    a_newer_version_has_no_conflict_of_an_older_one,
    a_conflict_is_flagged_where_only_a_group_was_written,
}

async fn rows_hold_every_field_of_every_entity(fixture: Fixture) {
    let filled = [
        (Table::InventoryMovement, filled::inventory_movement()),
        (Table::InventorySnapshot, filled::inventory_snapshot()),
        (Table::VehiclePosition, filled::vehicle_position()),
        (Table::Vehicle, filled::vehicle()),
        (Table::FreightInvoice, filled::freight_invoice()),
        (Table::FreightInvoiceLine, filled::freight_invoice_line()),
        (Table::Container, filled::container()),
        (Table::HandlingUnit, filled::handling_unit()),
        (Table::EdiAck, filled::edi_ack()),
        (Table::Canary, filled::canary()),
    ];
    for (table, (change, row)) in filled {
        assert_eq!(fixture.apply(&[change]).await, [Applied]);
        let rows: Vec<Json> = fixture
            .rows(table)
            .await
            .into_iter()
            .map(Json::Object)
            .collect();
        assert_eq!(rows, [row], "{}", table.name());
    }
}

async fn a_newer_version_wins_in_every_table(fixture: Fixture) {
    type Case = (
        Table,
        &'static str,
        fn(u64) -> Change<'static>,
        fn(u64) -> Json,
    );
    let cases: [Case; 8] = [
        (
            Table::InventoryMovement,
            "qty_base",
            |version| movement("1", version, &version.to_string()),
            |version| json!(version.to_string()),
        ),
        (
            Table::InventorySnapshot,
            "qty_base",
            |version| snapshot("A-1", version, &version.to_string()),
            |version| json!(version.to_string()),
        ),
        (
            Table::Vehicle,
            "name",
            |version| {
                vehicle(
                    version,
                    ["0", "1", "2", "3"][usize::try_from(version).unwrap()],
                )
            },
            |version| json!(version.to_string()),
        ),
        (
            Table::FreightInvoice,
            "line_numbers",
            |version| {
                let lines = [i64::try_from(version).unwrap()];
                invoice("INV-1", InvoiceKind::Original, version, &lines)
            },
            |version| json!([version]),
        ),
        (
            Table::FreightInvoiceLine,
            "amount_minor",
            |version| charge("INV-9", InvoiceKind::Original, 1, version),
            |version| json!(100 * version),
        ),
        (
            Table::Container,
            "last_event_time",
            |version| container(version, "USNYC", Event::Seen),
            |version| json!(EPOCH_MS + i64::try_from(version).unwrap()),
        ),
        (
            Table::HandlingUnit,
            "last_place",
            |version| {
                handling_unit(
                    version,
                    ["0", "1", "2", "3"][usize::try_from(version).unwrap()],
                )
            },
            |version| json!(version.to_string()),
        ),
        (
            Table::EdiAck,
            "status",
            |version| {
                ack(
                    version,
                    ["0", "1", "2", "3"][usize::try_from(version).unwrap()],
                )
            },
            |version| json!(version.to_string()),
        ),
    ];
    for (table, column, change, value) in cases {
        let name = table.name();
        assert_eq!(fixture.apply(&[change(2)]).await, [Applied], "{name}");
        assert_eq!(fixture.apply(&[change(1)]).await, [Superseded], "{name}");
        assert_eq!(fixture.apply(&[change(2)]).await, [Duplicate], "{name}");
        assert_eq!(fixture.rows(table).await[0][column], value(2), "{name}");
        assert_eq!(fixture.apply(&[change(3)]).await, [Applied], "{name}");
        assert_eq!(fixture.rows(table).await[0][column], value(3), "{name}");
    }
}

async fn a_gate_time_keeps_its_own_version(fixture: Fixture) {
    let columns = ["last_place", "iso_type", "gate_in_at", "gate_out_at"];
    let row = async || {
        let rows = fixture.rows(Table::Container).await;
        columns.map(|column| rows[0][column].clone())
    };
    let apply = async |change| fixture.apply(&[change]).await;
    assert_eq!(apply(container(5, "USCHI", Event::Seen)).await, [Applied]);
    assert_eq!(apply(container(3, "USNYC", Event::Out)).await, [Applied]);
    assert_eq!(
        row().await,
        [
            json!("USCHI"),
            json!(null),
            json!(null),
            json!(EPOCH_MS + 3)
        ],
        "the time of an older event is filled, its place is not"
    );
    assert_eq!(apply(container(2, "USNYC", Event::Out)).await, [Superseded]);
    assert_eq!(apply(container(3, "USNYC", Event::Out)).await, [Superseded]);
    assert_eq!(
        apply(container(1, "CNSHA", Event::Typed("45G1"))).await,
        [Applied]
    );
    assert_eq!(apply(container(6, "USDAL", Event::In)).await, [Applied]);
    assert_eq!(
        row().await,
        [
            json!("USDAL"),
            json!("45G1"),
            json!(EPOCH_MS + 6),
            json!(EPOCH_MS + 3)
        ]
    );
}

async fn lines_go_with_a_newer_invoice(fixture: Fixture) {
    use InvoiceKind::{BalanceDue, Original};
    let keys = async || -> Vec<(String, i64)> {
        let rows = fixture.rows(Table::FreightInvoiceLine).await;
        let key = |row: &serde_json::Map<String, Json>| {
            let kind = row["kind"].as_str().unwrap().to_owned();
            (kind, row["line_no"].as_i64().unwrap())
        };
        rows.iter().map(key).collect()
    };
    fixture
        .apply(&[
            charge("INV-1", Original, 1, 1),
            charge("INV-1", Original, 2, 1),
            charge("INV-1", BalanceDue, 2, 1),
        ])
        .await;
    assert_eq!(
        keys().await.len(),
        3,
        "lines whose invoice has not come yet"
    );
    fixture.apply(&[invoice("INV-1", Original, 2, &[1])]).await;
    let balance_due = ("balance_due".to_owned(), 2);
    assert_eq!(
        keys().await,
        [balance_due.clone(), ("original".to_owned(), 1)]
    );
    let gone = world::tombstone(Entity::FreightInvoice, &["TSTL", "INV-1", "original"], 3);
    fixture.apply(&[gone]).await;
    assert_eq!(keys().await, [balance_due]);
    assert!(fixture.rows(Table::FreightInvoice).await.is_empty());
}

async fn a_vehicle_is_where_its_newest_reading_says(fixture: Fixture) {
    let newest_first = [
        position("v1", 30, Reading::Engine("off")),
        position("v1", 20, Reading::Place(40_700_000)),
        position("v1", 10, Reading::Place(40_678_410)),
        position("v1", 11, Reading::Odometer(1_000)),
        position("v1", 5, Reading::Engine("on")),
        position("v0", 7, Reading::Odometer(7)),
    ];
    for change in newest_first {
        fixture.apply(&[change]).await;
    }
    let latest: Vec<Json> = fixture
        .store
        .vehicle_latest()
        .await
        .unwrap()
        .into_iter()
        .map(Json::Object)
        .collect();
    let expected = [
        json!({
            "provider": "samsara", "vehicle_id": "v0", "reading_time": null, "lat_e6": null, "lon_e6": null,
            "speed_kmh": null, "heading_deg": null, "place_text": null, "odometer_m": 7, "odometer_time": EPOCH_MS + 7,
            "engine_state": null, "engine_s": null, "engine_time": null,
        }),
        json!({
            "provider": "samsara", "vehicle_id": "v1", "reading_time": EPOCH_MS + 20, "lat_e6": 40_700_000,
            "lon_e6": -74_150_720, "speed_kmh": null, "heading_deg": null, "place_text": null, "odometer_m": 1_000,
            "odometer_time": EPOCH_MS + 11, "engine_state": "off", "engine_s": null, "engine_time": EPOCH_MS + 30,
        }),
    ];
    assert_eq!(latest, expected);
}

async fn a_milestone_of_another_source_outlives_the_shipment(fixture: Fixture) {
    fixture
        .apply(&[
            world::shipment("L-1", 1, &["a"]),
            world::milestone("L-1", "a", 1),
            carrier_milestone("L-1", 1),
            world::tombstone(Entity::Shipment, &["L-1"], 2),
        ])
        .await;
    let rows = fixture.rows(Table::Milestone).await;
    let ids: Vec<_> = rows.iter().map(|row| &row["milestone_id"]).collect();
    assert_eq!(ids, ["TSTL|L-1|X6"]);
}

const CONFLICT: &str = QualityFlag::VersionConflict.as_str();

async fn two_contents_of_a_version_are_flagged_whichever_comes_first(fixture: Fixture) {
    let mut contents = [movement("1", 2, "118"), movement("1", 2, "119")];
    contents.sort_by(|a, b| a.content_hash().cmp(b.content_hash()));
    let [smaller, larger] = contents;
    let key = "DC3|1";
    let fresh = async || fixture.with(reporting::recreate(&fixture.url).await.unwrap());

    let store = fresh().await;
    assert_eq!(store.apply(std::slice::from_ref(&smaller)).await, [Applied]);
    assert_eq!(store.quality(key).await, [] as [&str; 0]);
    assert_eq!(store.apply(std::slice::from_ref(&larger)).await, [Applied]);
    assert_eq!(store.quality(key).await, [CONFLICT]);

    let store = fresh().await;
    assert_eq!(store.apply(std::slice::from_ref(&larger)).await, [Applied]);
    assert_eq!(
        store.apply(std::slice::from_ref(&smaller)).await,
        [Superseded]
    );
    assert_eq!(store.quality(key).await, [CONFLICT]);
    assert_eq!(
        store.apply(std::slice::from_ref(&smaller)).await,
        [Superseded]
    );
    assert_eq!(
        store.apply(std::slice::from_ref(&larger)).await,
        [Duplicate]
    );
    assert_eq!(store.quality(key).await, [CONFLICT]);

    let store = fresh().await;
    let both = [larger.clone(), smaller.clone()];
    assert_eq!(store.apply(&both).await, [Applied, Superseded]);
    assert_eq!(store.quality(key).await, [CONFLICT]);

    let store = fresh().await;
    store.apply(std::slice::from_ref(&larger)).await;
    assert_eq!(store.apply(&both).await, [Duplicate, Superseded]);
    assert_eq!(store.quality(key).await, [CONFLICT]);
}

async fn a_newer_version_has_no_conflict_of_an_older_one(fixture: Fixture) {
    let both = [movement("1", 2, "118"), movement("1", 2, "119")];
    fixture.apply(&both).await;
    fixture.apply(&[movement("1", 3, "118")]).await;
    assert_eq!(fixture.quality("DC3|1").await, [] as [&str; 0]);
    fixture.apply(&both).await;
    assert_eq!(fixture.quality("DC3|1").await, [] as [&str; 0]);
}

async fn a_conflict_is_flagged_where_only_a_group_was_written(fixture: Fixture) {
    let mut events = [
        container(4, "USCHI", Event::Out),
        container(4, "USDAL", Event::In),
    ];
    events.sort_by(|a, b| b.content_hash().cmp(a.content_hash()));
    for event in events {
        assert_eq!(fixture.apply(&[event]).await, [Applied]);
    }
    assert_eq!(fixture.quality("TSTU904417").await, [CONFLICT]);
    let row = &fixture.rows(Table::Container).await[0];
    let gates = (&row["gate_in_at"], &row["gate_out_at"]);
    assert_eq!(gates, (&json!(EPOCH_MS + 4), &json!(EPOCH_MS + 4)));
}
