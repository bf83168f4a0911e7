//! What holds for every file.

use std::sync::Arc;

use csvw::{Ending, Limits, Options, Reader, Schema, TrailerRule};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::outcome::{Outcome, columns, drive, fixture, movements, read, read_with};

fn contract() -> Arc<Schema> {
    columns(&["id!", "text", "note"])
}

/// A file of three columns with quoted cells, ragged rows, blank lines, every line end, and sometimes a stray quote.
fn any_file() -> impl Strategy<Value = Vec<u8>> {
    let cell = prop_oneof![
        6 => "[a-zA-Z0-9 é€😀]{0,12}",
        2 => "\"([a-z;,\r\n€]|\"\"){0,12}\"",
        1 => "[a-z\"]{0,4}",
    ];
    let row = prop_oneof![8 => vec(cell.clone(), 3), 1 => vec(cell, 1..6)];
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r"), Just("\n\n")];
    let head = prop_oneof![Just(""), Just("\u{feff}"), Just("A report\n\n")];
    (head, vec((row, end), 0..40), any::<bool>(), 0_u8..4).prop_map(
        |(head, rows, last_end, encoding)| {
            let mut text = format!("{head}id;text;note\r\n");
            let count = rows.len();
            for (index, (cells, end)) in rows.into_iter().enumerate() {
                text.push_str(&cells.join(";"));
                text.push_str(if index + 1 == count && !last_end {
                    ""
                } else {
                    end
                });
            }
            match encoding {
                0 => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
                1 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                _ => text.into_bytes(),
            }
        },
    )
}

/// A stray quote must run into the limit well before the end of these small files.
fn small_rows() -> Options {
    Options {
        limits: Limits {
            max_row_bytes: 120,
            ..Limits::default()
        },
        trailer: Some(TrailerRule::new("TRL")),
    }
}

fn chunks<'f>(file: &'f [u8], cuts: &[Index]) -> Vec<&'f [u8]> {
    let mut cuts: Vec<usize> = cuts
        .iter()
        .map(|cut| cut.index(file.len() + 1))
        .chain([0, file.len()])
        .collect();
    cuts.sort_unstable();
    cuts.windows(2)
        .map(|pair| &file[pair[0]..pair[1]])
        .collect()
}

