//! Values of variables, as far as they are written out.

use serde_json::{Map, Value};
use tree_sitter::Node;

use super::source::{Source, children};

/// The value of a variable; null where it is not written out.
pub(in crate::tidy) fn variable(source: &Source, name: &str) -> Value {
    let declarations = source.declarations();
    let declared = declarations
        .iter()
        .find(|declared| declared.name == name && declared.node.kind() == "variable_declaration");
    let value = declared.and_then(|declared| children(declared.node).into_iter().last());
    value.map_or(Value::Null, |node| read(source, node))
}

fn read(source: &Source, node: Node<'_>) -> Value {
    match node.kind() {
        "string" => source.string(node).map_or(Value::Null, Value::from),
        "array" => children(node)
            .into_iter()
            .map(|item| read(source, item))
            .collect(),
        "object" => {
            let properties = source.properties(node).into_iter();
            let read: Map<_, _> = properties
                .map(|(name, value)| (name, read(source, value)))
                .collect();
            Value::Object(read)
        }
        "identifier" => variable(source, source.text(node)),
        "call_expression" => union(source, node),
        _ => source
            .text(node)
            .parse::<i64>()
            .map_or(Value::Null, Value::from),
    }
}

/// `union(a, b)` of two objects; no other call is written out.
fn union(source: &Source, call: Node<'_>) -> Value {
    let parts = children(call);
    let (Some(name), Some(arguments)) = (parts.first(), parts.last()) else {
        return Value::Null;
    };
    if source.text(*name) != "union" {
        return Value::Null;
    }
    let mut all = Map::new();
    for argument in children(*arguments) {
        if let Value::Object(some) = read(source, argument) {
            all.extend(some);
        }
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_out_is_read() {
        let text = "var shared = { a: 'x' }\n\
                    var all = [\n  // why\n  { name: 'n', parts: union(shared, { b: 'y' }), count: 512, none: null, made: '${shared.a}' }\n]\n";
        let source = Source::parse(Path::new("/"), Path::new("/a.bicep"), text.to_owned()).unwrap();
        assert_eq!(
            variable(&source, "all"),
            json!([{ "name": "n", "parts": { "a": "x", "b": "y" }, "count": 512, "none": null, "made": null }])
        );
    }
}
