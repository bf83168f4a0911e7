//! Which readings a report keeps: 60 s or 500 m from the last kept one, or another state of the engine.

use std::collections::BTreeMap;

use super::reading::{Kind, Reading, Said};

const INTERVAL_MS: i64 = 60_000;
const DISTANCE_M: f64 = 500.0;
/// Mean radius of the earth.
const EARTH_M: f64 = 6_371_009.0;

#[derive(Debug, Clone, Copy)]
struct Kept {
    time: i64,
    place: Option<(i64, i64)>,
    metres: Option<i64>,
    engine: Option<&'static str>,
}

/// The kept ones of a vehicle's readings in one stream, each with the reason why it is kept.
pub(super) fn keep(mut readings: Vec<Reading>) -> Vec<(Reading, &'static str)> {
    readings.sort_by_key(|reading| (reading.time, reading.kind));
    readings.dedup_by_key(|reading| (reading.time, reading.kind));
    let mut last: BTreeMap<Kind, Kept> = BTreeMap::new();
    let mut engine = None;
    let mut kept = Vec::new();
    for reading in readings {
        let (mut place, mut metres) = (None, None);
        let mut own = engine;
        match reading.said {
            Said::Fix(fix) => place = fix.place_e6(),
            Said::Engine(state) => own = Some(state),
            Said::Count(count) if matches!(reading.kind, Kind::Odometer | Kind::OdometerRaw) => {
                metres = Some(count);
            }
            Said::Count(_) => {}
        }
        let this = Kept {
            time: reading.time,
            place,
            metres,
            engine: own,
        };
        let Some(reason) = last
            .get(&reading.kind)
            .map_or(Some("time"), |last| reason(last, &this))
        else {
            continue;
        };
        last.insert(reading.kind, this);
        if reading.kind == Kind::EngineState {
            engine = own;
        }
        kept.push((reading, reason));
    }
    kept
}

fn reason(last: &Kept, this: &Kept) -> Option<&'static str> {
    let far = match (last.place.zip(this.place), last.metres.zip(this.metres)) {
        (Some((here, there)), _) => metres(here, there) >= DISTANCE_M,
        (None, Some((here, there))) => here.abs_diff(there) >= 500,
        (None, None) => false,
    };
    let turned = last
        .engine
        .zip(this.engine)
        .is_some_and(|(before, now)| before != now);
    if this.time - last.time >= INTERVAL_MS {
        Some("time")
    } else if far {
        Some("distance")
    } else {
        turned.then_some("engine")
    }
}

/// Great-circle distance of two places in microdegrees.
pub(super) fn metres(here: (i64, i64), there: (i64, i64)) -> f64 {
    let (lat1, lat2) = (radians(here.0), radians(there.0));
    let (north, east) = (lat2 - lat1, radians(there.1 - here.1));
    let half = (north / 2.0).sin().powi(2) + lat1.cos() * lat2.cos() * (east / 2.0).sin().powi(2);
    2.0 * EARTH_M * half.sqrt().min(1.0).asin()
}

#[expect(clippy::cast_precision_loss, reason = "microdegrees are below 2^28")]
fn radians(e6: i64) -> f64 {
    (e6 as f64 / 1e6).to_radians()
}

#[cfg(test)]
mod tests {
    use super::super::reading::Fix;
    use super::*;

    fn reading(kind: Kind, seconds: i64, said: Said) -> Reading {
        Reading {
            kind,
            time: seconds * 1000,
            said,
            broken: None,
            number: 0,
        }
    }

    fn fix(seconds: i64, north_m: i64) -> Reading {
        let lat_e6 = 40_000_000 + north_m * 1_000_000 / 111_195;
        let fix = Fix {
            lat_e6,
            lon_e6: -74_000_000,
            heading: 0,
            speed_tenths: 0,
            place: None,
        };
        reading(Kind::Gps, seconds, Said::Fix(fix))
    }

    #[test]
    fn a_reading_is_kept_for_time_or_distance_or_the_engine() {
        let engine = |seconds, state| reading(Kind::EngineState, seconds, Said::Engine(state));
        let kept = keep(vec![
            fix(0, 0),
            engine(0, "on"),
            fix(20, 100),
            fix(59, 499),
            fix(59 + 1, 600),
            fix(70, 1_200),
            engine(75, "off"),
            fix(80, 1_210),
            fix(90, 1_220),
        ]);
        let said: Vec<_> = kept
            .iter()
            .map(|(reading, reason)| (reading.kind.stream(), reading.time / 1000, *reason))
            .collect();
        assert_eq!(
            said,
            [
                ("engine_state", 0, "time"),
                ("gps", 0, "time"),
                ("gps", 60, "time"),
                ("gps", 70, "distance"),
                ("engine_state", 75, "time"),
                ("gps", 80, "engine"),
            ]
        );
    }
}
