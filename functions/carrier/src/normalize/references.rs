//! References of a set, and what they say about which shipment it is.

use std::borrow::Cow;

use identifiers::{Container, InvalidContainer};
use record::{Reference, ReferenceKind, Text};

use crate::wire;

/// The references of a unit.
#[derive(Debug, Clone, Default)]
pub(super) struct References<'a> {
    list: Vec<Reference<'a>>,
    /// L11*SI.
    pub(super) shipper_id: Option<Cow<'a, str>>,
    /// BM.
    pub(super) bol: Option<Cow<'a, str>>,
    /// CN.
    pub(super) pro: Option<Cow<'a, str>>,
    /// Orders named; `None` in it once there are two.
    order: Option<Option<Cow<'a, str>>>,
    /// The container, 10 characters.
    pub(super) container: Option<Text<'a>>,
    /// A container number whose check digit is wrong.
    pub(super) wrong_check_digit: bool,
}

impl<'a> References<'a> {
    /// Notes a number by its qualifier; one that we have no word for is passed over.
    pub(super) fn add(&mut self, reference: &wire::Reference<'a>, scac: &Text<'a>) {
        let value = reference.value.clone();
        match &*reference.qualifier {
            "BM" => {
                self.bol.get_or_insert_with(|| value.clone());
                self.push(ReferenceKind::Bol, value);
            }
            "PO" => self.push(ReferenceKind::CustomerPo, value),
            "SI" => {
                self.shipper_id.get_or_insert_with(|| value.clone());
                self.push(ReferenceKind::ShipmentNo, value);
            }
            "CN" => {
                self.pro.get_or_insert_with(|| value.clone());
                self.pro(value, scac);
            }
            "CO" | "ON" => self.order(value),
            "BN" => self.push(ReferenceKind::Booking, value),
            "OC" => self.container(Container::parse(&value), value, true),
            // Any equipment: a container only if it is written like one.
            "EQ" => self.container(Container::parse(&value), value, false),
            _ => {}
        }
    }

    pub(super) fn equipment(&mut self, equipment: &wire::Equipment<'a>) {
        let number = &equipment.number;
        let parsed = match &equipment.owner {
            Some(owner) => Container::from_parts(owner, number),
            None => Container::parse(number),
        };
        // The number may hold the owner again.
        let parsed = parsed.or_else(|error| Container::parse(number).map_err(|_| error));
        self.container(parsed, number.clone(), equipment.is_container());
    }

    /// B1002 and the like: a shipment number, or a bill of lading if none is named otherwise.
    pub(super) fn shipment(&mut self, id: Cow<'a, str>) {
        if self.bol.is_none() {
            self.push(ReferenceKind::Bol, id.clone());
        }
        self.push(ReferenceKind::ShipmentNo, id);
    }

    pub(super) fn pro(&mut self, pro: Cow<'a, str>, scac: &Text<'a>) {
        self.list.push(Reference {
            kind: ReferenceKind::Pro,
            issuer: Some(scac.clone()),
            value: Text::from(pro),
        });
    }

    /// The order, if exactly one is named.
    pub(super) fn order_no(&self) -> Option<Text<'a>> {
        self.order.clone().flatten().map(Text::from)
    }

    /// Each once, in an order that does not depend on the order of the segments.
    pub(super) fn into_list(mut self) -> Vec<Reference<'a>> {
        self.list.sort();
        self.list.dedup();
        self.list
    }

    fn order(&mut self, value: Cow<'a, str>) {
        let same = self
            .order
            .as_ref()
            .is_none_or(|order| order.as_ref() == Some(&value));
        self.order = Some(same.then(|| value.clone()));
        self.push(ReferenceKind::OrderNo, value);
    }

    fn container(
        &mut self,
        parsed: Result<Container, InvalidContainer>,
        written: Cow<'a, str>,
        is_container: bool,
    ) {
        match parsed {
            Ok(container) => {
                let number = Text::from(container.owner_and_serial().to_owned());
                self.container.get_or_insert_with(|| number.clone());
                self.list.push(Reference {
                    kind: ReferenceKind::Container,
                    issuer: None,
                    value: number,
                });
            }
            Err(_) if is_container => {
                self.wrong_check_digit = true;
                self.push(ReferenceKind::Container, written);
            }
            Err(_) => {}
        }
    }

    fn push(&mut self, kind: ReferenceKind, value: Cow<'a, str>) {
        self.list.push(Reference {
            kind,
            issuer: None,
            value: Text::from(value),
        });
    }
}
