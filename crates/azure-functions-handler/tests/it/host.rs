//! The host's side of the protocol.

use std::sync::mpsc;

use axum::Router;
use axum::body::{Body, to_bytes};
use azure_functions_handler::trigger::Trigger;
use azure_functions_handler::{App, Failure, Invocation, Outcome};
use http::{Request, StatusCode};
use tower::ServiceExt as _;

pub(crate) const INVOCATION_ID: &str = "6f4c2f5e-6d0e-4a55-9a6c-0f0c0a8d6a11";
pub(crate) const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
pub(crate) const DONE: &str = r#"{"Outputs":{},"Logs":[],"ReturnValue":null}"#;

/// An invocation request with the headers of the host.
pub(crate) fn request(function: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(format!("/{function}"))
        .header("X-Azure-Functions-HostVersion", "4.1037.0.0")
        .header("X-Azure-Functions-InvocationId", INVOCATION_ID)
        .header("User-Agent", "Azure-Functions-Host/4.1037.0.0")
        .header("Content-Type", "application/json; charset=utf-8")
        .header("traceparent", format!("00-{TRACE_ID}-00f067aa0ba902b7-00"))
        .body(body.into())
        .unwrap()
}

pub(crate) async fn send(router: Router, request: Request<Body>) -> (StatusCode, String) {
    let response = router.oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// What a function with trigger `T` is given when the host posts `body`.
pub(crate) async fn invocation<T: Trigger + Sync>(body: impl Into<Body>) -> Invocation<T> {
    let (given, taken) = mpsc::sync_channel(1);
    let app = App::new().function("f", move |invocation: Invocation<T>| {
        let given = given.clone();
        async move {
            given
                .send(invocation)
                .map_err(|_| Failure::new("nobody waits"))?;
            Ok::<_, Failure>(Outcome::done())
        }
    });
    let (status, reply) = send(app.into_router(), request("f", body)).await;
    assert_eq!((status, reply.as_str()), (StatusCode::OK, DONE));
    taken.recv().unwrap()
}

/// What the host is answered when it posts `body` to a function with trigger `T`.
pub(crate) async fn refusal<T: Trigger + Sync>(body: impl Into<Body>) -> (StatusCode, String) {
    let app = App::new().function("f", |_: Invocation<T>| async {
        Ok::<_, Failure>(Outcome::done())
    });
    send(app.into_router(), request("f", body)).await
}

/// The body of a change-feed invocation: the documents' text as a string in a string.
pub(crate) fn change_feed(documents: &str) -> String {
    let twice = serde_json::to_string(&serde_json::to_string(documents).unwrap()).unwrap();
    format!(r#"{{"Data":{{"docs":{twice}}},"Metadata":{{"sys":{{"MethodName":"f"}}}}}}"#)
}
