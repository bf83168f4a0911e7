//! What an endpoint may do, and what becomes of telemetry and of those who speak.

use std::{
    io,
    time::{Duration, Instant},
};

use tracing::{Dispatch, dispatcher, info_span};

use super::{
    endpoint::{Answer, Endpoint, config_of},
    of_type,
};
use crate::{Guard, ingestion::QUEUE, init::subscriber};

/// Speaks of so many spans.
fn say(dispatch: &Dispatch, spans: usize) {
    dispatcher::with_default(dispatch, || {
        for number in 0..spans {
            drop(info_span!("one", number));
        }
    });
}

fn lost(guard: &Guard, reason: &str) -> usize {
    let losses = guard.losses();
    let of = losses.iter().find(|(name, _)| *name == reason).unwrap();
    usize::try_from(of.1).unwrap()
}

fn opened(endpoint: &Endpoint) -> (Dispatch, Guard) {
    let (subscriber, guard) = subscriber(&endpoint.config(&[]), io::sink).unwrap();
    (Dispatch::new(subscriber), guard)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_now_is_sent_again() {
    let one = |status| async move {
        let endpoint = Endpoint::scripted([Answer::Status(status, &[])]).await;
        let (dispatch, guard) = opened(&endpoint);
        say(&dispatch, 3);
        guard.flush();
        let items = endpoint.arrived(3).await;
        assert_eq!((items.len(), endpoint.requests().len()), (3, 2), "{status}");
        assert!(
            guard.losses().iter().all(|(_, lost)| *lost == 0),
            "{status}"
        );
    };
    // 502 and 504 come from gateways, 401 and 403 while a role is new: the exporter by itself would drop on these.
    let all = [401, 403, 408, 429, 439, 500, 502, 503, 504].map(one);
    futures::future::join_all(all).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttling_endpoint_is_given_the_time_that_it_asks_for() {
    let throttled = Answer::Status(429, &[("retry-after", "3")]);
    let endpoint = Endpoint::scripted([throttled]).await;
    let (dispatch, guard) = opened(&endpoint);
    say(&dispatch, 3);
    guard.flush();
    endpoint.arrived(3).await;
    let requests = endpoint.requests();
    let waited = requests[1] - requests[0];
    assert!(waited >= Duration::from_secs(3), "{waited:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_batch_that_is_taken_in_part_the_rest_is_sent_or_counted() {
    let endpoint = Endpoint::scripted([Answer::Partly(&[(1, 500), (2, 400)])]).await;
    let (dispatch, guard) = opened(&endpoint);
    say(&dispatch, 4);
    guard.flush();
    let items = endpoint.arrived(3).await;
    assert_eq!((items.len(), lost(&guard, "refused")), (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_good_is_counted_and_nothing_else_is_lost() {
    let endpoint = Endpoint::scripted([Answer::Status(400, &[])]).await;
    let (dispatch, guard) = opened(&endpoint);
    say(&dispatch, 5);
    flushed(&guard).await;
    assert_eq!((endpoint.items().len(), lost(&guard, "refused")), (0, 5));
    say(&dispatch, 1);
    guard.flush();
    endpoint.arrived(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_hangs_is_left_and_asked_again() {
    let endpoint = Endpoint::scripted([Answer::Never]).await;
    let (dispatch, guard) = opened(&endpoint);
    say(&dispatch, 3);
    guard.flush();
    // Without a limit of a request's time this would never come.
    let arrived = tokio::time::timeout(Duration::from_secs(60), endpoint.arrived(3)).await;
    assert_eq!(arrived.unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_refuses_connections_costs_neither_time_nor_memory() {
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let (subscriber, guard) = subscriber(&config_of(nobody, &[]), io::sink).unwrap();
    let dispatch = Dispatch::new(subscriber);
    let before = resident_kib();
    let began = Instant::now();
    say(&dispatch, 400_000);
    let took = began.elapsed();
    let grown = resident_kib().saturating_sub(before);
    println!("400000 spans to nobody: {took:?}, {grown} KiB more");
    let lost = lost(&guard, "queue_full");
    assert!((400_000 - 2 * QUEUE..400_000).contains(&lost), "{lost}");
    assert!(grown < 32 * 1024, "{grown} KiB");
    let began = Instant::now();
    guard.shutdown().await;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_process_sends_what_is_left() {
    let endpoint = Endpoint::open().await;
    let (dispatch, guard) = opened(&endpoint);
    say(&dispatch, 100);
    guard.shutdown().await;
    guard.shutdown().await;
    let items = endpoint.items();
    assert_eq!(of_type(&items, "RemoteDependencyData").len(), 100);
}

async fn flushed(guard: &Guard) {
    let spans = guard.spans().unwrap();
    let flush = tokio::task::spawn_blocking(move || spans.force_flush().ok());
    flush.await.unwrap();
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}
