//! One order and its lines.

use std::fmt;

use jiff::Timestamp;
use record::{
    Body, EpochMillis, InvalidKey, Order, OrderLine, Provenance, RawReference, Record, Reference,
    ReferenceKind, Source, SourceVersion, Text,
};
use sha2::{Digest as _, Sha256};

use ingest::Problem;

use super::{
    Origin,
    value::{date, decimal, id, instant, minor_units, name, text, trimmed},
};
use crate::wire::{SalesOrder, SalesOrderLine, Scalar, WireText};

/// Where an order stands in its message, for people and for machines.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// JSON path, such as `$.value[3]`.
    pub(super) path: String,
    /// JSON pointer, such as `/value/3`.
    pub(super) pointer: String,
}

impl Place {
    /// The place of an order on a page.
    pub(super) fn on_page(index: usize) -> Self {
        Self {
            path: format!("$.value[{index}]"),
            pointer: format!("/value/{index}"),
        }
    }
}

/// The records of an order: the header first, then its lines in the order of the message.
pub(super) fn records<'a>(
    order: &SalesOrder<'a>,
    place: &Place,
    origin: &Origin<'a>,
    into: &mut Vec<Record<'a>>,
) -> Result<Timestamp, Problem> {
    let at = |field: &str| format!("{}.{field}", place.path);
    let changed = changed_at(order, place)?;
    let version = SourceVersion::at(changed, tie_break(order.etag.as_ref()))
        .map_err(|error| Problem::new(at("lastModifiedDateTime"), error))?;
    let lines = order.sales_order_lines.as_deref().ok_or_else(|| {
        // Read as an order without lines, it would delete all that are stored.
        Problem::new(at("salesOrderLines"), "missing field `salesOrderLines`")
    })?;
    let header = header(order, lines, place, origin)?;
    let references = references(&header);
    let order_no = header.order_no.clone();
    let invalid = |error: InvalidKey| Problem::new(at("number"), error);
    let provenance = |pointer: String| provenance(origin, pointer, changed.into());
    let mut records = Vec::with_capacity(1 + lines.len());
    let body = Body::Order(header);
    let record = Record::upsert(
        Source::Orders,
        body,
        version,
        provenance(place.pointer.clone()),
    );
    records.push(record.map_err(invalid)?.with_references(references));
    for (index, wire) in lines.iter().enumerate() {
        let line_place = format_args!("{}.salesOrderLines[{index}]", place.path);
        let body = Body::OrderLine(line(wire, &order_no, line_place, origin)?);
        let pointer = format!("{}/salesOrderLines/{index}", place.pointer);
        records.push(
            Record::upsert(Source::Orders, body, version, provenance(pointer)).map_err(invalid)?,
        );
    }
    into.append(&mut records);
    Ok(changed)
}

fn changed_at(order: &SalesOrder<'_>, place: &Place) -> Result<Timestamp, Problem> {
    let field = || format!("{}.lastModifiedDateTime", place.path);
    match &order.last_modified_date_time {
        Some(text) => instant(text).map_err(|error| Problem::new(field(), error)),
        None => Err(Problem::new(
            field(),
            "missing field `lastModifiedDateTime`",
        )),
    }
}

/// Orders two states within one `lastModifiedDateTime` the same way everywhere. Which of them is newer the upstream does
/// not say: its etag is opaque.
fn tie_break(etag: Option<&WireText<'_>>) -> u64 {
    let Some(etag) = etag else { return 0 };
    let digest = Sha256::digest(etag.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first)
}

