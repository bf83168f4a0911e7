//! Panics, deadlines, long bodies, and how much runs at once.

use std::future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use azure_functions_handler::trigger::{Queue, Timer};
use azure_functions_handler::{App, Failure, Invocation, Outcome};
use futures::stream;
use http::StatusCode;
use tokio::sync::Barrier;

use crate::host::{DONE, request, send};

const TICK: &str = r#"{"Data":{"tick":{}}}"#;

#[tokio::test]
async fn a_panic_is_500_and_the_handler_goes_on() {
    let app = App::new()
        .function("panics", |_: Invocation<Timer>| async {
            panic!("page 7 is odd") as Result<Outcome, Failure>
        })
        .function("works", |_: Invocation<Timer>| async {
            Ok::<_, Failure>(Outcome::done())
        });
    let router = app.into_router();
    let (status, body) = send(router.clone(), request("panics", TICK)).await;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::INTERNAL_SERVER_ERROR, "panicked: page 7 is odd")
    );
    assert_eq!(send(router, request("works", TICK)).await.0, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn what_takes_too_long_is_500_at_the_deadline() {
    let app = App::new().deadline(Duration::from_secs(90)).function(
        "f",
        |invocation: Invocation<Timer>| async move {
            assert_eq!(invocation.remaining(), Some(Duration::from_secs(90)));
            future::pending::<Result<Outcome, Failure>>().await
        },
    );
    let began = tokio::time::Instant::now();
    let (status, body) = send(app.into_router(), request("f", TICK)).await;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::INTERNAL_SERVER_ERROR, "not done within 90 s")
    );
    let took = began.elapsed();
    assert!(
        (Duration::from_secs(90)..Duration::from_secs(91)).contains(&took),
        "{took:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_500_at_the_deadline() {
    let app = App::new().function("f", |_: Invocation<Timer>| async {
        Ok::<_, Failure>(Outcome::done())
    });
    let endless = Body::from_stream(stream::pending::<Result<bytes::Bytes, std::io::Error>>());
    assert_eq!(
        send(app.into_router(), request("f", endless)).await.0,
        StatusCode::INTERNAL_SERVER_ERROR
    );
}

#[tokio::test]
async fn without_a_deadline_there_is_none() {
    let app = App::new()
        .no_deadline()
        .function("f", |invocation: Invocation<Timer>| async move {
            assert!(invocation.deadline.is_none() && invocation.remaining().is_none());
            Ok::<_, Failure>(Outcome::done())
        });
    assert_eq!(send(app.into_router(), request("f", TICK)).await.1, DONE);
}

fn queue_app(limit: usize) -> axum::Router {
    let app = App::new().body_limit_bytes(limit);
    app.function("f", |_: Invocation<Queue>| async {
        Ok::<_, Failure>(Outcome::done())
    })
    .into_router()
}

#[tokio::test]
async fn a_longer_body_than_allowed_is_413() {
    let body = r#"{"Data":{"item":"\"0123456789\""}}"#;
    let chunks = || {
        let halves = body.as_bytes().chunks(10).map(Ok::<_, std::io::Error>);
        Body::from_stream(stream::iter(
            halves.map(|chunk| chunk.map(bytes::Bytes::from_static)),
        ))
    };
    for (limit, status) in [
        (body.len(), StatusCode::OK),
        (body.len() - 1, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        assert_eq!(send(queue_app(limit), request("f", body)).await.0, status);
        assert_eq!(
            send(queue_app(limit), request("f", chunks())).await.0,
            status
        );
    }
    let text = send(queue_app(5), request("f", body)).await.1;
    assert_eq!(text, "the body is longer than 5 bytes (body_limit_bytes)");
}

#[tokio::test]
async fn a_torn_body_is_400() {
    let pieces = [
        Ok(bytes::Bytes::from_static(b"{")),
        Err(std::io::Error::other("gone")),
    ];
    let (status, body) = send(
        queue_app(100),
        request("f", Body::from_stream(stream::iter(pieces))),
    )
    .await;
    assert_eq!(
        (status, body.as_str()),
        (
            StatusCode::BAD_REQUEST,
            "the body ended before its end: gone"
        )
    );
}

#[tokio::test]
async fn no_more_run_at_once_than_allowed() {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let pair = Arc::new(Barrier::new(2));
    let app = App::new().concurrency_max(2).function("f", {
        let most = Arc::clone(&most);
        move |_: Invocation<Timer>| {
            let (running, most, pair) =
                (Arc::clone(&running), Arc::clone(&most), Arc::clone(&pair));
            async move {
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                pair.wait().await;
                running.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, Failure>(Outcome::done())
            }
        }
    });
    let router = app.into_router();
    let calls = (0..8).map(|_| send(router.clone(), request("f", TICK)));
    for (status, _) in futures::future::join_all(calls).await {
        assert_eq!(status, StatusCode::OK);
    }
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[test]
fn function_names_are_checked() {
    let add = |name: &'static str| {
        std::panic::catch_unwind(|| {
            drop(App::new().function(name, |_: Invocation<Timer>| async {
                Ok::<_, Failure>(Outcome::done())
            }));
        })
    };
    assert!(add("Replay-dead_letters2").is_ok());
    for wrong in ["", "2fast", "a/b", "host", "{x}", "\u{e9}"] {
        assert!(add(wrong).is_err(), "{wrong}");
    }
}
