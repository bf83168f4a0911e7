//! HTTP functions in all modes, keys, and payload framing: chapters 2.1, 2.4, 3 and 4.4 of the protocol.

use serde_json::{Value, json};

use crate::support::{FUNCTION, MASTER, Staged, http_function};

fn proxying() -> Staged {
    Staged::new(json!({"customHandler": {"enableProxyingHttpRequest": true}}))
        .function("ingest", &http_function(json!({"authLevel": "anonymous", "methods": ["post"], "route": "transport/webhooks"})))
        .function("keyed", &http_function(json!({"route": "items/{id}/{part?}"})))
        .function("secret", &http_function(json!({"authLevel": "admin", "route": "top"})))
}

#[tokio::test]
async fn proxying_passes_the_request_as_it_is() {
    let staged = proxying();
    let mut host = staged.start(&[]).await;
    staged.plan("echo");
    let body = "x".repeat(2_600_000);
    let answer = reqwest::Client::new()
        .post(host.url("/api/transport/webhooks?a=1&b=%20"))
        .header("webhook-id", "msg_1")
        .header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )
        .body(body.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["x-probe"].to_str().unwrap()
        ),
        (418, "yes")
    );
    assert_eq!(answer.text().await.unwrap(), body);
    let (request, _) = host.request().await;
    assert_eq!(
        (&request["path"], &request["method"]),
        (&json!("/api/transport/webhooks?a=1&b=%20"), &json!("POST"))
    );
    assert_eq!(
        (&request["bytes"], &request["headers"]["webhook-id"]),
        (&json!(2_600_000), &json!("msg_1"))
    );
    assert_eq!(
        request["headers"]["host"],
        format!("127.0.0.1:{}", host.port)
    );
    assert_eq!(
        request["headers"]["traceparent"],
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    );
    assert_eq!(
        request["headers"]["x-azure-functions-hostversion"],
        "4.1037.0.0"
    );
    assert_eq!(
        request["headers"]["x-azure-functions-invocationid"]
            .as_str()
            .unwrap()
            .len(),
        36
    );
    let functions = host.status().await["functions"].clone();
    assert!(
        functions
            .as_array()
            .unwrap()
            .contains(&json!({"name": "ingest", "invocations": 1, "failures": 0})),
        "{functions}"
    );
}

#[tokio::test]
async fn a_handlers_error_is_the_callers_error_and_routes_are_exact() {
    let staged = proxying();
    let host = staged.start(&[]).await;
    staged.plan("status 503");
    let client = reqwest::Client::new();
    let status = async |method: reqwest::Method, path: &str| {
        client
            .request(method, host.url(path))
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(
        status(reqwest::Method::POST, "/api/transport/webhooks").await,
        503
    );
    assert_eq!(
        status(reqwest::Method::GET, "/api/transport/webhooks").await,
        404,
        "no such method"
    );
    assert_eq!(
        status(reqwest::Method::POST, "/transport/webhooks").await,
        404,
        "no prefix"
    );
    assert_eq!(
        status(reqwest::Method::GET, "/api/items").await,
        404,
        "a parameter is missing"
    );
    assert_eq!(status(reqwest::Method::GET, "/").await, 404);
}

#[tokio::test]
async fn keys_open_their_level() {
    let staged = proxying();
    let host = staged.start(&[]).await;
    let client = reqwest::Client::new();
    let get = async |path: &str, key: Option<&str>| {
        let mut request = client.get(host.url(path));
        if let Some(key) = key {
            request = request.header("x-functions-key", key);
        }
        let answer = request.send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.bytes().await.unwrap().len(),
        )
    };
    assert_eq!(get("/api/items/1", None).await, (401, 0));
    assert_eq!(get("/api/items/1", Some("wrong")).await, (401, 0));
    assert_eq!(get("/api/items/1", Some(FUNCTION)).await.0, 200);
    assert_eq!(get("/api/items/1/x", Some(MASTER)).await.0, 200);
    assert_eq!(
        get(&format!("/api/items/1?code={FUNCTION}"), None).await.0,
        200
    );
    assert_eq!(
        get(&format!("/api/items/1?code={FUNCTION}"), Some("wrong"))
            .await
            .0,
        401,
        "the header wins"
    );
    assert_eq!(
        get("/api/top", Some(FUNCTION)).await,
        (401, 0),
        "admin needs the master key"
    );
    assert_eq!(get("/api/top", Some(MASTER)).await.0, 200);
}

fn payload() -> Staged {
    Staged::new(json!({})).function(
        "replay",
        &http_function(json!({"authLevel": "admin", "route": "deadletters/{source?}"})),
    )
}

