//! What a letter says of people, nobody reads who is not in the audit log; and how an order comes in again.

use emulator_process::Operator;
use orders::{app, config::CursorKind, pull};
use serde_json::json;

use crate::api::{World, order};

const CUSTOMER: &str = "Erika Mustermann";

#[tokio::test(flavor = "multi_thread")]
async fn one_order_is_corrected_and_replayed_and_its_neighbours_are_not_doubled() {
    let world = World::new(CursorKind::Watermark).await;
    let mut bad = order(2, "2026-11-09T11:00:00Z");
    bad["shipToName"] = CUSTOMER.into();
    bad["orderDate"] = "one day".into();
    let good = order(1, "2026-11-09T10:00:00Z");
    world.api.page(json!({ "value": [good, bad] }));
    pull(&world.deps).await.unwrap();
    let before = world.documents().await;
    let app = app(world.deps.clone()).into_router();
    let operator = Operator::at(&app);

    let letter = operator.letter_about("$.value[].orderDate").await;
    operator.reads_only_audited(&letter, CUSTOMER).await;
    let opened = operator.unseal(&letter).await;
    let message = opened["message"].as_str().unwrap();
    assert!(
        !message.contains("SO-1"),
        "the neighbour is not kept: {message}"
    );
    assert!(message.starts_with("{\"value\":[{"), "{message}");

    let patch = json!([{ "op": "replace", "path": "/orderDate", "value": "2026-11-09" }]);
    let edited = operator.edit(&letter, &patch).await;
    assert_eq!(edited["would"], "publish", "{edited:#}");
    assert_eq!(world.documents().await, before, "a preview writes nothing");
    let replayed = operator.replay(&letter).await;
    assert_eq!(replayed["item"], "awaiting", "{replayed:#}");
    let after = world.documents().await;
    assert_eq!(
        after.len(),
        before.len() + 2,
        "an order and its line: {after:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_letter_quotes_of_a_person_is_sealed() {
    let world = World::new(CursorKind::Watermark).await;
    let mut bad = order(2, "2026-11-09T11:00:00Z");
    bad["shipToName"] = json!({ "name": CUSTOMER });
    world.api.page(json!({ "value": [bad] }));
    pull(&world.deps).await.unwrap();
    let app = app(world.deps.clone()).into_router();
    let operator = Operator::at(&app);
    let letter = operator.letter_about("$.value[].shipToName").await;
    operator.reads_only_audited(&letter, CUSTOMER).await;
    let listed = &operator.open_letters().await[0];
    assert_eq!(listed["detail"], feed::SEALED, "{listed:#}");
}
