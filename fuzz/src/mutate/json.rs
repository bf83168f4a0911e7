//! Changes of a JSON tree.

use serde_json::{Map, Value, json};

use super::Random;

/// Deepest nesting that is made; a parser must stop before its stack does.
const DEPTH_MAX: u64 = 20_000;
/// Longest text that is made.
const TEXT_BYTES_MAX: u64 = 100_000;

/// A tree near that of `input`; `input` itself where it is no JSON.
pub(super) fn mutated(input: &[u8], corpus: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let Ok(mut tree) = serde_json::from_slice::<Value>(input) else {
        return input.to_vec();
    };
    for _ in 0..=random.below(4) {
        let mut nodes = 0;
        count(&tree, &mut nodes);
        let chosen = random.below(nodes);
        let replacement = replacement(corpus, random);
        let mut seen = 0;
        change(&mut tree, chosen, &mut seen, replacement, random);
    }
    let mut written = serde_json::to_vec(&tree).unwrap_or_default();
    if random.below(8) == 0 {
        nest(&mut written, random);
    }
    written
}

fn count(value: &Value, nodes: &mut u64) {
    *nodes += 1;
    match value {
        Value::Object(fields) => fields.values().for_each(|value| count(value, nodes)),
        Value::Array(items) => items.iter().for_each(|value| count(value, nodes)),
        _ => {}
    }
}

/// Changes the node with this number, counted in the order of the tree.
fn change(
    value: &mut Value,
    chosen: u64,
    seen: &mut u64,
    replacement: Value,
    random: &mut Random,
) -> Option<Value> {
    if *seen == chosen {
        *value = changed(std::mem::take(value), replacement, random);
        *seen += 1;
        return None;
    }
    *seen += 1;
    let mut left = Some(replacement);
    let mut each = |below: &mut Value| {
        if let Some(replacement) = left.take() {
            left = change(below, chosen, seen, replacement, random);
        }
    };
    match value {
        Value::Object(fields) => fields.values_mut().for_each(&mut each),
        Value::Array(items) => items.iter_mut().for_each(&mut each),
        _ => {}
    }
    left
}

fn changed(value: Value, replacement: Value, random: &mut Random) -> Value {
    match (random.below(5), value) {
        (0, Value::Array(mut items)) => {
            let copy = items.get(random.index(items.len())).cloned();
            items.extend(copy);
            Value::Array(items)
        }
        (1, Value::Array(mut items)) if !items.is_empty() => {
            let taken = items.remove(random.index(items.len()));
            items.insert(0, taken);
            Value::Array(items)
        }
        (0, Value::Object(mut fields)) => {
            let name = fields.keys().nth(random.index(fields.len())).cloned();
            name.and_then(|name| fields.remove(&name));
            Value::Object(fields)
        }
        (1, Value::Object(fields)) => {
            // Values under each other's names.
            let (names, mut values): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
            let by = random.index(values.len());
            values.rotate_left(by);
            Value::Object(names.into_iter().zip(values).collect::<Map<_, _>>())
        }
        (0, Value::String(text)) => json!([text]),
        (1, Value::String(text)) => Value::String(text.chars().rev().collect()),
        (2, Value::String(text)) => Value::String(format!("{text} ")),
        (0, Value::Number(number)) => Value::String(number.to_string()),
        _ => replacement,
    }
}

fn replacement(corpus: &[Vec<u8>], random: &mut Random) -> Value {
    match random.below(14) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(0),
        3 => json!(-1.5e300),
        4 => json!(u64::MAX),
        5 => json!(i64::MIN),
        6 => json!({}),
        7 => json!([]),
        8 => json!("\u{0}|\n\u{feff}"),
        9 => json!(""),
        10 => json!("0001-01-01T00:00:00Z"),
        11 => json!("x".repeat(usize::try_from(random.below(TEXT_BYTES_MAX)).unwrap_or_default())),
        12 => json!(format!(
            "{}.{}",
            "9".repeat(random.index(60)),
            "1".repeat(random.index(60))
        )),
        _ => random
            .choose(corpus)
            .and_then(|other| serde_json::from_slice(other).ok())
            .unwrap_or_default(),
    }
}

/// Puts a value that is nested deeply in the place of some value, without building it.
fn nest(written: &mut Vec<u8>, random: &mut Random) {
    let places: Vec<usize> = written
        .iter()
        .enumerate()
        .filter(|(_, byte)| matches!(byte, b':' | b'['))
        .map(|(at, _)| at + 1)
        .collect();
    let Some(&at) = random.choose(&places) else {
        return;
    };
    let depth = usize::try_from(random.below(DEPTH_MAX)).unwrap_or_default();
    let (open, close) = if random.below(2) == 0 {
        ("[", "]")
    } else {
        ("{\"a\":", "}")
    };
    let nested = format!("{}0{},", open.repeat(depth), close.repeat(depth));
    written.splice(at..at, nested.into_bytes());
}
