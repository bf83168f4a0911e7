//! `extensions.queues` of host.json.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::time_span;

/// The service hands out at most so many messages at once.
const BATCH_MAX: u32 = 32;

/// How queues are read; the same for all functions of an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QueueOptions {
    /// Messages asked for at once.
    pub(crate) batch_size: u32,
    /// The next batch is asked for when no more than so many messages are being processed.
    pub(crate) new_batch_threshold: u32,
    /// Deliveries after which a failing message goes to the poison queue.
    pub(crate) max_dequeue_count: i64,
    /// How long a message that failed stays hidden.
    pub(crate) visibility_timeout: Duration,
    /// Longest wait between two looks into an empty queue.
    pub(crate) max_polling_interval: Duration,
    /// How texts are written into messages.
    pub(crate) encoding: MessageEncoding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MessageEncoding {
    Base64,
    None,
}

/// Values as they are in the file, or texts where a setting overrides them.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Wire {
    batch_size: Value,
    new_batch_threshold: Value,
    max_dequeue_count: Value,
    visibility_timeout: Value,
    max_polling_interval: Value,
    message_encoding: Value,
}

impl QueueOptions {
    pub(super) fn new(wire: &Wire) -> Result<Self, String> {
        let batch_size = number("batchSize", &wire.batch_size)?.unwrap_or(16);
        if !(1..=BATCH_MAX).contains(&batch_size) {
            return Err(format!("batchSize must be from 1 to {BATCH_MAX}"));
        }
        let threshold = number("newBatchThreshold", &wire.new_batch_threshold)?;
        let max_dequeue_count = number("maxDequeueCount", &wire.max_dequeue_count)?.unwrap_or(5);
        if max_dequeue_count == 0 {
            return Err("maxDequeueCount must be greater than 0".to_owned());
        }
        let minute = Duration::from_mins(1);
        Ok(Self {
            batch_size,
            new_batch_threshold: threshold.unwrap_or_else(|| batch_size / 2 * processors()),
            max_dequeue_count: max_dequeue_count.into(),
            visibility_timeout: span("visibilityTimeout", &wire.visibility_timeout)?
                .unwrap_or_default(),
            max_polling_interval: span("maxPollingInterval", &wire.max_polling_interval)?
                .unwrap_or(minute),
            encoding: encoding(&wire.message_encoding)?,
        })
    }
}

fn processors() -> u32 {
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    u32::try_from(count).unwrap_or(1)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn number(name: &str, value: &Value) -> Result<Option<u32>, String> {
    let parse = |text: String| {
        text.parse()
            .map_err(|_| format!("queues.{name}: {text:?} is no count"))
    };
    text(value).map(parse).transpose()
}

fn span(name: &str, value: &Value) -> Result<Option<Duration>, String> {
    let parse = |text: String| {
        time_span::parse(&text).ok_or_else(|| format!("queues.{name}: {text:?} is no time span"))
    };
    text(value).map(parse).transpose()
}

fn encoding(value: &Value) -> Result<MessageEncoding, String> {
    match text(value).map(|text| text.to_ascii_lowercase()).as_deref() {
        None | Some("base64") => Ok(MessageEncoding::Base64),
        Some("none") => Ok(MessageEncoding::None),
        Some(other) => Err(format!(
            "queues.messageEncoding: {other:?} is neither base64 nor none"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(json: &str) -> Result<QueueOptions, String> {
        QueueOptions::new(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn defaults_and_values() {
        let default = options("{}").unwrap();
        assert_eq!((default.batch_size, default.max_dequeue_count), (16, 5));
        assert_eq!(default.new_batch_threshold, 8 * processors());
        assert_eq!(default.max_polling_interval, Duration::from_mins(1));
        assert_eq!(default.encoding, MessageEncoding::Base64);
        let set = options(
            r#"{"batchSize":4,"newBatchThreshold":"0","maxDequeueCount":2,"visibilityTimeout":"00:00:30",
            "maxPollingInterval":"00:00:05","messageEncoding":"None"}"#,
        );
        let expected = QueueOptions {
            batch_size: 4,
            new_batch_threshold: 0,
            max_dequeue_count: 2,
            visibility_timeout: Duration::from_secs(30),
            max_polling_interval: Duration::from_secs(5),
            encoding: MessageEncoding::None,
        };
        assert_eq!(set, Ok(expected));
    }

    #[test]
    fn what_the_service_cannot_do_is_refused() {
        for wrong in [
            r#"{"batchSize":33}"#,
            r#"{"batchSize":0}"#,
            r#"{"maxDequeueCount":0}"#,
            r#"{"visibilityTimeout":30}"#,
            r#"{"messageEncoding":"utf8"}"#,
        ] {
            assert!(options(wrong).is_err(), "{wrong}");
        }
    }
}
