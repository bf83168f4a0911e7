//! The transaction sets as carriers write them: segments read into fields, borrowed from the file.
//!
//! Lenient about the order and the number of segments, since guides differ by partner. What cannot be read is a
//! [`x12::Finding`], which also tells the sender.

mod invoice;
mod party;
mod place;
mod reference;
mod status;
mod tender;

pub use invoice::{Invoice, Line, Weight};
pub use party::Party;
pub use place::Place;
pub use reference::{Equipment, Reference};
pub use status::{Shipment, Stated, Status};
pub use tender::Tender;

use x12::{Element, ElementError, ElementFault, Finding, Implied};

/// An element that may be empty. One that cannot be read is a finding with which its set can still be used.
fn optional<'s, T>(
    element: Element<'s>,
    read: impl FnOnce(&Element<'s>) -> Result<T, ElementError>,
    findings: &mut Vec<Finding>,
) -> Option<T> {
    match read(&element.given()?) {
        Ok(value) => Some(value),
        Err(error) => {
            findings.push(Finding::element(&error, true));
            None
        }
    }
}

/// An amount with two implied decimals. One with a point is taken as typed, and told.
fn amount(element: Element<'_>, findings: &mut Vec<Finding>) -> Option<Implied> {
    let amount = optional(element, |element| element.implied(2), findings)?;
    if amount.explicit_point {
        let error = element.error(ElementFault::InvalidCharacter);
        findings.push(Finding::element(&error, true));
    }
    Some(amount)
}
