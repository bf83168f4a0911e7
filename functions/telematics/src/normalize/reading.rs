//! One reading on its way to a record, whoever sent it.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
};

use ingest::Problem;
use jiff::Timestamp;
use record::{
    Body, EpochMillis, ExactDecimal, FUTURE_TOLERANCE_MS, Provenance, QualityFlag, RawReference,
    Record, Source, SourceVersion, Text, VehiclePosition,
};

use super::{
    Origin,
    again::page_of,
    sampling::{Decision, Kept},
    value::Coordinates,
};

/// A reading that arrives this long after it was read is late.
const LATE_MS: i64 = 15 * 60 * 1000;

/// Bytes of a usual pointer, `/result/data/1234` or `/data/12/engineStates/3`.
const POINTER_BYTES: usize = 32;

/// What was read. The field `stream` of a reading, and part of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// First, because it decides which of the others are kept.
    EngineState,
    Gps,
    Odometer,
    /// As the engine's own computer counts, without what the provider knows better.
    OdometerRaw,
    EngineTime,
    EngineTimeRaw,
    Trip,
}

impl Kind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::EngineState => "engine_state",
            Self::Gps => "gps",
            Self::Odometer => "odometer",
            Self::OdometerRaw => "odometer_raw",
            Self::EngineTime => "engine_time",
            Self::EngineTimeRaw => "engine_time_raw",
            Self::Trip => "trip",
        }
    }
}

/// Where on its page a reading or a vehicle stands: kept as numbers, because most places are never written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The list of rows, from the root of the page.
    rows: &'static [&'static str],
    row: usize,
    /// The row's field, and the index within it if that is a list.
    field: Option<(&'static str, Option<usize>)>,
}

impl Place {
    pub(super) const fn row(rows: &'static [&'static str], row: usize) -> Self {
        Self {
            rows,
            row,
            field: None,
        }
    }

    pub(super) const fn field(self, field: &'static str, index: Option<usize>) -> Self {
        Self {
            field: Some((field, index)),
            ..self
        }
    }

    /// The row's field that holds readings.
    pub(super) fn list(self) -> Option<&'static str> {
        self.field.map(|(field, _)| field)
    }

    /// JSON path, for people: `$.data[0].gps[2]`.
    pub(super) fn path(self) -> String {
        self.to_string()
    }

    /// JSON pointer, for machines: `/data/0/gps/2`.
    pub(super) fn pointer(self) -> String {
        let mut pointer = String::with_capacity(POINTER_BYTES);
        for list in self.rows {
            pointer.push('/');
            pointer.push_str(list);
        }
        // Writing to a text does not fail.
        write!(pointer, "/{}", self.row).ok();
        if let Some((field, index)) = self.field {
            pointer.push('/');
            pointer.push_str(field);
            if let Some(index) = index {
                write!(pointer, "/{index}").ok();
            }
        }
        pointer
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for list in self.rows {
            write!(f, ".{list}")?;
        }
        write!(f, "[{}]", self.row)?;
        match self.field {
            None => Ok(()),
            Some((field, None)) => write!(f, ".{field}"),
            Some((field, Some(index))) => write!(f, ".{field}[{index}]"),
        }
    }
}

/// A reading in our units.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) vehicle_id: Cow<'a, str>,
    pub(super) kind: Kind,
    pub(super) time: Timestamp,
    /// The provider's version; 0 where it has none.
    pub(super) minor: u64,
    pub(super) place: Place,
    /// The bytes, for a dead letter.
    pub(super) raw: &'a str,
    pub(super) lat_lon_e6: Option<(i64, i64)>,
    pub(super) speed_kmh: Option<ExactDecimal>,
    pub(super) heading_deg: Option<i64>,
    pub(super) odometer_m: Option<i64>,
    pub(super) engine_s: Option<i64>,
    pub(super) engine_state: Option<Text<'a>>,
    pub(super) place_text: Option<Text<'a>>,
    pub(super) doubts: [Option<QualityFlag>; 2],
}

impl<'a> Reading<'a> {
    /// A reading of nothing yet.
    pub(super) fn new(
        vehicle_id: Cow<'a, str>,
        kind: Kind,
        time: Timestamp,
        place: Place,
        raw: &'a str,
    ) -> Self {
        Self {
            vehicle_id,
            kind,
            time,
            minor: 0,
            place,
            raw,
            lat_lon_e6: None,
            speed_kmh: None,
            heading_deg: None,
            odometer_m: None,
            engine_s: None,
            engine_state: None,
            place_text: None,
            doubts: [None; 2],
        }
    }

