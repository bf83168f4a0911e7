//! What readers see.

use record::{Body, Entity, EpochMillis, OrderLine, Shipment, Source, SourceVersion, Text};
use reporting::{Claim, Table};
use serde_json::json;

use crate::{
    fixture::{Fixture, NOW},
    on_both_engines,
    world::{self, line, milestone, order},
};

on_both_engines! {
    rows_hold_exactly_what_the_record_said,
    decimals_and_instants_are_exact,
    rows_ascend_by_key_byte_by_byte,
    claims_are_met_by_the_same_version_or_a_newer_one,
    freshness_counts_every_record_once,
}

async fn rows_hold_exactly_what_the_record_said(fixture: Fixture) {
    fixture.apply(&[order("SO-1", 1, "draft", &[10, 20])]).await;
    let row = &fixture.rows(Table::Order).await[0];
    let expected = json!({
        "company": "CRONUS", "order_no": "SO-1", "source_id": null, "customer_no": null, "customer_name": null,
        "customer_po": null, "order_date": "2026-11-02", "requested_delivery_date": null, "status": "draft",
        "currency": null, "amount_ex_tax_minor": null, "amount_inc_tax_minor": 7_400_019, "ship_to_name": null,
        "ship_to_line1": null, "ship_to_city": null, "ship_to_region": null, "ship_to_postcode": null,
        "ship_to_country": null, "fully_shipped": false, "line_sequences": [10, 20],
    });
    assert_eq!(serde_json::Value::Object(row.clone()), expected);
}

async fn decimals_and_instants_are_exact(fixture: Fixture) {
    let decimals = [
        "240",
        "6.00002",
        "-0.0000000001",
        "79228162514264337593543950335",
        "0",
    ];
    for (index, decimal) in decimals.iter().enumerate() {
        let body = OrderLine {
            company: Text::from("CRONUS"),
            order_no: Text::from("SO-1"),
            sequence: i64::try_from(index).unwrap(),
            unit_price: Some(decimal.parse().unwrap()),
            ..OrderLine::default()
        };
        fixture
            .apply(&[world::upsert(Source::Orders, Body::OrderLine(body), 1)])
            .await;
    }
    let rows = fixture.rows(Table::OrderLine).await;
    let read: Vec<_> = rows
        .iter()
        .map(|row| row["unit_price"].as_str().unwrap())
        .collect();
    assert_eq!(read, decimals);

    let instants = [
        0,
        -1,
        1,
        999,
        1_793_610_922_417,
        253_402_300_799_999,
        -62_135_596_800_000,
    ];
    for (index, instant) in instants.iter().enumerate() {
        let body = Shipment {
            shipment_no: Text::from(format!("L-{index}")),
            planned_start: Some(EpochMillis(*instant)),
            ..Shipment::default()
        };
        fixture
            .apply(&[world::upsert(Source::Transport, Body::Shipment(body), 1)])
            .await;
    }
    let rows = fixture.rows(Table::Shipment).await;
    let read: Vec<_> = rows
        .iter()
        .map(|row| row["planned_start"].as_i64().unwrap())
        .collect();
    assert_eq!(read, instants);
}

async fn rows_ascend_by_key_byte_by_byte(fixture: Fixture) {
    fixture
        .apply(&[
            order("a", 1, "draft", &[]),
            order("B", 1, "draft", &[]),
            order("ä", 1, "draft", &[]),
            order("-", 1, "draft", &[]),
        ])
        .await;
    let rows = fixture.rows(Table::Order).await;
    let read: Vec<_> = rows
        .iter()
        .map(|row| row["order_no"].as_str().unwrap())
        .collect();
    assert_eq!(read, ["-", "B", "a", "ä"]);
}

async fn claims_are_met_by_the_same_version_or_a_newer_one(fixture: Fixture) {
    let stored = milestone("L-1", "a", 5);
    let record = stored.record();
    fixture
        .apply(&[stored.clone(), line("SO-1", 10, 5, "1")])
        .await;
    let claim = |version, content_hash| Claim {
        entity: Entity::Milestone,
        key: record.key().as_str(),
        version: SourceVersion::new(version, 0),
        content_hash,
    };
    let (same, larger) = (stored.content_hash(), "ffffffffffffffffffffffffffffffff");
    let claims = [
        claim(5, same),
        claim(4, larger),
        claim(5, larger),
        claim(6, same),
        Claim {
            key: "L-1|b|pickup_arrived|ACT",
            ..claim(1, same)
        },
        Claim {
            entity: Entity::OrderLine,
            key: "CRONUS|SO-1|10",
            ..claim(4, same)
        },
        Claim {
            entity: Entity::OrderLine,
            key: "CRONUS|SO-1|20",
            ..claim(4, same)
        },
    ];
    let met = fixture.store.accounts(&claims).await.unwrap();
    assert_eq!(met, [true, true, false, false, false, true, false]);
}

async fn freshness_counts_every_record_once(fixture: Fixture) {
    fixture
        .apply(&[
            order("SO-1", 1, "draft", &[]),
            order("SO-2", 2, "draft", &[]),
            milestone("L-1", "a", 3),
        ])
        .await;
    fixture
        .apply(&[
            order("SO-1", 1, "draft", &[]),
            order("SO-2", 1, "draft", &[]),
        ])
        .await;
    fixture
        .store
        .account_dead_letters(Source::Orders, 3, NOW)
        .await
        .unwrap();
    let freshness = fixture.store.freshness().await.unwrap();
    let lag = |version| NOW.0 - world::EPOCH_MS - version;
    let [orders, transport] = freshness.as_slice() else {
        panic!("{freshness:?}")
    };
    assert_eq!(
        (orders.source, transport.source),
        (Source::Orders, Source::Transport)
    );
    assert_eq!(
        (
            orders.applied,
            orders.duplicate,
            orders.superseded,
            orders.dead_lettered
        ),
        (2, 1, 1, 3)
    );
    assert_eq!(
        (orders.lag_ms_p50, orders.lag_ms_max),
        (Some(lag(2)), Some(lag(1)))
    );
    assert_eq!((transport.applied, transport.lag_ms_p99), (1, Some(lag(3))));
    let later = EpochMillis(NOW.0 + 1);
    assert!(
        fixture
            .store
            .freshness_since(later)
            .await
            .unwrap()
            .is_empty()
    );
}
