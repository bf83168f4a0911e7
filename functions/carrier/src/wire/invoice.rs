//! 210, freight invoice.

use std::borrow::Cow;

use x12::{Date, Decimal, Finding, Implied, Segment};

use super::{Equipment, Reference, amount, optional};

/// A 210.
#[derive(Debug, Clone, Default)]
pub struct Invoice<'a> {
    /// Whether there is a B3 at all.
    pub has_b3: bool,
    /// B302.
    pub invoice_no: Option<Cow<'a, str>>,
    /// B303.
    pub shipment_id: Option<Cow<'a, str>>,
    /// B306.
    pub invoice_date: Option<Date>,
    /// B307, two implied decimals.
    pub net: Option<Implied>,
    /// B308: `AD` adjustment, `BD` balance due, `RB` rebill.
    pub correction: Option<Cow<'a, str>>,
    /// B309, if B310 says that it is the delivery.
    pub delivery_date: Option<Date>,
    /// B311.
    pub scac: Option<Cow<'a, str>>,
    /// C301.
    pub currency: Option<Cow<'a, str>>,
    /// N9 and L11.
    pub references: Vec<Reference<'a>>,
    /// N7.
    pub equipment: Vec<Equipment<'a>>,
    /// One for each L1, in order.
    pub lines: Vec<Line<'a>>,
    /// L305, two implied decimals.
    pub total: Option<Implied>,
    /// L301 with L312, else the sum of L004 with L011.
    pub weight: Option<Weight<'a>>,
    /// L311, else the sum of L008.
    pub pieces: Option<i64>,
    lading: Lading<'a>,
}

/// A weight as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weight<'a> {
    /// The number.
    pub value: Decimal,
    /// Its unit: `L` pounds, `K` kilograms, `E` metric tons.
    pub unit: Option<Cow<'a, str>>,
}

/// One L1.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// L102, decimal point written.
    pub rate: Option<Decimal>,
    /// L103.
    pub rate_qualifier: Option<Cow<'a, str>>,
    /// L104, two implied decimals.
    pub charge: Option<Implied>,
    /// L108.
    pub code: Option<Cow<'a, str>>,
    /// L502 of the same LX loop, the last before it; else L112.
    pub description: Option<Cow<'a, str>>,
}

/// What the L0 of the lines add up to, for a sender who writes no totals.
#[derive(Debug, Clone, Default)]
struct Lading<'a> {
    weights: Vec<Weight<'a>>,
    pieces: Option<i64>,
}

impl<'a> Invoice<'a> {
    /// Reads the segments of a set.
    #[must_use]
    pub fn read(segments: &[Segment<'a>], findings: &mut Vec<Finding>) -> Self {
        let mut read = Self::default();
        let mut description = None;
        for segment in segments {
            if segment.is("L1") {
                let line = Line::read(segment, description.clone(), findings);
                read.lines.push(line);
            } else if segment.is("L5") {
                description = segment.text(2).or(description);
            } else if segment.is("LX") {
                description = None;
            } else {
                read.take(segment, findings);
            }
        }
        read.weight = read.weight.take().or_else(|| read.lading.weight());
        read.pieces = read.pieces.or(read.lading.pieces);
        read
    }

    fn take(&mut self, segment: &Segment<'a>, findings: &mut Vec<Finding>) {
        if segment.is("B3") {
            self.head(segment, findings);
        } else if segment.is("C3") {
            self.currency = segment.text(1);
        } else if segment.is("L0") {
            self.lading.take(segment);
        } else if segment.is("L3") {
            self.weight = weight(segment, 1, 12);
            self.total = amount(segment.element(5), findings).or(self.total);
            self.pieces = whole(segment, 11);
        } else if let Some(reference) = Reference::read(segment) {
            self.references.push(reference);
        } else if let Some(equipment) = Equipment::read(segment) {
            self.equipment.push(equipment);
        }
    }

    fn head(&mut self, b3: &Segment<'a>, findings: &mut Vec<Finding>) {
        self.has_b3 = true;
        self.invoice_no = b3.text(2);
        self.shipment_id = b3.text(3);
        self.invoice_date = optional(b3.element(6), |element| element.date(), findings);
        self.net = amount(b3.element(7), findings);
        self.correction = b3.text(8);
        let dated = optional(b3.element(9), |element| element.date(), findings);
        let is_delivery = matches!(&*b3.element(10).text(), "" | "035" | "35");
        self.delivery_date = dated.filter(|_| is_delivery);
        self.scac = b3.text(11);
    }
}

impl<'a> Line<'a> {
    fn read(
        l1: &Segment<'a>,
        description: Option<Cow<'a, str>>,
        findings: &mut Vec<Finding>,
    ) -> Self {
        Self {
            rate: optional(l1.element(2), |element| element.decimal(), findings),
            rate_qualifier: l1.text(3),
            charge: amount(l1.element(4), findings),
            code: l1.text(8),
            description: description.or_else(|| l1.text(12)),
        }
    }
}

impl<'a> Lading<'a> {
    fn take(&mut self, l0: &Segment<'a>) {
        self.weights.extend(weight(l0, 4, 11));
        if let Some(pieces) = whole(l0, 8) {
            self.pieces = self.pieces.unwrap_or(0).checked_add(pieces);
        }
    }

    /// The sum, if all are in one unit and as precise as each other.
    fn weight(&self) -> Option<Weight<'a>> {
        let (first, rest) = self.weights.split_first()?;
        let mut sum = first.clone();
        for weight in rest {
            if weight.unit != sum.unit || weight.value.scale != sum.value.scale {
                return None;
            }
            sum.value.digits = sum.value.digits.checked_add(weight.value.digits)?;
        }
        Some(sum)
    }
}

/// A weight; one that cannot be read is left out, since nothing is paid by it.
fn weight<'a>(segment: &Segment<'a>, value: u16, unit: u16) -> Option<Weight<'a>> {
    Some(Weight {
        value: segment.element(value).decimal().ok()?,
        unit: segment.text(unit),
    })
}

/// A count of pieces, likewise.
fn whole(segment: &Segment<'_>, number: u16) -> Option<i64> {
    let count = segment.element(number).implied(0).ok()?;
    (!count.explicit_point).then_some(count.digits)
}
