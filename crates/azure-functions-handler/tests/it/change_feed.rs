//! Pages of the change feed: whatever the host wraps comes back, and is copied once.

use azure_functions_handler::trigger::CosmosDb;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use crate::host::{change_feed, invocation};

#[derive(Debug, Deserialize)]
struct Document<'a> {
    id: &'a str,
    qty: u32,
}

#[tokio::test]
async fn one_bad_document_does_not_hide_its_neighbours() {
    let page = r#"[{"id":"a","qty":1},{"id":"b","qty":-1},{"id":"c"},{"id":"d","qty":4}]"#;
    let page = invocation::<CosmosDb>(change_feed(page)).await.trigger;
    let parsed: Vec<_> = page.parse::<Document<'_>>().unwrap().collect();
    assert_eq!(parsed.len(), 4);
    let good: Vec<_> = parsed
        .iter()
        .filter_map(|(at, document, _)| Some((*at, document.as_ref().ok()?)))
        .collect();
    let good: Vec<_> = good
        .iter()
        .map(|(at, document)| (*at, document.id, document.qty))
        .collect();
    assert_eq!(good, [(0, "a", 1), (3, "d", 4)]);
    let (_, missing, raw) = &parsed[2];
    assert_eq!(raw.get(), r#"{"id":"c"}"#);
    assert!(
        missing
            .as_ref()
            .unwrap_err()
            .to_string()
            .starts_with("document 2: missing field `qty`")
    );
}

#[tokio::test]
async fn what_is_parsed_borrows_from_the_one_buffer() {
    let page = invocation::<CosmosDb>(change_feed(r#"[{"id":"a","qty":1}, {"id":"b","qty":2}]"#))
        .await
        .trigger;
    let buffer = page.text().as_bytes().as_ptr_range();
    for (_, document, raw) in page.parse::<Document<'_>>().unwrap() {
        assert!(buffer.contains(&raw.get().as_ptr()));
        assert!(buffer.contains(&document.unwrap().id.as_ptr()));
    }
}

#[tokio::test]
async fn all_three_wrappings_and_no_documents() {
    let documents = r#"[{"id":"a \"b\" \u00e9","qty":1}]"#;
    let once = serde_json::to_string(documents).unwrap();
    for body in [
        change_feed(documents),
        format!(r#"{{"Data":{{"docs":{once}}}}}"#),
        format!(r#"{{"data":{{"docs":{documents}}}}}"#),
    ] {
        assert_eq!(invocation::<CosmosDb>(body).await.trigger.text(), documents);
    }
    for nothing in [r#""\"[]\"""#, r#""null""#, "null"] {
        let page = invocation::<CosmosDb>(format!(r#"{{"Data":{{"docs":{nothing}}}}}"#))
            .await
            .trigger;
        assert_eq!(page.documents().unwrap().len(), 0);
    }
    let torn = invocation::<CosmosDb>(change_feed("[{}")).await.trigger;
    assert!(torn.documents().is_err() && torn.parse::<Value>().is_err());
}

/// How a layer writes what JSON lets it choose.
#[derive(Debug, Clone, Copy)]
enum Style {
    Usual,
    Ascii,
    EveryUnit,
}

/// `text` as a JSON string literal.
fn wrap(text: &str, style: Style) -> String {
    let escaped = |unit: &u16| match style {
        Style::Usual => false,
        Style::Ascii => *unit > 0x7e,
        Style::EveryUnit => true,
    };
    if matches!(style, Style::Usual) {
        return serde_json::to_string(text).unwrap();
    }
    let mut literal = String::from("\"");
    for unit in text.encode_utf16() {
        match char::from_u32(u32::from(unit)) {
            Some(plain) if !escaped(&unit) => {
                let plain = serde_json::to_string(&plain).unwrap();
                literal.push_str(&plain[1..plain.len() - 1]);
            }
            _ => literal.push_str(&format!("\\u{unit:04x}")),
        }
    }
    literal + "\""
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        r#"[\\"/\n\u{7f}é😀 a]{0,12}"#.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn style() -> impl Strategy<Value = Style> {
    prop_oneof![
        Just(Style::Usual),
        Just(Style::Ascii),
        Just(Style::EveryUnit)
    ]
}

proptest! {
    #[test]
    fn any_documents_come_back(documents in prop::collection::vec(json(), 0..8), inner in style(), outer in style()) {
        let text = serde_json::to_string(&documents).unwrap();
        let body = format!(r#"{{"Data":{{"docs":{}}},"Metadata":{{}}}}"#, wrap(&wrap(&text, inner), outer));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let page = runtime.block_on(invocation::<CosmosDb>(body)).trigger;
        prop_assert_eq!(page.text(), text);
        let parsed: Vec<Value> = page.parse().unwrap().map(|(_, document, _)| document.unwrap()).collect();
        prop_assert_eq!(parsed, documents);
    }
}