    pub(super) fn at(mut self, coordinates: Coordinates) -> Self {
        self.lat_lon_e6 = coordinates.lat_lon_e6;
        self.doubts[0] = coordinates.doubt;
        self
    }

    pub(super) fn with_speed(
        mut self,
        (speed_kmh, doubt): (Option<ExactDecimal>, Option<QualityFlag>),
    ) -> Self {
        self.speed_kmh = speed_kmh;
        self.doubts[1] = doubt;
        self
    }

    /// The record of a reading that is kept.
    fn record(self, decision: Decision, origin: &Origin<'a>) -> Result<Record<'a>, Problem> {
        let path = || self.place.path();
        let version = SourceVersion::at(self.time, self.minor)
            .map_err(|error| Problem::new(path(), error))?;
        let time = EpochMillis::from(self.time);
        let late_ms = origin.message.received_at.since(time);
        let doubts = self.doubts.into_iter().flatten().chain(
            [
                (decision.jump, QualityFlag::Jump),
                (late_ms > LATE_MS, QualityFlag::Late),
                (-late_ms > FUTURE_TOLERANCE_MS, QualityFlag::FutureEvent),
            ]
            .into_iter()
            .filter_map(|(applies, flag)| applies.then_some(flag)),
        );
        let body = VehiclePosition {
            provider: Text::from(origin.stream.provider().as_str()),
            vehicle_id: Text::from(self.vehicle_id),
            stream: Text::from(self.kind.as_str()),
            reading_time: time,
            lat_e6: self.lat_lon_e6.map(|(lat, _)| lat),
            lon_e6: self.lat_lon_e6.map(|(_, lon)| lon),
            speed_kmh: self.speed_kmh,
            heading_deg: self.heading_deg,
            odometer_m: self.odometer_m,
            engine_s: self.engine_s,
            engine_state: self.engine_state,
            place_text: self.place_text,
            kept_reason: Some(Text::from(decision.reason.as_str())),
        };
        let provenance = provenance(origin, self.place.pointer(), Some(time));
        let record = Record::upsert(
            Source::Telematics,
            Body::VehiclePosition(body),
            version,
            provenance,
        )
        .map_err(|error| Problem::new(path(), error))?;
        Ok(doubts.fold(record, Record::with_quality))
    }
}

/// The records of those readings that are kept, by vehicle and time; and how many are not.
pub(super) fn thin_out<'a>(
    mut readings: Vec<Reading<'a>>,
    origin: &Origin<'a>,
    kept: &mut Kept,
    into: &mut ingest::Normalized<'a>,
) -> usize {
    // By time and not by place on the page, so that the same readings are kept in whatever order they are sent.
    readings.sort_by(|one, other| {
        let key = |reading: &Reading<'_>| (reading.time, reading.kind, reading.minor);
        one.vehicle_id
            .cmp(&other.vehicle_id)
            .then_with(|| key(one).cmp(&key(other)))
    });
    let mut thinned_out = 0;
    for reading in readings {
        let Some(decision) = kept.decide(&reading) else {
            thinned_out += 1;
            continue;
        };
        let (raw, place, id) = (reading.raw, reading.place, reading.vehicle_id.clone());
        match reading.record(decision, origin) {
            Ok(record) => into.records.push(record),
            Err(problem) => {
                let rejection = problem.of_unit(raw.as_bytes());
                let message = page_of(raw, place, &id, origin);
                into.rejections.push(rejection.within(message));
            }
        }
    }
    thinned_out
}

/// Where a record came from; `as_of` is the time that the source gives to what it says.
pub(super) fn provenance<'a>(
    origin: &Origin<'a>,
    pointer: String,
    as_of: Option<EpochMillis>,
) -> Provenance<'a> {
    let message = origin.message;
    Provenance {
        message_id: Text::from(&*message.message_id),
        correlation_id: Text::from(&*message.correlation_id),
        traceparent: message.traceparent.as_deref().map(Text::from),
        raw: RawReference {
            location: Text::from(&*message.message_id),
            place: Text::from(pointer),
        },
        event_time: as_of,
        source_modified_at: as_of.unwrap_or(message.received_at),
        received_at: message.received_at,
    }
}
