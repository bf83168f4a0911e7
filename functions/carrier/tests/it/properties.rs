//! What holds for any file, however it is cut, repeated, shuffled or written.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use crate::world::{Whole, fixture, in_reads, partners, whole};

pub(crate) const FILES: [&str; 10] = [
    "214_batch.edi",
    "214_delivered_resent.edi",
    "214_bad_se01.edi",
    "214_kinds.edi",
    "210_invoice.edi",
    "210_corrections.edi",
    "990_accept.edi",
    "997_and_ta1.edi",
    "204_and_others.edi",
    "broken_units.edi",
];

/// All files of the story in one, and a file of half a megabyte.
fn long() -> Vec<u8> {
    let all: Vec<u8> = FILES.iter().flat_map(|name| fixture(name)).collect();
    let times = (1 << 19) / all.len() + 1;
    all.repeat(times)
}

/// What a sink that keeps the newest version of each key holds, after these files in this order.
fn kept<'m>(files: impl IntoIterator<Item = &'m Vec<u8>>) -> BTreeMap<String, String> {
    let mut newest: BTreeMap<String, (String, String, String)> = BTreeMap::new();
    for raw in files {
        for document in whole(raw).parsed() {
            let text = |name: &str| document[name].as_str().unwrap().to_owned();
            let key = format!("{}:{}", text("entity"), text("key"));
            let rank = (text("version"), text("content_hash"), text("id"));
            let stored = newest.entry(key).or_default();
            if *stored < rank {
                *stored = rank;
            }
        }
    }
    let ids = newest.into_iter().map(|(key, (_, _, id))| (key, id));
    ids.collect()
}

/// What a file says, without where in it that stands.
fn facts(made: &Whole) -> Vec<Value> {
    let mut facts: Vec<Value> = made
        .parsed()
        .into_iter()
        .map(|mut document| {
            document["provenance"]["raw"] = Value::Null;
            document
        })
        .collect();
    facts.sort_by_key(Value::to_string);
    facts
}

#[test]
fn a_long_file_gives_the_same_in_any_reads() {
    let raw = long();
    let expected = in_reads(&raw, &partners(), std::iter::repeat(usize::MAX), 500);
    for length in [1 << 10, 4 << 10, 64 << 10] {
        let found = in_reads(&raw, &partners(), std::iter::repeat(length), 500);
        assert!(found == expected, "reads of {length} bytes differ");
    }
}

#[test]
fn a_file_gives_the_same_in_reads_of_single_bytes() {
    for name in FILES {
        let raw = fixture(name);
        let expected = whole(&raw);
        let found = in_reads(&raw, &partners(), std::iter::repeat(1), 500);
        assert!(found == expected, "{name}");
    }
}

#[test]
fn how_a_file_is_written_does_not_change_what_it_says() {
    for name in FILES.into_iter().filter(|name| *name != "broken_units.edi") {
        let text = String::from_utf8(fixture(name)).unwrap();
        let plain = facts(&whole(text.as_bytes()));
        let crlf = text.replace('\n', "\r\n");
        let one_line = text.replace('\n', "");
        let bom = format!("\u{feff}\n\n{text}\n\n\u{1a}");
        let indented = text.replace('\n', "\n   ");
        let wrapped: String = one_line
            .as_bytes()
            .chunks(80)
            .map(|line| format!("{}\n", String::from_utf8_lossy(line)))
            .collect();
        let quotes = text.replace('~', "'");
        let feeds = text.replace("~\n", "\n");
        let ellipsis = text.replace('~', "\u{2026}");
        let pipes = text.replace('*', "|");
        for (style, text) in [
            ("crlf", crlf),
            ("one line", one_line),
            ("byte order mark", bom),
            ("indented", indented),
            ("wrapped", wrapped),
            ("quotes", quotes),
            ("line feeds", feeds),
            ("ellipsis", ellipsis),
            ("pipes", pipes),
        ] {
            let found = facts(&whole(text.as_bytes()));
            // The name of an answer is a function of the bytes that it answers; what it says is not.
            assert!(found == plain, "{name}, {style}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn random_reads_give_the_same(lengths in prop::collection::vec(1_usize..=64 << 10, 1..40), most in 1_usize..40) {
        let raw = long();
        let expected = in_reads(&raw, &partners(), std::iter::repeat(usize::MAX), 500);
        let found = in_reads(&raw, &partners(), lengths.into_iter().cycle(), most);
        prop_assert!(found == expected);
    }
}

proptest! {
    #[test]
    fn any_order_and_any_repetition_end_in_the_same_rows(
        order in Just((0..FILES.len()).collect::<Vec<_>>()).prop_shuffle(),
        again in prop::collection::vec(0..FILES.len(), 0..12),
    ) {
        let files: Vec<Vec<u8>> = FILES.iter().map(|name| fixture(name)).collect();
        let expected = kept(&files);
        let shuffled = again.iter().chain(&order).map(|index| &files[*index]);
        prop_assert_eq!(kept(shuffled), expected);
    }

    #[test]
    fn any_bytes_are_read_without_panic(raw in prop::collection::vec(any::<u8>(), 0..400)) {
        let made = whole(&raw);
        prop_assert!(!made.rejections.is_empty());
        prop_assert!(made.documents.is_empty());
    }

    #[test]
    fn any_elements_are_read_without_panic(
        id in "214|210|990|997|999|204",
        segments in prop::collection::vec(
            "(B10|L11|N9|N1|N4|LX|AT7|MS1|MS2|B3|C3|L0|L1|L3|L5|N7|B1|V9|AK1|AK2|AK3|AK4|AK5|AK9)(\\*[ -)+-}é]{0,9}){0,12}",
            0..12,
        ),
    ) {
        let body: String = segments.iter().map(|segment| format!("{segment}~")).collect();
        let raw = format!(
            "ISA*00*          *00*          *02*TSTL           *ZZ*LOGIHUB        *261109*1935*U*00401*000007702*0*P*>~\
             GS*QM*TSTL*LOGIHUB*20261109*1935*7702*X*004010~ST*{id}*0001~{body}SE*{}*0001~GE*1*7702~IEA*1*000007702~",
            segments.len() + 2,
        );
        let made = whole(raw.as_bytes());
        let units = made.keys().len() + made.rejections.len();
        prop_assert!(units >= 1, "a set leaves a record or a rejection: {raw}");
    }
}
