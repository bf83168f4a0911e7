//! ST to SE.

use std::borrow::Cow;

use crate::{
    finding::Finding,
    segment::{Context, Segment, Segments},
};

/// One transaction set: the smallest unit that is accepted or rejected.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TransactionSet<'a> {
    /// ST.
    pub header: Segment<'a>,
    /// SE; `None` if the set was cut off.
    pub trailer: Option<Segment<'a>>,
    /// What is wrong with its envelope.
    pub findings: Vec<Finding>,
    pub(crate) bytes: &'a [u8],
    pub(crate) offset: u64,
    pub(crate) segment_count: u32,
    pub(crate) context: Context,
}

impl<'a> TransactionSet<'a> {
    /// ST01, `214`.
    #[must_use]
    pub fn id(&self) -> Cow<'_, str> {
        self.header.element(1).text()
    }

    /// ST02 as written.
    #[must_use]
    pub fn control(&self) -> Cow<'_, str> {
        self.header.element(2).text()
    }

    /// ST03, the implementation convention, if given.
    #[must_use]
    pub fn convention(&self) -> Option<Cow<'_, str>> {
        self.header.element(3).given().map(|element| element.text())
    }

    /// Whether the whole set is there, ST to SE.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.trailer.is_some()
    }

    /// Segments counted, ST and SE included.
    #[must_use]
    pub fn segment_count(&self) -> u32 {
        self.segment_count
    }

    /// The segments, ST and SE included.
    #[must_use]
    pub fn segments(&self) -> Segments<'a> {
        Segments::new(
            self.bytes,
            self.offset,
            self.header.place().segment,
            self.context,
        )
    }

    /// The set's bytes in the file, ST to SE with its terminator: what a dead letter keeps.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Byte of the file at which [`Self::bytes`] starts.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }
}
