//! How much of a file is believed.

/// Bounds on one interchange. Memory is linear in the input below them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes that a [`crate::Splitter`] collects for one interchange. 64 MiB.
    pub interchange_bytes: usize,
    /// Segments of one interchange; more is a [`crate::FramingFault::SegmentLimit`]. 5 million.
    pub segments: u32,
    /// Bytes of one segment; a longer one rejects its transaction set. 64 KiB.
    pub segment_bytes: usize,
    /// Elements of one segment; more reject its transaction set and are not read. 200.
    pub elements: u16,
    /// Findings kept for one interchange. 10,000.
    pub findings: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            interchange_bytes: 64 << 20,
            segments: 5_000_000,
            segment_bytes: 64 << 10,
            elements: 200,
            findings: 10_000,
        }
    }
}
