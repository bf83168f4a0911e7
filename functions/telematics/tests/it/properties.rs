//! What holds for any page.

use std::collections::BTreeSet;

use feed::Reason;
use fixtures::{damaged, hostile, places, with_raw};
use proptest::prelude::*;
use serde_json::{Value, json};
use telematics::{config::Stream, normalize::Kept};

use crate::world::{fixture, ids, take, with_normalized};

const PAGES: [(&str, Stream); 7] = [
    ("samsara_page1.json", Stream::SamsaraGps),
    ("samsara_page2.json", Stream::SamsaraGps),
    ("samsara_quirks.json", Stream::SamsaraGps),
    ("geotab_logrecord.json", Stream::GeotabLogRecord),
    ("geotab_status_data.json", Stream::GeotabStatusData),
    ("geotab_trip.json", Stream::GeotabTrip),
    ("geotab_device.json", Stream::GeotabDevice),
];

#[test]
fn a_page_cut_anywhere_never_panics_and_is_malformed() {
    for (name, stream) in PAGES {
        let raw = fixture(name);
        let whole = raw.trim_ascii_end().len();
        for length in 0..whole {
            with_normalized(&raw[..length], stream, |normalized| {
                assert!(normalized.records.is_empty(), "{name} cut at {length}");
                assert_eq!(normalized.rejections.len(), 1, "{name} cut at {length}");
                let reason = normalized.rejections[0].reason;
                assert_eq!(reason, Reason::MalformedMessage, "{name} cut at {length}");
            });
        }
    }
}

fn page_of(rows: &[Value], stream: Stream) -> Vec<u8> {
    let page = if stream == Stream::SamsaraGps {
        json!({ "data": rows, "pagination": { "endCursor": "c", "hasNextPage": false } })
    } else {
        json!({ "result": { "data": rows, "toVersion": "a" } })
    };
    serde_json::to_vec(&page).unwrap()
}

#[test]
fn any_field_of_a_row_dropped_or_swapped_spares_its_neighbours() {
    for (name, stream, pointer) in [
        ("samsara_page1.json", Stream::SamsaraGps, "/data/0"),
        (
            "geotab_logrecord.json",
            Stream::GeotabLogRecord,
            "/result/data/0",
        ),
        (
            "geotab_status_data.json",
            Stream::GeotabStatusData,
            "/result/data/0",
        ),
        ("geotab_trip.json", Stream::GeotabTrip, "/result/data/0"),
        ("geotab_device.json", Stream::GeotabDevice, "/result/data/0"),
    ] {
        let page: Value = serde_json::from_slice(&fixture(name)).unwrap();
        let row = page.pointer(pointer).unwrap().clone();
        let mut neighbour = row.clone();
        if matches!(stream, Stream::SamsaraGps | Stream::GeotabDevice) {
            neighbour["id"] = json!("7");
        } else {
            neighbour["device"] = json!({ "id": "7" });
        }
        let alone = ids([&page_of(&[neighbour.clone()], stream)], stream);
        let all = places(&row);
        assert!(all.len() > 5);
        for place in all {
            for mutant in damaged(&row, &place) {
                let raw = page_of(&[mutant, neighbour.clone()], stream);
                let found = ids([&raw], stream);
                assert!(
                    found.is_superset(&alone),
                    "{name} {place}: the neighbour is missing"
                );
                with_normalized(&raw, stream, |normalized| {
                    for rejection in &normalized.rejections {
                        assert_eq!(rejection.reason, Reason::InvalidUnit, "{name} {place}");
                        assert!(
                            rejection.place.contains("data[0]"),
                            "{name} {place}: {}",
                            rejection.place
                        );
                    }
                });
            }
        }
    }
}

#[test]
fn hostile_values_cost_their_own_row_at_most() {
    for (name, stream) in PAGES {
        let whole: Value = serde_json::from_slice(&fixture(name)).unwrap();
        let list = if stream == Stream::SamsaraGps {
            "/data"
        } else {
            "/result/data"
        };
        let rows = whole.pointer(list).and_then(Value::as_array).unwrap();
        let (hit, spared) = (rows.len() - 1, rows[..rows.len() - 1].to_vec());
        let spared = with_normalized(&page_of(&spared, stream), stream, |found| {
            found.rejections.len()
        });
        let all = places(&whole);
        let own = format!("{list}/{hit}");
        for place in all.iter().filter(|place| place.starts_with(&own)) {
            for raw in hostile() {
                let raw = with_raw(&whole, place, &raw);
                with_normalized(&raw, stream, |found| {
                    let others = found.rejections.iter();
                    let others = others
                        .filter(|rejection| !rejection.place.contains(&format!("data[{hit}]")));
                    assert_eq!(others.count(), spared, "{name} {place}");
                });
            }
        }
    }
}

/// A drive of one vehicle: seconds and microdegrees between readings.
fn drive(step_seconds: std::ops::Range<i64>, readings: usize) -> impl Strategy<Value = Vec<Value>> {
    let step = (step_seconds, 0_i64..8_000);
    prop::collection::vec(step, 1..readings).prop_map(|steps| {
        let (mut at, mut lat_e6) = (1_794_225_600_000_i64, 40_000_000_i64);
        steps
            .into_iter()
            .map(|(seconds, north_e6)| {
                at += seconds * 1_000;
                lat_e6 += north_e6;
                let time = jiff::Timestamp::from_millisecond(at).unwrap().to_string();
                let degrees: f64 = format!("{}.{:06}", lat_e6 / 1_000_000, lat_e6 % 1_000_000).parse().unwrap();
                json!({ "time": time, "latitude": degrees, "longitude": -74.0, "speedMilesPerHour": 7 })
            })
            .collect()
    })
}

