//! Samsara's pages: vehicles with lists of readings.

use std::{
    borrow::Cow,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use ingest::{Problem, parse};
use jiff::Timestamp;
use record::{EpochMillis, FUTURE_TOLERANCE_MS, Record, SourceVersion, Text};
use serde_json::value::RawValue;

use super::{
    Origin, Page,
    again::{page_of, samsara_page, samsara_readings},
    reading::{Kind, Place, Reading, thin_out},
    text_of,
    value::{SpeedUnit, coordinates, heading, instant, speed, whole},
    vehicle::Description,
};
use crate::wire::{Scalar, Units, samsara as wire};

/// The version of a vehicle with an identification number outranks one without: a page that leaves the number out does
/// not take it away.
const IDENTIFIED: u8 = 1;
/// A vehicle's description is dated to the hour of its newest reading, so that an unchanged one is the same document all
/// that hour.
const DESCRIPTION_SECONDS: i64 = 3_600;

/// The fields of a vehicle that hold readings, beside its positions.
const FIELDS: [(&str, Kind); 3] = [
    ("engineStates", Kind::EngineState),
    ("obdOdometerMeters", Kind::Odometer),
    ("obdEngineSeconds", Kind::EngineTime),
];

/// A vehicle whose readings are all as they should be.
type Sound<'a> = wire::Vehicle<'a, Units<wire::Gps<'a>>, Units<wire::Reading<'a>>>;

/// A page on which nothing is wrong, read in one go: nearly all are such. None for any other, which is then read again,
/// vehicle by vehicle and reading by reading.
pub(super) fn sound<'a>(text: &'a str, origin: &Origin<'a>) -> Option<Page<'a>> {
    let wire: wire::Page<'a, Sound<'a>> = serde_json::from_str(text).ok()?;
    let (rows, mut page) = begun(wire, origin).ok()?;
    let mut readings = Vec::with_capacity(rows.len());
    for (index, mut vehicle) in rows.into_iter().enumerate() {
        let place = Place::row(&["data"], index);
        let id = text_of(vehicle.id)?;
        let first = readings.len();
        for (index, unit) in vehicle.gps.take().into_iter().flat_map(Units::numbered) {
            readings.push(gps(unit, &id, place.field("gps", index), "").ok()?);
        }
        let lists = [
            vehicle.engine_states.take(),
            vehicle.obd_odometer_meters.take(),
            vehicle.obd_engine_seconds.take(),
        ];
        for ((field, kind), list) in FIELDS.into_iter().zip(lists) {
            for (index, unit) in list.into_iter().flat_map(Units::numbered) {
                readings.push(value(&unit, &id, kind, place.field(field, index), "").ok()?);
            }
        }
        describe(&vehicle, id, &readings[first..], place, origin, &mut page).ok()?;
    }
    page.thinned_out = thin_out(readings, origin, &mut page.kept, &mut page.normalized);
    page.normalized.rejections.is_empty().then_some(page)
}

/// Reads a page.
pub(super) fn page<'a>(text: &'a str, origin: &Origin<'a>) -> Result<Page<'a>, Problem> {
    let (rows, mut page) = begun(parse(text, "$")?, origin)?;
    let mut readings = Vec::new();
    for (index, row) in rows.into_iter().enumerate() {
        let row: &'a RawValue = row;
        let place = Place::row(&["data"], index);
        if let Err(problem) = vehicle(row.get(), place, origin, &mut readings, &mut page) {
            let rejection = problem.of_unit(row.get().as_bytes());
            let message = samsara_page(row.get());
            page.normalized.rejections.push(rejection.within(message));
        }
    }
    page.thinned_out = thin_out(readings, origin, &mut page.kept, &mut page.normalized);
    Ok(page)
}

/// The rows of a page, and the page without them.
fn begun<'a, V>(
    wire: wire::Page<'a, V>,
    origin: &Origin<'a>,
) -> Result<(Vec<V>, Page<'a>), Problem> {
    let missing =
        |field: &str| Problem::new(format!("$.{field}"), format!("missing field `{field}`"));
    let rows = wire.data.ok_or_else(|| missing("data"))?;
    let pagination = wire.pagination.ok_or_else(|| missing("pagination"))?;
    let page = Page {
        next: pagination
            .end_cursor
            .map(|cursor| cursor.0)
            .filter(|cursor| !cursor.is_empty()),
        more: Some(pagination.has_next_page),
        rows: rows.len(),
        ..Page::behind(origin)
    };
    Ok((rows, page))
}

/// A vehicle's readings and its description. Fails only for what concerns the vehicle as a whole.
fn vehicle<'a>(
    json: &'a str,
    place: Place,
    origin: &Origin<'a>,
    readings: &mut Vec<Reading<'a>>,
    page: &mut Page<'a>,
) -> Result<(), Problem> {
    let wire: wire::Vehicle<'a> = parse(json, place)?;
    let id = text_of(wire.id)
        .ok_or_else(|| Problem::new(format!("{}.id", place.path()), "missing field `id`"))?;
    let first = readings.len();
    let lists = [
        wire.engine_states,
        wire.obd_odometer_meters,
        wire.obd_engine_seconds,
    ];
    let lists = [(("gps", Kind::Gps), wire.gps)]
        .into_iter()
        .chain(FIELDS.into_iter().zip(lists));
    for ((field, kind), list) in lists {
        let Some(list) = list else { continue };
        let units = match units(list, place.field(field, None)) {
            Ok(units) => units,
            Err(problem) => {
                let rejection = problem.of_unit(list.get().as_bytes());
                let message = samsara_readings(&id, field, list.get());
                page.normalized.rejections.push(rejection.within(message));
                continue;
            }
        };
        for (index, unit) in units {
            let (place, json) = (place.field(field, index), unit.get());
            let read = match kind {
                Kind::Gps => parse(json, place).and_then(|wire| gps(wire, &id, place, json)),
                _ => parse(json, place).and_then(|wire| value(&wire, &id, kind, place, json)),
            };
            match read {
                Ok(reading) => readings.push(reading),
                Err(problem) => {
                    let rejection = problem.of_unit(json.as_bytes());
                    let message = page_of(json, place, &id, origin);
                    page.normalized.rejections.push(rejection.within(message));
                }
            }
        }
    }
    describe(&wire, id, &readings[first..], place, origin, page)
}

