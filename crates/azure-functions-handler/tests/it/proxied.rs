//! HTTP triggers as ordinary routes.

use std::future;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::routing::{get, post};
use azure_functions_handler::trigger::Timer;
use azure_functions_handler::{App, Failure, Invocation, Outcome};
use http::{Request, StatusCode};

use crate::host::send;

fn app() -> App {
    let routes = Router::new()
        .route("/", post(|| async { "posted to the root" }))
        .route("/ingest", get(|| async { "not the function" }))
        .route(
            "/api/echo/{name}",
            post(|Path(name): Path<String>, body: Bytes| async move {
                format!("{name} {}", body.len())
            }),
        )
        .route(
            "/api/panics",
            get(|| async { panic!("secret") as StatusCode }),
        )
        .route("/api/hangs", get(future::pending::<StatusCode>));
    App::new()
        .http(routes)
        .function("ingest", |_: Invocation<Timer>| async {
            Ok::<_, Failure>(Outcome::done())
        })
}

async fn call(app: App, method: &str, path: &str, body: Body) -> (StatusCode, String) {
    send(
        app.into_router(),
        Request::builder()
            .method(method)
            .uri(path)
            .body(body)
            .unwrap(),
    )
    .await
}

#[tokio::test]
async fn routes_keep_their_path_beside_functions_and_readiness() {
    let nothing = Body::empty;
    assert_eq!(
        call(app(), "GET", "/", nothing()).await,
        (StatusCode::OK, String::new())
    );
    assert_eq!(
        call(app(), "POST", "/", nothing()).await.1,
        "posted to the root"
    );
    assert_eq!(
        call(app(), "GET", "/ingest", nothing()).await.1,
        "not the function"
    );
    assert_eq!(
        call(app(), "POST", "/ingest", Body::from(r#"{"Data":{"t":{}}}"#))
            .await
            .0,
        StatusCode::OK
    );
    assert_eq!(
        call(app(), "POST", "/api/echo/x", Body::from("abc"))
            .await
            .1,
        "x 3"
    );
    assert_eq!(
        call(app(), "GET", "/api/nowhere", nothing()).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        call(app(), "GET", "/api/echo/x", nothing()).await.0,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn bodies_have_our_limit_and_not_axums() {
    let three_mib = || Body::from(vec![b'x'; 3 << 20]);
    assert_eq!(
        call(app(), "POST", "/api/echo/x", three_mib()).await.1,
        "x 3145728"
    );
    let (status, _) = call(
        app().body_limit_bytes(100),
        "POST",
        "/api/echo/x",
        three_mib(),
    )
    .await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(start_paused = true)]
async fn panics_and_hangs_are_contained_and_not_told_to_the_caller() {
    let app = || app().deadline(Duration::from_secs(2));
    let panicked = call(app(), "GET", "/api/panics", Body::empty()).await;
    assert_eq!(panicked, (StatusCode::INTERNAL_SERVER_ERROR, String::new()));
    let hung = call(app(), "GET", "/api/hangs", Body::empty()).await;
    assert_eq!(hung, (StatusCode::GATEWAY_TIMEOUT, String::new()));
}
