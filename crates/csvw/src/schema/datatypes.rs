//! The datatype of a column.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use super::{
    SchemaError, SchemaProblem, Warning,
    columns::no_effect,
    dialects::character,
    tables::{Object, error},
};
use crate::{
    datatype::{Base, Bound, BoundLimit, Datatype, Format},
    date_pattern::DatePattern,
    decimal::{Decimal, Notation},
    value::civil_of,
};

const KNOWN: &[&str] = &[
    "base",
    "format",
    "length",
    "maxExclusive",
    "maxInclusive",
    "maxLength",
    "maximum",
    "minExclusive",
    "minInclusive",
    "minLength",
    "minimum",
];

pub(super) fn parse(
    value: &Value,
    path: &str,
    warnings: &mut Vec<Warning>,
) -> Result<Datatype, SchemaError> {
    if let Some(name) = value.as_str() {
        return Ok(Datatype {
            name: name.to_owned(),
            base: base(name, path)?,
            ..Datatype::text()
        });
    }
    let object = Object::new(value, path)?;
    let name = object.string("base")?.unwrap_or("string");
    let base = base(name, &format!("{path}.base"))?;
    let mut datatype = Datatype {
        name: name.to_owned(),
        base,
        ..Datatype::text()
    };
    if let Some((format, path)) = object.get("format") {
        read_format(&mut datatype, format, &path, warnings)?;
    }
    read_bounds(&mut datatype, &object)?;
    read_lengths(&mut datatype, &object)?;
    object.warn_rest(KNOWN, &[], warnings);
    Ok(datatype)
}

fn base(name: &str, path: &str) -> Result<Base, SchemaError> {
    Base::named(name).ok_or_else(|| {
        error(
            path,
            SchemaProblem::Unsupported(format!("the datatype {name:?}")),
        )
    })
}

fn read_format(
    datatype: &mut Datatype,
    format: &Value,
    path: &str,
    warnings: &mut Vec<Warning>,
) -> Result<(), SchemaError> {
    if datatype.base.is_number() {
        return read_number_format(datatype, format, path, warnings);
    }
    let text = format
        .as_str()
        .ok_or_else(|| error(path, SchemaProblem::WrongType("a string")))?;
    let invalid = |wanted| {
        error(
            path,
            SchemaProblem::Invalid {
                value: text.to_owned(),
                wanted,
            },
        )
    };
    datatype.format = match datatype.base {
        Base::Boolean => match text.split_once('|') {
            Some((yes, no))
                if !yes.is_empty() && !no.is_empty() && yes != no && !no.contains('|') =>
            {
                Format::Boolean {
                    yes: yes.to_owned(),
                    no: no.to_owned(),
                }
            }
            _ => return Err(invalid("two different texts with a bar between them")),
        },
        Base::Date | Base::DateTime { .. } | Base::Time => {
            let pattern =
                DatePattern::new(text).ok_or_else(|| invalid("a supported date pattern"))?;
            let (day, time) = (pattern.has_date(), pattern.has_time());
            let fits = match datatype.base {
                Base::Date => day && !time,
                Base::Time => time && !day,
                _ => day && time,
            };
            if !fits {
                let problem = SchemaProblem::Contradiction(format!(
                    "the pattern is not that of {}",
                    datatype.base.wanted()
                ));
                return Err(error(path, problem));
            }
            Format::Date(pattern)
        }
        _ => text_format(text).ok_or_else(|| invalid("a regular expression"))?,
    };
    Ok(())
}

/// A list where it is one, else a regular expression for the whole cell.
fn text_format(text: &str) -> Option<Format> {
    let plain = |choice: &str| {
        !choice.is_empty()
            && choice
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '/' | '%'))
    };
    if text.split('|').all(plain) {
        return Some(Format::OneOf(
            text.split('|').map(str::to_owned).collect::<BTreeSet<_>>(),
        ));
    }
    Regex::new(&format!("^(?:{text})$"))
        .ok()
        .map(|regex| Format::Regex(Box::new(regex)))
}

