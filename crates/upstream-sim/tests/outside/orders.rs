//! The orders API: pages, single orders, delta links, refusals.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use reqwest::StatusCode;
use serde_json::Value;
use upstream_sim::sim::{Settings, Sim};
use upstream_sim::world::Endings;

use crate::{COMPANY, noon, serve, settings, truth_of};

async fn get(url: &str, prefer: &str) -> (StatusCode, Value) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client
        .get(url)
        .header("authorization", "Bearer x")
        .header("prefer", prefer)
        .send()
        .await
        .unwrap();
    assert!(answer.headers().contains_key("date"));
    let status = answer.status();
    (status, answer.json().await.unwrap())
}

async fn sim(faults: &[&str], order_deletes: f64) -> (Arc<Sim>, String) {
    let mut settings = settings(7);
    faults
        .iter()
        .for_each(|setting| settings.faults.set(setting).unwrap());
    let endings = Endings {
        order_deletes,
        ..settings.endings
    };
    let sim = Sim::new(
        Settings {
            endings,
            ..settings
        },
        noon,
    );
    let orders = format!(
        "{}/api/v2.0/companies({COMPANY})/salesOrders",
        serve(&sim).await
    );
    (sim, orders)
}

/// Follows next links; gives all entities, the number of pages, and the last page.
async fn walk(url: &str, prefer: &str) -> (Vec<Value>, usize, Value) {
    let (mut url, mut entities, mut pages) = (url.to_owned(), Vec::new(), 0);
    loop {
        let (status, mut page) = get(&url, prefer).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        pages += 1;
        entities.append(page["value"].as_array_mut().unwrap());
        match page["@odata.nextLink"].as_str() {
            Some(next) => url = next.to_owned(),
            None => return (entities, pages, page),
        }
    }
}

fn texts(entities: &[Value], field: &str) -> BTreeSet<String> {
    entities
        .iter()
        .filter_map(|entity| entity[field].as_str())
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn a_page_walk_gives_every_order_once_and_as_the_truth_has_it() {
    let (sim, orders) = sim(&[], 0.0).await;
    (0..300).for_each(|_| sim.emit_order());
    let truth = truth_of(&sim);
    let rows: BTreeMap<&str, &Value> = truth["rpt_order"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["order_no"].as_str().unwrap(), row))
        .collect();
    let options = "$expand=salesOrderLines&$filter=lastModifiedDateTime%20ge%202020-01-01T00:00:00Z&$orderby=lastModifiedDateTime,id";
    for size in [1, 7, rows.len(), 1_000] {
        let (entities, pages, _) = walk(
            &format!("{orders}?{options}"),
            &format!("odata.maxpagesize={size}"),
        )
        .await;
        assert_eq!(entities.len(), rows.len(), "page size {size}");
        assert_eq!(
            texts(&entities, "number").len(),
            rows.len(),
            "page size {size}"
        );
        assert_eq!(
            pages,
            rows.len() / size + 1,
            "an exactly full page is followed by another, which may be empty"
        );
        let modified: Vec<_> = entities
            .iter()
            .map(|order| order["lastModifiedDateTime"].as_str().unwrap())
            .collect();
        let instants: Vec<jiff::Timestamp> =
            modified.iter().map(|text| text.parse().unwrap()).collect();
        assert!(instants.is_sorted());
        for order in &entities {
            let row = rows[order["number"].as_str().unwrap()];
            let sequences: BTreeSet<_> = order["salesOrderLines"]
                .as_array()
                .unwrap()
                .iter()
                .map(|line| line["sequence"].as_i64().unwrap())
                .collect();
            assert_eq!(
                row["line_sequences"],
                serde_json::to_value(sequences).unwrap()
            );
            assert_eq!(row["fully_shipped"], order["fullyShipped"]);
            let cents = (order["totalAmountExcludingTax"].as_f64().unwrap() * 100.0).round();
            assert!(
                (row["amount_ex_tax_minor"].as_f64().unwrap() - cents).abs() < 0.5,
                "{order}"
            );
        }
    }
    assert_eq!(sim.status()["sources"]["orders"]["served"], rows.len());
}

#[tokio::test]
async fn delta_links_bring_changes_and_deletions_once() {
    let (sim, orders) = sim(&[], 0.2).await;
    (0..120).for_each(|_| sim.emit_order());
    let prefer = "odata.track-changes, odata.maxpagesize=10";
    let (before, _, last) = walk(&format!("{orders}?$expand=salesOrderLines"), prefer).await;
    let link = last["@odata.deltaLink"].as_str().unwrap().to_owned();
    let (nothing, _, _) = walk(&link, prefer).await;
    assert!(nothing.is_empty());

    (0..120).for_each(|_| sim.emit_order());
    let (changes, pages, last) = walk(&link, prefer).await;
    assert!(pages > 1);
    let deleted = texts(
        &changes
            .iter()
            .filter(|one| one["reason"] == "deleted")
            .cloned()
            .collect::<Vec<_>>(),
        "id",
    );
    assert!(!deleted.is_empty());
    assert_eq!(
        texts(&changes, "id").len(),
        changes.len(),
        "each order once"
    );
    let mut state = texts(&before, "id");
    state.extend(texts(&changes, "id"));
    let state: BTreeSet<_> = state.difference(&deleted).cloned().collect();
    assert_eq!(
        state,
        texts(truth_of(&sim)["rpt_order"].as_array().unwrap(), "source_id")
    );
    let (status, _) = get(&format!("{orders}({})", deleted.first().unwrap()), "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, one) = get(
        &format!(
            "{orders}({})?$expand=salesOrderLines",
            state.first().unwrap()
        ),
        "",
    )
    .await;
    assert_eq!(
        (status, one["id"].as_str()),
        (StatusCode::OK, state.first().map(String::as_str))
    );
    let (nothing, _, _) = walk(last["@odata.deltaLink"].as_str().unwrap(), prefer).await;
    assert!(nothing.is_empty());
}

#[tokio::test]
async fn refusals_say_why() {
    let (sim, orders) = sim(&[], 0.0).await;
    sim.emit_order();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    assert_eq!(
        client.get(&orders).send().await.unwrap().status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        get(&format!("{orders}?$deltatoken=919058"), "").await.0,
        StatusCode::GONE
    );
    assert_eq!(
        get(&format!("{orders}?$filter=number%20eq%20'x'"), "")
            .await
            .0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        get(&orders, "odata.maxpagesize=20001").await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(
        get(&orders.replace(COMPANY, "other"), "").await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn throttling_names_a_time_and_invalid_orders_stand_among_good_ones() {
    let (_, orders) = sim(&["throttled=1"], 0.0).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(&orders).bearer_auth("x").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    let asked: f64 = answer.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(asked > 0.0 && asked <= 1.0);

    let (sim, orders) = sim(&["invalid_order=1"], 0.0).await;
    (0..30).for_each(|_| sim.emit_order());
    let (entities, _, _) = walk(&orders, "odata.maxpagesize=7").await;
    let good = truth_of(&sim)["rpt_order"].as_array().unwrap().len();
    assert_eq!(entities.len(), good + 30);
    assert_eq!(truth_of(&sim)["dead_letters"]["orders"], 30);
}
