//! The `{"Data":..,"Metadata":..}` body and its one encoding rule.
//!
//! Objects are nested; bytes are base64; everything else is a JSON string that holds the JSON text of the value.

use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use uuid::Uuid;

/// What a trigger hands to its function.
#[derive(Debug, Clone)]
pub(crate) enum TriggerValue {
    /// A .NET string: quoted twice in the body.
    Text(String),
    /// An object: nested as it is.
    Object(Box<RawValue>),
}

/// Everything of a body that stays the same over all attempts.
#[derive(Debug, Clone)]
pub(crate) struct Payload {
    /// Name of the trigger binding.
    pub(crate) binding: String,
    pub(crate) value: TriggerValue,
    /// Binding data: name and JSON as it is written.
    pub(crate) metadata: Vec<(String, String)>,
}

/// JSON of a .NET string inside a body: the JSON text of the string, as a JSON string.
pub(crate) fn encode_text(text: &str) -> String {
    quote(&quote(text))
}

/// JSON text of a string.
pub(crate) fn quote(text: &str) -> String {
    // Serializing a string has no way to fail.
    serde_json::to_string(text).unwrap_or_default()
}

impl Payload {
    /// A payload without binding data.
    pub(crate) fn new(binding: &str, value: TriggerValue) -> Self {
        Self {
            binding: binding.to_owned(),
            value,
            metadata: Vec::new(),
        }
    }

    /// The body of one attempt.
    pub(crate) fn body(
        &self,
        function: &str,
        now: Timestamp,
        retry_context: Option<&Value>,
    ) -> String {
        let encoded;
        let value = match &self.value {
            TriggerValue::Text(text) => {
                encoded = encode_text(text);
                encoded.as_str()
            }
            TriggerValue::Object(object) => object.get(),
        };
        let mut body = String::with_capacity(value.len() + 512);
        body.push_str("{\"Data\":{");
        push_field(&mut body, &self.binding, value);
        body.push_str("},\"Metadata\":{");
        for (name, json) in self.metadata.iter().filter(|(name, _)| !is_skipped(name)) {
            push_field(&mut body, name, json);
            body.push(',');
        }
        if let Some(context) = retry_context {
            push_field(&mut body, "RetryContext", &context.to_string());
            body.push(',');
        }
        let taken = self
            .metadata
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("sys"));
        push_field(
            &mut body,
            if taken { "$sys" } else { "sys" },
            &sys(function, now),
        );
        body.push_str("}}");
        body
    }
}

/// Keys that end in `trigger` never reach the handler.
fn is_skipped(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with("trigger")
}

fn push_field(body: &mut String, name: &str, json: &str) {
    body.push_str(&quote(name));
    body.push(':');
    body.push_str(json);
}

fn sys(function: &str, now: Timestamp) -> String {
    // .NET prints an instant with seven fraction digits.
    let utc_now = format!("{now:.7}");
    json!({"MethodName": function, "UtcNow": utc_now, "RandGuid": Uuid::new_v4().to_string()})
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(payload: &Payload, context: Option<&Value>) -> Value {
        let now: Timestamp = "2026-01-05T02:15:00.1234567Z".parse().unwrap();
        let mut body: Value = serde_json::from_str(&payload.body("f", now, context)).unwrap();
        assert_eq!(
            body["Metadata"]["sys"]["UtcNow"],
            "2026-01-05T02:15:00.1234567Z"
        );
        body["Metadata"].as_object_mut().unwrap().remove("sys");
        body
    }

    #[test]
    fn text_is_quoted_twice_and_objects_are_nested() {
        let text = Payload::new("item", TriggerValue::Text("hello".to_owned()));
        assert_eq!(
            body(&text, None),
            json!({"Data": {"item": "\"hello\""}, "Metadata": {}})
        );
        let object = RawValue::from_string("{\"IsPastDue\":false}".to_owned()).unwrap();
        let object = Payload::new("tick", TriggerValue::Object(object));
        assert_eq!(
            body(&object, None)["Data"],
            json!({"tick": {"IsPastDue": false}})
        );
    }

    #[test]
    fn metadata_skips_triggers_and_carries_the_retry_context() {
        let mut payload = Payload::new("item", TriggerValue::Text(String::new()));
        payload.metadata = [("QueueTrigger", "\"x\""), ("n", "\"5\"")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into();
        let context = json!({"RetryCount": 1});
        assert_eq!(
            body(&payload, Some(&context))["Metadata"],
            json!({"n": "5", "RetryContext": {"RetryCount": 1}})
        );
    }

    /// Compares with a literal body of the protocol reference; `sys` differs from run to run.
    fn assert_golden(payload: &Payload, golden: &str) {
        let mut golden: Value = serde_json::from_str(golden).unwrap();
        golden["Metadata"].as_object_mut().unwrap().remove("sys");
        assert_eq!(body(payload, None), golden);
    }

    #[test]
    fn literal_bodies() {
        let documents = r#"[{"id":"o-1","pk":"wms","qty":3,"_rid":"a==","_self":"dbs/..","_etag":"\"00-1\"","_attachments":"attachments/","_ts":1767579300,"_lsn":42}]"#;
        let cosmos = Payload::new("docs", TriggerValue::Text(documents.to_owned()));
        assert_golden(&cosmos, include_str!("../../tests/golden/cosmos.json"));

        let info = r#"{"Schedule":{"AdjustForDST":true},"ScheduleStatus":{"Last":"2026-01-05T02:00:00.0012+00:00","Next":"2026-01-05T02:15:00+00:00","LastUpdated":"2026-01-05T02:00:00.0012+00:00"},"IsPastDue":false}"#;
        let info = RawValue::from_string(info.to_owned()).unwrap();
        let timer = Payload::new("tick", TriggerValue::Object(info));
        assert_golden(&timer, include_str!("../../tests/golden/timer.json"));
    }
}