fn read_number_format(
    datatype: &mut Datatype,
    format: &Value,
    path: &str,
    warnings: &mut Vec<Warning>,
) -> Result<(), SchemaError> {
    if format.is_string() {
        warnings.push(no_effect(path.to_owned()));
        return Ok(());
    }
    let object = Object::new(format, path)?;
    datatype.decimal_char = character(&object, "decimalChar")?;
    if let Some(group) = character(&object, "groupChar")? {
        if datatype.decimal_char.unwrap_or('.') == group {
            let problem = SchemaProblem::Contradiction(
                "the same character as the decimal character".to_owned(),
            );
            return Err(error(&format!("{path}.groupChar"), problem));
        }
        warnings.push(no_effect(format!("{path}.groupChar")));
    }
    object.warn_rest(&["decimalChar", "groupChar"], &["pattern"], warnings);
    Ok(())
}

fn read_bounds(datatype: &mut Datatype, object: &Object<'_>) -> Result<(), SchemaError> {
    for (property, name) in [
        ("minimum", "minimum"),
        ("minInclusive", "minimum"),
        ("minExclusive", "minExclusive"),
        ("maximum", "maximum"),
        ("maxInclusive", "maximum"),
        ("maxExclusive", "maxExclusive"),
    ] {
        let Some((value, path)) = object.get(property) else {
            continue;
        };
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => {
                return Err(error(
                    &path,
                    SchemaProblem::WrongType("a number or a string"),
                ));
            }
        };
        let limit = bound_limit(datatype, &text, &path)?;
        datatype.bounds.push(Bound { name, text, limit });
    }
    check_bounds(datatype, &object.path)
}

fn bound_limit(datatype: &Datatype, text: &str, path: &str) -> Result<BoundLimit, SchemaError> {
    let invalid = |wanted| {
        error(
            path,
            SchemaProblem::Invalid {
                value: text.to_owned(),
                wanted,
            },
        )
    };
    if datatype.base.is_number() {
        // A bound is JSON's own notation, whatever the cells' decimal character.
        let number = Decimal::parse_with(
            text,
            Notation {
                decimal_char: '.',
                exponent: true,
            },
        );
        return number
            .map(BoundLimit::Number)
            .map_err(|_| invalid("a number"));
    }
    if datatype.base.is_civil() {
        let plain = Datatype {
            format: Format::None,
            ..datatype.clone()
        };
        return civil_of(&plain, text)
            .map(BoundLimit::Civil)
            .ok_or_else(|| invalid(datatype.base.wanted()));
    }
    let problem = SchemaProblem::Contradiction(format!("{} has no order", datatype.base.wanted()));
    Err(error(path, problem))
}

fn check_bounds(datatype: &Datatype, path: &str) -> Result<(), SchemaError> {
    let low = datatype
        .bounds
        .iter()
        .find(|bound| bound.name.starts_with("min"));
    let high = datatype
        .bounds
        .iter()
        .find(|bound| bound.name.starts_with("max"));
    let empty = match (low.map(|b| &b.limit), high.map(|b| &b.limit)) {
        (Some(BoundLimit::Number(low)), Some(BoundLimit::Number(high))) => {
            low.compare(high).is_gt()
        }
        (Some(BoundLimit::Civil(low)), Some(BoundLimit::Civil(high))) => low > high,
        _ => false,
    };
    if empty {
        return Err(error(
            path,
            SchemaProblem::Contradiction("the minimum is over the maximum".to_owned()),
        ));
    }
    Ok(())
}

fn read_lengths(datatype: &mut Datatype, object: &Object<'_>) -> Result<(), SchemaError> {
    let length = |name: &str| -> Result<Option<usize>, SchemaError> {
        let Some(count) = object.count(name)? else {
            return Ok(None);
        };
        if datatype.base != Base::Text {
            let problem =
                SchemaProblem::Contradiction(format!("{} has no length", datatype.base.wanted()));
            return Err(error(&format!("{}.{name}", object.path), problem));
        }
        Ok(usize::try_from(count).ok())
    };
    let (exact, least, most) = (
        length("length")?,
        length("minLength")?,
        length("maxLength")?,
    );
    let (least, most) = (exact.or(least), exact.or(most));
    if least.zip(most).is_some_and(|(least, most)| least > most) {
        let problem = SchemaProblem::Contradiction("minLength is over maxLength".to_owned());
        return Err(error(&object.path, problem));
    }
    (datatype.min_length, datatype.max_length) = (least, most);
    Ok(())
}
