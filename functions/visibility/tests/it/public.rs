//! Public files, where they are at hand: nothing panics, every event is a record or a rejection, counts as listed.

use std::{fs, path::PathBuf};

use feed::Reason;
use visibility::normalize::{Standard, normalize};

use crate::world::message;

/// The file, its standard, its events, and how many of them cannot be taken.
const FILES: [(&str, Standard, usize, usize); 10] = [
    ("AggregationEvent.json", Standard::Epcis, 1, 0),
    ("ObjectEvent_with_digitalLink.json", Standard::Epcis, 1, 0),
    (
        "ObjectEvent_with_error_declaration.json",
        Standard::Epcis,
        2,
        0,
    ),
    (
        "ObjectEvent_with_invalid_eventTime_format.json",
        Standard::Epcis,
        1,
        1,
    ),
    (
        "ObjectEvent_without_action_and_eventTime.json",
        Standard::Epcis,
        1,
        1,
    ),
    ("tnt-220-response.json", Standard::Dcsa2, 7, 0),
    (
        "tnt-220-response-wrong-date-times.json",
        Standard::Dcsa2,
        7,
        7,
    ),
    ("tnt-300-request-equipment.json", Standard::Dcsa3, 1, 0),
    ("tnt-300-request-transport.json", Standard::Dcsa3, 1, 0),
    ("tnt-300-response.json", Standard::Dcsa3, 5, 0),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/visibility")
}

#[test]
fn public_files_give_what_is_listed() {
    for (name, standard, events, rejected) in FILES {
        let Ok(raw) = fs::read(folder().join(name)) else {
            eprintln!("skipped: {name} is not at hand");
            continue;
        };
        let message = message(&raw);
        let outcome = normalize(standard, &message);
        assert_eq!(outcome.events, events, "{name}");
        assert_eq!(
            outcome.normalized.rejections.len(),
            rejected,
            "{name}: {:?}",
            outcome.feedback
        );
    }
}

#[test]
fn a_document_of_all_kinds_is_taken_but_for_what_nothing_here_is_about() {
    let name = "Combination_of_different_event.json";
    let Ok(raw) = fs::read(folder().join(name)) else {
        eprintln!("skipped: {name} is not at hand");
        return;
    };
    let message = message(&raw);
    let outcome = normalize(Standard::Epcis, &message);
    let reasons: Vec<_> = outcome
        .normalized
        .rejections
        .iter()
        .map(|rejection| (rejection.reason, rejection.place.as_str()))
        .collect();
    assert_eq!(
        reasons,
        [
            (Reason::Unsupported, "$.epcisBody.eventList[3].type"),
            (Reason::Unsupported, "$.epcisBody.eventList[5].type"),
        ]
    );
    assert_eq!(
        outcome.normalized.records.len(),
        4,
        "three scans and a declaration"
    );
}

/// Every file in the folder that `CROSSDOCK_VISIBILITY_FILES` names, whatever it holds and by whichever route it comes in:
/// nothing panics, and what becomes no record is told to the sender.
#[test]
fn any_folder_of_files_is_taken() {
    let folder = std::env::var_os("CROSSDOCK_VISIBILITY_FILES").map_or_else(folder, PathBuf::from);
    let Ok(entries) = fs::read_dir(&folder) else {
        eprintln!("skipped: {} is not at hand", folder.display());
        return;
    };
    for path in entries.map(|entry| entry.unwrap().path()) {
        let Ok(raw) = fs::read(&path) else { continue };
        for standard in Standard::ALL {
            let message = message(&raw);
            let outcome = normalize(standard, &message);
            let name = path.file_name().unwrap_or_default().display();
            let (records, rejected) = (
                outcome.normalized.records.len(),
                outcome.normalized.rejections.len(),
            );
            eprintln!(
                "{name} as {}: {} events, {records} records, {rejected} dead letters: {}",
                standard.as_str(),
                outcome.events,
                outcome.told()
            );
            assert!(!outcome.unread || rejected == 1, "{name}");
            assert!(
                outcome.events >= rejected - usize::from(outcome.unread),
                "{name}"
            );
            let told = |rejection: &ingest::Rejection<'_>| {
                outcome
                    .feedback
                    .iter()
                    .any(|told| told.property_path == rejection.place)
            };
            assert!(outcome.normalized.rejections.iter().all(told), "{name}");
        }
    }
}
