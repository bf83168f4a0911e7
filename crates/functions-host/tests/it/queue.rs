//! queueTrigger: chapters 2.5 and 3.5 of the protocol, against a real Azurite.

use std::path::Path;
use std::time::Duration;

use azure_core::http::Url;
use azure_storage_queue::QueueClient;
use azure_storage_queue::models::{QueueClientPeekMessagesOptions, QueueMessage};
use azurite::Server;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::support::{Host, PATIENCE, Staged};

/// A queue service with the queue `drops`; `None` where Node is missing.
fn server() -> Option<Server> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let server = Server::for_test(&root)?;
    server.create_queue("drops").unwrap();
    Some(server)
}

fn queue(server: &Server, name: &str) -> QueueClient {
    let mut url = Url::parse(&server.queue_service_uri()).unwrap();
    url.path_segments_mut().unwrap().push(name);
    QueueClient::new(url, None, None).unwrap()
}

async fn send(server: &Server, text: &str) {
    let message = QueueMessage {
        message_text: Some(text.to_owned()),
    };
    let content = message.try_into().unwrap();
    queue(server, "drops")
        .send_message(content, None)
        .await
        .unwrap();
}

/// Texts in a queue that anybody could receive now.
async fn visible(server: &Server, name: &str) -> Vec<String> {
    let peeked = queue(server, name).peek_messages(None).await.unwrap();
    let items = peeked.into_model().unwrap().items.unwrap_or_default();
    items
        .into_iter()
        .filter_map(|item| item.message_text)
        .collect()
}

fn staged(server: &Server, queues: &Value) -> Staged {
    let trigger = json!({"bindings": [
        {"type": "queueTrigger", "direction": "in", "name": "item", "queueName": "drops", "connection": "DROPS"}
    ]});
    Staged::new(json!({"extensions": {"queues": queues}}))
        .function("ingest", &trigger)
        .setting("DROPS__queueServiceUri", server.queue_service_uri())
}

