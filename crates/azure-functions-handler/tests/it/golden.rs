//! Each literal body of the protocol, decoded.

use azure_functions_handler::trigger::{
    Blob, CosmosDb, EventGrid, EventHub, HttpRequest, Queue, ServiceBus, Timer,
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::host::{INVOCATION_ID, TRACE_ID, invocation, refusal};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../fixtures/", $name, ".json"))
    };
}

#[tokio::test]
async fn timer() {
    let timer = invocation::<Timer>(fixture!("timer")).await;
    let status = timer.trigger.schedule_status.unwrap();
    assert_eq!(
        status.last.as_deref(),
        Some("2026-01-05T02:00:00.0012+00:00")
    );
    assert_eq!(status.next.as_deref(), Some("2026-01-05T02:15:00+00:00"));
    assert_eq!(
        status.last_updated.as_deref(),
        Some("2026-01-05T02:00:00.0012+00:00")
    );
    assert!(!timer.trigger.is_past_due);
    assert_eq!(timer.id, INVOCATION_ID);
    assert_eq!(&*timer.function, "f");
    assert_eq!(timer.metadata.sys.method_name, "pull_wms");
    assert_eq!(timer.metadata.sys.utc_now, "2026-01-05T02:15:00.0103217Z");
    assert_eq!(
        timer.metadata.sys.rand_guid,
        "5d0a6c36-5f0f-4f4b-9a53-8f7b1f0f2b11"
    );
    assert_eq!(timer.metadata.retry, None);
    let trace = timer.trace.unwrap();
    assert_eq!(trace.trace_id_hex(), TRACE_ID);
    assert_eq!(trace.parent_id_hex(), "00f067aa0ba902b7");
    assert!(!trace.sampled_by_host);
    assert!(timer.deadline.is_some());
}

#[tokio::test]
async fn timer_without_monitor_and_by_hand() {
    let timer = invocation::<Timer>(fixture!("timer_no_monitor"))
        .await
        .trigger;
    assert_eq!((timer.schedule_status, timer.is_past_due), (None, true));
    for by_hand in [r#""null""#, r#""\"now\"""#, "null", r#""""#] {
        let timer = invocation::<Timer>(format!(r#"{{"Data":{{"tick":{by_hand}}}}}"#))
            .await
            .trigger;
        assert_eq!(timer, Timer::default());
    }
    let wrapped = r#"{"data":{"tick":"{\"isPastDue\":\"True\"}"},"metadata":null}"#;
    assert!(invocation::<Timer>(wrapped).await.trigger.is_past_due);
}

#[tokio::test]
async fn queue() {
    #[derive(Deserialize)]
    struct Message<'a> {
        id: &'a str,
        n: u8,
    }
    let queue = invocation::<Queue>(fixture!("queue")).await;
    let message: Message<'_> = queue.trigger.json().unwrap();
    assert_eq!((message.id, message.n), ("A7", 5));
    assert_eq!(
        queue.trigger.text(),
        r#"{"id":"A7","n":5,"nested":{"k":1},"tags":[1]}"#
    );
    assert_eq!(queue.trigger.dequeue_count, Some(1));
    assert_eq!(queue.trigger.id.as_deref(), Some("A7"));
    assert_eq!(
        queue.trigger.insertion_time.as_deref(),
        Some("2026-01-05T02:15:00+00:00")
    );
    assert_eq!(
        queue.trigger.expiration_time.as_deref(),
        Some("2026-01-12T02:15:00+00:00")
    );
    assert_eq!(
        queue.trigger.next_visible_time.as_deref(),
        Some("2026-01-05T02:25:00+00:00")
    );
    assert_eq!(
        queue.trigger.pop_receipt.as_deref(),
        Some("AgAAAAMAAAAAAAAAAgtnj8x+1QE=")
    );
    assert_eq!(queue.metadata.number::<u8>("N"), Some(5));
    assert_eq!(
        queue
            .metadata
            .json::<serde_json::Value>("nested")
            .unwrap()
            .unwrap(),
        json!({"k": 1})
    );
}

#[tokio::test]
async fn queue_of_text_and_as_documented() {
    let text = invocation::<Queue>(fixture!("queue_text")).await.trigger;
    assert_eq!((text.text(), text.dequeue_count), ("hello", Some(2)));
    assert_eq!(
        text.id.as_deref(),
        Some("7ab1c2f0-2f3e-4a8e-9b8f-1f4f6c3b2a10")
    );
    let plain = invocation::<Queue>(fixture!("queue_as_documented"))
        .await
        .trigger;
    assert_eq!(
        plain.json::<serde_json::Value>().unwrap(),
        json!({"id": "A7", "n": 5})
    );
    assert_eq!(plain.dequeue_count, Some(1));
    assert_eq!(plain.id, text.id);
}

#[tokio::test]
async fn cosmos_db() {
    let page = invocation::<CosmosDb>(fixture!("cosmos_db")).await.trigger;
    let documents = page.documents().unwrap();
    assert_eq!(documents.len(), 1);
    let document: serde_json::Value = serde_json::from_str(documents[0].get()).unwrap();
    let expected = json!({"id": "o-1", "pk": "wms", "qty": 3, "_rid": "a==", "_self": "dbs/..", "_etag": "\"00-1\"",
        "_attachments": "attachments/", "_ts": 1_767_579_300, "_lsn": 42});
    assert_eq!(document, expected);
}

#[tokio::test]
async fn retry_context() {
    let again = invocation::<CosmosDb>(fixture!("retry"))
        .await
        .metadata
        .retry
        .unwrap();
    assert_eq!((again.retry_count, again.max_retry_count), (1, None));
    let exception = again.exception.unwrap();
    assert_eq!(
        exception.class_name,
        "Microsoft.Azure.WebJobs.Host.FunctionInvocationException"
    );
    assert_eq!(
        exception.message,
        "Exception while executing function: Functions.consolidate"
    );
    let first = invocation::<CosmosDb>(fixture!("retry_first"))
        .await
        .metadata
        .retry
        .unwrap();
    assert_eq!(
        (first.retry_count, first.max_retry_count, first.exception),
        (0, Some(4), None)
    );
}

#[tokio::test]
async fn event_grid() {
    #[derive(Deserialize)]
    struct Created<'a> {
        url: &'a str,
    }
    let one = invocation::<EventGrid>(fixture!("event_grid"))
        .await
        .trigger;
    let [event] = one.events.as_slice() else {
        panic!("one event")
    };
    assert_eq!(event.event_type, "Microsoft.Storage.BlobCreated");
    assert_eq!(event.id, "9aeb0fdf-c01e-0131-0922-9eb54906e209");
    assert_eq!(
        event.event_time.as_deref(),
        Some("2026-01-05T02:14:51.1234567Z")
    );
    assert_eq!(
        event.json::<Created<'_>>().unwrap().url,
        "https://acct.blob.core.windows.net/drop/2026.csv"
    );

    let many = invocation::<EventGrid>(fixture!("event_grid_many"))
        .await
        .trigger;
    let kinds: Vec<_> = many
        .events
        .iter()
        .map(|event| event.event_type.as_str())
        .collect();
    assert_eq!(kinds, ["made", "moved"]);
    assert_eq!(many.events[1].topic.as_deref(), Some("/yard"));
}

