//! The table level of a description.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{
    Column, Schema, SchemaError, SchemaProblem, Warning, WarningReason,
    columns::{self, Inherited},
    dialects,
};
use crate::title::normalized;

const TABLE_IGNORED: &[&str] = &[
    "@context",
    "@id",
    "@type",
    "notes",
    "tableDirection",
    "transformations",
    "suppressOutput",
];
const SCHEMA_IGNORED: &[&str] = &["@id", "@type", "foreignKeys", "rowTitles"];
/// Properties of the recommendation that shape RDF or prose, never the reading of a row.
const INHERITED_IGNORED: &[&str] = &[
    "aboutUrl",
    "lang",
    "ordered",
    "propertyUrl",
    "textDirection",
    "valueUrl",
];
/// Those of them that say nothing to warn about.
const SILENT: &[&str] = &["@context", "@id", "@type", "notes", "lang", "textDirection"];

/// A JSON object with its path; what is read from it is remembered, and the rest becomes warnings.
pub(super) struct Object<'j> {
    pub(super) path: String,
    map: &'j Map<String, Value>,
}

impl<'j> Object<'j> {
    pub(super) fn new(value: &'j Value, path: &str) -> Result<Self, SchemaError> {
        let map = value
            .as_object()
            .ok_or_else(|| error(path, SchemaProblem::WrongType("an object")))?;
        Ok(Self {
            path: path.to_owned(),
            map,
        })
    }

    /// A property that is there and not null, with its path.
    pub(super) fn get(&self, name: &str) -> Option<(&'j Value, String)> {
        self.map
            .get(name)
            .filter(|value| !value.is_null())
            .map(|value| (value, format!("{}.{name}", self.path)))
    }

    pub(super) fn string(&self, name: &str) -> Result<Option<&'j str>, SchemaError> {
        self.typed(name, "a string", Value::as_str)
    }

    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, SchemaError> {
        self.typed(name, "true or false", Value::as_bool)
    }

    pub(super) fn count(&self, name: &str) -> Result<Option<u64>, SchemaError> {
        self.typed(name, "a whole number from 0", Value::as_u64)
    }

    fn typed<T>(
        &self,
        name: &str,
        wanted: &'static str,
        read: fn(&'j Value) -> Option<T>,
    ) -> Result<Option<T>, SchemaError> {
        match self.get(name) {
            Some((value, path)) => read(value)
                .map(Some)
                .ok_or_else(|| error(&path, SchemaProblem::WrongType(wanted))),
            None => Ok(None),
        }
    }

    /// Warns of every property that is neither read nor a prefixed one (`dc:title`), which are notes to readers.
    pub(super) fn warn_rest(&self, known: &[&str], ignored: &[&str], warnings: &mut Vec<Warning>) {
        for name in self
            .map
            .keys()
            .filter(|name| !known.contains(&name.as_str()) && !name.contains(':'))
        {
            if SILENT.contains(&name.as_str()) {
                continue;
            }
            let named =
                ignored.contains(&name.as_str()) || INHERITED_IGNORED.contains(&name.as_str());
            let reason = if named {
                WarningReason::NoEffect
            } else {
                WarningReason::Unknown
            };
            warnings.push(Warning {
                path: format!("{}.{name}", self.path),
                reason,
            });
        }
    }

    /// Prefixed properties whose value is a text.
    pub(super) fn annotations(&self) -> impl Iterator<Item = (String, String)> {
        let prefixed = self.map.iter().filter(|(name, _)| name.contains(':'));
        prefixed.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
    }
}

pub(super) fn error(path: &str, problem: SchemaProblem) -> SchemaError {
    SchemaError {
        path: path.to_owned(),
        problem,
    }
}

pub(super) fn parse(json: &[u8]) -> Result<Schema, SchemaError> {
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let root: Value = serde_json::from_slice(json)
        .map_err(|e| error("$", SchemaProblem::NotJson(e.to_string())))?;
    let mut warnings = Vec::new();
    let table = Object::new(&root, "$")?;
    if let Some((_, path)) = table.get("tables") {
        return Err(error(
            &path,
            SchemaProblem::Unsupported("a group of tables".to_owned()),
        ));
    }
    let (body, path) = table
        .get("tableSchema")
        .ok_or_else(|| error("$", SchemaProblem::Missing("tableSchema")))?;
    if let Some(reference) = body.as_str() {
        return Err(error(
            &path,
            SchemaProblem::Unsupported(format!("a schema kept elsewhere ({reference})")),
        ));
    }
    let body = Object::new(body, &path)?;
    let dialect = dialects::parse(&table, &mut warnings)?;
    let inherited = Inherited::default().read(&table)?.read(&body)?;
    let columns = parse_columns(&body, &inherited, &mut warnings)?;
    let primary_key = parse_primary_key(&body, &columns)?;
    table.warn_rest(
        &[columns::INHERITED, &["url", "dialect", "tableSchema"]].concat(),
        TABLE_IGNORED,
        &mut warnings,
    );
    body.warn_rest(
        &[columns::INHERITED, &["columns", "primaryKey"]].concat(),
        SCHEMA_IGNORED,
        &mut warnings,
    );
    Ok(Schema {
        columns,
        primary_key,
        dialect,
        url: table.string("url")?.map(str::to_owned),
        warnings,
    })
}

fn parse_columns(
    schema: &Object<'_>,
    inherited: &Inherited,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Column>, SchemaError> {
    let (list, path) = schema
        .get("columns")
        .ok_or_else(|| error(&schema.path, SchemaProblem::Missing("columns")))?;
    let list = list
        .as_array()
        .ok_or_else(|| error(&path, SchemaProblem::WrongType("an array")))?;
    if list.is_empty() {
        return Err(error(&path, SchemaProblem::Missing("a column")));
    }
    let (mut columns, mut names, mut titles) = (Vec::new(), HashMap::new(), HashMap::new());
    for (index, value) in list.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let column = columns::parse(&Object::new(value, &path)?, index, inherited, warnings)?;
        if let Some(first) = names.insert(column.name.to_string(), index) {
            let problem = SchemaProblem::Contradiction(format!(
                "column {first} has the name {:?} too",
                column.name
            ));
            return Err(error(&format!("{path}.name"), problem));
        }
        for title in &column.titles {
            if let Some(first) = titles
                .insert(normalized(title), index)
                .filter(|&first| first != index)
            {
                let problem = SchemaProblem::Contradiction(format!(
                    "the title {title:?} belongs to column {first} too"
                ));
                return Err(error(&format!("{path}.titles"), problem));
            }
        }
        columns.push(column);
    }
    Ok(columns)
}

fn parse_primary_key(schema: &Object<'_>, columns: &[Column]) -> Result<Vec<usize>, SchemaError> {
    let Some((value, path)) = schema.get("primaryKey") else {
        return Ok(Vec::new());
    };
    let names = columns::strings(value, &path)?;
    let mut key = Vec::new();
    for name in names {
        let index = columns
            .iter()
            .position(|column| *column.name == *name)
            .ok_or_else(|| {
                error(
                    &path,
                    SchemaProblem::Contradiction(format!("no column has the name {name:?}")),
                )
            })?;
        if key.contains(&index) {
            return Err(error(
                &path,
                SchemaProblem::Contradiction(format!("{name:?} is named twice")),
            ));
        }
        key.push(index);
    }
    Ok(key)
}