/// A field that is absent is null, as one that is explicitly null.
///
/// "Absent keeps what is stored" would not converge: of two versions that arrive in either order, the older one's field
/// would survive or not depending on which came first. A version says all there is to say.
fn header<'a>(
    order: &SalesOrder<'a>,
    lines: &[SalesOrderLine<'a>],
    place: &Place,
    origin: &Origin<'a>,
) -> Result<Order<'a>, Problem> {
    let at = |field: &str| format!("{}.{field}", place.path);
    let day = |text: &Option<WireText<'a>>, field: &str| {
        date(text.as_ref()).map_err(|error| Problem::new(at(field), error))
    };
    let currency = text(order.currency_code.as_ref());
    let amount = |value: Option<Scalar<'a>>, field: &str| {
        minor_units(value, currency.as_deref(), || at(field))
    };
    Ok(Order {
        company: Text::from(origin.company),
        order_no: Text::from(trimmed(order.number.as_ref())),
        source_id: id(order.id.as_ref()),
        customer_no: text(order.customer_number.as_ref()),
        customer_name: text(order.customer_name.as_ref()),
        customer_po: text(order.external_document_number.as_ref()),
        order_date: day(&order.order_date, "orderDate")?,
        requested_delivery_date: day(&order.requested_delivery_date, "requestedDeliveryDate")?,
        status: name(order.status.as_ref()),
        amount_ex_tax_minor: amount(order.total_amount_excluding_tax, "totalAmountExcludingTax")?,
        amount_inc_tax_minor: amount(order.total_amount_including_tax, "totalAmountIncludingTax")?,
        ship_to_name: text(order.ship_to_name.as_ref()),
        ship_to_line1: text(order.ship_to_address_line1.as_ref()),
        ship_to_city: text(order.ship_to_city.as_ref()),
        ship_to_region: text(order.ship_to_state.as_ref()),
        ship_to_postcode: text(order.ship_to_post_code.as_ref()),
        ship_to_country: text(order.ship_to_country.as_ref()),
        fully_shipped: order.fully_shipped,
        line_sequences: sequences(lines, place)?,
        currency,
    })
}

/// The sequences of all lines, ascending, each once.
fn sequences(lines: &[SalesOrderLine<'_>], place: &Place) -> Result<Vec<i64>, Problem> {
    let numbered = lines.iter().enumerate().map(|(index, line)| {
        line.sequence.ok_or_else(|| {
            let field = format!("{}.salesOrderLines[{index}].sequence", place.path);
            Problem::new(field, "missing field `sequence`")
        })
    });
    let mut sequences: Vec<i64> = numbered.collect::<Result<_, _>>()?;
    sequences.sort_unstable();
    sequences.dedup();
    Ok(sequences)
}

fn line<'a>(
    line: &SalesOrderLine<'a>,
    order_no: &Text<'a>,
    place: fmt::Arguments<'_>,
    origin: &Origin<'a>,
) -> Result<OrderLine<'a>, Problem> {
    let at = |field: &str| format!("{place}.{field}");
    let number = |value: Option<Scalar<'a>>, field: &str| {
        decimal(value).map_err(|error| Problem::new(at(field), error))
    };
    Ok(OrderLine {
        company: Text::from(origin.company),
        order_no: order_no.clone(),
        sequence: line.sequence.unwrap_or_default(),
        line_type: name(line.line_type.as_ref()),
        item_no: text(line.line_object_number.as_ref()),
        description: text(line.description.as_ref()),
        uom: text(line.unit_of_measure_code.as_ref()),
        qty: number(line.quantity, "quantity")?,
        shipped_qty: number(line.shipped_quantity, "shippedQuantity")?,
        invoiced_qty: number(line.invoiced_quantity, "invoicedQuantity")?,
        unit_price: number(line.unit_price, "unitPrice")?,
        planned_ship_date: date(line.shipment_date.as_ref())
            .map_err(|error| Problem::new(at("shipmentDate"), error))?,
    })
}

fn references<'a>(order: &Order<'a>) -> Vec<Reference<'a>> {
    let reference = |kind, value| Reference {
        kind,
        issuer: None,
        value,
    };
    let mut references = vec![reference(ReferenceKind::OrderNo, order.order_no.clone())];
    references.extend(
        order
            .customer_po
            .clone()
            .map(|value| reference(ReferenceKind::CustomerPo, value)),
    );
    references
}

pub(super) fn provenance<'a>(
    origin: &Origin<'a>,
    pointer: String,
    changed: EpochMillis,
) -> Provenance<'a> {
    let message = origin.message;
    Provenance {
        message_id: Text::from(&*message.message_id),
        correlation_id: Text::from(&*message.correlation_id),
        traceparent: message.traceparent.as_deref().map(Text::from),
        raw: RawReference {
            location: Text::from(&*message.message_id),
            place: Text::from(pointer),
        },
        event_time: None,
        source_modified_at: changed,
        received_at: message.received_at,
    }
}
