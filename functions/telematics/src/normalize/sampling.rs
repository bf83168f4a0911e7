//! Which readings are kept.
//!
//! A vehicle sends more positions than any report needs. A reading is kept when it lies at least 60 s or at least 500 m
//! from the last one that was kept before it, or when the engine's state is another one.
//!
//! What was kept lately is part of the cursor, so that a page which is read again, after a crash or because the provider
//! repeats itself, is thinned out the same way. A reading whose time was kept before is kept again with the same reason:
//! it becomes the same document, or a newer version of it.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use super::reading::Reading;

/// A reading this much later than the last kept one is kept.
const INTERVAL_MS: i64 = 60_000;
/// A reading this far away from the last kept one is kept.
const DISTANCE_M: f64 = 500.0;
/// Nobody drives this fast, in km/h: one of the two places is wrong.
const JUMP_KMH: f64 = 200.0;
/// Kept readings that are remembered per vehicle and kind of reading; the provider repeats a page at most.
const REMEMBERED_MAX: usize = 4;
/// Most bytes of memory in a cursor, roughly; a stored document has 2 MB at most.
const MEMORY_BYTES_MAX: usize = 1_000_000;
/// Bytes of one remembered reading, roughly.
const POINT_BYTES: usize = 64;

/// Why a reading was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum KeptReason {
    /// First of all, or 60 s after the last one.
    #[serde(rename = "t")]
    Time,
    /// 500 m away from the last one.
    #[serde(rename = "d")]
    Distance,
    /// The engine's state is another one.
    #[serde(rename = "e")]
    Engine,
}

impl KeptReason {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Distance => "distance",
            Self::Engine => "engine",
        }
    }
}

/// A reading that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) reason: KeptReason,
    /// Whether the way from the last kept one was too fast to be true.
    pub(super) jump: bool,
}

/// What was kept lately, per vehicle. Part of a cursor; its names are short because it is stored with every page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kept(BTreeMap<String, Track>);

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Track {
    /// Fingerprint of how the vehicle was described the last time.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    described: Option<u32>,
    /// By kind of reading, oldest first.
    #[serde(rename = "k", default, skip_serializing_if = "BTreeMap::is_empty")]
    kinds: BTreeMap<Cow<'static, str>, Vec<Point>>,
}

/// A kept reading, as much of it as the next one is compared with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Point {
    /// Epoch milliseconds.
    #[serde(rename = "t")]
    time: i64,
    #[serde(rename = "r")]
    reason: KeptReason,
    /// Latitude and longitude in microdegrees.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    place: Option<(i64, i64)>,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    odometer_m: Option<i64>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    engine_state: Option<String>,
}

impl Kept {
    /// Whether to keep `reading`, which is remembered if so. Readings of a page come in the order of their times, engine
    /// states first.
    pub(super) fn decide(&mut self, reading: &Reading<'_>) -> Option<Decision> {
        let time = reading.time.as_millisecond();
        let track = self.track(&reading.vehicle_id);
        let engine_state = match &reading.engine_state {
            Some(state) => Some(state.as_str().to_owned()),
            None => track.engine_state_at(time),
        };
        let points = track.points(reading.kind.as_str());
        let behind = points.partition_point(|point| point.time <= time);
        let mut next = Point {
            time,
            reason: KeptReason::Time,
            place: reading.lat_lon_e6,
            odometer_m: reading.odometer_m,
            engine_state,
        };
        let mut jump = false;
        if let Some(last) = behind.checked_sub(1).and_then(|index| points.get(index)) {
            jump = next.jumps_from(last);
            next.reason = next.differs_from(last)?;
            if last.time == time {
                return Some(Decision {
                    reason: last.reason,
                    jump,
                });
            }
        }
        let reason = next.reason;
        points.insert(behind, next);
        Some(Decision { reason, jump })
    }

    /// Whether the vehicle was described otherwise the last time; remembers that it is described like this now.
    pub(super) fn describe(&mut self, vehicle_id: &str, fingerprint: u32) -> bool {
        let before = self.track(vehicle_id).described.replace(fingerprint);
        before != Some(fingerprint)
    }

    fn track(&mut self, vehicle_id: &str) -> &mut Track {
        // Looked up twice, since an entry wants a text of its own for each of a thousand readings.
        if !self.0.contains_key(vehicle_id) {
            self.0.insert(vehicle_id.to_owned(), Track::default());
        }
        self.0.get_mut(vehicle_id).expect("put there just above")
    }

    /// Forgets what the next page is not compared with any more: all but the last few, and when that is still too much,
    /// whole vehicles, those that have been silent longest first.
    pub(super) fn forget_old(&mut self) {
        let mut bytes = 0;
        for (vehicle_id, track) in &mut self.0 {
            bytes += vehicle_id.len() + POINT_BYTES;
            for points in track.kinds.values_mut() {
                let surplus = points.len().saturating_sub(REMEMBERED_MAX);
                points.drain(..surplus);
                bytes += points.len() * POINT_BYTES;
            }
        }
        if bytes <= MEMORY_BYTES_MAX {
            return;
        }
        let mut by_silence: Vec<_> = self
            .0
            .iter()
            .map(|(vehicle_id, track)| (track.last_heard(), vehicle_id.clone(), track.bytes()))
            .collect();
        by_silence.sort();
        for (_, vehicle_id, track_bytes) in by_silence {
            if bytes <= MEMORY_BYTES_MAX {
                break;
            }
            bytes = bytes.saturating_sub(vehicle_id.len() + POINT_BYTES + track_bytes);
            self.0.remove(&vehicle_id);
        }
    }
}