async fn post(host: &crate::support::Host, body: &'static str) -> reqwest::Response {
    let request = reqwest::Client::new().post(host.url("/api/deadletters/wms?limit=50&limit=51"));
    request
        .header("x-functions-key", MASTER)
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn payload_mode_has_the_literal_form() {
    let staged = payload();
    let mut host = staged.start(&[]).await;
    staged.plan(r#"answer {"Outputs":{"res":{"statusCode":"202","status":500,"headers":{"X-A":"1","Content-Type":"application/json"},"body":{"replayed":12}}},"Logs":["done"],"ReturnValue":null}"#);
    let answer = post(&host, r#"{"dryRun":true,"ids":["dl-1"]}"#).await;
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.headers()["x-a"].to_str().unwrap()
        ),
        (202, "1")
    );
    assert_eq!(answer.text().await.unwrap(), r#"{"replayed":12}"#);
    let (request, body) = host.request().await;
    assert_eq!(
        (&request["path"], &request["method"]),
        (&json!("/replay"), &json!("POST"))
    );
    assert_eq!(request["headers"]["transfer-encoding"], "chunked");
    assert_eq!(
        request["headers"]["content-type"],
        "application/json; charset=utf-8"
    );
    assert_eq!(
        request["headers"]["user-agent"],
        "Azure-Functions-Host/4.1037.0.0"
    );
    assert!(
        request["headers"]["traceparent"]
            .as_str()
            .unwrap()
            .ends_with("-00")
    );
    let data = &body["Data"]["req"];
    assert_eq!(
        data["Url"],
        host.url("/api/deadletters/wms?limit=50&limit=51")
    );
    assert_eq!(
        (&data["Method"], &data["Query"]),
        (&json!("POST"), &json!({"limit": "50,51"}))
    );
    assert_eq!(
        (&data["Params"], &data["Headers"]["Content-Type"]),
        (&json!({"source": "wms"}), &json!(["application/json"]))
    );
    assert_eq!(data["Body"], r#"{"dryRun":true,"ids":["dl-1"]}"#);
    assert_eq!(data["Identities"][0]["Claims"][0]["Value"], "Admin");
    let metadata = &body["Metadata"];
    assert_eq!(
        (&metadata["dryRun"], &metadata["limit"], &metadata["source"]),
        (&json!("\"True\""), &json!("\"50,51\""), &json!("\"wms\""))
    );
    assert_eq!(
        (&metadata["Query"], &metadata["Headers"]["Content-Type"]),
        (&json!({"limit": "50,51"}), &json!("application/json"))
    );
    assert_eq!(metadata["sys"]["MethodName"], "replay");
    assert_eq!(host.event("host_function_log").await["message"], "done");
}

#[tokio::test]
async fn answers_that_fail_are_500_and_say_why() {
    let staged = payload();
    let mut host = staged
        .start(&["--body", "length", "--traceparent", "off"])
        .await;
    for (plan, reason) in [
        ("empty 204", "never completes"),
        ("empty 200", "never completes"),
        ("null", "never completes"),
        ("text", "media type"),
        ("status 503", "503"),
        ("answer {", "not valid"),
    ] {
        staged.plan(plan);
        let answer = post(&host, "{}").await;
        assert_eq!(
            (
                answer.status().as_u16(),
                answer.bytes().await.unwrap().len()
            ),
            (500, 0),
            "{plan}"
        );
        let failed = host.event("host_invocation_failed").await;
        assert!(
            failed["reason"].as_str().unwrap().contains(reason),
            "{plan}: {failed}"
        );
        assert_eq!(failed["retry_in_ms"], Value::Null);
    }
    staged.plan(r#"answer {"Outputs":{"res":"text"}}"#);
    assert_eq!(
        post(&host, "{}").await.status(),
        500,
        "an output that is no object"
    );
    staged.plan(r#"answer {"Outputs":{}}"#);
    let answer = post(&host, "{}").await;
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.text().await.unwrap().as_str()
        ),
        (200, "{}")
    );
    let (request, _) = host.request().await;
    assert!(
        request["headers"]["content-length"].is_string()
            && request["headers"]["transfer-encoding"].is_null()
    );
    assert!(request["headers"]["traceparent"].is_null());
}

#[tokio::test]
async fn thirty_two_at_once() {
    let staged = proxying();
    let host = staged.start(&[]).await;
    staged.plan("slow 200");
    let start = std::time::Instant::now();
    let calls = (0..32).map(|_| {
        reqwest::Client::new()
            .post(host.url("/api/transport/webhooks"))
            .body("{}")
            .send()
    });
    for answer in futures::future::join_all(calls).await {
        assert_eq!(answer.unwrap().status(), 200);
    }
    assert!(
        start.elapsed() < std::time::Duration::from_secs(3),
        "one after the other would take 6.4 s"
    );
}