#[tokio::test]
async fn blob() {
    let blob = invocation::<Blob>(fixture!("blob")).await.trigger;
    assert_eq!(blob.bytes, b"a,b\n1,2\n");
    assert_eq!(
        blob.uri.as_deref(),
        Some("https://acct.blob.core.windows.net/drop/2026.csv")
    );
    assert_eq!(blob.name.as_deref(), Some("2026.csv"));
    assert_eq!(
        (blob.content_length, blob.content_type.as_deref()),
        (Some(8), Some("text/csv"))
    );
    assert_eq!(blob.user_metadata["shipper"], "acme");
    assert_eq!(
        invocation::<Blob>(fixture!("blob_text"))
            .await
            .trigger
            .bytes,
        b"a,b\n1,2\n"
    );
}

#[tokio::test]
async fn event_hub() {
    let many = invocation::<EventHub>(fixture!("event_hub_many"))
        .await
        .trigger;
    assert_eq!(many.partition_id.as_deref(), Some("0"));
    let texts: Vec<_> = many.events.iter().map(|event| event.text()).collect();
    assert_eq!(texts, [r#"{"a":1}"#, r#"{"a":2}"#]);
    let last = &many.events[1];
    assert_eq!(
        (last.offset.as_deref(), last.sequence_number),
        (Some("101"), Some(8))
    );
    assert_eq!(
        last.enqueued_time_utc.as_deref(),
        Some("2026-01-05T02:15:01")
    );
    assert_eq!(last.partition_key, None);
    assert_eq!(
        last.properties.as_deref().unwrap().get(),
        r#"{"unit":"km"}"#
    );

    let texts = invocation::<EventHub>(fixture!("event_hub_many_text"))
        .await
        .trigger;
    assert_eq!(
        texts.events[0].json::<serde_json::Value>().unwrap(),
        json!({"a": 1})
    );
    assert_eq!(texts.events[0].partition_key.as_deref(), Some("truck-9"));
    assert_eq!(texts.events[1].text(), "plain");

    // One event whose body is an array stays one event.
    let one = invocation::<EventHub>(fixture!("event_hub_one"))
        .await
        .trigger;
    assert_eq!(one.events.len(), 1);
    assert_eq!(one.events[0].text(), r#"[{"a":1},{"a":2}]"#);
    assert_eq!(
        (
            one.events[0].sequence_number,
            one.events[0].offset.as_deref()
        ),
        (Some(7), Some("100"))
    );
}

#[tokio::test]
async fn service_bus() {
    let one = invocation::<ServiceBus>(fixture!("service_bus_one"))
        .await
        .trigger;
    let [message] = one.messages.as_slice() else {
        panic!("one message")
    };
    assert_eq!(message.text(), r#"{"a":1}"#);
    assert_eq!(
        (message.message_id.as_deref(), message.delivery_count),
        (Some("m-1"), Some(3))
    );
    assert_eq!(
        (message.subject.as_deref(), message.to.as_deref()),
        (Some("booking"), Some("wms"))
    );
    assert_eq!(
        message.application_properties.as_deref().unwrap().get(),
        r#"{ "tenant": "acme" }"#
    );

    let many = invocation::<ServiceBus>(fixture!("service_bus_many"))
        .await
        .trigger;
    let last = &many.messages[1];
    assert_eq!(
        (last.text(), last.sequence_number, last.delivery_count),
        (r#"{"a":2}"#, Some(78), Some(4))
    );
    assert_eq!(
        (last.content_type.as_deref(), last.reply_to.as_deref()),
        (None, Some("answers"))
    );
    assert_eq!(last.lock_token.as_deref(), Some("l-2"));
}

#[tokio::test]
async fn http_in_payload_mode() {
    let request = invocation::<HttpRequest>(fixture!("http_payload")).await;
    let http = &request.trigger;
    assert_eq!(http.method, http::Method::POST);
    assert_eq!(
        http.url,
        "http://localhost:7071/api/deadletters/replay/wms?limit=50"
    );
    assert_eq!(http.query["limit"], "50");
    assert_eq!(http.params["source"].as_deref(), Some("wms"));
    assert_eq!(http.params["day"], None);
    assert_eq!(http.headers["x-functions-key"], "bXktbWFzdGVyLWtleQ==");
    assert_eq!(
        http.body.as_deref(),
        Some(r#"{"dryRun":true,"ids":["dl-1"]}"#)
    );
    assert_eq!(request.metadata.boolean("dryRun"), Some(true));
    assert_eq!(request.metadata.number::<u32>("limit"), Some(50));
    assert!(
        !format!("{http:?}").contains("bXkt"),
        "keys do not belong into a log"
    );

    let binary = invocation::<HttpRequest>(fixture!("http_payload_binary"))
        .await
        .trigger;
    assert_eq!(&*binary.bytes().unwrap(), [0x00, 0xff, 0x01]);
    let chunked = invocation::<HttpRequest>(fixture!("http_payload_chunked"))
        .await
        .trigger;
    assert_eq!(
        (chunked.body.as_deref(), chunked.bytes().unwrap().len()),
        (None, 0)
    );
}

#[tokio::test]
async fn further_input_bindings() {
    let body = r#"{"Data":{"tick":{},"state":"\"{\\\"n\\\":7}\"","list":"[1,2]"}}"#;
    let timer = invocation::<Timer>(body).await;
    assert_eq!(
        timer.input::<serde_json::Value>("State").unwrap().unwrap(),
        json!({"n": 7})
    );
    assert_eq!(timer.input::<Vec<u8>>("list").unwrap().unwrap(), [1, 2]);
    assert!(timer.input::<u8>("absent").is_none());
}

#[tokio::test]
async fn what_is_no_invocation_is_answered_400_with_a_reason() {
    for (body, reason) in [
        ("", "EOF"),
        ("[]", "an object with `Data` and `Metadata`"),
        ("{}", "`Data` has no value for the trigger"),
        (
            r#"{"Data":{"docs":"\"{}\""}}"#,
            "`docs` is not an array of documents",
        ),
        (r#"{"Data":{"docs":"\"[\\x]\""}}"#, "invalid escape"),
        (r#"{"Data":{"docs":"\"[]"}}"#, "closing quotation mark"),
        (
            r#"{"Data":{"docs":"[]"},"Metadata":{"RetryContext":7}}"#,
            "RetryContext",
        ),
        ("{\"Data\":{\"docs\":\"\u{1}\"}}", "control character"),
    ] {
        let (status, text) = refusal::<CosmosDb>(body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(text.contains(reason), "{body} gives {text}");
    }
    assert_eq!(
        refusal::<CosmosDb>(b"{\"Data\":{\"d\":\"\xff\"}}".as_slice())
            .await
            .0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        refusal::<Timer>(r#"{"Data":{"tick":5}}"#).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        refusal::<Blob>(r#"{"Data":{"b":"no base64!"}}"#).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        refusal::<EventGrid>(r#"{"Data":{"e":{}}}"#).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        refusal::<HttpRequest>(r#"{"Data":{"req":{}}}"#).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        refusal::<EventHub>(r#"{"Data":{"e":"[1,"}}"#).await.0,
        StatusCode::BAD_REQUEST
    );
}
