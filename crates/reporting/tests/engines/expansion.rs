//! Two releases write side by side, the newer one with a column more.

use record::{Body, Record, Shipment, Source, SourceVersion, Text};
use reporting::Change;

use crate::{
    fixture::{Fixture, NOW},
    on_both_engines,
    world::provenance,
};

on_both_engines! {
    two_releases_write_side_by_side_and_nothing_is_lost,
}

const SHIPMENTS: usize = 20;
const VERSIONS: u64 = 10;

fn shipment(number: usize, version: u64) -> Change<'static> {
    let body = Body::Shipment(Shipment {
        shipment_no: Text::from(format!("L-{number}")),
        status: Some(Text::from(format!("status {version}"))),
        ..Shipment::default()
    });
    let version_of = SourceVersion::new(version, 0);
    let record = Record::upsert(Source::Transport, body, version_of, provenance(version)).unwrap();
    let id = record.to_document().id().to_string();
    Change::new(record, id)
}

/// What the newer release writes: it knows of `seal_no`, and its guard is the same.
fn newer(number: usize, version: u64, instant: &str, dq: &str) -> String {
    let text = SourceVersion::new(version, 0);
    format!(
        "INSERT INTO rpt_shipment (shipment_no, status, seal_no, source, record_key, version, content_hash, document_id, correlation_id, \
         source_modified_at, applied_at, dq, tombstone) \
         VALUES ('L-{number}', 'status {version}', 'S-{version}', 'transport', 'L-{number}', '{text}', 'h', 'd', 'c', {instant}, {instant}, {dq}, FALSE) \
         ON CONFLICT (shipment_no) DO UPDATE SET status = excluded.status, seal_no = excluded.seal_no, version = excluded.version, \
         content_hash = excluded.content_hash \
         WHERE (rpt_shipment.version, rpt_shipment.content_hash) < (excluded.version, excluded.content_hash)"
    )
}

async fn two_releases_write_side_by_side_and_nothing_is_lost(fixture: Fixture) {
    // Expanded before the newer release comes. The older one goes on writing, and finds the schema new enough.
    fixture
        .execute("ALTER TABLE rpt_shipment ADD COLUMN seal_no text")
        .await;
    fixture.store.check_schema().await.unwrap();
    let (instant, dq) = match fixture.url.starts_with("sqlite") {
        true => ("0", "'[]'"),
        false => ("now()", "'[]'::jsonb"),
    };
    // Odd versions come to the older release and even ones to the newer one, in opposite orders.
    let older = async {
        for version in (1..=VERSIONS).rev().filter(|version| version % 2 == 1) {
            let batch: Vec<_> = (0..SHIPMENTS)
                .map(|number| shipment(number, version))
                .collect();
            fixture.store.apply(&batch, NOW).await.unwrap();
        }
        // This one comes last of all to some, and to others not at all.
        let batch: Vec<_> = (0..SHIPMENTS / 2)
            .map(|number| shipment(number, VERSIONS + 1))
            .collect();
        fixture.store.apply(&batch, NOW).await.unwrap();
    };
    let newer = async {
        for version in (1..=VERSIONS).filter(|version| version % 2 == 0) {
            for number in 0..SHIPMENTS {
                fixture.execute(&newer(number, version, instant, dq)).await;
            }
        }
    };
    tokio::join!(older, newer);

    let rows = fixture
        .texts("SELECT shipment_no || ' ' || status FROM rpt_shipment")
        .await;
    let mut expected: Vec<String> = (0..SHIPMENTS)
        .map(|number| {
            let newest = VERSIONS + u64::from(number < SHIPMENTS / 2);
            format!("L-{number} status {newest}")
        })
        .collect();
    expected.sort();
    assert_eq!(rows, expected);
    // What the newer release wrote last has its column, untouched by what the older one wrote before and after it.
    let seals = fixture
        .texts("SELECT seal_no FROM rpt_shipment WHERE status = 'status 10'")
        .await;
    assert_eq!(seals, vec!["S-10"; SHIPMENTS / 2]);
}
