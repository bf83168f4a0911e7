//! Ids are pure functions of what a record is and says, not of how it came.

use proptest::prelude::*;
use record::{
    BUCKETS, Body, EpochMillis, KEY_BYTES_MAX, Order, Provenance, Record, Source, SourceVersion,
    Text,
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
                .with_references(record.references().to_vec()),
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
