//! cosmosDBTrigger against the emulator process: chapter 5 of the protocol.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_data_cosmos::clients::ContainerClient;
use azure_data_cosmos::{AccountReference, CosmosClient, CosmosRuntime, RoutingStrategy};
use serde_json::{Value, json};

use crate::support::{Host, MASTER, Staged, signal};

#[derive(Debug)]
struct Token;

#[async_trait]
impl TokenCredential for Token {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let hour = azure_core::time::Duration::hours(1);
        Ok(AccessToken::new(
            "t".to_owned(),
            azure_core::time::OffsetDateTime::now_utc() + hour,
        ))
    }
}

struct Emulator {
    process: emulator_process::Emulator,
    records: ContainerClient,
}

impl Emulator {
    async fn start() -> Self {
        let process = tokio::task::spawn_blocking(emulator_process::Emulator::start);
        let process = process.await.unwrap();
        let endpoint = process.endpoint();
        let account = AccountReference::with_credential(endpoint.parse().unwrap(), Arc::new(Token));
        let runtime = CosmosRuntime::builder().build().await.unwrap();
        let client = CosmosClient::builder().with_runtime(runtime);
        let client = client
            .build(account, RoutingStrategy::PreferredRegions(vec![]))
            .await
            .unwrap();
        let records = client
            .database_client("crossdock")
            .container_client("records", None)
            .await
            .unwrap();
        Self { process, records }
    }

    async fn put(&self, id: &str, extra: Value) {
        let mut document = json!({"id": id, "partition": "p"});
        document
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        self.records
            .create_item("p", id, &document, None)
            .await
            .unwrap();
    }

    fn app(&self, binding: Value, retry: Value) -> Staged {
        let mut trigger = json!({
            "type": "cosmosDBTrigger", "direction": "in", "name": "docs", "connection": "FEED",
            "databaseName": "crossdock", "containerName": "records", "leaseContainerName": "leases",
            "feedPollDelay": 50, "startFromBeginning": true, "leaseAcquireInterval": 300,
        });
        trigger
            .as_object_mut()
            .unwrap()
            .extend(binding.as_object().unwrap().clone());
        Staged::new(json!({}))
            .function(
                "consolidate",
                &json!({"bindings": [trigger], "retry": retry}),
            )
            .setting("FEED__accountEndpoint", &*self.process.endpoint())
    }
}

fn for_ever() -> Value {
    json!({"strategy": "fixedDelay", "maxRetryCount": -1, "delayInterval": "00:00:00.05"})
}

