//! What is personal in normalized records, and therefore sealed in the letters about them.

use feed::Personal;
use record::Entity;
use serde_json::{Map, Value};

/// Columns that name people or say where they live: whom an order is for, and who drives. The same as what the contracts of
/// `orders` and `transport` call personal.
const PERSONAL: [&str; 7] = [
    "customer_name",
    "ship_to_name",
    "ship_to_line1",
    "ship_to_city",
    "ship_to_region",
    "ship_to_postcode",
    "driver",
];

/// What of a letter about a refused record is personal. Databases quote the row that they refuse, so that the detail is sealed
/// with the bytes; which rule was broken stays readable.
pub(crate) const fn of_refused(entity: Entity) -> Personal {
    match entity {
        Entity::Order | Entity::Shipment => Personal::BytesAndValue,
        _ => Personal::Nothing,
    }
}

/// A row of the store without its personal columns.
pub(crate) fn left_out(mut row: Map<String, Value>) -> Map<String, Value> {
    row.retain(|column, _| !PERSONAL.contains(&column.as_str()));
    row
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn orders_and_shipments_name_people() {
        assert_eq!(of_refused(Entity::Order), Personal::BytesAndValue);
        assert_eq!(of_refused(Entity::Stop), Personal::Nothing);
    }

    #[test]
    fn the_row_of_the_store_names_nobody() {
        let Value::Object(row) = json!({ "driver": "A. Person", "status": "draft" }) else {
            unreachable!()
        };
        assert_eq!(Value::Object(left_out(row)), json!({ "status": "draft" }));
    }
}
