//! TA1: what is said of a whole interchange.

use crate::{
    acknowledgement::Outcome,
    date::{Date, Time},
    element::ElementError,
    fault::ElementFault,
    interchange::Interchange,
    policy::{Policy, Verdict},
    segment::Segment,
    text::count,
    write::{Outbound, Writer},
};

/// A TA1 that a partner sent about one of our interchanges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ta1 {
    /// ISA13 of our interchange, as written.
    pub control: String,
    /// ISA09 of our interchange, if it can be read.
    pub date: Option<Date>,
    /// ISA10 of our interchange, if it can be read.
    pub time: Option<Time>,
    /// What became of it.
    pub outcome: Outcome,
    /// TA105, 0 for no error.
    pub note: u16,
}

impl Ta1 {
    /// Reads a TA1 segment.
    ///
    /// # Errors
    /// The control number is missing, or TA104 or TA105 is no such code.
    pub fn read(segment: &Segment<'_>) -> Result<Self, ElementError> {
        let verdict = segment.element(4);
        let note = segment.element(5);
        Ok(Self {
            control: segment.element(1).code()?.to_owned(),
            date: segment.element(2).date().ok(),
            time: segment.element(3).time().ok(),
            outcome: Outcome::of_code(verdict.code()?)
                .filter(|outcome| *outcome != Outcome::Partly)
                .ok_or_else(|| verdict.error(ElementFault::InvalidCode))?,
            note: match note.given() {
                None => 0,
                Some(note) => count(note.bytes())
                    .and_then(|code| u16::try_from(code).ok())
                    .ok_or_else(|| note.error(ElementFault::InvalidCode))?,
            },
        })
    }
}

/// Writes an interchange with one TA1: what the policy says of `interchange` itself, sent back to its sender.
#[must_use]
pub fn write_ta1(interchange: &Interchange<'_>, policy: Policy, outbound: &Outbound) -> Vec<u8> {
    let header = &interchange.header;
    let verdict = match interchange.verdict(policy) {
        Verdict::Note => "A",
        Verdict::Error => "E",
        Verdict::Reject => "R",
    };
    let mut writer = Writer::new(outbound.style);
    writer.isa(header, outbound);
    writer.texts(
        "TA1",
        &[
            &header.control(),
            &header.element(9).text(),
            &header.element(10).text(),
            verdict,
            &format!("{:03}", interchange.note(policy)),
        ],
    );
    writer.iea(0, outbound);
    writer.into_bytes()
}
