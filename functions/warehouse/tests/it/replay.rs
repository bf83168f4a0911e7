//! Letters that come in again, from the admin routes to the feed.

use std::collections::BTreeSet;

use crate::{
    stack::Stack,
    world::{fixture, made},
};

const QUIRKS: &str = "MOVE_DC3_20261101T0700Z_0007_quirks.csv";
const STORY: &str = "MOVE_DC3_20261109T2030Z_0042.csv";
const SHIP: &str = "SHIP_DC3_20261109T2100Z_0009.csv";

/// Ids of the documents of a file that speak of a key.
fn expected(name: &str, bytes: &[u8], key: &str) -> BTreeSet<String> {
    let made = made(name, bytes, &[4_096]).documents.into_iter();
    made.filter(|document| document["key"].as_str().unwrap().contains(key))
        .map(|document| document["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_row_is_what_it_would_have_been_in_its_file() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let bytes = fixture(QUIRKS);
    let message = stack.drop_file(QUIRKS, &bytes).await;
    assert_eq!(stack.delivered(&message).await, "finished");
    let operator = stack.operator();
    let before = stack.ids().await;

    // As it is, it fails again; the message is as small as it can be.
    let letter = operator.letter_at("row 6,").await;
    let message = stack.message_of(&letter).await;
    assert!(
        message.starts_with("Movement No.;Site;") && message.lines().count() == 2,
        "{message}"
    );
    let came = operator.come_in(&letter).await;
    assert_eq!(came.outcome(), "failed_again");

    let text = String::from_utf8(bytes).unwrap();
    let (bad, good) = (
        "007006;DC3;RECEIPT;2026-11-01 06:22;;;000123;;1,000;EA",
        "007006;DC3;RECEIPT;2026-11-01 06:22;;;000123;;1000;EA",
    );
    let row = text.lines().find(|line| line.starts_with(bad)).unwrap();
    // Two rows are no row.
    operator
        .correct(&letter, &format!("{}\n{row}", row.replace(bad, good)))
        .await;
    let came = operator.come_in(&letter).await;
    assert!(came.detail().contains("exactly one row"), "{came:?}");

    operator.correct(&letter, &row.replace(bad, good)).await;
    let came = operator.come_in(&letter).await;
    let corrected = text.replace(bad, good);
    let expected = expected(QUIRKS, corrected.as_bytes(), "007006");
    assert!(!expected.is_empty());
    assert_eq!(came.published, expected);
    let now: BTreeSet<String> = stack.ids().await.into_iter().collect();
    let new: BTreeSet<String> = now
        .difference(&before.into_iter().collect())
        .cloned()
        .collect();
    assert_eq!(new, expected);
    for id in &expected {
        let documents = stack.documents().await;
        let entry = documents.iter().find(|entry| entry.id == *id).unwrap();
        let key = record::RecordKey::from_text(entry.entity, &entry.key).unwrap();
        let partition = record::PartitionKey::of(entry.source, &key);
        let json = stack.feed.document(partition.as_str(), id).await.unwrap();
        let document: serde_json::Value = serde_json::from_str(&json.unwrap()).unwrap();
        let provenance = &document["provenance"];
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let raw = &provenance["raw"];
        let location = text(&raw["location"]);
        assert!(
            location.starts_with(&format!("dead-letter:warehouse/{letter}?plan=")),
            "{document:#}"
        );
        assert!(
            text(&raw["place"]).starts_with("row 6, bytes "),
            "{document:#}"
        );
        assert!(
            text(&provenance["message_id"]).starts_with(&format!("warehouse/{QUIRKS}@")),
            "{document:#}"
        );
    }
    // The others are left as they were.
    assert_eq!(stack.letters().await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_without_an_id_is_one_more_of_its_equals() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let head = "warehouse,despatched at,order_no,line_no,sku,lot,qty,uom,sscc,load_ref,from_bin\n";
    let row = "DC3,2026-11-09 15:41:00,SO-104590,10000,OLV-1L,LT-2231,1,EA,,L-2026-55020,D-07";
    let bad = row.replace(",1,EA", ",x,EA");
    let file = format!("{head}{row}\n{bad}\n{row}\n");
    let message = stack.drop_file(SHIP, file.as_bytes()).await;
    assert_eq!(stack.delivered(&message).await, "finished");
    let movements = async || {
        let documents = stack.documents().await.into_iter();
        let movements = documents.filter(|entry| entry.entity == record::Entity::InventoryMovement);
        movements
            .map(|entry| entry.key)
            .collect::<BTreeSet<String>>()
    };
    assert_eq!(movements().await.len(), 2);
    let operator = stack.operator();
    let letter = operator.letter_at("row 2,").await;
    operator.correct(&letter, row).await;
    assert!(!operator.come_in(&letter).await.published.is_empty());
    assert_eq!(movements().await.len(), 3);
    // The file with the three of them says nothing new but the version of a row.
    let whole = format!("{head}{row}\n{row}\n{row}\n");
    let again = stack
        .drop_file("SHIP_DC3_20261109T2100Z_0010.csv", whole.as_bytes())
        .await;
    assert_eq!(stack.delivered(&again).await, "finished");
    assert_eq!(movements().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_message_comes_in_as_its_file() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let operator = stack.operator();
    let message = stack.drop_file(STORY, &fixture(STORY)).await;
    stack.invoke("/poison", &message).await;
    assert!(stack.ids().await.is_empty());
    let letter = operator.letter_at(STORY).await;
    let came = operator.come_in(&letter).await;
    let ids: BTreeSet<String> = stack.ids().await.into_iter().collect();
    assert_eq!(came.published, ids);
    let expected: BTreeSet<String> = expected(STORY, &fixture(STORY), "");
    assert_eq!(ids, expected);

    // One whose file came by itself in the meantime, and one whose file is gone.
    let second = stack.drop_file(QUIRKS, &fixture(QUIRKS)).await;
    stack.invoke("/poison", &second).await;
    assert_eq!(stack.delivered(&second).await, "finished");
    let letter = operator.letter_at(&format!("{QUIRKS}@")).await;
    assert_eq!(operator.come_in(&letter).await.outcome(), "duplicate");
    let third = stack.drop_file(SHIP, b"x").await;
    stack.remove_file(SHIP).await;
    assert_eq!(stack.delivered(&third).await, "buried");
    let letter = operator.letter_at(SHIP).await;
    let came = operator.come_in(&letter).await;
    assert_eq!(came.outcome(), "failed_again");
    assert!(came.detail().contains("does not exist"), "{came:?}");
    // A message that tells of nothing.
    stack.invoke("/poison", "not even JSON").await;
    let letters = stack.feed.dead_letters().collect().await.unwrap();
    let nothing = letters
        .iter()
        .find(|letter| letter.place.is_empty())
        .unwrap();
    let came = operator.come_in(nothing.id.as_str()).await;
    assert!(
        came.detail().contains("not an Event Grid event"),
        "{came:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_nobody_could_read_is_looked_at_again() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let operator = stack.operator();
    for (name, content) in [
        ("MOVE_DC9_20261109T2030Z_1.csv", &b"x"[..]),
        ("MOVE_DC3_20261109T2030Z_2.csv", b"a;b\n1;2\n"),
    ] {
        let message = stack.drop_file(name, content).await;
        stack.wait(700);
        assert_eq!(stack.delivered(&message).await, "finished", "{name}");
        let letters = stack.letters().await;
        let letter = operator.letter_at(name).await;
        assert_eq!(
            operator.come_in(&letter).await.outcome(),
            "failed_again",
            "{name}"
        );
        assert_eq!(stack.letters().await, letters, "one letter, not two");
    }
}

/// A file of so many movements of its own.
fn long(first: u32, rows: u32) -> String {
    let head = "movement_id;warehouse;movement_type;movement_ts;sku;qty;uom\n".to_owned();
    (first..first + rows).fold(head, |file, id| {
        file + &format!("{id};DC3;COUNT;2026-11-09 10:00:00;SKU-{id};1;EA\n")
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_file_takes_several_invocations_and_is_seen_by_a_part_of_its_records() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let operator = stack.operator();
    let rows = 20_500;
    let name = "MOVE_DC3_20261109T2030Z_0007.csv";
    let message = stack.drop_file(name, long(1, rows).as_bytes()).await;
    stack.invoke("/poison", &message).await;
    let letter = operator.letter_at(name).await;
    let would = operator.dry_run(&letter).await;
    assert_eq!(would["of"], rows, "{}", would["reason"]);
    assert_eq!(would["documents"].as_array().unwrap().len(), 64);
    assert!(stack.ids().await.is_empty(), "a dry run writes nothing");
    // From now on the time of an invocation is used up at its first checkpoint.
    stack.tick(200);
    let came = operator.looked_at_and_replayed(&letter).await;
    assert_eq!(came.published.len(), 64, "{:#}", came.done);
    let ids: BTreeSet<String> = stack.ids().await.into_iter().collect();
    assert_eq!(ids.len(), rows as usize);
    assert!(came.published.is_subset(&ids));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_is_killed_knows_its_own_records_again() {
    let Some(stack) = Stack::start().await else {
        return;
    };
    let operator = stack.operator();
    let mut killed = 0;
    for (number, after_ms) in (1..).zip([20, 150, 1_000]) {
        let name = format!("MOVE_DC3_20261109T2030Z_{number:04}.csv");
        let file = long(number * 100_000, 10_100);
        let message = stack.drop_file(&name, file.as_bytes()).await;
        stack.invoke("/poison", &message).await;
        let letter = operator.letter_at(&name).await;
        let asked = serde_json::json!({ "ids": [letter], "why": "ticket 7" });
        let plan = operator.post("plans", &asked).await;
        let path = format!("plans/{}", plan["id"].as_str().unwrap());
        let asked =
            serde_json::json!({ "digest": plan["digest"], "runner": "r", "why": "ticket 7" });
        let run = format!("{path}/run");
        // A future that is dropped does no more than a process that is killed.
        let moment = std::time::Duration::from_millis(after_ms);
        let ended = tokio::time::timeout(moment, operator.post(&run, &asked)).await;
        killed += u32::from(ended.is_err());
        if ended.is_err() {
            operator.post(&run, &asked).await;
        }
        let items = operator.get(&format!("{path}/letters/0")).await;
        assert_eq!(items[0]["item"], "awaiting", "{after_ms} ms: {items:#}");
        assert!(!items[0]["targets"].as_array().unwrap().is_empty());
        let first = format!("DC3|{}", number * 100_000);
        let documents = stack.documents().await;
        assert!(documents.iter().any(|entry| entry.key.starts_with(&first)));
    }
    assert!(killed >= 2, "only {killed} were killed before their end");
    assert_eq!(stack.ids().await.len(), 3 * 10_100);
}
