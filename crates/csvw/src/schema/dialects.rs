//! The dialect of a description.

use super::{
    SchemaError, SchemaProblem, Warning,
    columns::{no_effect, strings},
    tables::{Object, error},
};
use crate::{
    dialect::{Dialect, Trim},
    encoding::is_utf16,
};

const KNOWN: &[&str] = &[
    "commentPrefix",
    "decimalChar",
    "delimiter",
    "doubleQuote",
    "encoding",
    "groupChar",
    "header",
    "headerRowCount",
    "lineTerminators",
    "quoteChar",
    "skipColumns",
    "skipInitialSpace",
    "skipRows",
    "trim",
];

pub(super) fn parse(
    table: &Object<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Dialect, SchemaError> {
    let Some((value, path)) = table.get("dialect") else {
        return Ok(Dialect::default());
    };
    if let Some(reference) = value.as_str() {
        return Err(error(
            &path,
            SchemaProblem::Unsupported(format!("a dialect kept elsewhere ({reference})")),
        ));
    }
    let object = Object::new(value, &path)?;
    let defaults = Dialect::default();
    let quote_is_null = value
        .get("quoteChar")
        .is_some_and(serde_json::Value::is_null);
    let dialect = Dialect {
        delimiter: byte(&object, "delimiter")?.unwrap_or(defaults.delimiter),
        quote: if quote_is_null {
            None
        } else {
            byte(&object, "quoteChar")?.or(defaults.quote)
        },
        double_quote: object.boolean("doubleQuote")?.unwrap_or(true),
        header: header(&object)?,
        skip_rows: object.count("skipRows")?.unwrap_or(0),
        encoding: encoding(&object)?,
        comment: byte(&object, "commentPrefix")?,
        trim: trim(&object)?,
        decimal_char: character(&object, "decimalChar")?.unwrap_or(defaults.decimal_char),
    };
    check_line_ends(&object)?;
    check_characters(&object, &dialect, warnings)?;
    if object.count("skipColumns")?.unwrap_or(0) != 0 {
        return Err(error(
            &format!("{path}.skipColumns"),
            SchemaProblem::Unsupported("columns to skip".to_owned()),
        ));
    }
    object.warn_rest(KNOWN, &["skipBlankRows"], warnings);
    Ok(dialect)
}

pub(super) fn character(object: &Object<'_>, name: &str) -> Result<Option<char>, SchemaError> {
    let Some(text) = object.string(name)? else {
        return Ok(None);
    };
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok(Some(c)),
        _ => Err(error(
            &format!("{}.{name}", object.path),
            SchemaProblem::Invalid {
                value: text.to_owned(),
                wanted: "one character",
            },
        )),
    }
}

fn byte(object: &Object<'_>, name: &str) -> Result<Option<u8>, SchemaError> {
    let Some(c) = character(object, name)? else {
        return Ok(None);
    };
    match u8::try_from(c) {
        Ok(byte) if byte.is_ascii() && !matches!(byte, b'\r' | b'\n' | 0) => Ok(Some(byte)),
        _ => {
            let problem = SchemaProblem::Invalid {
                value: c.to_string(),
                wanted: "one ASCII character other than a line end",
            };
            Err(error(&format!("{}.{name}", object.path), problem))
        }
    }
}

fn header(object: &Object<'_>) -> Result<bool, SchemaError> {
    let stated = object.boolean("header")?;
    let rows = object.count("headerRowCount")?;
    match (stated, rows) {
        (_, Some(2..)) => Err(error(
            &format!("{}.headerRowCount", object.path),
            SchemaProblem::Unsupported("a header of several rows".to_owned()),
        )),
        (Some(stated), Some(rows)) if stated != (rows == 1) => {
            let problem = SchemaProblem::Contradiction(format!(
                "header is {stated}, and the header has {rows} rows"
            ));
            Err(error(&format!("{}.headerRowCount", object.path), problem))
        }
        (Some(stated), _) => Ok(stated),
        (None, rows) => Ok(rows != Some(0)),
    }
}

fn encoding(object: &Object<'_>) -> Result<Option<String>, SchemaError> {
    let Some(label) = object.string("encoding")? else {
        return Ok(None);
    };
    match encoding_rs::Encoding::for_label(label.as_bytes()) {
        Some(encoding)
            if encoding == encoding_rs::UTF_8
                || encoding.is_single_byte()
                || is_utf16(encoding) =>
        {
            Ok(Some(label.to_owned()))
        }
        _ => {
            let problem = SchemaProblem::Invalid {
                value: label.to_owned(),
                wanted: "the label of an encoding that can be read",
            };
            Err(error(&format!("{}.encoding", object.path), problem))
        }
    }
}

fn trim(object: &Object<'_>) -> Result<Trim, SchemaError> {
    let initial = object.boolean("skipInitialSpace")?.unwrap_or(false);
    let Some((value, path)) = object.get("trim") else {
        return Ok(if initial { Trim::Start } else { Trim::None });
    };
    match value {
        serde_json::Value::Bool(true) => Ok(Trim::Both),
        serde_json::Value::Bool(false) => Ok(Trim::None),
        serde_json::Value::String(text) => match text.as_str() {
            "true" => Ok(Trim::Both),
            "false" => Ok(Trim::None),
            "start" => Ok(Trim::Start),
            "end" => Ok(Trim::End),
            other => Err(error(
                &path,
                SchemaProblem::Invalid {
                    value: other.to_owned(),
                    wanted: "true, false, start or end",
                },
            )),
        },
        _ => Err(error(
            &path,
            SchemaProblem::WrongType("true, false or a string"),
        )),
    }
}

/// CR, LF and CR LF are always line ends; a description that wants another one cannot be followed.
fn check_line_ends(object: &Object<'_>) -> Result<(), SchemaError> {
    let Some((value, path)) = object.get("lineTerminators") else {
        return Ok(());
    };
    match strings(value, &path)?
        .into_iter()
        .find(|end| !["\r\n", "\n", "\r"].contains(&end.as_str()))
    {
        Some(other) => Err(error(
            &path,
            SchemaProblem::Unsupported(format!("the line end {other:?}")),
        )),
        None => Ok(()),
    }
}

fn check_characters(
    object: &Object<'_>,
    dialect: &Dialect,
    warnings: &mut Vec<Warning>,
) -> Result<(), SchemaError> {
    let clash = |name: &str, what: &str| {
        Err(error(
            &format!("{}.{name}", object.path),
            SchemaProblem::Contradiction(format!("the same character as {what}")),
        ))
    };
    if dialect.quote == Some(dialect.delimiter) {
        return clash("quoteChar", "the delimiter");
    }
    if dialect.comment == Some(dialect.delimiter)
        || dialect.comment.is_some() && dialect.comment == dialect.quote
    {
        return clash("commentPrefix", "the delimiter or the quote");
    }
    if let Some(group) = character(object, "groupChar")? {
        if group == dialect.decimal_char {
            return clash("groupChar", "the decimal character");
        }
        warnings.push(no_effect(format!("{}.groupChar", object.path)));
    }
    Ok(())
}