fn gps_page(readings: &[Value]) -> Vec<u8> {
    let row = json!({ "id": "1", "name": "Truck 1", "gps": readings });
    page_of(&[row], Stream::SamsaraGps)
}

/// Time and latitude of the readings that are kept of a page.
fn kept_of(raw: &[u8]) -> Vec<(i64, i64)> {
    with_normalized(raw, Stream::SamsaraGps, |normalized| {
        let kept = normalized
            .records
            .iter()
            .filter_map(|record| match record.change() {
                record::Change::Upsert(record::Body::VehiclePosition(body)) => {
                    Some((body.reading_time.0, body.lat_e6.unwrap()))
                }
                _ => None,
            });
        kept.collect()
    })
}

proptest! {
    #[test]
    fn pages_a_minute_apart_give_the_same_documents_in_any_order_and_number(
        (readings, order) in drive(60..200, 40).prop_flat_map(|readings| {
            let pages = readings.len().div_ceil(3);
            let order = prop::collection::vec(0..pages, 0..10)
                .prop_map(move |mut order| { order.extend(0..pages); order })
                .prop_shuffle();
            (Just(readings), order)
        })
    ) {
        let pages: Vec<_> = readings.chunks(3).map(gps_page).collect();
        let stream = Stream::SamsaraGps;
        prop_assert_eq!(ids(order.iter().map(|&index| &pages[index]), stream), ids(&pages, stream));
    }

    #[test]
    fn pages_that_overlap_give_the_documents_of_those_that_do_not(
        readings in drive(5..40, 60), length in 1_usize..12, overlap in 0_usize..4
    ) {
        let stream = Stream::SamsaraGps;
        let plain: Vec<_> = readings.chunks(length).map(gps_page).collect();
        let overlapping: Vec<_> = (0..readings.len())
            .step_by(length)
            .map(|from| gps_page(&readings[from.saturating_sub(overlap)..readings.len().min(from + length)]))
            .collect();
        prop_assert_eq!(ids(&overlapping, stream), ids(&plain, stream));
        let whole = gps_page(&readings);
        prop_assert_eq!(ids([&whole], stream), ids(&plain, stream));
    }

    #[test]
    fn a_page_read_again_after_a_crash_gives_the_same_documents(readings in drive(5..90, 60), at in 0_usize..60) {
        let stream = Stream::SamsaraGps;
        let (before, page) = readings.split_at(at.min(readings.len()));
        let (before, page) = (gps_page(before), gps_page(page));
        let mut ids = BTreeSet::new();
        let kept = take(&before, stream, &Kept::default(), &mut ids);
        let (mut once, mut twice) = (BTreeSet::new(), BTreeSet::new());
        let stored = serde_json::to_string(&kept).unwrap();
        take(&page, stream, &kept, &mut once);
        take(&page, stream, &serde_json::from_str(&stored).unwrap(), &mut twice);
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn the_order_within_a_page_does_not_matter(
        (readings, shuffled) in drive(5..90, 30).prop_flat_map(|readings| (Just(readings.clone()), Just(readings).prop_shuffle()))
    ) {
        let stream = Stream::SamsaraGps;
        prop_assert_eq!(ids([&gps_page(&shuffled)], stream), ids([&gps_page(&readings)], stream));
    }

    #[test]
    fn what_is_dropped_is_close_to_something_kept(readings in drive(1..70, 60)) {
        let kept = kept_of(&gps_page(&readings));
        for reading in &readings {
            let time: jiff::Timestamp = reading["time"].as_str().unwrap().parse().unwrap();
            let time = time.as_millisecond();
            let lat_e6 = record::microdegrees(reading["latitude"].as_f64().unwrap(), 90.0).unwrap();
            let (last_time, last_lat_e6) = *kept.iter().rfind(|(kept, _)| *kept <= time).unwrap();
            prop_assert!(time == last_time || (time - last_time < 60_000 && lat_e6 - last_lat_e6 < 4_500));
        }
        for pair in kept.windows(2) {
            prop_assert!(pair[1].0 - pair[0].0 >= 60_000 || pair[1].1 - pair[0].1 > 4_490);
        }
    }

    #[test]
    fn any_bytes_never_panic(raw in prop::collection::vec(any::<u8>(), 0..200)) {
        for stream in Stream::ALL {
            with_normalized(&raw, stream, |normalized| assert_eq!(normalized.rejections.len(), 1));
        }
    }
}

#[test]
fn the_samples_give_the_same_documents_in_either_order() {
    let stream = Stream::SamsaraGps;
    let pages = [fixture("samsara_page1.json"), fixture("samsara_page2.json")];
    let [first, second] = &pages;
    let in_order = ids([first, second], stream);
    assert_eq!(in_order, ids([second, first], stream));
    assert_eq!(
        in_order,
        ids([second, second, first, second, first], stream)
    );
    // Five positions, one of them on both pages; an engine state, two odometers; with VIN and without.
    assert_eq!(in_order.len(), 5 + 1 + 2 + 2);
}
