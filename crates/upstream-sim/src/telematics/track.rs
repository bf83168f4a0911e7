//! A vehicle's way from one stop to the next, as its gateway reads it.
//!
//! Readings of a yard come every few seconds and lie close together: most of them are thinned out. On the road they are a
//! minute and more apart. Every distance is well below or well above the 500 m that decide, never near them.

use crate::names::Place;
use crate::rolls::Rolls;
use crate::telematics::reading::{Fix, Kind, Reading, Said};

/// Microdegrees of latitude in ten metres.
const TEN_METRES_E6: i64 = 90;

/// From where to where, and when (epoch milliseconds).
#[derive(Debug, Clone, Copy)]
pub(super) struct Leg {
    pub(super) from: (i64, i64),
    pub(super) to: &'static Place,
    pub(super) start: i64,
    pub(super) end: i64,
    /// Whether the yards are told too.
    pub(super) detailed: bool,
}

/// What a gateway counts, as of the end of a leg.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counters {
    pub(super) metres: i64,
    pub(super) seconds: i64,
}

struct Track<'a> {
    rolls: &'a mut Rolls,
    leg: Leg,
    readings: Vec<Reading>,
}

/// The readings of a leg in the order of their times. The first one says that the engine runs.
pub(super) fn readings(rolls: &mut Rolls, leg: Leg, counters: &mut Counters) -> Vec<Reading> {
    let mut track = Track {
        rolls,
        leg,
        readings: Vec::new(),
    };
    track.engine(leg.start, "On");
    if leg.detailed {
        track.yard(leg.start + 1_000, leg.from, true);
        track.engine(leg.start + 20_500, "Idle");
        track.engine(leg.start + 41_500, "On");
        track.engine(leg.end - 70_000, "Idle");
        track.engine(leg.end - 50_000, "Idle");
    } else {
        track.fix(leg.start + 5_000, leg.from, (2, 9));
    }
    track.road();
    if leg.detailed {
        track.yard(leg.end - 66_000, leg.to.point(), false);
    } else {
        track.fix(leg.end - 5_000, leg.to.point(), (0, 9));
    }
    track.engine(leg.end, "Off");
    track.counters(counters);
    let mut readings = track.readings;
    readings.sort_by_key(|reading| (reading.time, reading.kind));
    readings.dedup_by_key(|reading| (reading.time, reading.kind));
    readings
}

impl Track<'_> {
    fn push(&mut self, kind: Kind, time: i64, said: Said) {
        self.readings.push(Reading {
            kind,
            time,
            said,
            broken: None,
            number: 0,
        });
    }

    fn engine(&mut self, time: i64, state: &'static str) {
        self.push(Kind::EngineState, time, Said::Engine(state));
    }

    /// A position, with a speed of so many units.
    fn fix(&mut self, time: i64, (lat_e6, lon_e6): (i64, i64), speed: (i64, i64)) {
        let fix = Fix {
            lat_e6,
            lon_e6,
            heading: self.rolls.between(0, 360),
            speed_tenths: self.rolls.between(speed.0 * 10, speed.1 * 10),
            place: *self
                .rolls
                .pick(&[None, Some(""), Some(self.leg.to.name), None]),
        };
        self.push(Kind::Gps, time, Said::Fix(fix));
    }

    /// A minute in a yard: readings every 8 to 14 s, all within 200 m; when leaving, a sudden 900 m at the end.
    fn yard(&mut self, from: i64, (lat, lon): (i64, i64), leaving: bool) {
        let mut time = from + self.rolls.between(0, 999);
        for _ in 0..4 {
            let (north, east) = (self.rolls.between(-9, 9), self.rolls.between(-9, 9));
            let place = (lat + north * TEN_METRES_E6, lon + east * TEN_METRES_E6);
            self.fix(time, place, (1, 15));
            time += self.rolls.between(8_000, 14_000);
        }
        if leaving {
            self.fix(time, (lat + 90 * TEN_METRES_E6, lon), (20, 40));
        }
    }

    /// Readings between the yards, at least a minute apart.
    fn road(&mut self) {
        let (first, last) = (self.leg.start + 130_000, self.leg.end - 130_000);
        let most = if self.leg.detailed { 6 } else { 1 };
        let count = ((last - first) / 61_000 - 1).clamp(0, most);
        let to = self.leg.to.point();
        for step in 1..=count {
            let time = first + (last - first) / (count + 1) * step + self.rolls.between(0, 400);
            let between = |from: i64, to: i64| from + (to - from) / (count + 1) * step;
            let place = (
                between(self.leg.from.0, to.0),
                between(self.leg.from.1, to.1),
            );
            self.fix(time, place, (35, 70));
        }
    }

    fn counters(&mut self, counters: &mut Counters) {
        let Leg {
            start,
            end,
            detailed,
            ..
        } = self.leg;
        let seconds = (end - start) / 1000;
        let metres = seconds * self.rolls.between(12, 24);
        let (before, raw) = (counters.metres, self.rolls.between(1_000, 9_000));
        let mut odometer = |time, metres: i64| {
            self.push(Kind::Odometer, time, Said::Count(before + metres));
        };
        odometer(start + 2_000, 0);
        if detailed {
            odometer(start + 22_000, 120);
            odometer(start + 42_000, 900);
        }
        odometer(end - 1_000, metres.max(2_000));
        let spent = counters.seconds;
        self.push(Kind::EngineTime, start + 2_000, Said::Count(spent));
        if detailed {
            self.push(Kind::EngineTime, start + 32_000, Said::Count(spent + 30));
            self.push(Kind::OdometerRaw, end - 1_000, Said::Count(before + raw));
            self.push(Kind::EngineTimeRaw, end - 1_000, Said::Count(spent));
            self.push(Kind::Fuel, end - 1_000, Said::Count(raw % 100));
        }
        self.push(Kind::EngineTime, end - 1_000, Said::Count(spent + seconds));
        counters.metres += metres.max(2_000);
        counters.seconds += seconds;
    }
}