impl Track {
    fn points(&mut self, kind: &'static str) -> &mut Vec<Point> {
        self.kinds.entry(Cow::Borrowed(kind)).or_default()
    }

    /// The engine's state when `time` came, as far as it was told.
    fn engine_state_at(&self, time: i64) -> Option<String> {
        let points = self.kinds.get(super::reading::Kind::EngineState.as_str())?;
        let behind = points.partition_point(|point| point.time <= time);
        points.get(behind.checked_sub(1)?)?.engine_state.clone()
    }

    fn last_heard(&self) -> Option<i64> {
        self.kinds
            .values()
            .filter_map(|points| points.last())
            .map(|point| point.time)
            .max()
    }

    fn bytes(&self) -> usize {
        self.kinds
            .values()
            .map(|points| points.len() * POINT_BYTES)
            .sum()
    }
}

impl Point {
    /// Why this one is to be kept after `last`, if it is.
    fn differs_from(&self, last: &Self) -> Option<KeptReason> {
        let since = self.time.saturating_sub(last.time);
        let states = self.engine_state.as_ref().zip(last.engine_state.as_ref());
        if since == 0 {
            return Some(last.reason);
        }
        if since >= INTERVAL_MS {
            return Some(KeptReason::Time);
        }
        if self
            .metres_from(last)
            .is_some_and(|metres| metres >= DISTANCE_M)
        {
            return Some(KeptReason::Distance);
        }
        states
            .is_some_and(|(now, before)| now != before)
            .then_some(KeptReason::Engine)
    }

    /// Whether getting here from `last` would have taken a faster vehicle. Not asked below 500 m, where a receiver at
    /// rest wanders faster than any vehicle.
    fn jumps_from(&self, last: &Self) -> bool {
        let hours = to_f64(self.time.saturating_sub(last.time)) / 3_600_000.0;
        self.place.and(last.place).is_some()
            && hours > 0.0
            && self
                .metres_from(last)
                .is_some_and(|metres| metres >= DISTANCE_M && metres / 1_000.0 > JUMP_KMH * hours)
    }

    /// As the crow flies, or else by the odometer.
    fn metres_from(&self, other: &Self) -> Option<f64> {
        if let (Some(here), Some(there)) = (self.place, other.place) {
            return Some(metres_between(here, there));
        }
        let (here, there) = self.odometer_m.zip(other.odometer_m)?;
        Some(to_f64(here.abs_diff(there).try_into().unwrap_or(i64::MAX)))
    }
}

/// Distance on the ground of two places in microdegrees. Flat, which over a few kilometres is exact to a metre.
fn metres_between(here: (i64, i64), there: (i64, i64)) -> f64 {
    const METRES_PER_DEGREE: f64 = 111_195.0;
    let degrees = |e6: i64| to_f64(e6) / 1e6;
    let north = degrees(here.0 - there.0);
    // The short way round the globe.
    let east = (degrees(here.1 - there.1) + 540.0).rem_euclid(360.0) - 180.0;
    let middle = degrees(here.0 + there.0) / 2.0;
    let east = east * middle.to_radians().cos();
    north.hypot(east) * METRES_PER_DEGREE
}

#[expect(
    clippy::cast_precision_loss,
    reason = "at most 2^53 in any distance or time on earth"
)]
const fn to_f64(number: i64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_right_to_a_metre() {
        // One minute of latitude is a nautical mile.
        assert!((metres_between((0, 0), (16_667, 0)) - 1_853.0).abs() < 1.0);
        let newark_to_phillipsburg =
            metres_between((40_679_020, -74_151_100), (40_693_730, -75_190_070));
        assert!(
            (newark_to_phillipsburg - 87_600.0).abs() < 200.0,
            "{newark_to_phillipsburg}"
        );
        // Across the date line it is 22 km, not once round the globe.
        assert!((metres_between((0, 179_900_000), (0, -179_900_000)) - 22_239.0).abs() < 1.0);
    }

    #[test]
    fn a_cursor_stays_small_and_forgets_the_silent_first() {
        let mut kept = Kept::default();
        for vehicle in 0..30_000_i64 {
            let track = kept.track(&format!("vehicle-{vehicle:05}"));
            track.points("gps").push(Point {
                time: vehicle,
                reason: KeptReason::Time,
                place: Some((40_678_410, -74_150_720)),
                odometer_m: None,
                engine_state: None,
            });
        }
        kept.forget_old();
        let stored = serde_json::to_string(&kept).unwrap();
        assert!(stored.len() < 1_500_000, "{}", stored.len());
        assert!(kept.0.contains_key("vehicle-29999") && !kept.0.contains_key("vehicle-00000"));
        assert_eq!(serde_json::from_str::<Kept>(&stored).unwrap(), kept);
    }
}
