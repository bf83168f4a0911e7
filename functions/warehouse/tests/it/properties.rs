//! What holds for every way of cutting a file.

use encoding_rs::WINDOWS_1252;
use proptest::prelude::*;
use serde_json::Value;

use crate::world::{Made, fixture, made};

const FILES: [&str; 4] = [
    "MOVE_DC3_20261109T2030Z_0042.csv",
    "MOVE_DC3_20261109T2030Z_0042_cp1252.csv",
    "MOVE_DC3_20261101T0700Z_0007_quirks.csv",
    "SHIP_DC3_20261109T2100Z_0003.csv",
];

/// A file of so many rows, some of them repeated, bad or quoted over lines.
fn long(rows: usize) -> Vec<u8> {
    use std::fmt::Write as _;
    let mut text =
        "\u{feff}movement_id;warehouse;movement_type;movement_ts;sku;qty;uom;reason\r\n".to_owned();
    for row in 0..rows {
        let id = 900_000 + row - usize::from(row % 97 == 96);
        let reason = match row % 31 {
            0 => "\"two\nlines; and a \"\"quote\"\"\"",
            1 => "Núñez",
            _ => "",
        };
        let qty = if row % 53 == 52 { "twelve" } else { "12.50" };
        write!(
            text,
            "{id};DC3;PICK;2026-11-09 14:{:02}:{:02};SKU-{row};{qty};EA;{reason}\r\n",
            row / 60 % 60,
            row % 60,
        )
        .unwrap();
    }
    text.into_bytes()
}

fn facts(made: &Made) -> (Vec<Value>, Vec<Value>) {
    (made.documents.clone(), made.rejections.clone())
}

#[test]
fn reads_of_any_length_give_the_same_records() {
    let file = long(8_000);
    let name = "in/MOVE_DC3_20261109T2030Z_0099.csv";
    let whole = made(name, &file, &[usize::MAX]);
    assert!(whole.documents.len() > 7_800 && whole.rejections.len() == 150);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(24));
    let lengths = prop::collection::vec(1_024_usize..=65_536, 1..12);
    let checked = runner.run(&lengths, |lengths| {
        prop_assert_eq!(facts(&made(name, &file, &lengths)), facts(&whole));
        Ok(())
    });
    checked.unwrap();
    for name in FILES {
        let file = fixture(name);
        let whole = made(name, &file, &[usize::MAX]);
        for length in [1, 2, 3, 7, 64] {
            assert_eq!(
                facts(&made(name, &file, &[length])),
                facts(&whole),
                "{name} {length}"
            );
        }
    }
}

#[test]
fn a_cut_at_any_byte_loses_no_row_before_it() {
    for name in FILES {
        let file = fixture(name);
        let whole = made(name, &file, &[usize::MAX]);
        for cut in 0..file.len() {
            let part = made(name, &file[..cut], &[usize::MAX]);
            let complete = whole
                .row_ends
                .iter()
                .filter(|end| **end < cut as u64)
                .count();
            assert!(part.row_ends.len() >= complete, "{name} cut at {cut}");
            let place = |document: &Value| document["provenance"]["raw"]["place"].clone();
            // All rows that ended before the cut say what they say in the whole file.
            let last = whole
                .row_ends
                .get(complete.wrapping_sub(1))
                .copied()
                .unwrap_or(0);
            let before = |made: &Made| -> Vec<Value> {
                let ends = |document: &Value| -> u64 {
                    let place = place(document);
                    place
                        .as_str()
                        .unwrap()
                        .rsplit("..")
                        .next()
                        .unwrap()
                        .parse()
                        .unwrap()
                };
                let documents = made
                    .documents
                    .iter()
                    .filter(|document| ends(document) <= last);
                documents.cloned().collect()
            };
            assert_eq!(before(&part), before(&whole), "{name} cut at {cut}");
        }
    }
}

/// Facts without the places in the file, which move with its encoding.
fn without_places(made: &Made) -> Vec<Value> {
    let id = |document: &Value| document["id"].clone();
    made.documents.iter().map(id).collect()
}

#[test]
fn encodings_delimiters_and_line_ends_do_not_matter() {
    let name = "MOVE_DC3_20261109T2030Z_0042.csv";
    let original = fixture(name);
    let expected = without_places(&made(name, &original, &[64]));
    assert_eq!(expected.len(), 10, "{expected:?}");
    let text = String::from_utf8(original).unwrap();
    let plain = text.trim_start_matches('\u{feff}');
    let utf16 = |big: bool, mark: bool| -> Vec<u8> {
        let units = plain.encode_utf16();
        let bytes = units.flat_map(|unit| {
            if big {
                unit.to_be_bytes()
            } else {
                unit.to_le_bytes()
            }
        });
        let mark: &[u8] = match (mark, big) {
            (false, _) => &[],
            (true, true) => &[0xfe, 0xff],
            (true, false) => &[0xff, 0xfe],
        };
        mark.iter().copied().chain(bytes).collect()
    };
    let variants: Vec<(&str, Vec<u8>)> = vec![
        ("no mark", plain.as_bytes().to_vec()),
        ("LF", text.replace("\r\n", "\n").into_bytes()),
        ("CR", text.replace("\r\n", "\r").into_bytes()),
        ("TAB", text.replace(';', "\t").into_bytes()),
        ("pipe", text.replace(';', "|").into_bytes()),
        ("windows-1252", WINDOWS_1252.encode(plain).0.into_owned()),
        ("UTF-16LE with mark", utf16(false, true)),
        ("UTF-16BE with mark", utf16(true, true)),
        ("UTF-16LE", utf16(false, false)),
        ("more columns", text.replace("\r\n", ";x\r\n").into_bytes()),
        (
            "a title above",
            format!("Movements of the day\r\n{plain}").into_bytes(),
        ),
    ];
    for (what, bytes) in variants {
        let made = made(name, &bytes, &[64]);
        assert_eq!(made.rejections, [] as [Value; 0], "{what}");
        assert_eq!(without_places(&made), expected, "{what}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_behind_a_header_are_rows_or_rejections(tail in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut file = b"movement_id;warehouse;movement_type;movement_ts;sku;qty;uom\n".to_vec();
        file.extend_from_slice(&tail);
        let made = made("MOVE_DC3_20261109T2030Z_1.csv", &file, &[37]);
        let documents = made.documents.iter().filter(|document| document["entity"] == "inventory_movement").count();
        prop_assert!(documents + made.rejections.len() >= made.row_ends.len());
    }

    #[test]
    fn any_bytes_at_all_end(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let made = made("MOVE_DC3_20261109T2030Z_1.csv", &bytes, &[11]);
        prop_assert!(made.ending.is_some() || made.rejections.len() == 1);
    }
}
