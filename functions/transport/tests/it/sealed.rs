//! What a letter says of people, nobody reads who is not in the audit log.

use ingest::Ingest;
use serde_json::{Value, json};
use transport::contract::CONTRACT;

use crate::{app::World, world::fixture};

const DRIVER: &str = "Erika Mustermann";

fn trip(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut trip: Value = serde_json::from_slice(&fixture("trip_planned.json")).unwrap();
    let driver = json!({ "roles": ["driver"], "entity": { "id": "e2", "name": DRIVER } });
    let actors = trip["data"]["actors"].as_array_mut().unwrap();
    actors.push(driver);
    change(&mut trip);
    trip.to_string().into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_letter_is_looked_at_corrected_and_replayed_all_the_same() {
    let world = World::new().await;
    let bad = trip(|trip| trip["data"]["lastModified"] = "soon".into());
    world.post("msg_1", &bad).await;
    let operator = world.operator();
    let letter = operator.letter_about("$.data.lastModified").await;
    let listed = &operator.open_letters().await[0];
    assert_eq!(
        listed["offending_value"], "\"soon\"",
        "not personal: {listed:#}"
    );
    operator.reads_only_audited(&letter, DRIVER).await;

    let dry_run = operator.dry_run(&letter).await;
    assert_eq!(dry_run["reason"], "E102", "{dry_run:#}");
    let at = "2026-11-08T10:00:00Z";
    let patch = json!([{ "op": "replace", "path": "/lastModified", "value": at }]);
    let edited = operator.edit(&letter, &patch).await;
    assert_eq!(edited["would"], "publish", "{edited:#}");
    let replayed = operator.replay(&letter).await;
    assert_eq!(replayed["item"], "awaiting", "{replayed:#}");
    assert!(!world.keys().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_letter_quotes_of_a_person_is_sealed_and_so_is_its_next_failure() {
    let world = World::new().await;
    let bad = trip(|trip| trip["data"]["actors"][1]["entity"]["name"] = json!([DRIVER]));
    world.post("msg_1", &bad).await;
    let shape = trip(|trip| trip["data"]["actors"] = DRIVER.into());
    world.post("msg_2", &shape).await;
    let operator = world.operator();
    for field in ["$.data.actors[].entity.name", "$.data.actors"] {
        let letter = operator.letter_about(field).await;
        let again = operator.replay(&letter).await;
        assert_eq!(again["outcome"]["outcome"], "failed_again", "{again:#}");
        assert!(!again.to_string().contains(DRIVER), "{again:#}");
        operator.reads_only_audited(&letter, DRIVER).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_the_app_does_not_start() {
    let world = World::new().await;
    let open = world.emulator.feed().await;
    let unkeyed = Ingest::new(open, transport::APP, transport::VERSION).under(CONTRACT);
    assert!(unkeyed.is_err());
}
