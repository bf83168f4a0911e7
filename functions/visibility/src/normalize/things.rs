//! The things, documents and places of an EPCIS event, in the forms that all sources share.

use identifiers::{Gs1Key, InvalidGs1, Sscc};
use record::{QualityFlag, Reference, ReferenceKind, Text};

use super::{Outcome, event::Unit, value::trimmed};
use crate::wire::{
    WireText,
    epcis::{BizTransaction, Event, Place},
};

/// The things and documents of an event.
#[derive(Debug, Default)]
pub(super) struct Things<'a> {
    pub(super) units: Vec<Sscc>,
    pub(super) references: Vec<Reference<'a>>,
    /// The first identifier that is no reference of ours, such as a trade item.
    pub(super) other: Option<Text<'a>>,
}

/// The things and documents of an event, and what is doubtful about them.
pub(super) fn things<'a>(
    unit: &Unit<'a>,
    event: &Event<'a>,
    doubts: &mut Vec<QualityFlag>,
    into: &mut Outcome<'a>,
) -> Things<'a> {
    let mut things = Things::default();
    let classes = event
        .quantity_list
        .iter()
        .chain(&event.child_quantity_list)
        .flatten()
        .filter_map(|quantity| quantity.epc_class.as_ref());
    let lists = [
        ("parentID", event.parent_id.iter().collect::<Vec<_>>()),
        ("epcList", event.epc_list.iter().flatten().collect()),
        ("childEPCs", event.child_epcs.iter().flatten().collect()),
        ("quantityList", classes.collect()),
    ];
    for (list, identifiers) in lists {
        for identifier in identifiers {
            if let Err(error) = things.add(identifier) {
                if !doubts.contains(&QualityFlag::CheckDigit) {
                    doubts.push(QualityFlag::CheckDigit);
                }
                into.warn(unit.at(list), format!("`{}`: {error}", identifier.trim()));
            }
        }
    }
    for transaction in event.biz_transaction_list.iter().flatten() {
        things.refer(transaction);
    }
    things.units.sort();
    things.units.dedup();
    things.references.sort();
    things.references.dedup();
    things
}

impl<'a> Things<'a> {
    /// Notes an identifier, in the form that all sources share. One that is wrong is noted as it came.
    fn add(&mut self, identifier: &WireText<'a>) -> Result<(), InvalidGs1> {
        let Some(identifier) = trimmed(Some(identifier)) else {
            return Ok(());
        };
        if let Some(number) = identifier.strip_prefix("urn:epc:id:bic:")
            && let Ok(container) = identifiers::Container::parse(number)
        {
            self.references.push(Reference {
                kind: ReferenceKind::Container,
                issuer: None,
                value: Text::from(container.owner_and_serial().to_owned()),
            });
            return Ok(());
        }
        let outcome = match Gs1Key::parse(&identifier) {
            Ok(Gs1Key::Sscc(sscc)) => {
                self.references.push(Reference {
                    kind: ReferenceKind::Sscc,
                    issuer: None,
                    value: Text::from(sscc.digits().to_owned()),
                });
                self.units.push(sscc);
                return Ok(());
            }
            Ok(key) => {
                self.other.get_or_insert_with(|| Text::from(key.ai_form()));
                return Ok(());
            }
            // Identifiers of other kinds, and our partners' own, are no mistakes.
            Err(InvalidGs1::UnknownForm | InvalidGs1::AnotherKey) => Ok(()),
            Err(error) => Err(error),
        };
        self.other.get_or_insert(Text::from(identifier));
        outcome
    }

    fn refer(&mut self, transaction: &BizTransaction<'a>) {
        let Some(id) = trimmed(transaction.biz_transaction.as_ref()) else {
            return;
        };
        let kind = trimmed(transaction.kind.as_ref()).unwrap_or_default();
        let kind = match kind.rsplit([':', '-']).next().unwrap_or_default() {
            "po" => ReferenceKind::CustomerPo,
            "bol" => ReferenceKind::Bol,
            _ => {
                self.other.get_or_insert(Text::from(id));
                return;
            }
        };
        let (issuer, value) = document_number(&id);
        self.references.push(Reference {
            kind,
            issuer: issuer.map(Text::from),
            value: Text::from(value),
        });
    }
}

/// Who gave a document its number, and the number.
fn document_number(id: &str) -> (Option<String>, String) {
    if let Some(rest) = id.strip_prefix("urn:epcglobal:cbv:bt:")
        && let Some((issuer, number)) = rest.split_once(':')
    {
        return (Some(issuer.to_owned()), number.to_owned());
    }
    if let Some(rest) = id.strip_prefix("urn:epc:id:gdti:") {
        let mut parts = rest.splitn(3, '.');
        if let (Some(issuer), Some(_), Some(number)) = (parts.next(), parts.next(), parts.next()) {
            return (Some(issuer.to_owned()), number.to_owned());
        }
    }
    let path = id
        .split(['?', '#'])
        .next()
        .unwrap_or(id)
        .trim_end_matches('/');
    let number = if path.contains("://") {
        path.rsplit('/').next()
    } else {
        None
    };
    (None, number.unwrap_or(id).to_owned())
}

/// The place: where it then is, else where it was seen. A location number in the form that all sources share.
pub(super) fn place<'a>(
    unit: &Unit<'a>,
    event: &Event<'a>,
    doubts: &mut Vec<QualityFlag>,
    into: &mut Outcome<'a>,
) -> Option<String> {
    let id = |place: &Option<Place<'a>>| trimmed(place.as_ref()?.id.as_ref());
    let (field, id) = match (id(&event.biz_location), id(&event.read_point)) {
        (Some(id), _) => ("bizLocation.id", id),
        (None, Some(id)) => ("readPoint.id", id),
        (None, None) => return None,
    };
    match Gs1Key::parse(&id) {
        Ok(Gs1Key::Sgln(number, None)) => Some(number.into_owned()),
        Ok(Gs1Key::Sgln(number, Some(extension))) => Some(format!("{number}.{extension}")),
        Ok(_) | Err(InvalidGs1::UnknownForm | InvalidGs1::AnotherKey) => Some(id.into_owned()),
        Err(error) => {
            if !doubts.contains(&QualityFlag::CheckDigit) {
                doubts.push(QualityFlag::CheckDigit);
            }
            into.warn(unit.at(field), format!("`{id}`: {error}"));
            Some(id.into_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_number_is_found_in_all_its_forms() {
        let number = |id| document_number(id).1;
        assert_eq!(
            number("urn:epc:id:gdti:0614141.06012.4500091822"),
            "4500091822"
        );
        assert_eq!(number("urn:epcglobal:cbv:bt:0614141073467:1152"), "1152");
        assert_eq!(
            number("http://transaction.acme.com/po/12345678"),
            "12345678"
        );
        assert_eq!(number("4500091822"), "4500091822");
    }
}