/// Adds the vehicle's own record, where there is something to say.
fn describe<'a, G, R>(
    wire: &wire::Vehicle<'a, G, R>,
    id: Cow<'a, str>,
    readings: &[Reading<'a>],
    place: Place,
    origin: &Origin<'a>,
    page: &mut Page<'a>,
) -> Result<(), Problem> {
    let newest = newest(readings, origin);
    let record = newest.and_then(|newest| described(wire, id, newest, place, origin, page));
    if let Some(record) = record {
        let invalid = |error| Problem::new(format!("{}.id", place.path()), error);
        page.normalized.records.push(record.map_err(invalid)?);
    }
    Ok(())
}

/// The readings in a list, or the one of a snapshot.
fn units<'a>(
    list: &'a RawValue,
    place: Place,
) -> Result<Vec<(Option<usize>, &'a RawValue)>, Problem> {
    if list.get().starts_with('{') {
        return Ok(vec![(None, list)]);
    }
    let units: Vec<&'a RawValue> = parse(list.get(), place)?;
    Ok(units
        .into_iter()
        .enumerate()
        .map(|(index, unit)| (Some(index), unit))
        .collect())
}

fn gps<'a>(
    wire: wire::Gps<'a>,
    id: &Cow<'a, str>,
    place: Place,
    json: &'a str,
) -> Result<Reading<'a>, Problem> {
    let path = || place.path();
    let time = instant(wire.time.as_ref(), path, "time")?;
    let fields = ["latitude", "longitude"];
    let found = coordinates(wire.latitude, wire.longitude, path, fields)?;
    let field = "speedMilesPerHour";
    let speed = speed(
        wire.speed_miles_per_hour,
        SpeedUnit::MilesPerHour,
        path,
        field,
    )?;
    let mut reading = Reading::new(id.clone(), Kind::Gps, time, place, json)
        .at(found)
        .with_speed(speed);
    reading.heading_deg = heading(wire.heading_degrees, path, "headingDegrees")?;
    reading.place_text = wire
        .reverse_geo
        .and_then(|place| place.formatted_location)
        .and_then(|text| Text::non_blank(text.0));
    Ok(reading)
}

fn value<'a>(
    wire: &wire::Reading<'a>,
    id: &Cow<'a, str>,
    kind: Kind,
    place: Place,
    json: &'a str,
) -> Result<Reading<'a>, Problem> {
    let path = || place.path();
    let time = instant(wire.time.as_ref(), path, "time")?;
    let missing = || Problem::new(format!("{}.value", path()), "missing field `value`");
    let mut reading = Reading::new(id.clone(), kind, time, place, json);
    if kind == Kind::EngineState {
        let state = wire.value.and_then(Scalar::text).ok_or_else(missing)?;
        reading.engine_state = Some(Text::from(state.trim().to_ascii_lowercase()));
    } else {
        let number = whole(wire.value, path, "value")?.ok_or_else(missing)?;
        let field = match kind {
            Kind::EngineTime => &mut reading.engine_s,
            _ => &mut reading.odometer_m,
        };
        *field = Some(number);
    }
    Ok(reading)
}

/// The time of the newest reading. One from the future would keep the vehicle from ever being described again.
fn newest(readings: &[Reading<'_>], origin: &Origin<'_>) -> Option<Timestamp> {
    let received_at = origin.message.received_at;
    readings
        .iter()
        .map(|reading| reading.time)
        .filter(|time| EpochMillis::from(*time).since(received_at) <= FUTURE_TOLERANCE_MS)
        .max()
}

/// The vehicle's own record, unless there is nothing to say, or the same was said before.
fn described<'a, G, R>(
    wire: &wire::Vehicle<'a, G, R>,
    vehicle_id: Cow<'a, str>,
    newest: Timestamp,
    place: Place,
    origin: &Origin<'a>,
    page: &mut Page<'a>,
) -> Option<Result<Record<'a>, record::InvalidKey>> {
    let name = text_of(wire.name);
    let external_ids: wire::ExternalIds<'a> = wire
        .external_ids
        .and_then(|ids| serde_json::from_str(ids.get()).ok())
        .unwrap_or_default();
    let description = Description {
        vehicle_id,
        name,
        vin: text_of(external_ids.vin),
        plate: None,
    };
    if description.is_empty() {
        return None;
    }
    let hour = newest.as_second() - newest.as_second().rem_euclid(DESCRIPTION_SECONDS);
    let mut hasher = DefaultHasher::new();
    (hour, &description.name, &description.vin).hash(&mut hasher);
    // The cursor holds numbers that a double keeps; a false match is one description in four billion that comes an hour
    // late.
    let fingerprint = u32::try_from(hasher.finish() >> 32).unwrap_or_default();
    if !page.kept.describe(&description.vehicle_id, fingerprint) {
        return None;
    }
    let version = SourceVersion::at(Timestamp::from_second(hour).ok()?, 0).ok()?;
    let version = match description.vin {
        Some(_) => version.with_precedence(IDENTIFIED),
        None => version,
    };
    Some(description.record(version, Some(newest.into()), place, origin))
}
