//! A message as the service hands it out and as the function gets it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::service::Receipt;
use crate::app::MessageEncoding;
use crate::invocation::{binding_data, encode_text, quote};

/// A message that is ours until its time is up.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) pop_receipt: String,
    /// As it is in the queue.
    pub(super) text: String,
    /// Deliveries, this one included.
    pub(super) dequeue_count: i64,
    pub(super) inserted: Timestamp,
    pub(super) expires: Timestamp,
    pub(super) next_visible: Timestamp,
}

impl Message {
    pub(super) fn receipt(&self) -> Receipt {
        Receipt {
            id: self.id.clone(),
            pop_receipt: self.pop_receipt.clone(),
        }
    }

    /// The text that the producer wrote; `None` when it is not encoded as it should be.
    pub(super) fn decoded(&self, encoding: MessageEncoding) -> Option<String> {
        match encoding {
            MessageEncoding::None => Some(self.text.clone()),
            MessageEncoding::Base64 => {
                let bytes = BASE64_STANDARD.decode(self.text.trim()).ok()?;
                // .NET replaces what is no UTF-8.
                Some(String::from_utf8_lossy(&bytes).into_owned())
            }
        }
    }

    /// Binding data: the message's own, overwritten by fields of its text.
    pub(super) fn metadata(&self, text: &str) -> Vec<(String, String)> {
        let own = [
            ("DequeueCount", quote(&self.dequeue_count.to_string())),
            ("ExpirationTime", quote(&date(self.expires))),
            ("Id", encode_text(&self.id)),
            ("InsertionTime", quote(&date(self.inserted))),
            ("NextVisibleTime", quote(&date(self.next_visible))),
            ("PopReceipt", encode_text(&self.pop_receipt)),
        ];
        let mut metadata: Vec<_> = own.map(|(name, json)| (name.to_owned(), json)).into();
        for (name, json) in binding_data(text) {
            // The dictionary ignores case and keeps the name that was there first.
            match metadata
                .iter_mut()
                .find(|(known, _)| known.eq_ignore_ascii_case(&name))
            {
                Some((_, value)) => *value = json,
                None => metadata.push((name, json)),
            }
        }
        metadata
    }
}

/// A .NET instant with its offset, seconds only.
fn date(instant: Timestamp) -> String {
    let utc = instant.to_zoned(TimeZone::UTC);
    utc.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::invocation::{Payload, TriggerValue};

    fn message(text: &str) -> Message {
        Message {
            id: "7b4cd6ec".to_owned(),
            pop_receipt: "AgAAAAMAAAAAAAAAAgtnj8x+1QE=".to_owned(),
            text: text.to_owned(),
            dequeue_count: 1,
            inserted: "2026-01-05T02:15:00Z".parse().unwrap(),
            expires: "2026-01-12T02:15:00Z".parse().unwrap(),
            next_visible: "2026-01-05T02:25:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn the_body_is_the_literal_one() {
        let text = r#"{"id":"A7","n":5,"nested":{"k":1},"tags":[1]}"#;
        let message = message(&BASE64_STANDARD.encode(text));
        let decoded = message.decoded(MessageEncoding::Base64).unwrap();
        let mut payload = Payload::new("item", TriggerValue::Text(decoded.clone()));
        payload.metadata = message.metadata(&decoded);
        let body = payload.body("from_queue", "2026-01-05T02:15:00Z".parse().unwrap(), None);
        let (mut body, mut golden): (Value, Value) = (
            serde_json::from_str(&body).unwrap(),
            serde_json::from_str(include_str!("../../../tests/golden/queue.json")).unwrap(),
        );
        for side in [&mut body, &mut golden] {
            side["Metadata"].as_object_mut().unwrap().remove("sys");
        }
        assert_eq!(body, golden);
    }

    #[test]
    fn plain_text_has_its_own_id_and_nothing_more() {
        let metadata = message("hello").metadata("hello");
        assert_eq!(metadata.len(), 6);
        assert_eq!(
            metadata[2],
            ("Id".to_owned(), r#""\"7b4cd6ec\"""#.to_owned())
        );
    }

    #[test]
    fn encodings() {
        assert_eq!(
            message("aGVsbG8=")
                .decoded(MessageEncoding::Base64)
                .as_deref(),
            Some("hello")
        );
        assert_eq!(message("hello!").decoded(MessageEncoding::Base64), None);
        assert_eq!(
            message("hello!").decoded(MessageEncoding::None).as_deref(),
            Some("hello!")
        );
    }
}
