//! Every fixture gives exactly the documents and rejections written beside it. `UPDATE_GOLDEN=1` writes them anew.

use std::path::Path;

use telematics::config::Stream;

use crate::world::{FIXTURES, fixture, outcome, with_normalized};

fn check(case: &str, stream: Stream) {
    let outcome = outcome(&fixture(&format!("{case}.json")), stream);
    FIXTURES.is_golden(case, &outcome);
}

#[test]
fn a_page_of_samsara_is_positions_and_a_vehicle() {
    check("samsara_page1", Stream::SamsaraGps);
}

#[test]
fn a_page_that_repeats_a_point_gives_it_the_same_id() {
    check("samsara_page2", Stream::SamsaraGps);
}

#[test]
fn an_idle_page_is_nothing() {
    check("samsara_page3_idle", Stream::SamsaraGps);
}

#[test]
fn what_is_odd_at_samsara_costs_only_itself() {
    check("samsara_quirks", Stream::SamsaraGps);
}

#[test]
fn a_page_of_geotab_is_positions() {
    check("geotab_logrecord", Stream::GeotabLogRecord);
}

#[test]
fn diagnostics_that_we_know_are_readings() {
    check("geotab_status_data", Stream::GeotabStatusData);
}

#[test]
fn a_trip_calculated_anew_is_a_newer_version() {
    check("geotab_trip", Stream::GeotabTrip);
}

#[test]
fn a_device_is_a_vehicle() {
    check("geotab_device", Stream::GeotabDevice);
}

#[test]
fn an_error_with_a_good_status_is_no_page() {
    check("geotab_overlimit_http200", Stream::GeotabLogRecord);
}

/// Counts of the public captures: documents and rejections.
#[test]
fn public_captures_are_read() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/telematics");
    if !data.is_dir() {
        println!("skipped: {} is not there", data.display());
        return;
    }
    for (name, stream, records, rejections) in [
        (
            "samsara_gps_readings_page_response",
            Stream::SamsaraGps,
            5,
            0,
        ),
        (
            "samsara_odometer_readings_page_response",
            Stream::SamsaraOdometer,
            6,
            0,
        ),
        ("samsara_locations_feed", Stream::SamsaraGps, 0, 0),
        ("samsara_vehicle-stats", Stream::SamsaraGps, 15, 0),
        (
            "geotab_log_records_feed_page_1_response",
            Stream::GeotabLogRecord,
            2,
            0,
        ),
        (
            "geotab_status_data_feed_page_1_response",
            Stream::GeotabStatusData,
            0,
            0,
        ),
        ("geotab_html_error_page", Stream::GeotabLogRecord, 0, 1),
        ("geotab_invalid_session", Stream::GeotabLogRecord, 0, 1),
        ("geotab_over_limit", Stream::GeotabLogRecord, 0, 1),
    ] {
        let raw = std::fs::read(data.join(format!("{name}.json"))).unwrap();
        with_normalized(&raw, stream, |normalized| {
            let found = (normalized.records.len(), normalized.rejections.len());
            assert_eq!(found, (records, rejections), "{name}");
        });
    }
}
