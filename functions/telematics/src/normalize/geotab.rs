//! Geotab's pages: rows of one type, each about one device.

use std::borrow::Cow;

use ingest::{Problem, parse};
use record::{Record, SourceVersion};
use serde_json::value::RawValue;

use super::{
    Origin, Page,
    reading::{Kind, Place, Reading, thin_out},
    text_of,
    value::{self, SpeedUnit, coordinates, instant, speed, whole},
    vehicle::Description,
};
use crate::{
    config::Stream,
    wire::{Scalar, geotab as wire},
};

/// How a reading says that it is of no device.
const NO_DEVICE: &str = "NoDeviceId";

/// Reads a page.
pub(super) fn page<'a>(text: &'a str, origin: &Origin<'a>) -> Result<Page<'a>, Problem> {
    let answer: wire::Answer<'a> = parse(text, "$")?;
    let missing = |field: &str| {
        let name = field.rsplit('.').next().unwrap_or_default();
        Problem::new(field, format!("missing field `{name}`"))
    };
    let result = answer.result.ok_or_else(|| missing("$.result"))?;
    let result: wire::FeedResult<'a> = parse(result.get(), "$.result")?;
    let rows = result.data.ok_or_else(|| missing("$.result.data"))?;
    let to_version = result
        .to_version
        .ok_or_else(|| missing("$.result.toVersion"))?;
    let head = u64::from_str_radix(to_version.trim(), 16).unwrap_or_default();
    let mut page = Page {
        next: Some(to_version.0).filter(|version| !version.is_empty()),
        more: None,
        rows: rows.len(),
        ..Page::behind(origin)
    };
    let mut readings = Vec::new();
    for (index, raw) in rows.into_iter().enumerate() {
        match row(
            raw.get(),
            Place::row(&["result", "data"], index),
            head,
            origin,
        ) {
            Ok(Row::Reading(reading)) => readings.push(*reading),
            Ok(Row::Vehicle(record)) => page.normalized.records.push(*record),
            Ok(Row::PassedOver) => page.passed_over += 1,
            Err(problem) => page
                .normalized
                .rejections
                .push(problem.of_unit(raw.get().as_bytes())),
        }
    }
    page.thinned_out = thin_out(readings, origin, &mut page.kept, &mut page.normalized);
    Ok(page)
}

/// What a row is.
enum Row<'a> {
    Reading(Box<Reading<'a>>),
    Vehicle(Box<Record<'a>>),
    /// Of something that we have no column for.
    PassedOver,
}

fn row<'a>(
    json: &'a str,
    place: Place,
    head: u64,
    origin: &Origin<'a>,
) -> Result<Row<'a>, Problem> {
    let reading = match origin.stream {
        Stream::GeotabDevice => {
            let record = vehicle(json, place, head, origin)?;
            return Ok(record.map_or(Row::PassedOver, |record| Row::Vehicle(Box::new(record))));
        }
        Stream::GeotabStatusData => status_data(json, place)?,
        Stream::GeotabTrip => Some(trip(json, place)?),
        Stream::GeotabLogRecord | Stream::SamsaraGps | Stream::SamsaraOdometer => {
            Some(log_record(json, place)?)
        }
    };
    Ok(reading.map_or(Row::PassedOver, |reading| Row::Reading(Box::new(reading))))
}

fn log_record(json: &str, place: Place) -> Result<Reading<'_>, Problem> {
    let path = || place.path();
    let wire: wire::LogRecord<'_> = parse(json, place)?;
    let device = device(wire.device, path)?;
    let time = instant(wire.date_time.as_ref(), path, "dateTime")?;
    let fields = ["latitude", "longitude"];
    let found = coordinates(wire.latitude, wire.longitude, path, fields)?;
    let speed = speed(wire.speed, SpeedUnit::KilometresPerHour, path, "speed")?;
    let mut reading = Reading::new(device, Kind::Gps, time, place, json)
        .at(found)
        .with_speed(speed);
    reading.minor = version(wire.version);
    Ok(reading)
}

