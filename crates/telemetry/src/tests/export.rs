//! What arrives at an ingestion endpoint.

use std::{io, time::Duration};

use tracing::{Dispatch, dispatcher, info, info_span, subscriber::with_default};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::{endpoint::Endpoint, of_type, properties};
use crate::{
    IngestionError, InitError,
    correlation::{Traceparent, continue_from, link},
    ingestion::{BATCH, QUEUE},
    init::subscriber,
};

const HOST: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

/// Runs `say` under telemetry that goes to `endpoint`, until all of it was sent.
async fn tell(endpoint: &Endpoint, settings: &[(&str, &str)], say: impl FnOnce()) {
    let (subscriber, guard) = subscriber(&endpoint.config(settings), io::sink).unwrap();
    with_default(subscriber, say);
    guard.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_and_its_event_arrive_once_with_the_same_operation_id() {
    let endpoint = Endpoint::open().await;
    tell(&endpoint, &[], || {
        let span = info_span!("ingest", otel.kind = "server", source = "orders");
        let _in_span = span.enter();
        info!(event = "ingested", received = 9);
    })
    .await;

    let items = endpoint.items();
    let figures = of_type(&items, "MetricData").len();
    assert_eq!(items.len() - figures, 2, "{items:#?}");
    let span = of_type(&items, "RequestData")[0];
    let event = of_type(&items, "MessageData")[0];
    assert_eq!(span["data"]["baseData"]["name"], "ingest");
    assert_eq!(span["tags"]["ai.cloud.role"], "crossdock.orders");
    assert_eq!(span["tags"]["ai.application.ver"], "1.2.3");
    assert_eq!(event["data"]["baseData"]["message"], "ingested");
    assert_eq!(properties(event)["received"], "9");
    assert_eq!(
        event["tags"]["ai.operation.id"],
        span["tags"]["ai.operation.id"]
    );
    assert_eq!(
        event["tags"]["ai.operation.parentId"],
        span["data"]["baseData"]["id"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_hosts_trace_is_continued_although_its_flag_is_off() {
    let endpoint = Endpoint::open().await;
    let mut ours = None;
    tell(&endpoint, &[], || {
        let span = info_span!("ingest", otel.kind = "internal");
        assert!(continue_from(&span, &Traceparent::parse(HOST).unwrap()));
        span.in_scope(|| ours = Traceparent::current());
        link(
            &span,
            &Traceparent::parse("00-11111111111111111111111111111111-2222222222222222-01").unwrap(),
        );
    })
    .await;

    let items = endpoint.items();
    let span = of_type(&items, "RemoteDependencyData")[0];
    assert_eq!(
        span["tags"]["ai.operation.id"],
        "0af7651916cd43dd8448eb211c80319c"
    );
    assert_eq!(span["tags"]["ai.operation.parentId"], "b7ad6b7169203331");
    assert!(
        properties(span)["_MS.links"]
            .as_str()
            .unwrap()
            .contains("2222222222222222")
    );
    let ours = ours.unwrap();
    assert_eq!(ours.trace_id(), "0af7651916cd43dd8448eb211c80319c");
    assert!(ours.as_str().ends_with("-01"), "{ours}");
}

#[tokio::test(flavor = "multi_thread")]
async fn long_text_does_not_stop_what_comes_later() {
    let long = format!("{}é", "x".repeat(8191));
    let endpoint = Endpoint::open().await;
    tell(&endpoint, &[], || {
        info_span!("long", name = long.as_str())
            .in_scope(|| info!(event = "long", name = long.as_str()));
        for _ in 0..5 {
            info_span!("later").in_scope(|| info!(event = "later"));
        }
    })
    .await;

    let items = endpoint.items();
    for kind in ["RemoteDependencyData", "MessageData"] {
        let items = of_type(&items, kind);
        assert_eq!(items.len(), 6, "{kind}");
        let kept = items
            .iter()
            .find_map(|item| properties(item)["name"].as_str())
            .unwrap();
        assert_eq!(kept.len(), 8191, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_the_exporter_does_not_stop_what_comes_later() {
    let endpoint = Endpoint::open().await;
    let (subscriber, guard) = subscriber(&endpoint.config(&[]), io::sink).unwrap();
    let dispatch = Dispatch::new(subscriber);
    dispatcher::with_default(&dispatch, || {
        // Only the exporter knows the address that it joins from these: none of them is too long.
        let path = format!("/{}é", "x".repeat(2038));
        let span = info_span!(
            "joined",
            otel.kind = "server",
            url.scheme = "http",
            url.path = path
        );
        span.set_attribute("http.request.header.host", "h");
    });
    wait_for_batches(&guard).await;
    dispatcher::with_default(&dispatch, || drop(info_span!("later")));
    guard.shutdown().await;
    let items = endpoint.items();
    assert!(
        items
            .iter()
            .any(|item| item["data"]["baseData"]["name"] == "later"),
        "{items:#?}"
    );
}

/// Ends when all spans so far were handed to the exporter.
async fn wait_for_batches(guard: &crate::Guard) {
    let spans = guard.spans().unwrap();
    tokio::task::spawn_blocking(move || spans.force_flush().ok())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_endpoint_neither_blocks_nor_fills_memory() {
    let endpoint = Endpoint::silent().await;
    let (subscriber, guard) = subscriber(&endpoint.config(&[]), io::sink).unwrap();
    // Shorter than the time limit of one request: had one span waited for the endpoint, this would not hold.
    let emitting = tokio::task::spawn_blocking(move || {
        with_default(subscriber, || {
            for number in 0..10_000 {
                info_span!("one of many", number).in_scope(|| info!(event = "one_of_many", number));
            }
        });
    });
    tokio::time::timeout(Duration::from_secs(8), emitting)
        .await
        .unwrap()
        .unwrap();
    guard.flush();

    endpoint.open_gate();
    guard.shutdown().await;
    let items = endpoint.items();
    let mut arrived = 0;
    for kind in ["RemoteDependencyData", "MessageData"] {
        let of_kind = of_type(&items, kind).len();
        // What waits in the queue, and the batch that was on its way.
        assert!((1..=QUEUE + BATCH).contains(&of_kind), "{kind}: {of_kind}");
        arrived += of_kind;
    }
    let lost: u64 = guard.losses().iter().map(|(_, count)| count).sum();
    assert_eq!(
        usize::try_from(lost).unwrap() + arrived,
        20_000,
        "each one arrived or is counted"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_transport_says_is_not_exported() {
    let endpoint = Endpoint::open().await;
    tell(&endpoint, &[("LOG_FILTER", "trace")], || {
        tracing::warn!(target: "hyper::client", "busy");
        tracing::info!(target: "azure_core::pipeline", "request");
        tracing::debug!("fine detail");
    })
    .await;
    let items = endpoint.items();
    assert!(
        items
            .iter()
            .all(|item| item["data"]["baseType"] == "MetricData"),
        "{items:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_goes_with_each_request_where_the_host_asks_for_one() {
    let endpoint = Endpoint::open().await;
    let settings = [(
        "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
        "ClientId=11111111-2222;Authorization=AAD",
    )];
    tell(&endpoint, &settings, || info!(event = "ingested")).await;
    let tokens = endpoint.authorizations();
    assert!(!tokens.is_empty());
    assert!(
        tokens
            .iter()
            .all(|token| token.as_deref() == Some("Bearer loopback")),
        "{tokens:?}"
    );
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let refusal = |connection: &str, authentication: Option<&str>| {
        let config = crate::Config {
            connection_string: Some(connection.to_owned()),
            authentication_string: authentication.map(ToOwned::to_owned),
            ..super::silent()
        };
        match subscriber(&config, io::sink) {
            Err(InitError::Ingestion(error)) => error,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("accepted"),
        }
    };
    assert!(matches!(
        refusal("nonsense", None),
        IngestionError::ConnectionString(_)
    ));
    assert!(matches!(
        refusal("InstrumentationKey=1", Some("Authorization=Key")),
        IngestionError::Authorization
    ));
}
