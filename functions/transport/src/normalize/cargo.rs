//! What a trip carries, as its consignments say.

use record::{Reference, ReferenceKind, Text};

use super::value::scalar;
use crate::wire::{Consignment, Scalar};

/// The numbers of the consignments on board. A trip has one column for most of them: the first one given fills it, and
/// all of them become references.
#[derive(Debug, Default)]
pub(super) struct Cargo<'a> {
    /// Ascending, each once.
    pub(super) order_nos: Vec<Text<'a>>,
    pub(super) customer_po: Option<Text<'a>>,
    pub(super) bol: Option<Text<'a>>,
    pub(super) container_no: Option<Text<'a>>,
    pub(super) booking_no: Option<Text<'a>>,
    pub(super) references: Vec<Reference<'a>>,
}

impl<'a> Cargo<'a> {
    /// Reads the consignments in the order of the message.
    pub(super) fn of(consignments: &[Consignment<'a>]) -> Self {
        let mut cargo = Self::default();
        for own in consignments
            .iter()
            .filter_map(|consignment| consignment.external_attributes.as_ref())
        {
            for order_no in own.order_numbers.map(Scalar::texts).unwrap_or_default() {
                let order_no = Text::from(super::value::trimmed(order_no));
                cargo
                    .references
                    .push(reference(ReferenceKind::OrderNo, order_no.clone()));
                cargo.order_nos.push(order_no);
            }
            let references = &mut cargo.references;
            keep(
                own.purchase_order,
                ReferenceKind::CustomerPo,
                &mut cargo.customer_po,
                references,
            );
            keep(own.bol, ReferenceKind::Bol, &mut cargo.bol, references);
            keep(
                own.container_number,
                ReferenceKind::Container,
                &mut cargo.container_no,
                references,
            );
            keep(
                own.carrier_booking_reference,
                ReferenceKind::Booking,
                &mut cargo.booking_no,
                references,
            );
        }
        cargo.order_nos.sort_unstable();
        cargo.order_nos.dedup();
        cargo
    }

    /// The order that this is about, if there is exactly one.
    pub(super) fn only_order(&self) -> Option<&Text<'a>> {
        match self.order_nos.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

fn keep<'a>(
    value: Option<Scalar<'a>>,
    kind: ReferenceKind,
    column: &mut Option<Text<'a>>,
    references: &mut Vec<Reference<'a>>,
) {
    if let Some(value) = scalar(value) {
        references.push(reference(kind, value.clone()));
        column.get_or_insert(value);
    }
}

/// A reference whose numbers need no issuer to be told apart.
pub(super) const fn reference<'a>(kind: ReferenceKind, value: Text<'a>) -> Reference<'a> {
    Reference {
        kind,
        issuer: None,
        value,
    }
}
