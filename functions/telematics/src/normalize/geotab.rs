//! Geotab's pages: rows of one type, each about one device.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{
    Origin, Page,
    problem::{Problem, parse},
    reading::{Kind, Place, Reading, thin_out},
    text_of,
    value::{self, SpeedUnit, coordinates, instant, speed, whole},
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
    let mut page = Page {
        next: Some(to_version.0).filter(|version| !version.is_empty()),
        more: None,
        rows: rows.len(),
        ..Page::behind(origin)
    };
    let mut readings = Vec::new();
    for (index, row) in rows.into_iter().enumerate() {
        let place = Place::row(&["result", "data"], index);
        let read = match origin.stream {
            Stream::GeotabStatusData => status_data(row.get(), place),
            Stream::GeotabTrip => trip(row.get(), place).map(Some),
            Stream::GeotabLogRecord | Stream::SamsaraGps | Stream::SamsaraOdometer => {
                log_record(row.get(), place).map(Some)
            }
        };
        match read {
            Ok(Some(reading)) => readings.push(reading),
            Ok(None) => page.passed_over += 1,
            Err(problem) => page
                .normalized
                .rejections
                .push(problem.of_unit(row.get().as_bytes())),
        }
    }
    page.thinned_out = thin_out(readings, origin, &mut page.kept, &mut page.normalized);
    Ok(page)
}

fn log_record(json: &str, place: Place) -> Result<Reading<'_>, Problem> {
    let path = || place.path();
    let wire: wire::LogRecord<'_> = parse(json, &path())?;
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
    let wire: wire::StatusData<'_> = parse(json, &path())?;
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
    let wire: wire::Trip<'_> = parse(json, &path())?;
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