/// The function's part of the status, once `field` has reached `count`.
async fn counted(host: &Host, field: &str, count: u64) -> Value {
    let end = tokio::time::Instant::now() + PATIENCE;
    loop {
        let function = host.status().await["functions"][0].clone();
        if function[field].as_u64().unwrap() >= count {
            return function;
        }
        assert!(
            tokio::time::Instant::now() < end,
            "{field} stays below {count}: {function}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_message_is_delivered_with_its_metadata_and_deleted() {
    let Some(server) = server() else { return };
    let text = r#"{"id":"A7","n":5,"nested":{"k":1},"tags":[1]}"#;
    send(&server, &BASE64_STANDARD.encode(text)).await;
    let mut host = staged(&server, &json!({})).start(&[]).await;
    let (request, body) = host.request().await;
    assert_eq!(request["path"], "/ingest");
    assert_eq!(body["Data"]["item"], serde_json::to_string(text).unwrap());
    let metadata = &body["Metadata"];
    assert_eq!(metadata["DequeueCount"], "1");
    assert_eq!(metadata["Id"], "\"A7\"");
    assert_eq!(metadata["nested"], json!({"k": 1}));
    for date in ["InsertionTime", "ExpirationTime", "NextVisibleTime"] {
        let date = metadata[date].as_str().unwrap();
        assert!(date.len() == 25 && date.ends_with("+00:00"), "{date}");
    }
    assert!(metadata["PopReceipt"].as_str().unwrap().starts_with('"'));
    counted(&host, "messages_deleted", 1).await;
    assert_eq!(host.stop().await, 0);
    assert!(visible(&server, "drops").await.is_empty());
}

#[tokio::test]
async fn a_failing_message_is_delivered_again_and_then_poisoned() {
    let Some(server) = server() else { return };
    let staged = staged(&server, &json!({"maxDequeueCount": 3}));
    staged.plan("status 500");
    let text = BASE64_STANDARD.encode("hello");
    send(&server, &text).await;
    let mut host = staged.start(&[]).await;
    for count in ["1", "2", "3"] {
        let (_, body) = host.request().await;
        assert_eq!(body["Data"]["item"], "\"hello\"");
        assert_eq!(body["Metadata"]["DequeueCount"], count);
    }
    let poisoned = host.event("host_queue_poisoned").await;
    assert_eq!(
        (&poisoned["queue"], &poisoned["dequeue_count"]),
        (&json!("drops-poison"), &json!(3))
    );
    assert_eq!(
        visible(&server, "drops-poison").await,
        [text],
        "as it was sent"
    );
    let function = counted(&host, "messages_poisoned", 1).await;
    assert_eq!(
        (&function["invocations"], &function["messages_deleted"]),
        (&json!(3), &json!(0))
    );
}

#[tokio::test]
async fn a_failed_message_stays_hidden_for_the_visibility_timeout() {
    let Some(server) = server() else { return };
    let staged = staged(&server, &json!({"visibilityTimeout": "00:00:02"}));
    staged.plan("status 500");
    send(&server, &BASE64_STANDARD.encode("hello")).await;
    let mut host = staged.start(&[]).await;
    host.event("host_invocation_failed").await;
    let failed = tokio::time::Instant::now();
    staged.plan("ok");
    host.request().await;
    let (_, body) = host.request().await;
    assert_eq!(body["Metadata"]["DequeueCount"], "2");
    // The service counts whole seconds.
    assert!(failed.elapsed() >= Duration::from_secs(1));
    counted(&host, "messages_deleted", 1).await;
}

#[tokio::test]
async fn a_long_run_keeps_its_message_hidden() {
    let Some(server) = server() else { return };
    let staged = staged(&server, &json!({"maxPollingInterval": "00:00:00.1"}));
    staged.plan("slow 4500");
    send(&server, &BASE64_STANDARD.encode("hello")).await;
    let host = staged.start(&["--queue-visibility", "2"]).await;
    let function = counted(&host, "messages_deleted", 1).await;
    assert_eq!(function["messages_received"], 1, "it was never visible");
    assert_eq!(function["invocations"], 1);
}

#[tokio::test]
async fn as_many_run_at_once_as_a_batch_and_the_threshold() {
    let Some(server) = server() else { return };
    let staged = staged(&server, &json!({"batchSize": 2, "newBatchThreshold": 2}));
    staged.plan("hang");
    for number in 0..9 {
        send(&server, &BASE64_STANDARD.encode(number.to_string())).await;
    }
    let mut host = staged.start(&[]).await;
    for _ in 0..4 {
        host.request().await;
    }
    let status = host.status().await;
    assert_eq!(status["outstanding_invocations"], 4);
    assert_eq!(status["functions"][0]["messages_received"], 4);
    let waiting = queue(&server, "drops").peek_messages(Some(many())).await;
    let waiting = waiting.unwrap().into_model().unwrap().items.unwrap();
    assert_eq!(waiting.len(), 5, "the others are for other hosts");
}

fn many() -> QueueClientPeekMessagesOptions<'static> {
    QueueClientPeekMessagesOptions {
        number_of_messages: Some(32),
        ..QueueClientPeekMessagesOptions::default()
    }
}

#[tokio::test]
async fn a_text_that_is_not_base64_never_reaches_the_handler() {
    let Some(server) = server() else { return };
    send(&server, "plain text!").await;
    let mut host = staged(&server, &json!({})).start(&[]).await;
    let poisoned = host.event("host_queue_poisoned").await;
    assert!(poisoned["reason"].as_str().unwrap().contains("base64"));
    assert_eq!(visible(&server, "drops-poison").await, ["plain text!"]);
    assert_eq!(host.status().await["functions"][0]["invocations"], 0);
}

#[tokio::test]
async fn without_an_encoding_texts_are_plain() {
    let Some(server) = server() else { return };
    send(&server, "plain <text> & \"more\"").await;
    let staged = staged(&server, &json!({"messageEncoding": "none"}));
    let mut host = staged.start(&[]).await;
    let (_, body) = host.request().await;
    assert_eq!(body["Data"]["item"], r#""plain <text> & \"more\"""#);
}

#[tokio::test]
async fn what_a_killed_host_had_is_delivered_again() {
    let Some(server) = server() else { return };
    let staged = staged(&server, &json!({"maxPollingInterval": "00:00:00.1"}));
    staged.plan("hang");
    send(&server, &BASE64_STANDARD.encode("hello")).await;
    let mut first = staged.start(&["--queue-visibility", "2"]).await;
    first.request().await;
    first.child.kill().await.unwrap();
    staged.plan("ok");
    let mut second = staged.start(&["--queue-visibility", "2"]).await;
    let (_, body) = second.request().await;
    assert_eq!(body["Metadata"]["DequeueCount"], "2");
    counted(&second, "messages_deleted", 1).await;
}

#[tokio::test]
async fn a_queue_that_comes_later_is_found() {
    let Some(server) = server() else { return };
    queue(&server, "drops").delete(None).await.unwrap();
    let mut host = staged(&server, &json!({"maxPollingInterval": "00:00:00.2"}))
        .start(&[])
        .await;
    server.create_queue("drops").unwrap();
    send(&server, &BASE64_STANDARD.encode("late")).await;
    let (_, body) = host.request().await;
    assert_eq!(body["Data"]["item"], "\"late\"");
}
