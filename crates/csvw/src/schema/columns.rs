//! The column level of a description.

use serde_json::Value;

use super::{
    Column, SchemaError, SchemaProblem, Warning, WarningReason, datatypes,
    tables::{Object, error},
};
use crate::{datatype::Datatype, title::normalized};

/// Properties that a column takes over from its schema and its table.
pub(super) const INHERITED: &[&str] = &["datatype", "default", "null", "required", "separator"];

/// What the levels above a column state.
#[derive(Clone, Default)]
pub(super) struct Inherited {
    datatype: Option<Datatype>,
    default: Option<String>,
    nulls: Option<Vec<String>>,
    required: Option<bool>,
    warnings: Vec<Warning>,
}

impl Inherited {
    /// This level with what `object` states laid over it.
    pub(super) fn read(&self, object: &Object<'_>) -> Result<Self, SchemaError> {
        if let Some((_, path)) = object.get("separator") {
            return Err(error(
                &path,
                SchemaProblem::Unsupported("a list of values in one cell".to_owned()),
            ));
        }
        let mut read = Self {
            warnings: Vec::new(),
            ..self.clone()
        };
        if let Some((value, path)) = object.get("datatype") {
            read.datatype = Some(datatypes::parse(value, &path, &mut read.warnings)?);
        }
        if let Some((value, path)) = object.get("null") {
            read.nulls = Some(strings(value, &path)?);
        }
        read.default = object
            .string("default")?
            .map(str::to_owned)
            .or(read.default);
        read.required = object.boolean("required")?.or(read.required);
        Ok(read)
    }
}

pub(super) fn parse(
    object: &Object<'_>,
    index: usize,
    above: &Inherited,
    warnings: &mut Vec<Warning>,
) -> Result<Column, SchemaError> {
    let stated = above.read(object)?;
    warnings.extend(stated.warnings);
    let mut titles = match object.get("titles") {
        Some((value, path)) => titles_of(value, &path)?,
        None => Vec::new(),
    };
    let name = match (object.string("name")?, titles.first()) {
        (Some(name), _) => name.to_owned(),
        (None, Some(title)) => title.clone(),
        (None, None) => format!("_col.{}", index + 1),
    };
    if titles.is_empty() {
        titles.push(name.clone());
    }
    if let Some(title) = titles.iter().find(|title| normalized(title).is_empty()) {
        let problem = SchemaProblem::Invalid {
            value: title.clone(),
            wanted: "a title (no letter and no digit)",
        };
        return Err(error(&format!("{}.titles", object.path), problem));
    }
    if object.boolean("virtual")? == Some(true) {
        return Err(error(
            &format!("{}.virtual", object.path),
            SchemaProblem::Unsupported("a virtual column".to_owned()),
        ));
    }
    object.warn_rest(
        &[INHERITED, &["name", "titles", "virtual"]].concat(),
        &["suppressOutput"],
        warnings,
    );
    Ok(Column {
        name: name.into_boxed_str(),
        titles,
        datatype: stated.datatype.unwrap_or_else(Datatype::text),
        required: stated.required.unwrap_or(false),
        nulls: stated.nulls.unwrap_or_else(|| vec![String::new()]),
        default: stated.default,
        annotations: object.annotations().collect(),
    })
}

/// A string or an array of strings.
pub(super) fn strings(value: &Value, path: &str) -> Result<Vec<String>, SchemaError> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let path = format!("{path}[{index}]");
                item.as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| error(&path, SchemaProblem::WrongType("a string")))
            })
            .collect(),
        _ => Err(error(
            path,
            SchemaProblem::WrongType("a string or an array of strings"),
        )),
    }
}

/// Titles are a string, an array, or an object of either by language. Every language counts.
fn titles_of(value: &Value, path: &str) -> Result<Vec<String>, SchemaError> {
    let Value::Object(by_language) = value else {
        return strings(value, path);
    };
    let mut titles = Vec::new();
    for (language, value) in by_language {
        titles.extend(strings(value, &format!("{path}.{language}"))?);
    }
    Ok(titles)
}

/// Warns of a property that has no effect.
pub(super) fn no_effect(path: String) -> Warning {
    Warning {
        path,
        reason: WarningReason::NoEffect,
    }
}
