//! Records as rows.

use std::borrow::Cow;

use record::{
    Body, EpochMillis, ExactDecimal, Milestone, Order, OrderLine, Record, Shipment, Stop,
    StopTimes, Text,
};
use serde::Serialize;

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

fn list<T: Serialize>(items: &[T]) -> Value<'static> {
    serde_json::value::to_raw_value(items).map_or(Value::Null, Value::List)
}

fn texts(items: &[Text<'_>]) -> Value<'static> {
    let items: Vec<&str> = items.iter().map(Text::as_str).collect();
    list(&items)
}

fn text<'a>(text: Option<&'a Text<'_>>) -> Value<'a> {
    text.map_or(Value::Null, |text| {
        Value::Text(Cow::Borrowed(text.as_str()))
    })
}

const fn word(word: &'static str) -> Value<'static> {
    Value::Text(Cow::Borrowed(word))
}

fn owned(value: &impl ToString) -> Value<'static> {
    Value::Text(Cow::Owned(value.to_string()))
}

fn integer(number: Option<i64>) -> Value<'static> {
    number.map_or(Value::Null, Value::Integer)
}

fn instant(at: Option<EpochMillis>) -> Value<'static> {
    integer(at.map(|at| at.0))
}

fn date(day: Option<jiff::civil::Date>) -> Value<'static> {
    day.map_or(Value::Null, |value| owned(&value))
}

fn decimal(number: Option<ExactDecimal>) -> Value<'static> {
    number.map_or(Value::Null, |value| owned(&value))
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
            Kind::Integer => part.parse().map_or(Value::Null, Value::Integer),
            Kind::Text | Kind::Bool | Kind::Instant | Kind::Date | Kind::Decimal | Kind::List => {
                Value::Text(Cow::Owned(part.to_owned()))
            }
        })
        .collect()
}

fn push_body<'a>(values: &mut Vec<Value<'a>>, body: &'a Body<'a>, record: &Record<'_>, hash: &str) {
    match body {
        Body::Order(body) => values.extend(order(body)),
        Body::OrderLine(body) => values.extend(order_line(body)),
        Body::Shipment(body) => values.extend(shipment(body)),
        Body::Stop(body) => {
            values.extend(stop(body));
            for times in [&body.planned, &body.projected, &body.actual] {
                values.extend(times_guard(times.as_ref(), record, hash));
            }
        }
        Body::Milestone(body) => values.extend(milestone(body)),
    }
}

fn order<'a>(body: &'a Order<'a>) -> [Value<'a>; 18] {
    [
        text(body.source_id.as_ref()),
        text(body.customer_no.as_ref()),
        text(body.customer_name.as_ref()),
        text(body.customer_po.as_ref()),
        date(body.order_date),
        date(body.requested_delivery_date),
        text(body.status.as_ref()),
        text(body.currency.as_ref()),
        integer(body.amount_ex_tax_minor),
        integer(body.amount_inc_tax_minor),
        text(body.ship_to_name.as_ref()),
        text(body.ship_to_line1.as_ref()),
        text(body.ship_to_city.as_ref()),
        text(body.ship_to_region.as_ref()),
        text(body.ship_to_postcode.as_ref()),
        text(body.ship_to_country.as_ref()),
        body.fully_shipped.map_or(Value::Null, Value::Bool),
        list(&body.line_sequences),
    ]
}

fn order_line<'a>(body: &'a OrderLine<'a>) -> [Value<'a>; 9] {
    [
        text(body.line_type.as_ref()),
        text(body.item_no.as_ref()),
        text(body.description.as_ref()),
        text(body.uom.as_ref()),
        decimal(body.qty),
        decimal(body.shipped_qty),
        decimal(body.invoiced_qty),
        decimal(body.unit_price),
        date(body.planned_ship_date),
    ]
}

fn shipment<'a>(body: &'a Shipment<'a>) -> [Value<'a>; 20] {
    [
        text(body.source_id.as_ref()),
        text(body.status.as_ref()),
        text(body.mode.as_ref()),
        text(body.carrier_scac.as_ref()),
        text(body.carrier_name.as_ref()),
        text(body.pro.as_ref()),
        text(body.bol.as_ref()),
        text(body.booking_no.as_ref()),
        text(body.container_no.as_ref()),
        text(body.customer_po.as_ref()),
        texts(&body.order_nos),
        text(body.vehicle_ref.as_ref()),
        text(body.vehicle_plate.as_ref()),
        text(body.vehicle_vin.as_ref()),
        text(body.driver.as_ref()),
        integer(body.planned_cost_minor),
        text(body.currency.as_ref()),
        instant(body.planned_start),
        instant(body.planned_end),
        texts(&body.stop_ids),
    ]
}

fn stop<'a>(body: &'a Stop<'a>) -> [Value<'a>; 13] {
    let arrive = |times: Option<StopTimes>| instant(times.and_then(|times| times.arrive));
    let depart = |times: Option<StopTimes>| instant(times.and_then(|times| times.depart));
    [
        integer(body.seq),
        word(body.kind.as_str()),
        text(body.place_code.as_ref()),
        text(body.place_name.as_ref()),
        integer(body.lat_e6),
        integer(body.lon_e6),
        instant(body.window_start),
        instant(body.window_end),
        arrive(body.planned),
        depart(body.planned),
        arrive(body.projected),
        arrive(body.actual),
        depart(body.actual),
    ]
}

/// Version and hash of a group of times; both null where the record does not carry the group.
fn times_guard(times: Option<&StopTimes>, record: &Record<'_>, hash: &str) -> [Value<'static>; 2] {
    times.map_or([Value::Null, Value::Null], |times| {
        [owned(&times.version(record.version())), owned(&hash)]
    })
}

fn milestone<'a>(body: &'a Milestone<'a>) -> [Value<'a>; 16] {
    [
        text(Some(&body.scope)),
        text(Some(&body.scope_ref)),
        text(body.shipment_no.as_ref()),
        text(body.order_no.as_ref()),
        text(body.container_no.as_ref()),
        text(body.stop_id.as_ref()),
        word(body.code.as_str()),
        word(body.classifier.as_str()),
        instant(Some(body.event_time)),
        word(body.time_precision.as_str()),
        word(body.tz_basis.as_str()),
        text(body.place_code.as_ref()),
        integer(body.lat_e6),
        integer(body.lon_e6),
        text(body.reason_code.as_ref()),
        text(Some(&body.source_code)),
    ]
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
    let quality: Vec<&str> = record.quality().iter().map(|flag| flag.as_str()).collect();
    values.extend([
        word(record.source().as_str()),
        Value::Text(Cow::Borrowed(record.key().as_str())),
        Value::Text(Cow::Owned(version)),
        Value::Text(Cow::Borrowed(change.content_hash())),
        Value::Text(Cow::Borrowed(change.document_id())),
        text(Some(&provenance.correlation_id)),
        instant(Some(provenance.source_modified_at)),
        instant(Some(applied_at)),
        list(&quality),
        Value::Bool(*record.change() == record::Change::Tombstone),
    ]);
}
