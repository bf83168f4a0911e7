//! The steps of a record are one trace, whichever invocations took them.

use std::io;

use serde_json::Value;
use tracing::{Dispatch, dispatcher, info_span, warn};

use super::{endpoint::Endpoint, of_type, properties};
use crate::{
    correlation::{Traceparent, continue_from},
    init::subscriber,
    steps::{Moment, Name, Step, Steps},
};

const MESSAGE: &str = "0af7651916cd43dd8448eb211c80319c";
const HOST: &str = "00-11111111111111111111111111111111-b7ad6b7169203331-00";

fn step(name: Name, began: i64, key: Option<&'static str>) -> Step<'static> {
    Step {
        name,
        began: Moment::at_ms(began),
        ended: Moment::at_ms(began + 5),
        source: "orders",
        source_key: key,
        correlation_id: MESSAGE,
        traceparent: None,
        outcome: "created",
        has_failed: false,
        lag_ms: Some(1200),
        records: None,
    }
}

async fn told() -> Vec<Value> {
    let endpoint = Endpoint::open().await;
    let (subscriber, guard) = subscriber(&endpoint.config(&[]), io::sink).unwrap();
    let dispatch = Dispatch::new(subscriber);
    dispatcher::with_default(&dispatch, || {
        let span = info_span!("invocation", invocation_id = tracing::field::Empty);
        span.record("invocation_id", "the-hosts-id");
        assert!(continue_from(&span, &Traceparent::parse(HOST).unwrap()));
        let below = info_span!(parent: &span, "below");
        let _in_span = below.enter();
        let steps = Steps::current();
        steps.tell(&step(Name::Received, 1000, None));
        steps.tell(&step(Name::Published, 1010, Some("C|S-1")));
        warn!(
            event = "dead_lettered",
            correlation_id = MESSAGE,
            source_key = "C|S-2",
            reason = "E102"
        );
        warn!(event = "elsewhere");
    });
    guard.shutdown().await;
    endpoint.items()
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_and_events_of_a_message_are_in_the_messages_own_trace() {
    let items = told().await;
    let own = |item: &&Value| item["tags"]["ai.operation.id"] == MESSAGE;
    let own: Vec<&Value> = items.iter().filter(own).collect();
    assert_eq!(own.len(), 3, "{items:#?}");
    for item in &own {
        assert_eq!(properties(item)["correlation_id"], MESSAGE);
        // What the host's `requests` row has as well.
        assert_eq!(properties(item)["invocation_id"], "the-hosts-id");
    }
    let received = own
        .iter()
        .find(|item| properties(item)["step"] == "received")
        .unwrap();
    let root = &received["data"]["baseData"]["id"];
    assert_eq!(root, &MESSAGE[16..]);
    for item in &own {
        let parent = item["tags"].get("ai.operation.parentId");
        assert!(parent.is_none_or(|parent| parent == root), "{item:#?}");
    }
    let place = Traceparent::of_message(MESSAGE).unwrap();
    assert_eq!(
        place.as_str()[..53],
        format!("00-{MESSAGE}-{}-", &MESSAGE[16..])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_is_linked_to_the_invocation_that_took_it() {
    let items = told().await;
    let spans = of_type(&items, "RemoteDependencyData");
    let below = spans
        .iter()
        .find(|span| span["data"]["baseData"]["name"] == "below")
        .unwrap();
    let published = spans
        .iter()
        .find(|span| properties(span)["step"] == "published")
        .unwrap();
    let links = properties(published)["_MS.links"].as_str().unwrap();
    assert!(links.contains(&HOST[3..35]), "{links}");
    assert!(
        links.contains(below["data"]["baseData"]["id"].as_str().unwrap()),
        "{links}"
    );
    assert_eq!(properties(published)["lag_ms"], "1200");
    assert_eq!(
        published["data"]["baseData"]["duration"],
        "0.00:00:00.005000"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_about_no_message_stays_where_it_was_said() {
    let items = told().await;
    let events = of_type(&items, "MessageData");
    let elsewhere = events
        .iter()
        .find(|item| properties(item)["event"] == "elsewhere")
        .unwrap();
    assert_eq!(elsewhere["tags"]["ai.operation.id"], HOST[3..35]);
    assert_eq!(properties(elsewhere)["invocation_id"], "the-hosts-id");
}

#[test]
fn without_an_export_nothing_is_told() {
    assert!(!Steps::current().are_told());
    let message = "0af7651916cd43dd8448eb211c80319c";
    assert!(
        Traceparent::of_message(message)
            .unwrap()
            .as_str()
            .ends_with("-00")
    );
    assert_eq!(Traceparent::of_message("not an id"), None);
}
