//! Values of a record's fields as cells.

use std::borrow::Cow;

use record::{EpochMillis, ExactDecimal, Text};
use serde::Serialize;

use super::Value;

pub(super) fn list<T: Serialize>(items: &[T]) -> Value<'static> {
    serde_json::value::to_raw_value(items).map_or(Value::Null, Value::List)
}

pub(super) fn texts(items: &[Text<'_>]) -> Value<'static> {
    let items: Vec<&str> = items.iter().map(Text::as_str).collect();
    list(&items)
}

pub(super) fn text<'a>(text: Option<&'a Text<'_>>) -> Value<'a> {
    text.map_or(Value::Null, |text| {
        Value::Text(Cow::Borrowed(text.as_str()))
    })
}

pub(super) const fn word(word: &'static str) -> Value<'static> {
    Value::Text(Cow::Borrowed(word))
}

pub(super) fn owned(value: &impl ToString) -> Value<'static> {
    Value::Text(Cow::Owned(value.to_string()))
}

pub(crate) fn integer(number: Option<i64>) -> Value<'static> {
    number.map_or(Value::Null, Value::Integer)
}

pub(super) fn instant(at: Option<EpochMillis>) -> Value<'static> {
    integer(at.map(|at| at.0))
}

pub(super) fn date(day: Option<jiff::civil::Date>) -> Value<'static> {
    day.map_or(Value::Null, |value| owned(&value))
}

pub(super) fn decimal(number: Option<ExactDecimal>) -> Value<'static> {
    number.map_or(Value::Null, |value| owned(&value))
}

pub(super) fn boolean(value: Option<bool>) -> Value<'static> {
    value.map_or(Value::Null, Value::Bool)
}
