//! From the wire to records. Pure: no clock, no environment, nothing awaited.
//!
//! The unit that fails alone is the reading.

mod again;
mod geotab;
mod reading;
mod sampling;
mod samsara;
mod value;
mod vehicle;

use std::borrow::Cow;

use ingest::{Message, Normalized, Rejection, malformed};

use crate::{
    config::{Provider, Stream},
    wire::Scalar,
};
pub use sampling::Kept;

/// Where readings come from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The page that they are on.
    pub message: &'a Message<'a>,
    /// The stream that the page belongs to.
    pub stream: Stream,
    /// What was kept of the pages before.
    pub kept: &'a Kept,
}

/// What a page holds.
#[derive(Debug)]
pub struct Page<'a> {
    /// The records of what is kept, and the readings that cannot be taken.
    pub normalized: Normalized<'a>,
    /// Where the next page is.
    pub next: Option<Cow<'a, str>>,
    /// Whether there is more right now, where the provider says so.
    pub more: Option<bool>,
    /// Rows on the page.
    pub rows: usize,
    /// What was kept up to and with this page.
    pub kept: Kept,
    /// Readings that are too close to a kept one.
    pub thinned_out: usize,
    /// Readings of something that we have no column for.
    pub passed_over: usize,
}

impl<'a> Page<'a> {
    /// An empty page behind the pages before.
    fn behind(origin: &Origin<'a>) -> Self {
        Self {
            normalized: Normalized::default(),
            next: None,
            more: None,
            rows: 0,
            kept: origin.kept.clone(),
            thinned_out: 0,
            passed_over: 0,
        }
    }
}

/// The records on a page, and what of it could not be taken.
#[must_use]
pub fn normalize<'a>(origin: &Origin<'a>) -> Normalized<'a> {
    match page(origin) {
        Ok(page) => page.normalized,
        Err(rejection) => Normalized {
            records: Vec::new(),
            rejections: vec![rejection],
        },
    }
}

/// Reads a page.
///
/// # Errors
/// When it is no page: then nothing is known of what is on it, and no cursor may move past it.
pub fn page<'a>(origin: &Origin<'a>) -> Result<Page<'a>, Rejection<'a>> {
    let raw = origin.message.raw;
    let bytes = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(&error, raw))?;
    let read = match origin.stream.provider() {
        Provider::Samsara => {
            samsara::sound(text, origin).map_or_else(|| samsara::page(text, origin), Ok)
        }
        Provider::Geotab => {
            geotab::sound(text, origin).map_or_else(|| geotab::page(text, origin), Ok)
        }
    };
    let mut page = read.map_err(|problem| problem.of_message(raw))?;
    page.kept.forget_old();
    Ok(page)
}

/// The trimmed text of a value, unless it is blank or has none.
fn text_of(value: Option<Scalar<'_>>) -> Option<Cow<'_, str>> {
    value?.text().map(trimmed)
}

/// A text without the blanks around it, borrowed where it was.
fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}
