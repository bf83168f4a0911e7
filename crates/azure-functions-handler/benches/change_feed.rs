//! A page of 1,000 documents from the request's bytes to parsed documents, against three parses through `Value`.
//!
//! Run with `cargo bench -p azure-functions-handler`.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run shall say so"
)]
#![expect(clippy::print_stdout, reason = "the ratio is the result")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use azure_functions_handler::trigger::CosmosDb;
use azure_functions_handler::{App, Failure, Invocation, Outcome};
use criterion::{BatchSize, Criterion, criterion_group};
use http::Request;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

const DOCUMENTS: usize = 1000;

#[derive(Deserialize)]
struct Borrowed<'a> {
    id: &'a str,
    partition: &'a str,
    version: u64,
    body: &'a serde_json::value::RawValue,
}

#[derive(Deserialize)]
struct Owned {
    id: String,
    partition: String,
    version: u64,
    body: Value,
}

/// A record as it stands in a feed, about 600 bytes.
fn document(n: usize) -> Value {
    json!({
        "id": format!("{n:032x}"), "partition": format!("orders-{}", n % 64), "version": 1_767_579_300_000_u64 + n as u64,
        "body": {
            "company": "CRONUS", "order_no": format!("S-ORD{n:06}"), "customer_no": "10000", "customer_name": "Adatum \u{d8}st \"North\"",
            "customer_po": null, "order_date": "2026-01-05", "status": "released", "currency": "EUR", "amount_ex_tax_minor": 123_400,
            "ship_to_name": "Adatum", "ship_to_city": "\u{c5}rhus", "ship_to_postcode": "8000", "fully_shipped": false, "line_sequences": [10000, 20000]
        },
        "source": "orders", "correlation_id": "7f0ca1b2c3d4e5f60718293a4b5c6d7e",
        "_rid": "kX1-AAAB", "_self": "dbs/x/colls/y/docs/z/", "_etag": "\"0000-1\"", "_attachments": "attachments/", "_ts": 1_767_579_300, "_lsn": n
    })
}

/// The request body, and how long the documents are inside it.
fn page() -> (Bytes, usize) {
    let text = serde_json::to_string(&(0..DOCUMENTS).map(document).collect::<Vec<_>>()).unwrap();
    let twice = serde_json::to_string(&serde_json::to_string(&text).unwrap()).unwrap();
    (
        format!(r#"{{"Data":{{"docs":{twice}}},"Metadata":{{"sys":{{"MethodName":"f"}}}}}}"#)
            .into(),
        text.len(),
    )
}

/// This crate: one pass, borrowed documents.
fn ours() -> Router {
    let function = |invocation: Invocation<CosmosDb>| async move {
        for (_, document, _) in invocation.trigger.parse::<Borrowed<'_>>()? {
            let document = document?;
            black_box((
                document.id,
                document.partition,
                document.version,
                document.body.get(),
            ));
        }
        Ok::<_, Failure>(Outcome::done())
    };
    App::new().function("f", function).into_router()
}

/// This crate, as far as the borrowed documents.
fn ours_unparsed() -> Router {
    let function = |invocation: Invocation<CosmosDb>| async move {
        black_box(invocation.trigger.documents()?.len());
        Ok::<_, Failure>(Outcome::done())
    };
    App::new().function("f", function).into_router()
}

/// What one writes at first: a `Value`, a `Value` from its string, a `Value` from that string.
fn three_values(body: &[u8]) -> Vec<Value> {
    let outer: Value = serde_json::from_slice(body).unwrap();
    let middle: Value = serde_json::from_str(outer["Data"]["docs"].as_str().unwrap()).unwrap();
    serde_json::from_str(middle.as_str().unwrap()).unwrap()
}

fn naive() -> Router {
    let function = |body: Bytes| async move {
        for document in three_values(&body) {
            let document: Owned = serde_json::from_value(document).unwrap();
            black_box((
                document.id,
                document.partition,
                document.version,
                document.body,
            ));
        }
        r#"{"Outputs":{},"Logs":[],"ReturnValue":null}"#
    };
    Router::new()
        .route("/f", post(function))
        .layer(DefaultBodyLimit::disable())
}

fn naive_unparsed() -> Router {
    let function = |body: Bytes| async move {
        black_box(three_values(&body).len());
        r#"{"Outputs":{},"Logs":[],"ReturnValue":null}"#
    };
    Router::new()
        .route("/f", post(function))
        .layer(DefaultBodyLimit::disable())
}

fn call(runtime: &Runtime, router: &Router, page: &Bytes) {
    let request = Request::post("/f").body(Body::from(page.clone())).unwrap();
    let response = runtime.block_on(router.clone().oneshot(request)).unwrap();
    assert!(response.status().is_success());
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap()
}

fn change_feed(criterion: &mut Criterion) {
    let (page, _) = page();
    let runtime = runtime();
    let routers = [
        ("decode/borrowed", ours_unparsed()),
        ("decode/three_values", naive_unparsed()),
        ("parse/borrowed", ours()),
        ("parse/three_values", naive()),
    ];
    for (name, router) in routers {
        criterion.bench_function(name, |bencher| {
            bencher.iter_batched(
                || (),
                |()| call(&runtime, &router, &page),
                BatchSize::PerIteration,
            );
        });
    }
}

/// Prints the medians of both, taken in turns, so that a busy machine is unfair to neither.
fn compare(what: &str, ours: Router, naive: Router) {
    const ROUNDS: usize = 101;
    let ((page, documents_bytes), runtime) = (page(), runtime());
    let routers = [ours, naive];
    let mut times = [Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS)];
    for _ in 0..ROUNDS {
        for (router, times) in routers.iter().zip(&mut times) {
            let began = Instant::now();
            call(&runtime, router, &page);
            times.push(began.elapsed());
        }
    }
    let [ours, naive] = times.map(|mut times: Vec<Duration>| {
        times.sort_unstable();
        times[ROUNDS / 2]
    });
    println!(
        "{what} {DOCUMENTS} documents of {} bytes ({} bytes on the wire): borrowed {ours:?}, three values {naive:?}, ratio {:.1}",
        documents_bytes / DOCUMENTS,
        page.len(),
        naive.as_secs_f64() / ours.as_secs_f64()
    );
}

criterion_group!(benches, change_feed);

fn main() {
    benches();
    compare("decode", ours_unparsed(), naive_unparsed());
    compare("decode and parse", ours(), naive());
}