/// The documents of a body, through all three parses.
fn documents(body: &Value) -> Vec<Value> {
    let text: String = serde_json::from_str(body["Data"]["docs"].as_str().unwrap()).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn ids(body: &Value) -> Vec<String> {
    documents(body)
        .iter()
        .map(|document| document["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn next_ids(host: &mut Host) -> Vec<String> {
    let (_, body) = host.request().await;
    ids(&body)
}

/// Waits until the page count of the trigger has reached a number: its checkpoint comes right after.
async fn until_pages(host: &Host, pages: u64) {
    while host.status().await["functions"][0]["pages"]
        .as_u64()
        .unwrap()
        < pages
    {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn pages_arrive_in_order_triple_encoded_and_rewritten() {
    let emulator = Emulator::start().await;
    for n in 0..5 {
        emulator.put(&format!("d{n}"), json!({"at": "2026-01-05T04:15:00.120+02:00", "ms": 1_767_579_300_000_u64, "q": 1.50})).await;
    }
    let staged = emulator.app(json!({"maxItemsPerInvocation": 2}), for_ever());
    let mut host = staged.start(&[]).await;
    let (request, body) = host.request().await;
    assert_eq!(request["path"], "/consolidate");
    let first = documents(&body);
    assert_eq!(first.len(), 2);
    assert_eq!(
        (&first[0]["at"], &first[0]["ms"], &first[0]["q"]),
        (
            &json!("2026-01-05T02:15:00.12+00:00"),
            &json!(1_767_579_300_000_u64),
            &json!(1.5)
        )
    );
    assert!(first[0]["_etag"].is_string() && first[0]["_ts"].is_number());
    assert_eq!(body["Metadata"]["sys"]["MethodName"], "consolidate");
    let mut all = ids(&body);
    all.extend(next_ids(&mut host).await);
    all.extend(next_ids(&mut host).await);
    assert_eq!(all, ["d0", "d1", "d2", "d3", "d4"]);
    assert_eq!(host.status().await["functions"][0]["leases"], 16);
    // A restart goes on where the checkpoint is, without a second look at startFromBeginning.
    until_pages(&host, 3).await;
    assert_eq!(host.stop().await, 0);
    let mut host = staged.start(&["--rewrite-dates", "false"]).await;
    emulator
        .put("d5", json!({"at": "2026-01-05T04:15:00.120+02:00"}))
        .await;
    let (_, body) = host.request().await;
    assert_eq!(ids(&body), ["d5"]);
    assert_eq!(documents(&body)[0]["at"], "2026-01-05T04:15:00.120+02:00");
}

#[tokio::test]
async fn retry_for_ever_keeps_the_batch_and_the_invocation_id() {
    let emulator = Emulator::start().await;
    let staged = emulator.app(json!({}), for_ever());
    staged.plan("status 503");
    let mut host = staged.start(&[]).await;
    emulator.put("a", json!({})).await;
    let mut invocation = Vec::new();
    for count in 0..4 {
        if count == 3 {
            staged.plan("ok");
        }
        let (request, body) = host.request().await;
        assert_eq!(ids(&body), ["a"]);
        assert_eq!(body["Metadata"]["RetryContext"]["MaxRetryCount"], -1);
        let retries = body["Metadata"]["RetryContext"]["RetryCount"]
            .as_u64()
            .unwrap();
        assert_eq!(retries, count);
        invocation.push(request["headers"]["x-azure-functions-invocationid"].clone());
    }
    invocation.dedup();
    assert_eq!(invocation.len(), 1);
    host.event("host_function_log").await;
    emulator.put("b", json!({})).await;
    // One more attempt may have been on its way when the plan changed.
    loop {
        let ids = next_ids(&mut host).await;
        if ids == ["b"] {
            break;
        }
        assert_eq!(ids, ["a"]);
    }
}

#[tokio::test]
async fn without_retry_a_failed_batch_is_skipped() {
    let emulator = Emulator::start().await;
    let staged = emulator.app(json!({}), Value::Null);
    staged.plan("empty 204");
    let mut host = staged.start(&[]).await;
    emulator.put("lost", json!({})).await;
    let skipped = host.event("host_batch_skipped").await;
    assert_eq!(skipped["documents"], 1);
    assert_eq!(next_ids(&mut host).await, ["lost"]);
    staged.plan("ok");
    emulator.put("next", json!({})).await;
    assert_eq!(next_ids(&mut host).await, ["next"]);
}

#[tokio::test]
async fn a_stop_in_a_retry_wait_does_not_checkpoint() {
    let emulator = Emulator::start().await;
    let retry = json!({"strategy": "fixedDelay", "maxRetryCount": -1, "delayInterval": "00:10:00"});
    let staged = emulator.app(json!({}), retry);
    staged.plan("status 503");
    let mut host = staged.start(&[]).await;
    emulator.put("a", json!({})).await;
    host.event("host_invocation_failed").await;
    assert_eq!(host.stop().await, 0);
    staged.plan("ok");
    let mut host = staged.start(&[]).await;
    assert_eq!(
        next_ids(&mut host).await,
        ["a"],
        "delivered again at once: the lease was given up"
    );
}

#[tokio::test]
async fn a_handler_killed_in_mid_batch_gets_the_batch_again() {
    let emulator = Emulator::start().await;
    let staged = emulator.app(json!({}), for_ever());
    staged.plan("hang");
    let mut host = staged.start(&[]).await;
    emulator.put("a", json!({})).await;
    assert_eq!(next_ids(&mut host).await, ["a"]);
    staged.plan("ok");
    signal(host.handler_pid, "KILL");
    assert_eq!(next_ids(&mut host).await, ["a"]);
    host.event("host_function_log").await;
}

#[tokio::test]
async fn a_killed_host_is_followed_after_the_lease_expires() {
    let emulator = Emulator::start().await;
    let staged = emulator.app(json!({"leaseExpirationInterval": 1_000}), for_ever());
    staged.plan("hang");
    let mut host = staged.start(&[]).await;
    emulator.put("a", json!({})).await;
    assert_eq!(next_ids(&mut host).await, ["a"]);
    signal(host.child.id().unwrap(), "KILL");
    staged.plan("ok");
    let mut host = staged.start(&[]).await;
    assert_eq!(next_ids(&mut host).await, ["a"]);
}

#[tokio::test]
async fn two_hosts_share_the_leases() {
    let emulator = Emulator::start().await;
    let staged = emulator.app(json!({"leaseRenewInterval": 200}), for_ever());
    let mut first = staged.start(&[]).await;
    let mut second = staged.start(&[]).await;
    let leases = async |host: &Host| {
        host.status().await["functions"][0]["leases"]
            .as_u64()
            .unwrap()
    };
    while (leases(&first).await, leases(&second).await) != (8, 8) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    emulator.put("a", json!({})).await;
    let got = tokio::select! {
        got = next_ids(&mut first) => got,
        got = next_ids(&mut second) => got,
    };
    assert_eq!(got, ["a"]);
}

#[tokio::test]
async fn starting_now_skips_what_is_there_and_prefixes_are_apart() {
    let emulator = Emulator::start().await;
    emulator.put("old", json!({})).await;
    let staged = emulator.app(
        json!({"startFromBeginning": false, "leaseContainerPrefix": "now-"}),
        for_ever(),
    );
    let mut host = staged.start(&[]).await;
    // A lease counts once its first look has fixed where it starts.
    while host.status().await["functions"][0]["leases"] != 16 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    emulator.put("new", json!({})).await;
    assert_eq!(next_ids(&mut host).await, ["new"]);
    let other = emulator.app(json!({"leaseContainerPrefix": "all-"}), for_ever());
    let mut host = other.start(&[]).await;
    assert_eq!(next_ids(&mut host).await, ["old", "new"]);
}

#[tokio::test]
async fn a_manual_run_takes_documents() {
    let emulator = Emulator::start().await;
    let staged = emulator.app(json!({}), Value::Null);
    let mut host = staged.start(&[]).await;
    let input = json!({"input": r#"[{"id":"m","at":"2026-01-05T02:15:00.000Z"}]"#});
    let request = reqwest::Client::new()
        .post(host.url("/admin/functions/consolidate"))
        .header("x-functions-key", MASTER);
    assert_eq!(request.json(&input).send().await.unwrap().status(), 202);
    let (_, body) = host.request().await;
    assert_eq!(
        documents(&body),
        [json!({"id": "m", "at": "2026-01-05T02:15:00Z"})]
    );
}
