//! JSON Patch (RFC 6902) that leaves every byte alone that it does not change.
//!
//! A patch by way of parsed numbers would write `740.00` as `740.0` all over the unit; here only what lies on the way to
//! a changed place is taken apart, and everything else is copied as it stands. The crate `json-patch` works on
//! `serde_json::Value`, which keeps neither the text of a number nor escapes nor spaces; that is why it is not used.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

/// One step of a patch.
#[derive(Debug, Clone)]
pub enum Operation {
    /// Adds a member, inserts an element, or replaces what is there.
    Add {
        /// Where: a JSON pointer (RFC 6901).
        path: String,
        /// What.
        value: Box<RawValue>,
    },
    /// Removes what is there.
    Remove {
        /// Where.
        path: String,
    },
    /// Replaces what is there.
    Replace {
        /// Where.
        path: String,
        /// With what.
        value: Box<RawValue>,
    },
    /// Removes what is there and adds it elsewhere.
    Move {
        /// From where.
        from: String,
        /// To where.
        path: String,
    },
    /// Adds what is there elsewhere.
    Copy {
        /// From where.
        from: String,
        /// To where.
        path: String,
    },
    /// Goes on only if this value is there.
    Test {
        /// Where.
        path: String,
        /// Which.
        value: Box<RawValue>,
    },
}

/// A step as it is written. An enum tagged by `op` would buffer the value, and a raw value cannot be buffered.
#[derive(Deserialize)]
struct Written {
    op: String,
    path: String,
    from: Option<String>,
    #[serde(default, deserialize_with = "present")]
    value: Option<Box<RawValue>>,
}

/// A value that is there, `null` included.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::deserialize(deserializer).map(Some)
}

impl Written {
    fn operation(self) -> Result<Operation, PatchError> {
        let Self {
            op,
            path,
            from,
            value,
        } = self;
        let missing =
            |name: &str| PatchError::NotAPatch(format!("`{op}` at `{path}` has no `{name}`"));
        match op.as_str() {
            "add" => Ok(Operation::Add {
                value: value.ok_or_else(|| missing("value"))?,
                path,
            }),
            "remove" => Ok(Operation::Remove { path }),
            "replace" => Ok(Operation::Replace {
                value: value.ok_or_else(|| missing("value"))?,
                path,
            }),
            "move" => Ok(Operation::Move {
                from: from.ok_or_else(|| missing("from"))?,
                path,
            }),
            "copy" => Ok(Operation::Copy {
                from: from.ok_or_else(|| missing("from"))?,
                path,
            }),
            "test" => Ok(Operation::Test {
                value: value.ok_or_else(|| missing("value"))?,
                path,
            }),
            other => Err(PatchError::NotAPatch(format!("`{other}` is no operation"))),
        }
    }
}

/// Why a patch does not apply. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The patch is no list of operations.
    #[error("not a JSON Patch: {0}")]
    NotAPatch(String),
    /// What is to be patched is no JSON.
    #[error("what is to be patched is not JSON: {0}")]
    NotJson(String),
    /// A pointer that is none.
    #[error("`{0}` is not a JSON pointer: it must be empty or start with /")]
    NotAPointer(String),
    /// There is nothing at the place.
    #[error("there is nothing at `{0}`")]
    Nothing(String),
    /// Another value is there than the patch tests for.
    #[error("the value at `{0}` is another one than the patch tests for")]
    Other(String),
}

/// Reads a patch.
///
/// # Errors
/// When the text is no list of operations.
pub fn parse(patch: &str) -> Result<Vec<Operation>, PatchError> {
    let written: Vec<Written> =
        serde_json::from_str(patch).map_err(|error| PatchError::NotAPatch(error.to_string()))?;
    written.into_iter().map(Written::operation).collect()
}

/// Applies the operations in their order, all or none.
///
/// # Errors
/// The first operation that does not apply.
pub fn apply(json: &str, operations: &[Operation]) -> Result<String, PatchError> {
    let value: &RawValue =
        serde_json::from_str(json).map_err(|error| PatchError::NotJson(error.to_string()))?;
    let mut json = value.get().to_owned();
    for operation in operations {
        json = step(&json, operation)?;
    }
    Ok(json)
}

