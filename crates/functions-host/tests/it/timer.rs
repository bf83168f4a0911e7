//! timerTrigger: chapter 4.2 of the protocol.

use serde_json::{Value, json};

use crate::support::Staged;

fn timer(trigger: Value, retry: Value) -> Staged {
    let mut binding = json!({"type": "timerTrigger", "direction": "in", "name": "tick"});
    binding
        .as_object_mut()
        .unwrap()
        .extend(trigger.as_object().unwrap().clone());
    Staged::new(json!({})).function("ingest", &json!({"bindings": [binding], "retry": retry}))
}

#[tokio::test]
async fn a_short_schedule_runs_without_a_monitor() {
    let staged = timer(json!({"schedule": "%EVERY%"}), Value::Null).setting("EVERY", "* * * * * *");
    let mut host = staged.start(&[]).await;
    for _ in 0..2 {
        let (request, body) = host.request().await;
        assert_eq!(request["path"], "/ingest");
        let info =
            json!({"Schedule": {"AdjustForDST": true}, "ScheduleStatus": null, "IsPastDue": false});
        assert_eq!(body["Data"]["tick"], info);
        assert!(body["Metadata"]["RetryContext"].is_null());
    }
}

#[tokio::test]
async fn runs_never_overlap() {
    let staged = timer(json!({"schedule": "00:00:00.05"}), Value::Null);
    staged.plan("slow 200");
    let mut host = staged.start(&[]).await;
    for _ in 0..3 {
        host.request().await;
        assert!(
            host.status().await["outstanding_invocations"]
                .as_u64()
                .unwrap()
                <= 1
        );
    }
}

#[tokio::test]
async fn a_retry_keeps_the_invocation_id_and_tells_the_context() {
    let retry =
        json!({"strategy": "fixedDelay", "maxRetryCount": 2, "delayInterval": "00:00:00.05"});
    let staged = timer(
        json!({"schedule": "0 0 0 1 1 *", "runOnStartup": true}),
        retry,
    );
    staged.plan("status 503");
    let mut host = staged.start(&[]).await;
    let mut ids = Vec::new();
    for count in 0..3 {
        let (request, body) = host.request().await;
        ids.push(request["headers"]["x-azure-functions-invocationid"].clone());
        let context = &body["Metadata"]["RetryContext"];
        assert_eq!(
            (&context["RetryCount"], &context["MaxRetryCount"]),
            (&json!(count), &json!(2))
        );
        assert_eq!(context["Exception"].is_null(), count == 0, "{context}");
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    for (attempt, wait) in [(1, json!(50)), (2, json!(50)), (3, Value::Null)] {
        let failed = host.event("host_invocation_failed").await;
        assert_eq!(
            (&failed["attempt"], &failed["retry_in_ms"]),
            (&json!(attempt), &wait)
        );
    }
}

#[tokio::test]
async fn a_missed_occurrence_runs_at_start_as_past_due() {
    let staged = timer(json!({"schedule": "0 */5 * * * *"}), Value::Null);
    let folder = staged.state().join("timers");
    std::fs::create_dir_all(&folder).unwrap();
    let status = json!({"Last": "2026-01-05T02:00:00.0012Z", "Next": "2026-01-05T02:05:00Z", "LastUpdated": "2026-01-05T02:00:00.0012Z"});
    std::fs::write(folder.join("ingest.json"), status.to_string()).unwrap();
    let mut host = staged.start(&[]).await;
    let (_, body) = host.request().await;
    let tick = &body["Data"]["tick"];
    assert_eq!(
        (&tick["IsPastDue"], &tick["ScheduleStatus"]["Last"]),
        (&json!(true), &json!("2026-01-05T02:00:00.0012+00:00"))
    );
    host.event("host_function_log").await;
    assert_eq!(host.stop().await, 0);
    let kept: Value =
        serde_json::from_slice(&std::fs::read(folder.join("ingest.json")).unwrap()).unwrap();
    assert_ne!(kept["Last"], status["Last"], "the run is written down");
}

#[tokio::test]
async fn only_one_of_two_hosts_runs_the_timer() {
    let staged = timer(json!({"schedule": "* * * * * *"}), Value::Null);
    let mut first = staged.start(&[]).await;
    first.request().await;
    let mut second = staged.start(&[]).await;
    first.request().await;
    first.request().await;
    assert_eq!(second.status().await["functions"][0]["invocations"], 0);
    assert_eq!(first.stop().await, 0);
    second.request().await;
}
