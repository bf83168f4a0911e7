//! Manual runs, status, drain mode.

use serde_json::json;

use crate::support::{FUNCTION, MASTER, Staged};

fn app() -> Staged {
    let timer = json!({"bindings": [{"type": "timerTrigger", "direction": "in", "name": "tick", "schedule": "0 0 0 1 1 *"}]});
    Staged::new(json!({})).function("ingest", &timer)
}

#[tokio::test]
async fn a_manual_run_needs_the_master_key() {
    let staged = app();
    let mut host = staged.start(&[]).await;
    let post = async |name: &str, key: &str| {
        let request = reqwest::Client::new().post(host.url(&format!("/admin/functions/{name}")));
        request
            .header("x-functions-key", key)
            .body(r#"{"input":"now"}"#)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(post("ingest", FUNCTION).await, 401);
    assert_eq!(post("other", MASTER).await, 404);
    assert_eq!(post("Ingest", MASTER).await, 202);
    let (request, body) = host.request().await;
    assert_eq!(request["path"], "/ingest");
    let info =
        json!({"Schedule": {"AdjustForDST": true}, "ScheduleStatus": null, "IsPastDue": false});
    assert_eq!(body["Data"], json!({"tick": info}));
    assert_eq!(body["Metadata"]["tick"], "\"now\"");
}

#[tokio::test]
async fn drain_and_resume() {
    let staged = app();
    let host = staged.start(&[]).await;
    let client = reqwest::Client::new();
    let call = async |method: reqwest::Method, path: &str| {
        client
            .request(method, host.url(path))
            .header("x-functions-key", MASTER)
            .send()
            .await
            .unwrap()
    };
    assert_eq!(
        call(reqwest::Method::POST, "/admin/host/drain")
            .await
            .status(),
        202
    );
    let state: serde_json::Value = call(reqwest::Method::GET, "/admin/host/drain/status")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        state,
        json!({"State": "Completed", "OutstandingInvocations": 0, "OutstandingRetries": 0})
    );
    assert_eq!(
        call(reqwest::Method::POST, "/admin/host/resume")
            .await
            .status(),
        200
    );
    assert_eq!(host.status().await["draining"], false);
}

#[tokio::test]
async fn keys_are_kept_in_the_state_folder() {
    let staged = app();
    let settings = staged.app().join("../settings.json");
    std::fs::write(&settings, r#"{"IsEncrypted":false,"Values":{}}"#).unwrap();
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_functions-host"));
    command
        .arg("--app")
        .arg(staged.app())
        .arg("--settings")
        .arg(settings)
        .arg("--state-dir")
        .arg(staged.state());
    command
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true);
    let mut host = crate::support::Host::spawn(command);
    let port = host.line().await.unwrap()["port"].as_u64().unwrap();
    let keys: serde_json::Value =
        serde_json::from_slice(&std::fs::read(staged.state().join("keys.json")).unwrap()).unwrap();
    let request =
        reqwest::Client::new().post(format!("http://127.0.0.1:{port}/admin/functions/ingest"));
    let answer = request
        .header("x-functions-key", keys["master"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 202);
}
