//! Geotab's pages: rows of one type, each about one device.

use std::borrow::Cow;

use ingest::{Problem, parse};
use record::SourceVersion;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Origin, Page,
    again::geotab_page,
    reading::{Kind, Place, Reading, thin_out},
    text_of, trimmed,
    value::{self, SpeedUnit, coordinates, instant, speed, whole},
    vehicle::Description,
};
use crate::{
    config::Stream,
    wire::{Scalar, geotab as wire},
};

/// How a reading says that it is of no device.
const NO_DEVICE: &str = "NoDeviceId";

/// Where the rows are.
const ROWS: &[&str] = &["result", "data"];

/// A page on which nothing is wrong, read in one go: nearly all are such. None for any other, which is then read again,
/// row by row.
pub(super) fn sound<'a>(text: &'a str, origin: &Origin<'a>) -> Option<Page<'a>> {
    match origin.stream {
        Stream::GeotabDevice => all(text, origin, vehicle),
        Stream::GeotabStatusData => all(text, origin, status_data),
        Stream::GeotabTrip => all(text, origin, trip),
        Stream::GeotabLogRecord | Stream::SamsaraGps | Stream::SamsaraOdometer => {
            all(text, origin, log_record)
        }
    }
}

/// What is made of a row that was read from its text: a record, a reading, or nothing.
type Take<'a, W> = fn(W, &Row<'a>, &mut Rows<'a>) -> Result<(), Problem>;

fn all<'a, W: Deserialize<'a>>(
    text: &'a str,
    origin: &Origin<'a>,
    take: Take<'a, W>,
) -> Option<Page<'a>> {
    let answer: wire::Answer<'a, wire::FeedResult<'a, W>> = serde_json::from_str(text).ok()?;
    let (wires, mut rows) = begun(answer.result?, origin).ok()?;
    for (index, wire) in wires.into_iter().enumerate() {
        let place = Place::row(ROWS, index);
        take(wire, &Row { place, json: "" }, &mut rows).ok()?;
    }
    let page = rows.page();
    page.normalized.rejections.is_empty().then_some(page)
}

/// Reads a page.
pub(super) fn page<'a>(text: &'a str, origin: &Origin<'a>) -> Result<Page<'a>, Problem> {
    let answer: wire::Answer<'a> = parse(text, "$")?;
    let result = answer.result.ok_or_else(|| missing("$.result"))?;
    let result: wire::FeedResult<'a> = parse(result.get(), "$.result")?;
    let (raws, mut rows) = begun(result, origin)?;
    for (index, raw) in raws.into_iter().enumerate() {
        let raw: &'a RawValue = raw;
        let place = Place::row(ROWS, index);
        let json = raw.get();
        if let Err(problem) = one(&Row { place, json }, &mut rows) {
            let rejection = problem.of_unit(json.as_bytes());
            let message = geotab_page(json, rows.head);
            rows.page
                .normalized
                .rejections
                .push(rejection.within(message));
        }
    }
    Ok(rows.page())
}

fn one<'a>(row: &Row<'a>, rows: &mut Rows<'a>) -> Result<(), Problem> {
    match rows.origin.stream {
        Stream::GeotabDevice => vehicle(parse(row.json, row.place)?, row, rows),
        Stream::GeotabStatusData => status_data(parse(row.json, row.place)?, row, rows),
        Stream::GeotabTrip => trip(parse(row.json, row.place)?, row, rows),
        Stream::GeotabLogRecord | Stream::SamsaraGps | Stream::SamsaraOdometer => {
            log_record(parse(row.json, row.place)?, row, rows)
        }
    }
}

/// Where a row is, and its text where that may be wanted.
struct Row<'a> {
    place: Place,
    json: &'a str,
}

/// A page while its rows are read.
struct Rows<'a> {
    page: Page<'a>,
    readings: Vec<Reading<'a>>,
    /// The version that the page goes up to.
    head: u64,
    origin: Origin<'a>,
}

impl<'a> Rows<'a> {
    fn page(self) -> Page<'a> {
        let mut page = self.page;
        page.thinned_out = thin_out(
            self.readings,
            &self.origin,
            &mut page.kept,
            &mut page.normalized,
        );
        page
    }
}

fn missing(field: &str) -> Problem {
    let name = field.rsplit('.').next().unwrap_or_default();
    Problem::new(field, format!("missing field `{name}`"))
}

/// The rows of a page, and the page without them.
fn begun<'a, W>(
    result: wire::FeedResult<'a, W>,
    origin: &Origin<'a>,
) -> Result<(Vec<W>, Rows<'a>), Problem> {
    let wires = result.data.ok_or_else(|| missing("$.result.data"))?;
    let to_version = result
        .to_version
        .ok_or_else(|| missing("$.result.toVersion"))?;
    let head = u64::from_str_radix(to_version.trim(), 16).unwrap_or_default();
    let page = Page {
        next: Some(to_version.0).filter(|version| !version.is_empty()),
        more: None,
        rows: wires.len(),
        ..Page::behind(origin)
    };
    let rows = Rows {
        page,
        readings: Vec::with_capacity(wires.len()),
        head,
        origin: *origin,
    };
    Ok((wires, rows))
}

