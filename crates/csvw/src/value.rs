//! One cell read by its datatype.

use std::{borrow::Cow, cmp::Ordering};

use crate::{
    civil::{Date, DateTime, Time},
    datatype::{Base, BoundLimit, Datatype, Format},
    date_pattern::{Found, default_date, default_date_time, default_time},
    decimal::Decimal,
    row_error::RowFault,
};

/// A cell's value, borrowed from the row where the text allows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// A whole number of at most 38 digits as written: leading zeros are kept.
    Integer(Cow<'a, str>),
    /// An exact decimal.
    Decimal(Decimal),
    /// Yes or no.
    Boolean(bool),
    /// A day.
    Date(Date),
    /// A day and a time.
    DateTime(DateTime<'a>),
    /// A time of day.
    Time(Time),
}

/// Reads a text that is neither null nor empty by its datatype and checks every constraint.
pub(crate) fn read<'a>(
    datatype: &Datatype,
    decimal_char: char,
    text: Cow<'a, str>,
) -> Result<Value<'a>, RowFault> {
    let not = || RowFault::NotA {
        wanted: datatype.base.wanted(),
    };
    match datatype.base {
        Base::Text => {
            check_text(datatype, &text)?;
            Ok(Value::Text(text))
        }
        Base::Integer { min, max } => {
            let number = Decimal::parse_with(&text, datatype.notation(decimal_char))?;
            if number.scale != 0 || text.ends_with(decimal_char) {
                return Err(not());
            }
            check_range(datatype, &BoundLimit::Number(number))?;
            let outside = min.is_some_and(|min| number.unscaled < min)
                || max.is_some_and(|max| number.unscaled > max);
            if outside {
                return Err(RowFault::OutOfRange {
                    bound: datatype.name.as_str().into(),
                });
            }
            Ok(Value::Integer(text))
        }
        Base::Decimal { .. } => {
            let number = Decimal::parse_with(&text, datatype.notation(decimal_char))?;
            check_range(datatype, &BoundLimit::Number(number))?;
            Ok(Value::Decimal(number))
        }
        Base::Boolean => boolean(datatype, &text).map(Value::Boolean).ok_or_else(not),
        Base::Date | Base::DateTime { .. } | Base::Time => civil(datatype, text),
    }
}

fn check_text(datatype: &Datatype, text: &str) -> Result<(), RowFault> {
    let fits = match &datatype.format {
        Format::OneOf(choices) => choices.contains(text),
        Format::Regex(regex) => regex.is_match(text),
        _ => true,
    };
    if !fits {
        return Err(RowFault::Format);
    }
    if datatype.min_length.is_some() || datatype.max_length.is_some() {
        let found = text.chars().count();
        if datatype.min_length.is_some_and(|least| found < least)
            || datatype.max_length.is_some_and(|most| found > most)
        {
            return Err(RowFault::Length { found });
        }
    }
    Ok(())
}

fn boolean(datatype: &Datatype, text: &str) -> Option<bool> {
    match &datatype.format {
        Format::Boolean { yes, .. } if text == yes => Some(true),
        Format::Boolean { no, .. } if text == no => Some(false),
        Format::Boolean { .. } => None,
        _ => match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
    }
}

fn found(datatype: &Datatype, text: &str) -> Option<Found> {
    match (&datatype.format, datatype.base) {
        (Format::Date(pattern), _) => pattern.read(text),
        (_, Base::Date) => default_date(text),
        (_, Base::Time) => default_time(text),
        _ => default_date_time(text),
    }
}

fn civil<'a>(datatype: &Datatype, text: Cow<'a, str>) -> Result<Value<'a>, RowFault> {
    let not = || RowFault::NotA {
        wanted: datatype.base.wanted(),
    };
    let found = found(datatype, &text).ok_or_else(not)?;
    let value = match datatype.base {
        Base::Date => Value::Date(found.date().ok_or_else(not)?),
        Base::Time => Value::Time(found.time().ok_or_else(not)?),
        base => {
            let (date, time) = found.date().zip(found.time()).ok_or_else(not)?;
            if base
                == (Base::DateTime {
                    offset_required: true,
                })
                && found.offset_minutes.is_none()
            {
                return Err(not());
            }
            Value::DateTime(DateTime {
                date,
                time,
                offset_minutes: found.offset_minutes,
                text,
            })
        }
    };
    if !datatype.bounds.is_empty() {
        check_range(datatype, &BoundLimit::Civil(fields(&found)))?;
    }
    Ok(value)
}

/// The fields of a date or time in the order in which they are compared.
pub(crate) fn civil_of(datatype: &Datatype, text: &str) -> Option<[u32; 7]> {
    let found = found(datatype, text)?;
    match datatype.base {
        Base::Time => found.time().map(|_| fields(&found)),
        Base::Date => found.date().map(|_| fields(&found)),
        _ => found.date().zip(found.time()).map(|_| fields(&found)),
    }
}

fn fields(found: &Found) -> [u32; 7] {
    let (mut year, mut month, mut day) = (0, 0, 0);
    if let Some(date) = found.date() {
        (year, month, day) = (date.year, date.month, date.day);
    }
    let time = found.time().unwrap_or(Time {
        hour: 0,
        minute: 0,
        second: 0,
        nanosecond: 0,
    });
    [
        year.into(),
        month.into(),
        day.into(),
        time.hour.into(),
        time.minute.into(),
        time.second.into(),
        time.nanosecond,
    ]
}

fn check_range(datatype: &Datatype, value: &BoundLimit) -> Result<(), RowFault> {
    let broken = datatype
        .bounds
        .iter()
        .find(|bound| !bound.holds(order(value, &bound.limit)));
    match broken {
        Some(bound) => Err(RowFault::OutOfRange {
            bound: bound.in_words().into(),
        }),
        None => Ok(()),
    }
}

fn order(value: &BoundLimit, limit: &BoundLimit) -> Ordering {
    match (value, limit) {
        (BoundLimit::Number(value), BoundLimit::Number(limit)) => value.compare(limit),
        (BoundLimit::Civil(value), BoundLimit::Civil(limit)) => value.cmp(limit),
        // A bound is always read by the datatype of its own column.
        _ => Ordering::Equal,
    }
}
