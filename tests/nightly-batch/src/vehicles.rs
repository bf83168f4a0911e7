//! Which shipment a vehicle drove when it was read.

use std::collections::BTreeMap;

use serde_json::json;

use crate::{
    Row,
    cell::{copied, number, row, text},
    extract::Extract,
    numbers::{compared, numbers},
};

/// A reading belongs to a stop this long before and after its window.
const AROUND_MS: i64 = 12 * 60 * 60 * 1000;

/// The vehicles of each shipment, and the time around each stop.
pub(crate) fn uses(extract: &Extract) -> Vec<Row> {
    let mut uses = Vec::new();
    for trip in extract
        .known
        .values()
        .filter(|known| known.entity == "shipment")
    {
        for (_, _, vehicle) in numbers(trip)
            .into_keys()
            .filter(|(kind, ..)| kind == "vehicle")
        {
            for stop in extract.stops(&trip.key) {
                let first =
                    |columns: [&str; 3]| columns.iter().find_map(|column| number(stop, column));
                let from = first(["window_start", "planned_arrive", "window_end"]);
                let until = first(["window_end", "planned_depart", "window_start"]);
                uses.push(row(json!({
                    "number": vehicle,
                    "shipment_no": trip.key,
                    "stop_id": stop.get("stop_id"),
                    "from_at": from.map(|from| from - AROUND_MS),
                    "until_at": until.map(|until| until + AROUND_MS),
                })));
            }
        }
    }
    uses
}

/// Each reading with the shipment whose stop is nearest in time.
pub(crate) fn positions(extract: &Extract, uses: &[Row]) -> Vec<Row> {
    let mut driven: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for used in uses {
        driven
            .entry(text(used, "number").unwrap_or_default())
            .or_default()
            .push(used);
    }
    let mut positions = Vec::new();
    for reading in extract.live("vehicle_position") {
        let vehicle = text(&reading.row, "vehicle_id").unwrap_or_default();
        let provider = text(&reading.row, "provider").unwrap_or_default();
        let known = extract.get("vehicle", &format!("{provider}|{vehicle}"));
        let mut names: Vec<String> = known
            .map(numbers)
            .into_iter()
            .flatten()
            .map(|((_, _, name), _)| name)
            .collect();
        names.extend(compared("vehicle", vehicle));
        let near = names
            .iter()
            .filter_map(|name| driven.get(name.as_str()))
            .flatten();
        let at = number(&reading.row, "reading_time").unwrap_or_default();
        let nearest = near
            .filter_map(|used| Some((distance(used, at)?, text(used, "shipment_no")?)))
            .min();
        let mut position = row(json!({ "shipment_no": nearest.map(|(_, shipment)| shipment) }));
        let columns = [
            "provider",
            "vehicle_id",
            "stream",
            "reading_time",
            "lat_e6",
            "lon_e6",
            "odometer_m",
            "engine_state",
        ];
        position.extend(copied(&reading.row, &columns));
        positions.push(position);
    }
    positions
}

/// How far a reading is from a stop's window; none if it is not around it.
fn distance(used: &Row, at: i64) -> Option<i64> {
    let (from, until) = (
        number(used, "from_at")? + AROUND_MS,
        number(used, "until_at")? - AROUND_MS,
    );
    let distance = (from - at).max(at - until).max(0);
    (distance <= AROUND_MS).then_some(distance)
}