fn log_record<'a>(
    wire: wire::LogRecord<'a>,
    row: &Row<'a>,
    rows: &mut Rows<'a>,
) -> Result<(), Problem> {
    let path = || row.place.path();
    let device = device(wire.device, path)?;
    let time = instant(wire.date_time.as_ref(), path, "dateTime")?;
    let fields = ["latitude", "longitude"];
    let found = coordinates(wire.latitude, wire.longitude, path, fields)?;
    let speed = speed(wire.speed, SpeedUnit::KilometresPerHour, path, "speed")?;
    let mut reading = Reading::new(device, Kind::Gps, time, row.place, row.json)
        .at(found)
        .with_speed(speed);
    reading.minor = version(wire.version);
    rows.readings.push(reading);
    Ok(())
}

/// A diagnostic that we have no column for is passed over; there are thousands.
fn status_data<'a>(
    wire: wire::StatusData<'a>,
    row: &Row<'a>,
    rows: &mut Rows<'a>,
) -> Result<(), Problem> {
    let path = || row.place.path();
    let diagnostic = wire.diagnostic.as_ref();
    let kind = match diagnostic.map_or("", |named| named.0.trim()) {
        "DiagnosticOdometerAdjustmentId" => Kind::Odometer,
        "DiagnosticOdometerId" => Kind::OdometerRaw,
        "DiagnosticEngineHoursAdjustmentId" => Kind::EngineTime,
        "DiagnosticEngineHoursId" => Kind::EngineTimeRaw,
        "DiagnosticIgnitionId" => Kind::EngineState,
        "" => {
            let detail = "missing field `diagnostic`";
            return Err(value::at(&path, "diagnostic", detail));
        }
        _ => {
            rows.page.passed_over += 1;
            return Ok(());
        }
    };
    let device = device(wire.device, path)?;
    let time = instant(wire.date_time.as_ref(), path, "dateTime")?;
    let number = whole(wire.data, path, "data")?
        .ok_or_else(|| value::at(&path, "data", "missing field `data`"))?;
    let mut reading = Reading::new(device, kind, time, row.place, row.json);
    reading.minor = version(wire.version);
    match kind {
        // Metres, and seconds in spite of the name.
        Kind::Odometer | Kind::OdometerRaw => reading.odometer_m = Some(number),
        Kind::EngineTime | Kind::EngineTimeRaw => reading.engine_s = Some(number),
        Kind::EngineState | Kind::Gps | Kind::Trip => {
            reading.engine_state = Some(if number == 0 { "off" } else { "on" }.into());
        }
    }
    rows.readings.push(reading);
    Ok(())
}

fn trip<'a>(wire: wire::Trip<'a>, row: &Row<'a>, rows: &mut Rows<'a>) -> Result<(), Problem> {
    let path = || row.place.path();
    let device = device(wire.device, path)?;
    let time = instant(wire.stop.as_ref(), path, "stop")?;
    let mut reading = Reading::new(device, Kind::Trip, time, row.place, row.json);
    if let Some(point) = wire.stop_point {
        let fields = ["stopPoint.y", "stopPoint.x"];
        reading = reading.at(coordinates(point.y, point.x, path, fields)?);
    }
    reading.engine_s = engine_seconds(wire.engine_hours, path)?;
    reading.minor = version(wire.version);
    rows.readings.push(reading);
    Ok(())
}

/// The vehicle that a device is. The one that stands for no device is passed over, and one with nothing but an id.
#[expect(
    clippy::needless_pass_by_value,
    reason = "as all that take rows; nothing here owns anything"
)]
fn vehicle<'a>(wire: wire::Device<'a>, row: &Row<'a>, rows: &mut Rows<'a>) -> Result<(), Problem> {
    let path = || row.place.path();
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
        rows.page.passed_over += 1;
        return Ok(());
    }
    // All rows of a database count with one counter, and a page goes up to its head: of two descriptions the one from
    // the later page is the newer one, where the rows themselves do not say.
    let version = match version(wire.version) {
        0 => rows.head,
        own => own,
    };
    let version = SourceVersion::new(version, 0);
    let record = description
        .record(version, None, row.place, &rows.origin)
        .map_err(|error| value::at(&path, "id", error))?;
    rows.page.normalized.records.push(record);
    Ok(())
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
    device: Option<wire::Named<'a>>,
    path: impl Fn() -> String,
) -> Result<Cow<'a, str>, Problem> {
    let id = device.map_or(Cow::Borrowed(""), |named| trimmed(named.0));
    match &*id {
        "" => Err(value::at(&path, "device", "missing field `device`")),
        NO_DEVICE => Err(value::at(&path, "device", "the reading is of no device")),
        _ => Ok(id),
    }
}

/// A version is hexadecimal; what is none counts as the lowest.
fn version(value: Option<Scalar<'_>>) -> u64 {
    text_of(value)
        .and_then(|text| u64::from_str_radix(&text, 16).ok())
        .unwrap_or_default()
}