fn assert_resumes(
    schema: &Arc<Schema>,
    options: &Options,
    file: &[u8],
    whole: &Outcome,
    at: usize,
) -> Result<(), TestCaseError> {
    let position = whole.rows[at].1;
    let rest = &file[usize::try_from(position.byte_offset).unwrap()..];
    let header = serde_json::from_str(&serde_json::to_string(&whole.header).unwrap()).unwrap();
    let reader = Reader::resume(schema.clone(), header, position, options.clone()).unwrap();
    let resumed = drive(reader, rest.chunks(50)).unwrap();
    prop_assert_eq!(&resumed.rows[..], &whole.rows[at + 1..]);
    prop_assert_eq!(&resumed.ending, &whole.ending);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn chunks_do_not_change_rows_or_positions(file in any_file(), cuts in vec(any::<Index>(), 0..30)) {
        let whole = read_with(&contract(), &small_rows(), [&file[..]]);
        prop_assert_eq!(&read_with(&contract(), &small_rows(), chunks(&file, &cuts)), &whole);
        prop_assert_eq!(&read_with(&contract(), &small_rows(), file.chunks(1)), &whole);
    }

    #[test]
    fn reading_resumes_after_every_row(file in any_file()) {
        let Ok(whole) = read_with(&contract(), &small_rows(), [&file[..]]) else { return Ok(()) };
        for at in 0..whole.rows.len() {
            assert_resumes(&contract(), &small_rows(), &file, &whole, at)?;
        }
    }

    #[test]
    fn rows_lie_in_the_file_one_behind_the_other(file in any_file()) {
        let Ok(whole) = read_with(&contract(), &small_rows(), [&file[..]]) else { return Ok(()) };
        let mut last = whole.header.end;
        for (index, (row, position)) in whole.rows.iter().enumerate() {
            let (start, end) = match row {
                Ok(row) => (row.start, row.end),
                Err(error) => (error.bytes.start, error.bytes.end),
            };
            prop_assert!(last <= start && start < end && end == position.byte_offset);
            prop_assert_eq!(position.row, u64::try_from(index + 1).unwrap());
            last = end;
        }
        prop_assert!(last <= u64::try_from(file.len()).unwrap());
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in vec(any::<u8>(), 0..600), head in any::<bool>()) {
        let file = if head { [b"id;text;note\n".to_vec(), bytes].concat() } else { bytes };
        let whole = read_with(&contract(), &small_rows(), [&file[..]]);
        prop_assert_eq!(read_with(&contract(), &small_rows(), file.chunks(3)), whole);
    }

    #[test]
    fn schemas_of_any_text_are_refused_without_a_panic(text in "\\PC{0,200}") {
        prop_assert!(Schema::parse(text.as_bytes()).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Files of several hundred KiB in the reads of a blob: 1 to 64 KiB each.
    #[test]
    fn reads_of_1_to_64_kib_give_the_same(sizes in vec(1_usize << 10..=64 << 10, 1..20), rows in 15_000_usize..30_000) {
        let mut file = "\u{feff}id;text;note\r\n".to_owned();
        (0..rows).for_each(|n| file.push_str(&format!("{n};\"Núñez; \"\"{n}\"\"\r\n2\";{}\r\n", "x".repeat(n % 17))));
        let mut rest = file.as_bytes();
        let reads: Vec<&[u8]> = sizes.iter().cycle().map_while(|&size| {
            let (chunk, behind) = rest.split_at(size.min(rest.len()));
            rest = behind;
            (!chunk.is_empty()).then_some(chunk)
        }).collect();
        let whole = read_with(&contract(), &Options::default(), [file.as_bytes()]).unwrap();
        prop_assert_eq!(whole.good().count(), rows);
        prop_assert!(read_with(&contract(), &Options::default(), reads).unwrap() == whole);
        assert_resumes(&contract(), &Options::default(), file.as_bytes(), &whole, rows / 2)?;
    }
}

/// Every complete row before the cut is there, and the cut is noticed.
fn assert_cut_keeps_rows(schema: &Arc<Schema>, file: &[u8]) {
    let whole = read(schema, file).unwrap();
    for cut in 0..file.len() {
        let complete: Vec<_> = whole
            .good()
            .filter(|row| row.end < u64::try_from(cut).unwrap())
            .collect();
        match read(schema, &file[..cut]) {
            Ok(part) => {
                let found: Vec<_> = part.good().take(complete.len()).collect();
                assert_eq!(found, complete, "cut at {cut}");
                assert!(part.good().count() <= complete.len() + 1, "cut at {cut}");
                let at_line_end = matches!(file[cut - 1], b'\r' | b'\n');
                assert!(
                    at_line_end || part.ending != Ending::Complete,
                    "cut at {cut}"
                );
            }
            Err(error) => assert!(complete.is_empty(), "cut at {cut}: {error}"),
        }
    }
}

#[test]
fn a_cut_at_any_byte_loses_no_complete_row() {
    assert_cut_keeps_rows(&movements(), &fixture("MOVE_DC3_20261109T2030Z_0042.csv"));
    assert_cut_keeps_rows(
        &movements(),
        &fixture("MOVE_DC3_20261109T2030Z_0043_truncated.csv"),
    );
    assert_cut_keeps_rows(
        &contract(),
        "id;text;note\r1;\"a\rb\";é\r2;€;\"\"\"\"\r3;;\r".as_bytes(),
    );
}

#[test]
fn a_cut_windows_1252_file_keeps_its_rows_too() {
    let file = fixture("MOVE_DC3_20261109T2030Z_0042_cp1252.csv");
    let whole = read(&movements(), &file).unwrap();
    for cut in 0..file.len() {
        if let Ok(part) = read(&movements(), &file[..cut]) {
            let complete = whole
                .good()
                .filter(|row| row.end < u64::try_from(cut).unwrap())
                .count();
            assert!(part.good().count() >= complete, "cut at {cut}");
        }
    }
}
