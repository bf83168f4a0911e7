//! 990, the answer to a load tender.

use std::borrow::Cow;

use x12::{Date, Finding, Segment, Time};

use super::{Reference, optional};

/// A 990.
#[derive(Debug, Clone, Default)]
pub struct Tender<'a> {
    /// Whether there is a B1 at all.
    pub has_b1: bool,
    /// B101.
    pub scac: Option<Cow<'a, str>>,
    /// B102, the shipment that was offered.
    pub shipment_id: Option<Cow<'a, str>>,
    /// B103.
    pub date: Option<Date>,
    /// B104: `A` accepts, `D` declines.
    pub action: Option<Cow<'a, str>>,
    /// V903 and V904.
    pub event: Option<(Date, Option<Time>)>,
    /// V908.
    pub reason: Option<Cow<'a, str>>,
    /// N9 and L11.
    pub references: Vec<Reference<'a>>,
}

impl<'a> Tender<'a> {
    /// Reads the segments of a set.
    #[must_use]
    pub fn read(segments: &[Segment<'a>], findings: &mut Vec<Finding>) -> Self {
        let mut read = Self::default();
        for segment in segments {
            if segment.is("B1") {
                read.has_b1 = true;
                read.scac = segment.text(1);
                read.shipment_id = segment.text(2);
                read.date = optional(segment.element(3), |element| element.date(), findings);
                read.action = segment.text(4);
            } else if segment.is("V9") {
                let date = optional(segment.element(3), |element| element.date(), findings);
                let time = optional(segment.element(4), |element| element.time(), findings);
                read.event = read.event.or(date.map(|date| (date, time)));
                read.reason = read.reason.take().or_else(|| segment.text(8));
            } else if let Some(reference) = Reference::read(segment) {
                read.references.push(reference);
            }
        }
        read
    }
}
