//! Pulling by links for what changed.

use orders::{config::CursorKind, pull};
use serde_json::{Value, json};

use crate::api::{World, id, order};

/// A world that has read its baseline: orders 1 and 2.
async fn with_baseline() -> World {
    let world = World::new(CursorKind::Delta).await;
    for number in [1, 2] {
        world
            .api
            .order(&id(number), &order(number, "2026-11-09T10:00:00Z"));
    }
    baseline(&world, "1");
    assert!(pull(&world.deps).await.unwrap().complete);
    let calls = world.api.calls();
    assert!(calls[0].uri.ends_with("/salesOrders"), "{}", calls[0].uri);
    assert_eq!(
        calls[0].headers["prefer"],
        "odata.track-changes,odata.maxpagesize=500"
    );
    assert_eq!(world.documents().await.len(), 4);
    world
}

fn link(world: &World, token: &str) -> String {
    format!("{}?$deltatoken={token}", world.api.collection())
}

fn baseline(world: &World, token: &str) {
    let rows: Vec<Value> = [1, 2]
        .map(|number| json!({ "id": id(number), "number": format!("SO-{number}") }))
        .into();
    world
        .api
        .page(json!({ "value": rows, "@odata.deltaLink": link(world, token) }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_order_is_read_as_a_whole_and_a_deleted_one_becomes_a_tombstone() {
    let world = with_baseline().await;
    assert_eq!(
        world.cursor("delta").await,
        json!({ "link": link(&world, "1") })
    );
    world.api.order(&id(1), &order(1, "2026-11-10T07:00:00Z"));
    let rows = json!([
        { "id": id(1), "status": "Open" },
        { "@odata.context": "$metadata#salesOrders/$deletedEntity", "id": id(2), "reason": "deleted" },
        { "@removed": { "reason": "deleted" }, "id": id(99) },
        { "status": "Open" }
    ]);
    world
        .api
        .page(json!({ "value": rows, "@odata.deltaLink": link(&world, "2") }));
    let pulled = pull(&world.deps).await.unwrap();
    assert_eq!(
        (pulled.unknown, pulled.complete),
        (1, true),
        "order 99 was never seen"
    );

    let calls = world.api.calls();
    assert!(calls[0].uri.ends_with("salesOrders?$deltatoken=1"));
    assert!(
        calls[1]
            .uri
            .ends_with(&format!("salesOrders({})?$expand=salesOrderLines", id(1))),
        "{}",
        calls[1].uri
    );
    let documents = world.documents().await;
    assert_eq!(documents.len(), 4 + 2 + 1, "{documents:?}");
    assert!(
        documents.contains(&"order:CRONUS|SO-2 deleted".to_owned()),
        "{documents:?}"
    );
    assert_eq!(world.letters().await, ["E102 $.value[3].id"]);
    assert_eq!(
        world.cursor("delta").await,
        json!({ "link": link(&world, "2") })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_left_the_collection_is_deleted_only_if_it_is_gone() {
    let world = with_baseline().await;
    world.api.order(&id(3), &order(3, "2026-11-10T07:00:00Z"));
    world.api.forget(&id(2));
    let left = |number| json!({ "@odata.context": "x/$deletedEntity", "id": id(number), "reason": "changed" });
    world
        .api
        .page(json!({ "value": [left(2), left(3)], "@odata.deltaLink": link(&world, "2") }));
    pull(&world.deps).await.unwrap();
    let documents = world.documents().await;
    assert!(
        documents.contains(&"order:CRONUS|SO-2 deleted".to_owned()),
        "{documents:?}"
    );
    assert!(
        documents.contains(&"order:CRONUS|SO-3".to_owned()),
        "{documents:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_no_longer_known_means_to_read_everything_once_more() {
    let world = with_baseline().await;
    world.api.answer(410, [], "gone");
    baseline(&world, "9");
    assert!(pull(&world.deps).await.unwrap().complete);
    assert_eq!(
        world.cursor("delta").await,
        json!({ "link": link(&world, "9") })
    );
    assert_eq!(world.documents().await.len(), 4);
}
