//! Who and where: N1 with its N4.

use std::borrow::Cow;

use x12::Segment;

use super::Place;

/// A party of the shipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party<'a> {
    /// N101, its role: `SH`, `SF`, `CN`, `ST`, `BT`.
    pub role: Cow<'a, str>,
    /// N104, its code.
    pub code: Option<Cow<'a, str>>,
    /// Its N4.
    pub place: Place<'a>,
}

impl<'a> Party<'a> {
    /// Takes an N1, or the N4 of the party before it. Says whether it was one of the two.
    pub fn take(parties: &mut Vec<Self>, segment: &Segment<'a>) -> bool {
        if segment.is("N1") {
            parties.push(Self {
                role: segment.text(1).unwrap_or_default(),
                code: segment.text(4),
                place: Place::default(),
            });
            return true;
        }
        if segment.is("N4") {
            if let Some(party) = parties.last_mut() {
                party.place = Place::of_party(segment);
            }
            return true;
        }
        false
    }

    /// Whether goods are picked up here.
    #[must_use]
    pub fn is_origin(&self) -> bool {
        matches!(&*self.role, "SH" | "SF")
    }

    /// Whether goods are delivered here.
    #[must_use]
    pub fn is_destination(&self) -> bool {
        matches!(&*self.role, "CN" | "ST")
    }
}