/// None for a diagnostic that we have no column for; there are thousands.
fn status_data(json: &str, place: Place) -> Result<Option<Reading<'_>>, Problem> {
    let path = || place.path();
    let wire: wire::StatusData<'_> = parse(json, place)?;
    let diagnostic = id_of(wire.diagnostic).unwrap_or_default();
    let kind = match &*diagnostic {
        "DiagnosticOdometerAdjustmentId" => Kind::Odometer,
        "DiagnosticOdometerId" => Kind::OdometerRaw,
        "DiagnosticEngineHoursAdjustmentId" => Kind::EngineTime,
        "DiagnosticEngineHoursId" => Kind::EngineTimeRaw,
        "DiagnosticIgnitionId" => Kind::EngineState,
        "" => {
            let detail = "missing field `diagnostic`";
            return Err(value::at(&path, "diagnostic", detail));
        }
        _ => return Ok(None),
    };
    let device = device(wire.device, path)?;
    let time = instant(wire.date_time.as_ref(), path, "dateTime")?;
    let number = whole(wire.data, path, "data")?
        .ok_or_else(|| value::at(&path, "data", "missing field `data`"))?;
    let mut reading = Reading::new(device, kind, time, place, json);
    reading.minor = version(wire.version);
    match kind {
        // Metres, and seconds in spite of the name.
        Kind::Odometer | Kind::OdometerRaw => reading.odometer_m = Some(number),
        Kind::EngineTime | Kind::EngineTimeRaw => reading.engine_s = Some(number),
        Kind::EngineState | Kind::Gps | Kind::Trip => {
            reading.engine_state = Some(if number == 0 { "off" } else { "on" }.into());
        }
    }
    Ok(Some(reading))
}

fn trip(json: &str, place: Place) -> Result<Reading<'_>, Problem> {
    let path = || place.path();
    let wire: wire::Trip<'_> = parse(json, place)?;
    let device = device(wire.device, path)?;
    let time = instant(wire.stop.as_ref(), path, "stop")?;
    let mut reading = Reading::new(device, Kind::Trip, time, place, json);
    if let Some(point) = wire.stop_point {
        let fields = ["stopPoint.y", "stopPoint.x"];
        reading = reading.at(coordinates(point.y, point.x, path, fields)?);
    }
    reading.engine_s = engine_seconds(wire.engine_hours, path)?;
    reading.minor = version(wire.version);
    Ok(reading)
}

/// The vehicle that a device is. None for the one that stands for no device, and where there is nothing but an id.
fn vehicle<'a>(
    json: &'a str,
    place: Place,
    head: u64,
    origin: &Origin<'a>,
) -> Result<Option<Record<'a>>, Problem> {
    let path = || place.path();
    let wire: wire::Device<'a> = parse(json, place)?;
    let vehicle_id =
        text_of(wire.id).ok_or_else(|| value::at(&path, "id", "missing field `id`"))?;
    let known = |value: Option<Scalar<'a>>| {
        text_of(value).filter(|text| text.bytes().any(|byte| byte.is_ascii_alphanumeric()))
    };
    let description = Description {
        name: text_of(wire.name),
        vin: known(wire.vehicle_identification_number)
            .or_else(|| known(wire.engine_vehicle_identification_number)),
        plate: known(wire.license_plate),
        vehicle_id,
    };
    if description.vehicle_id == NO_DEVICE || description.is_empty() {
        return Ok(None);
    }
    // All rows of a database count with one counter, and a page goes up to its head: of two descriptions the one from
    // the later page is the newer one, where the rows themselves do not say.
    let version = match version(wire.version) {
        0 => head,
        own => own,
    };
    description
        .record(SourceVersion::new(version, 0), None, place, origin)
        .map(Some)
        .map_err(|error| value::at(&path, "id", error))
}

/// A number of seconds, or a duration with days.
fn engine_seconds(
    value: Option<Scalar<'_>>,
    path: impl Fn() -> String,
) -> Result<Option<i64>, Problem> {
    match value.and_then(Scalar::text) {
        Some(text) if text.contains(':') => match value::time_span_seconds(&text) {
            Some(seconds) => Ok(Some(seconds)),
            None => {
                let detail = format!("`{text}` is no duration");
                Err(value::at(&path, "engineHours", detail))
            }
        },
        _ => whole(value, path, "engineHours"),
    }
}

/// The device that a reading is about.
fn device<'a>(
    device: Option<&'a RawValue>,
    path: impl Fn() -> String,
) -> Result<Cow<'a, str>, Problem> {
    match id_of(device) {
        Some(id) if id == NO_DEVICE => {
            Err(value::at(&path, "device", "the reading is of no device"))
        }
        Some(id) => Ok(id),
        None => Err(value::at(&path, "device", "missing field `device`")),
    }
}

/// The id of an object, or the text that stands for one.
fn id_of(value: Option<&RawValue>) -> Option<Cow<'_, str>> {
    let value = value?;
    if value.get().starts_with('{') {
        let object: wire::Identified<'_> = serde_json::from_str(value.get()).ok()?;
        return text_of(object.id);
    }
    text_of(Some(Scalar(value)))
}

/// A version is hexadecimal; what is none counts as the lowest.
fn version(value: Option<Scalar<'_>>) -> u64 {
    text_of(value)
        .and_then(|text| u64::from_str_radix(&text, 16).ok())
        .unwrap_or_default()
}
