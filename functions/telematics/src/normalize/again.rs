//! The smallest pages, as which the letters of single units come in again.
//!
//! A unit stands as far in front as it can, because a correction of it is put where its bytes are found first.

use super::{Origin, reading::Place};
use crate::config::Provider;

/// A page of Samsara's with this one vehicle on it.
pub(super) fn samsara_page(vehicle: &str) -> Vec<u8> {
    let page = r#"],"pagination":{"endCursor":"","hasNextPage":false}}"#;
    [r#"{"data":["#, vehicle, page].concat().into_bytes()
}

/// A page of Samsara's with these readings of one vehicle on it. Of the vehicle nothing but the id: a letter of a reading
/// says nothing about how the vehicle is described.
pub(super) fn samsara_readings(vehicle_id: &str, field: &str, readings: &str) -> Vec<u8> {
    let id = serde_json::Value::from(vehicle_id);
    samsara_page(&format!(r#"{{"{field}":{readings},"id":{id}}}"#))
}

/// A page of Geotab's with this one row on it, which goes up to the version `head`.
pub(super) fn geotab_page(row: &str, head: u64) -> Vec<u8> {
    format!(r#"{{"result":{{"data":[{row}],"toVersion":"{head:016x}"}}}}"#).into_bytes()
}

/// A page with this one reading on it, which stood at `place` and is of this vehicle.
pub(super) fn page_of(
    reading: &str,
    place: Place,
    vehicle_id: &str,
    origin: &Origin<'_>,
) -> Vec<u8> {
    match (origin.stream.provider(), place.list()) {
        (Provider::Samsara, Some(field)) => {
            samsara_readings(vehicle_id, field, &format!("[{reading}]"))
        }
        (Provider::Samsara, None) => samsara_page(reading),
        // Readings have versions of their own, or none; the page's is for vehicles.
        (Provider::Geotab, _) => geotab_page(reading, 0),
    }
}
