//! Our own samples.

use csvw::{Ending, FileError, Reader, Step};

use crate::outcome::{Outcome, fixture, movements, read};

fn sample(name: &str) -> Outcome {
    read(&movements(), &fixture(name)).unwrap()
}

#[test]
fn the_sample_with_a_mark_reads_as_written() {
    let read = sample("MOVE_DC3_20261109T2030Z_0042.csv");
    assert_eq!(
        (read.encoding, read.header.delimiter, read.ending.clone()),
        ("UTF-8", ';', Ending::Complete)
    );
    assert_eq!(read.header.titles.len(), 14);
    assert_eq!(read.bad().count(), 0);
    let rows = read.cells();
    assert_eq!(rows.len(), 4);
    assert_eq!(
        rows[0][..4],
        ["884120", "DC3", "RECEIPT", "2026-11-09 14:58:07"]
    );
    assert_eq!(rows[2][13], "Núñez, \"Chema\"");
    assert_eq!(rows[2], rows[3]);
    let numbers: Vec<u64> = read.good().map(|row| row.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

#[test]
fn byte_ranges_cut_rows_out_of_the_file() {
    let file = fixture("MOVE_DC3_20261109T2030Z_0042.csv");
    for row in sample("MOVE_DC3_20261109T2030Z_0042.csv").good() {
        let cut = &file[usize::try_from(row.start).unwrap()..usize::try_from(row.end).unwrap()];
        assert!(
            cut.starts_with(row.cells[0].as_bytes()) && !cut.ends_with(b"\r"),
            "{row:?}"
        );
    }
}

#[test]
fn renamed_titles_and_windows_1252_give_the_same_rows() {
    let (renamed, plain) = (
        sample("MOVE_DC3_20261109T2030Z_0042_cp1252.csv"),
        sample("MOVE_DC3_20261109T2030Z_0042.csv"),
    );
    assert_eq!(renamed.encoding, "windows-1252");
    assert_eq!(renamed.cells(), plain.cells());
    assert_eq!(renamed.header.titles[4], "Order No.");
}

#[test]
fn a_file_cut_inside_a_row_keeps_the_rows_before_it() {
    let read = sample("MOVE_DC3_20261109T2030Z_0043_truncated.csv");
    assert_eq!(read.good().count(), 2);
    let size = u64::try_from(fixture("MOVE_DC3_20261109T2030Z_0043_truncated.csv").len()).unwrap();
    let Ending::Partial { bytes } = read.ending else {
        panic!("{:?}", read.ending)
    };
    assert_eq!(bytes.end, size);
    assert_eq!(
        &fixture("MOVE_DC3_20261109T2030Z_0043_truncated.csv")
            [usize::try_from(bytes.start).unwrap()..],
        b"884130;DC3;PICK;2026-11-"
    );
}

#[test]
fn values_of_the_sample_have_their_types() {
    let schema = movements();
    let column = |name: &str| schema.column(name).unwrap();
    let (qty, at, line) = (column("qty"), column("movement_ts"), column("line_no"));
    let (sscc, reason) = (column("sscc"), column("reason"));
    let mut reader = Reader::new(schema.clone(), csvw::Options::default());
    reader.feed(&fixture("MOVE_DC3_20261109T2030Z_0042.csv"));
    reader.finish();
    let Step::Row(row) = reader.step().unwrap() else {
        panic!("a row")
    };
    row.check().unwrap();
    assert_eq!(row.decimal(qty).unwrap().unwrap().to_string(), "120");
    assert_eq!(row.integer(line).unwrap().unwrap(), "10000");
    assert_eq!(row.text(sscc).unwrap(), "006141410000070015");
    assert_eq!(row.text(reason), None);
    let at = row.date_time(at).unwrap().unwrap();
    assert_eq!(
        (at.time.hour, at.offset_minutes, &*at.text),
        (14, None, "2026-11-09 14:58:07")
    );
    assert!(matches!(at.text, std::borrow::Cow::Borrowed(_)));
}

#[test]
fn what_is_no_file_of_rows_is_named() {
    let error = |file: &[u8]| read(&movements(), file).unwrap_err();
    assert_eq!(error(b""), FileError::Empty { bytes: 0 });
    assert_eq!(error(b"\xef\xbb\xbf"), FileError::Empty { bytes: 3 });
    assert_eq!(
        error(b"\xef\xbb\xbf\r\n\r\n"),
        FileError::Empty { bytes: 7 }
    );
    assert_eq!(error(b"x"), FileError::TooShort { bytes: 1 });
    assert_eq!(
        error(b"PK\x03\x04\x14\0\0\0").to_string(),
        "the bytes are a ZIP archive, not text"
    );
    let FileError::MissingColumns {
        missing,
        header,
        cut,
    } = error(b"title of a report\nmovement_id,warehouse,sku\n1,2,3\n")
    else {
        panic!("missing columns")
    };
    assert_eq!(missing, ["movement_type", "movement_ts", "qty", "uom"]);
    assert_eq!((header.as_str(), cut), ("movement_id,warehouse,sku", false));
}
