//! Fields of a JSON message that become binding data.

use serde_json::Value;

use super::encode_text;
use super::encoding::quote;

/// Top-level fields of a text that is a JSON object, as Metadata; they overwrite system fields of the same name.
pub(crate) fn binding_data(text: &str) -> Vec<(String, String)> {
    let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(text) else {
        return Vec::new();
    };
    let encode = |value: &Value| match value {
        Value::Null | Value::Array(_) => None,
        Value::Object(_) => Some(value.to_string()),
        Value::String(text) => Some(encode_text(text)),
        // Turned into text first, in the .NET manner.
        Value::Bool(value) => Some(quote(&quote(if *value { "True" } else { "False" }))),
        Value::Number(number) => Some(encode_text(&number.to_string())),
    };
    fields
        .iter()
        .filter_map(|(name, value)| encode(value).map(|json| (name.clone(), json)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::binding_data;

    #[test]
    fn only_objects_give_binding_data() {
        assert!(binding_data("[1]").is_empty() && binding_data("hello").is_empty());
        let data = binding_data(
            r#"{"dryRun":true,"ids":["a"],"n":5,"nested":{"k":1},"none":null,"t":"x"}"#,
        );
        let data: Vec<_> = data
            .iter()
            .map(|(name, json)| (name.as_str(), json.as_str()))
            .collect();
        let expected = [
            ("dryRun", r#""\"True\"""#),
            ("n", r#""\"5\"""#),
            ("nested", r#"{"k":1}"#),
            ("t", r#""\"x\"""#),
        ];
        assert_eq!(data, expected);
    }
}