fn step(json: &str, operation: &Operation) -> Result<String, PatchError> {
    match operation {
        Operation::Add { path, value } => edit(json, path, Edit::Add(value.get())),
        Operation::Remove { path } => edit(json, path, Edit::Remove),
        Operation::Replace { path, value } => edit(json, path, Edit::Replace(value.get())),
        Operation::Copy { from, path } => {
            let value = get(json, from)?;
            edit(json, path, Edit::Add(&value))
        }
        Operation::Move { from, path } => {
            let value = get(json, from)?;
            edit(&edit(json, from, Edit::Remove)?, path, Edit::Add(&value))
        }
        Operation::Test { path, value } => {
            let parsed = |json: &str| serde_json::from_str::<serde_json::Value>(json).ok();
            if parsed(&get(json, path)?) == parsed(value.get()) {
                Ok(json.to_owned())
            } else {
                Err(PatchError::Other(path.clone()))
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Edit<'v> {
    Add(&'v str),
    Replace(&'v str),
    Remove,
}

/// The members of an object in their order, or the elements of an array.
enum Taken {
    Object(Vec<(String, Box<RawValue>)>),
    Array(Vec<Box<RawValue>>),
}

fn edit(json: &str, path: &str, edit: Edit<'_>) -> Result<String, PatchError> {
    let tokens = tokens(path)?;
    match (tokens.split_last(), edit) {
        (None, Edit::Add(value) | Edit::Replace(value)) => Ok(value.to_owned()),
        (None, Edit::Remove) => Ok("null".to_owned()),
        (Some((last, way)), _) => descend(json, way, last, edit, path),
    }
}

fn descend(
    json: &str,
    way: &[String],
    last: &str,
    edit: Edit<'_>,
    path: &str,
) -> Result<String, PatchError> {
    let nothing = || PatchError::Nothing(path.to_owned());
    let mut taken = take_apart(json).ok_or_else(nothing)?;
    if let Some((token, rest)) = way.split_first() {
        let child = taken.child(token).ok_or_else(nothing)?;
        *child = raw(descend(child.get(), rest, last, edit, path)?);
    } else {
        taken.edit(last, edit).ok_or_else(nothing)?;
    }
    Ok(taken.put_together())
}

fn get(json: &str, path: &str) -> Result<String, PatchError> {
    let nothing = || PatchError::Nothing(path.to_owned());
    let mut json = json.to_owned();
    for token in tokens(path)? {
        let mut taken = take_apart(&json).ok_or_else(nothing)?;
        let child = taken.child(&token).ok_or_else(nothing)?;
        json = child.get().to_owned();
    }
    Ok(json)
}

fn tokens(path: &str) -> Result<Vec<String>, PatchError> {
    match path.strip_prefix('/') {
        _ if path.is_empty() => Ok(Vec::new()),
        Some(rest) => Ok(rest
            .split('/')
            .map(|token| token.replace("~1", "/").replace("~0", "~"))
            .collect()),
        None => Err(PatchError::NotAPointer(path.to_owned())),
    }
}

fn take_apart(json: &str) -> Option<Taken> {
    match json.trim_start().as_bytes().first()? {
        b'{' => serde_json::from_str::<Members>(json)
            .ok()
            .map(|members| Taken::Object(members.0)),
        b'[' => serde_json::from_str(json).ok().map(Taken::Array),
        _ => None,
    }
}

impl Taken {
    fn child(&mut self, token: &str) -> Option<&mut Box<RawValue>> {
        match self {
            // Of a name that is there twice, the last one is what a reader takes.
            Self::Object(members) => {
                let mut members = members.iter_mut().rev();
                members
                    .find(|(name, _)| name == token)
                    .map(|(_, value)| value)
            }
            Self::Array(elements) => elements.get_mut(index(token)?),
        }
    }

    fn edit(&mut self, token: &str, edit: Edit<'_>) -> Option<()> {
        if let Edit::Replace(value) = edit {
            *self.child(token)? = raw(value.to_owned());
            return Some(());
        }
        match (self, edit) {
            (Self::Object(members), Edit::Add(value)) => {
                members.retain(|(name, _)| name != token);
                members.push((token.to_owned(), raw(value.to_owned())));
            }
            (Self::Object(members), _) => {
                let before = members.len();
                members.retain(|(name, _)| name != token);
                (members.len() < before).then_some(())?;
            }
            (Self::Array(elements), Edit::Add(value)) => {
                let at = if token == "-" {
                    elements.len()
                } else {
                    index(token)?
                };
                (at <= elements.len()).then_some(())?;
                elements.insert(at, raw(value.to_owned()));
            }
            (Self::Array(elements), _) => {
                let at = index(token)?;
                (at < elements.len()).then_some(())?;
                elements.remove(at);
            }
        }
        Some(())
    }

    fn put_together(&self) -> String {
        match self {
            Self::Object(members) => {
                let name = |name: &str| serde_json::Value::from(name).to_string();
                let members = members.iter();
                let texts: Vec<String> = members
                    .map(|(key, value)| format!("{}:{}", name(key), value.get()))
                    .collect();
                format!("{{{}}}", texts.join(","))
            }
            Self::Array(elements) => {
                let texts: Vec<&str> = elements.iter().map(|element| element.get()).collect();
                format!("[{}]", texts.join(","))
            }
        }
    }
}

/// An array's index; no sign, no leading zeros.
fn index(token: &str) -> Option<usize> {
    let plain = token.bytes().all(|byte| byte.is_ascii_digit());
    (plain && (token == "0" || !token.starts_with('0')))
        .then(|| token.parse().ok())
        .flatten()
}

fn raw(json: String) -> Box<RawValue> {
    RawValue::from_string(json).expect("put together from JSON")
}

struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ordered;
        impl<'de> de::Visitor<'de> for Ordered {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Ordered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patched(json: &str, patch: &str) -> Result<String, PatchError> {
        apply(json, &parse(patch).unwrap())
    }

    #[test]
    fn what_is_not_changed_keeps_its_bytes() {
        let json = r#"{"amount":740.00,"currencyCode":"EURO","lines":[{"qty":1.50},{"qty":2}],"big":12345678901234567890.10}"#;
        assert_eq!(
            patched(json, r#"[{"op":"replace","path":"/currencyCode","value":"EUR"},{"op":"replace","path":"/lines/1/qty","value":3.10}]"#).unwrap(),
            r#"{"amount":740.00,"currencyCode":"EUR","lines":[{"qty":1.50},{"qty":3.10}],"big":12345678901234567890.10}"#
        );
    }

    #[test]
    fn the_six_operations() {
        for (json, patch, expected) in [
            (
                r#"{"a":1}"#,
                r#"[{"op":"add","path":"/b","value":2}]"#,
                r#"{"a":1,"b":2}"#,
            ),
            (
                r#"{"a":[1,3]}"#,
                r#"[{"op":"add","path":"/a/1","value":2}]"#,
                r#"{"a":[1,2,3]}"#,
            ),
            (
                r#"[1]"#,
                r#"[{"op":"add","path":"/-","value":2}]"#,
                r#"[1,2]"#,
            ),
            (
                r#"{"a":1,"b":2}"#,
                r#"[{"op":"remove","path":"/a"}]"#,
                r#"{"b":2}"#,
            ),
            (r#"[1,2]"#, r#"[{"op":"remove","path":"/0"}]"#, "[2]"),
            (
                r#"{"a/b":{"~":1}}"#,
                r#"[{"op":"replace","path":"/a~1b/~0","value":null}]"#,
                r#"{"a/b":{"~":null}}"#,
            ),
            (
                r#"{"a":1}"#,
                r#"[{"op":"move","from":"/a","path":"/b"}]"#,
                r#"{"b":1}"#,
            ),
            (
                r#"{"a":1}"#,
                r#"[{"op":"copy","from":"/a","path":"/b"}]"#,
                r#"{"a":1,"b":1}"#,
            ),
            (
                r#"{"a":1.0}"#,
                r#"[{"op":"test","path":"/a","value":1.0}]"#,
                r#"{"a":1.0}"#,
            ),
            ("7", r#"[{"op":"replace","path":"","value":8}]"#, "8"),
        ] {
            assert_eq!(patched(json, patch).as_deref(), Ok(expected), "{patch}");
        }
    }

    #[test]
    fn what_does_not_apply_is_refused() {
        for (json, patch) in [
            ("{}", r#"[{"op":"replace","path":"/a","value":1}]"#),
            ("{}", r#"[{"op":"remove","path":"/a"}]"#),
            ("[]", r#"[{"op":"add","path":"/1","value":1}]"#),
            ("[0,1]", r#"[{"op":"remove","path":"/01"}]"#),
            ("7", r#"[{"op":"add","path":"/a","value":1}]"#),
            (r#"{"a":1}"#, r#"[{"op":"test","path":"/a","value":2}]"#),
            (r#"{"a":1}"#, r#"[{"op":"test","path":"a","value":1}]"#),
            ("{", r#"[]"#),
        ] {
            assert!(patched(json, patch).is_err(), "{json} {patch}");
        }
        assert!(
            parse(r#"{"op":"remove"}"#).is_err() && parse(r#"[{"op":"rm","path":""}]"#).is_err()
        );
    }
}
