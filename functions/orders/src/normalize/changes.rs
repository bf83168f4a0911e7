//! Pages of changes: which orders to read again, and which are gone.

use std::borrow::Cow;

use ingest::{Message, Rejection};
use jiff::Timestamp;
use record::{Entity, InvalidKey, Record, RecordKey, Source, SourceVersion};

use ingest::{Problem, parse};

use super::{Origin, order::provenance, page, page_of};
use crate::wire::ChangeRow;

/// One row of a page of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// Its place on the page.
    pub index: usize,
    /// The order's id.
    pub id: Cow<'a, str>,
    /// Whether the upstream says that the order is gone. Otherwise it is to be read again, as a whole: a row of changes
    /// holds only what changed, and read as an order it would clear the rest.
    pub deleted: bool,
    /// The row's bytes.
    pub raw: &'a [u8],
}

/// What a page of changes holds.
#[derive(Debug)]
pub struct Changes<'a> {
    /// The rows, in the order of the page.
    pub rows: Vec<Change<'a>>,
    /// Rows that name no order.
    pub rejections: Vec<Rejection<'a>>,
    /// Where the next page is.
    pub next_link: Option<Cow<'a, str>>,
    /// Where the next changes will be; on the last page.
    pub delta_link: Option<Cow<'a, str>>,
}

/// Reads a page of changes. Of one order only the last row counts: each says that the order is to be looked at.
///
/// # Errors
/// When it is no such page.
pub fn changes<'a>(message: &Message<'a>) -> Result<Changes<'a>, Rejection<'a>> {
    let page = page(message.raw)?;
    let mut changes = Changes {
        rows: Vec::new(),
        rejections: Vec::new(),
        next_link: page.next_link.map(|link| link.0),
        delta_link: page.delta_link.map(|link| link.0),
    };
    for (index, unit) in page.value.unwrap_or_default().into_iter().enumerate() {
        match row(unit.get(), index) {
            Ok(row) => changes.rows.push(row),
            Err(problem) => changes
                .rejections
                .push(unreadable(problem, unit.get().as_bytes())),
        }
    }
    // Deletes come after upserts, so the last row of an order is the newest.
    let mut seen = std::collections::HashSet::new();
    let mut latest: Vec<_> = changes
        .rows
        .into_iter()
        .rev()
        .filter(|row| seen.insert(row.id.clone()))
        .collect();
    latest.reverse();
    changes.rows = latest;
    Ok(changes)
}

fn row(json: &str, index: usize) -> Result<Change<'_>, Problem> {
    let place = format!("$.value[{index}]");
    let row: ChangeRow<'_> = parse(json, &place)?;
    let id = row.id.filter(|id| !id.trim().is_empty());
    let id = id.ok_or_else(|| Problem::new(format!("{place}.id"), "missing field `id`"))?;
    let reason = row
        .removed
        .as_ref()
        .and_then(|removed| removed.reason.as_ref())
        .or(row.reason.as_ref());
    let gone = row.removed.is_some()
        || row
            .context
            .is_some_and(|context| context.ends_with("$deletedEntity"));
    // `changed` means that the order left the collection, not that it is gone.
    let deleted = gone && reason.is_none_or(|reason| !reason.eq_ignore_ascii_case("changed"));
    Ok(Change {
        index,
        id: id.0,
        deleted,
        raw: json.as_bytes(),
    })
}

/// The tombstone of the order with this key, seen to be gone by an answer of `seen_at`.
///
/// A deletion has no time of its own. The upstream's clock at the answer is the closest that there is; it has whole
/// seconds, so the end of that second is taken: an order changed and deleted within it stays deleted.
///
/// # Errors
/// A key that is none.
pub fn tombstone<'a>(
    key: &str,
    seen_at: Timestamp,
    index: usize,
    origin: &Origin<'a>,
) -> Result<Record<'a>, InvalidKey> {
    let key = RecordKey::from_text(Entity::Order, key)?;
    let major = u64::try_from(seen_at.as_second())
        .unwrap_or_default()
        .saturating_mul(1_000_000_000)
        + 999_999_999;
    let version = SourceVersion::new(major, u64::MAX);
    let provenance = provenance(origin, format!("/value/{index}"), seen_at.into());
    Ok(Record::tombstone(Source::Orders, key, version, provenance))
}

/// The rejection of a row that names an order but cannot be taken.
#[must_use]
pub fn invalid_row<'a>(row: &Change<'a>, detail: &str, record_key: String) -> Rejection<'a> {
    let problem = Problem::new(format!("$.value[{}]", row.index), detail).about(record_key);
    unreadable(problem, row.raw)
}

/// A row says only that an order is to be read again. What comes in for it is an order: one that somebody writes there.
fn unreadable(problem: Problem, row: &[u8]) -> Rejection<'_> {
    problem.of_unit(row).within(page_of(row))
}
