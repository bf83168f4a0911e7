//! Records as rows.

mod body;
mod cell;

use std::borrow::Cow;

use record::{EpochMillis, QualityFlag};
use serde::Serialize;

pub(crate) use self::cell::integer;
use self::{
    body::push_body,
    cell::{instant, list, text, word},
};
use crate::{
    Change,
    table::{Group, Kind, Table},
};

/// One cell on its way into the store.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(crate) enum Value<'a> {
    Null,
    Text(Cow<'a, str>),
    Integer(i64),
    Bool(bool),
    /// A JSON array, already serialized.
    List(Box<serde_json::value::RawValue>),
}

impl Value<'_> {
    /// The text of a text, date, decimal or list.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::List(json) => Some(json.get()),
            Self::Null | Self::Integer(_) | Self::Bool(_) => None,
        }
    }

    /// The number of an integer or instant.
    pub(crate) const fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Null | Self::Text(_) | Self::Bool(_) | Self::List(_) => None,
        }
    }

    pub(crate) const fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Null | Self::Text(_) | Self::Integer(_) | Self::List(_) => None,
        }
    }
}

/// A text as a cell of its own.
pub(crate) fn owned_text(text: &str) -> Value<'static> {
    Value::Text(Cow::Owned(text.to_owned()))
}

/// A JSON array of texts.
pub(crate) fn list_of_texts(texts: &[String]) -> Value<'static> {
    list(texts)
}

/// The instants that a report can show: 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999Z, as ISO 8601 has them.
const INSTANTS_MS: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

/// The newest state of one key that a batch asks to write.
#[derive(Debug, Clone)]
pub(crate) struct Row<'a> {
    /// One per column of the table, in its order.
    pub(crate) values: Vec<Value<'a>>,
}

impl<'a> Row<'a> {
    /// The row that a change asks for.
    pub(crate) fn of(change: &'a Change<'a>, applied_at: EpochMillis) -> Self {
        let record = change.record();
        let table = Table::of(record.entity());
        let version = record.version().to_string();
        let hash = change.content_hash();
        let mut values = key_values(table, record.key().as_str());
        match record.change() {
            record::Change::Upsert(body) => push_body(&mut values, body, record, hash),
            record::Change::Tombstone => {
                let own = table.columns().count() - table.lineage_columns().len();
                values.resize(own, Value::Null);
            }
        }
        push_lineage(&mut values, change, table, version, applied_at);
        Self { values }
    }

    /// Refuses an instant that reports cannot show, on both engines alike.
    pub(crate) fn check(&self, table: Table) -> Result<(), sqlx::Error> {
        for (column, value) in table.columns().zip(&self.values) {
            let out_of_range = |ms: &i64| column.kind == Kind::Instant && !INSTANTS_MS.contains(ms);
            if let Some(ms) = value.as_integer().filter(out_of_range) {
                let text = format!("{} is out of range: {ms} ms since 1970", column.name);
                return Err(sqlx::Error::Encode(text.into()));
            }
        }
        Ok(())
    }

    /// The version and hash that guard a group of columns; `None` where the row does not carry the group.
    pub(crate) fn guard(&self, table: Table, group: Group) -> Option<(&str, &str)> {
        let (version, hash) = group.guard();
        let version = self.values[table.position(version)].as_text()?;
        let hash = self.values[table.position(hash)].as_text()?;
        Some((version, hash))
    }

    /// Adds the doubt that the row's version has another content too.
    pub(crate) fn flag_conflict(&mut self, table: Table, change: &Change<'_>) {
        let mut flags = change.record().quality().to_vec();
        if !flags.contains(&QualityFlag::VersionConflict) {
            flags.push(QualityFlag::VersionConflict);
        }
        self.values[table.position("dq")] = quality(&flags);
    }

    /// Takes over a group of columns from another row of the same key.
    pub(crate) fn take_group(&mut self, table: Table, group: Group, from: &Self) {
        for (index, column) in table.columns().enumerate() {
            if column.group == group {
                self.values[index] = from.values[index].clone();
            }
        }
    }
}

/// The values of a table's primary key, from the record's joined key.
///
/// Parts hold no separator, so that the text splits back into exactly what it was joined from. A milestone's key is
/// one column.
pub(crate) fn key_values<'a>(table: Table, key: &str) -> Vec<Value<'a>> {
    let columns = table.key_columns().count();
    let parts = key.splitn(columns, '|');
    table
        .key_columns()
        .zip(parts)
        .map(|(column, part)| match column.kind {
            Kind::Integer | Kind::Instant => part.parse().map_or(Value::Null, Value::Integer),
            Kind::Text | Kind::Bool | Kind::Date | Kind::Decimal | Kind::List => {
                Value::Text(Cow::Owned(part.to_owned()))
            }
        })
        .collect()
}

fn push_lineage<'a>(
    values: &mut Vec<Value<'a>>,
    change: &'a Change<'a>,
    table: Table,
    version: String,
    applied_at: EpochMillis,
) {
    let record = change.record();
    let provenance = record.provenance();
    if table != Table::Milestone {
        values.push(instant(provenance.event_time));
    }
    values.extend([
        word(record.source().as_str()),
        Value::Text(Cow::Borrowed(record.key().as_str())),
        Value::Text(Cow::Owned(version)),
        Value::Text(Cow::Borrowed(change.content_hash())),
        Value::Text(Cow::Borrowed(change.document_id())),
        text(Some(&provenance.correlation_id)),
        instant(Some(provenance.source_modified_at)),
        instant(Some(applied_at)),
        quality(record.quality()),
        Value::Bool(*record.change() == record::Change::Tombstone),
    ]);
}

fn quality(flags: &[QualityFlag]) -> Value<'static> {
    let names: Vec<&str> = flags.iter().map(|flag| flag.as_str()).collect();
    list(&names)
}
