//! From the wire to records. Pure: no clock, no environment, nothing awaited.
//!
//! The unit that fails alone is the order, with all its lines: they share its version.

mod changes;
mod order;
mod value;

use std::borrow::Cow;

use feed::Reason;
use ingest::{Message, Normalized, Rejection};
use jiff::Timestamp;

use crate::wire::{ErrorBody, OrderHead, Page, SalesOrder, Scalar};
pub use changes::{Change, Changes, changes, invalid_row, tombstone};
use ingest::{Problem, malformed, parse, unsupported};
use order::{Place, records};

/// Where orders come from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The page that they are on.
    pub message: &'a Message<'a>,
    /// The company whose books hold them; part of their keys.
    pub company: &'a str,
}

/// What a page of orders holds.
#[derive(Debug)]
pub struct Orders<'a> {
    /// Its records, and the orders that cannot be taken.
    pub normalized: Normalized<'a>,
    /// The latest `lastModifiedDateTime` on it, failed orders included.
    pub newest: Option<Timestamp>,
    /// Where the next page is.
    pub next_link: Option<Cow<'a, str>>,
}

/// The records on a page, and what of it could not be taken.
#[must_use]
pub fn normalize<'a>(origin: &Origin<'a>) -> Normalized<'a> {
    match orders(origin) {
        Ok(orders) => orders.normalized,
        Err(rejection) => Normalized {
            records: Vec::new(),
            rejections: vec![rejection],
        },
    }
}

/// Reads a page of orders.
///
/// # Errors
/// When it is no such page: then nothing is known of what is on it, and no cursor may move past it.
pub fn orders<'a>(origin: &Origin<'a>) -> Result<Orders<'a>, Rejection<'a>> {
    if let Some(orders) = sound(origin) {
        return Ok(orders);
    }
    let page = page(origin.message.raw)?;
    let mut orders = Orders {
        normalized: Normalized::default(),
        newest: None,
        next_link: page.next_link.map(|link| link.0),
    };
    for (index, unit) in page.value.unwrap_or_default().into_iter().enumerate() {
        let place = Place::on_page(index);
        let changed = take(unit.get(), &place, origin, &mut orders.normalized);
        orders.newest = orders.newest.max(changed);
    }
    Ok(orders)
}

/// A page on which nothing is wrong, read in one go: nearly all are such. None for any other, which is then read again,
/// order by order.
fn sound<'a>(origin: &Origin<'a>) -> Option<Orders<'a>> {
    let text = text(origin.message.raw).ok()?;
    let page: Page<'a, SalesOrder<'a>> = serde_json::from_str(text).ok()?;
    if page.error.is_some() || page.d.is_some() {
        return None;
    }
    let mut orders = Orders {
        normalized: Normalized::default(),
        newest: None,
        next_link: page.next_link.map(|link| link.0),
    };
    let into = &mut orders.normalized.records;
    for (index, order) in page.value?.iter().enumerate() {
        let changed = records(order, &Place::on_page(index), origin, into).ok()?;
        orders.newest = orders.newest.max(Some(changed));
    }
    Some(orders)
}

/// Reads the one order that `json` is; `index` is its place on the page of changes that named it.
pub fn single<'a>(json: &'a [u8], index: usize, origin: &Origin<'a>, into: &mut Normalized<'a>) {
    let place = Place {
        path: "$".to_owned(),
        pointer: format!("/value/{index}"),
    };
    match std::str::from_utf8(json) {
        Ok(text) => {
            take(text.trim_start_matches('\u{feff}'), &place, origin, into);
        }
        Err(error) => into.rejections.push(malformed(&error, json)),
    }
}

/// The records of one order, or its rejection; and when it changed, as far as that can be read.
fn take<'a>(
    json: &'a str,
    place: &Place,
    origin: &Origin<'a>,
    into: &mut Normalized<'a>,
) -> Option<Timestamp> {
    let order = parse::<SalesOrder<'a>>(json, &place.path);
    match order.and_then(|order| records(&order, place, origin, &mut into.records)) {
        Ok(changed) => Some(changed),
        Err(problem) => {
            let head: OrderHead<'a> = serde_json::from_str(json).unwrap_or_default();
            let number = head.number.and_then(Scalar::text);
            let problem = match number {
                Some(number) => problem.about(format!("{}|{}", origin.company, number.trim())),
                None => problem,
            };
            let order = json.as_bytes();
            into.rejections
                .push(problem.of_unit(order).within(page_of(order)));
            let changed = head.last_modified_date_time.and_then(Scalar::text)?;
            value::instant(&changed).ok()
        }
    }
}

/// A page with this one order on it, as which its letter comes in again.
fn page_of(order: &[u8]) -> Vec<u8> {
    [b"{\"value\":[", order, b"]}"].concat()
}

/// A page's text. A byte order mark says nothing in UTF-8 and JSON must not have one; old versions send it.
fn text(raw: &[u8]) -> Result<&str, std::str::Utf8Error> {
    std::str::from_utf8(raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw))
}

/// Reads what all pages have in common.
fn page(raw: &[u8]) -> Result<Page<'_>, Rejection<'_>> {
    let text = text(raw).map_err(|error| malformed(&error, raw))?;
    let page: Page<'_> = parse(text, "$").map_err(|problem| problem.of_message(raw))?;
    if let Some(error) = page.error {
        return Err(upstream_error(error.get(), raw));
    }
    if page.d.is_some() {
        return Err(unsupported("$.d", &"OData version 2", raw));
    }
    if page.value.is_none() {
        return Err(Problem::new("$.value", "missing field `value`").of_message(raw));
    }
    Ok(page)
}

/// An error where a page was promised. Only its code counts as the failing bytes: the text names another request each
/// time, and would give another dead letter each minute of an outage.
fn upstream_error<'a>(error: &'a str, raw: &'a [u8]) -> Rejection<'a> {
    let body = serde_json::from_str::<ErrorBody<'a>>(error).ok();
    let code = body
        .as_ref()
        .and_then(|body| body.code)
        .map(|code| code.get());
    let message = body
        .as_ref()
        .and_then(|body| body.message.as_deref())
        .unwrap_or_default();
    let detail = format!("{} {message}", code.unwrap_or("error without a code"));
    Rejection {
        reason: Reason::Unsupported,
        ..Problem::new("$.error", detail).of_unit(code.map_or(raw, str::as_bytes))
    }
}
