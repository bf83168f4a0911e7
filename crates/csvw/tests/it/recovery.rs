//! Bad rows, odd dialects, odd endings.

use csvw::{Ending, FileError, Limits, Options, RowFault, TrailerRule};
use serde_json::json;

use crate::outcome::{columns, read, read_with, schema};

fn trailer() -> Options {
    Options {
        trailer: Some(TrailerRule::new("TRL")),
        ..Options::default()
    }
}

#[test]
fn ragged_rows_cost_only_themselves() {
    let file = read(&columns(&["a!", "b"]), b"a;b\n1;2\n3\n4;5;6;7;8\n\n9;0\n").unwrap();
    assert_eq!(file.cells(), [["1", "2"], ["9", "0"]]);
    let bad: Vec<_> = file
        .bad()
        .map(|e| (e.row, e.bytes.clone(), e.fault.clone(), &*e.raw))
        .collect();
    assert_eq!(
        bad[0],
        (
            2,
            8..9,
            RowFault::TooFewCells {
                found: 1,
                expected: 2
            },
            &b"3"[..]
        )
    );
    assert_eq!(
        bad[1],
        (
            3,
            10..19,
            RowFault::TooManyCells {
                found: 5,
                expected: 2
            },
            &b"4;5;6;7;8"[..]
        )
    );
    assert_eq!(file.good().last().unwrap().number, 4);
}

#[test]
fn every_line_end_and_delimiter_reads_alike() {
    for delimiter in [";", ",", "\t", "|"] {
        for end in ["\n", "\r\n", "\r"] {
            let text = "A Title|x\r\n\n\"a\"|b|c\n1|\"x\r\ny \"\"z\"\"\"|3\n4||6\n"
                .replace('|', delimiter);
            let text = text
                .replace("\r\n", "\u{1}")
                .replace('\n', end)
                .replace('\u{1}', "\r\n");
            let file = read(&columns(&["a!", "b!", "c"]), text.as_bytes()).unwrap();
            assert_eq!(
                file.cells(),
                [["1", "x\r\ny \"z\"", "3"], ["4", "", "6"]],
                "{delimiter:?} {end:?}"
            );
            assert_eq!(file.ending, Ending::Complete);
        }
    }
}

#[test]
fn a_stray_quote_costs_one_line() {
    let options = Options {
        limits: Limits {
            max_row_bytes: 40,
            ..Limits::default()
        },
        trailer: None,
    };
    let mut text = b"a,b\n1,2\n3,\"oops\n".to_vec();
    (0..20).for_each(|n| text.extend_from_slice(format!("{n},x\n").as_bytes()));
    let file = read_with(&columns(&["a!", "b"]), &options, text.chunks(7)).unwrap();
    assert_eq!(file.good().count(), 21);
    let bad: Vec<_> = file.bad().collect();
    assert_eq!(
        (bad.len(), bad[0].row, bad[0].bytes.clone(), &*bad[0].raw),
        (1, 2, 8..15, &b"3,\"oops"[..])
    );
    assert_eq!(bad[0].fault, RowFault::TooLong { max_row_bytes: 40 });
}

#[test]
fn a_line_over_the_limit_is_dropped_in_pieces() {
    let options = Options {
        limits: Limits {
            max_row_bytes: 100,
            ..Limits::default()
        },
        trailer: None,
    };
    let mut text = b"a,b\n1,2\n3,".to_vec();
    text.extend(std::iter::repeat_n(b'x', 5_000));
    text.extend_from_slice(b"\n5,6\n");
    for size in [1, 64, 10_000] {
        let file = read_with(&columns(&["a!", "b"]), &options, text.chunks(size)).unwrap();
        assert_eq!(file.cells(), [["1", "2"], ["5", "6"]]);
        let bad: Vec<_> = file.bad().collect();
        assert_eq!(
            (bad[0].bytes.clone(), bad[0].raw.len(), bad[0].row),
            (8..5_010, 100, 2)
        );
        assert_eq!(file.good().last().unwrap().number, 3);
    }
}

#[test]
fn a_row_of_exactly_the_limit_is_taken() {
    let options = Options {
        limits: Limits {
            max_row_bytes: 4,
            ..Limits::default()
        },
        trailer: None,
    };
    let file = read_with(
        &columns(&["a!", "b"]),
        &options,
        [&b"a,b\n12,3\n12,34\n"[..]],
    )
    .unwrap();
    assert_eq!(
        (file.cells(), file.bad().count()),
        (vec![vec!["12", "3"]], 1)
    );
}

#[test]
fn trailers_count_every_row() {
    let schema = columns(&["a!", "b", "c"]);
    let ending = |text: &str| {
        read_with(&schema, &trailer(), [text.as_bytes()])
            .unwrap()
            .ending
    };
    assert_eq!(ending("a;b;c\n1;2;3\n4;5\nTRL;2\n"), Ending::Complete);
    assert_eq!(ending("a;b;c\n1;2;3\n4;5;6\nTRL; 002"), Ending::Complete);
    assert_eq!(
        ending("a;b;c\n1;2;3\nTRL;2\n"),
        Ending::CountMismatch {
            stated: "2".to_owned(),
            rows: 1
        }
    );
    assert_eq!(
        ending("a;b;c\n1;2;3\nTRL\n"),
        Ending::CountMismatch {
            stated: String::new(),
            rows: 1
        }
    );
    assert_eq!(ending("a;b;c\n1;2;3\n"), Ending::TrailerMissing { rows: 1 });
    assert_eq!(
        ending("a;b;c\n1;2;3\nTR"),
        Ending::Partial { bytes: 12..14 }
    );
    let late = read_with(&schema, &trailer(), [&b"a;b;c\nTRL;0\n1;2;3\n"[..]]).unwrap();
    assert_eq!(late.bad().next().unwrap().fault, RowFault::AfterTrailer);
    assert_eq!((late.rows[0].1.byte_offset, late.rows[0].1.row), (5, 0));
    assert_eq!(late.ending, Ending::Complete);
}

#[test]
fn endings_tell_what_is_missing() {
    let schema = columns(&["a!", "b"]);
    let ending = |text: &str| read(&schema, text.as_bytes()).unwrap().ending;
    assert_eq!(ending("a;b\n"), Ending::Complete);
    assert_eq!(ending("a;b"), Ending::Partial { bytes: 0..3 });
    assert_eq!(ending("a;b\n1;2"), Ending::Unterminated { bytes: 4..7 });
    assert_eq!(ending("a;b\n1"), Ending::Partial { bytes: 4..5 });
    assert_eq!(ending("a;b\n1;\"2"), Ending::Partial { bytes: 4..8 });
    assert_eq!(ending("a;b\n1;\"2\n\n"), Ending::Partial { bytes: 4..10 });
    assert_eq!(ending("a;b\r\n1;2\r"), Ending::Complete);
}

#[test]
fn a_later_invalid_byte_recodes_that_row_only() {
    let mut text = "a;b\nñ;1\n".as_bytes().to_vec();
    text.extend("ñ;filler\n".repeat(120_000).as_bytes());
    text.extend_from_slice(b"N\xfa\xf1ez;2\n");
    text.extend("ñ;3\n".as_bytes());
    let file = read(&columns(&["a!", "b"]), &text).unwrap();
    let rows = file.cells();
    assert_eq!(file.encoding, "UTF-8");
    assert_eq!(rows[rows.len() - 2..], [["Núñez", "2"], ["ñ", "3"]]);
    assert_eq!(rows.len(), 120_003);
}

#[test]
fn characters_are_not_put_together_across_cells() {
    // Together the two bytes would be a character of UTF-8; apart they are none.
    let mut text = "a;b\n".to_owned().into_bytes();
    text.extend("x;filler\n".repeat(120_000).as_bytes());
    text.extend_from_slice(b"\xc3;\xa9\n");
    let file = read(&columns(&["a!", "b"]), &text).unwrap();
    assert_eq!(file.cells().last().unwrap(), &["Ã", "©"]);
}

#[test]
fn utf16_is_read_with_the_offsets_of_the_file() {
    let text = "a;b\r\n1;€😀\r\n2;\"é\r\nx\"\r\n";
    for little in [true, false] {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        let bytes: Vec<u8> = units
            .flat_map(|u| {
                if little {
                    u.to_le_bytes()
                } else {
                    u.to_be_bytes()
                }
            })
            .collect();
        for size in [1, 2, 3, 1_000] {
            let file = read_with(
                &columns(&["a!", "b"]),
                &Options::default(),
                bytes.chunks(size),
            )
            .unwrap();
            assert_eq!(file.cells(), [["1", "€😀"], ["2", "é\r\nx"]]);
            let ranges: Vec<_> = file.good().map(|row| (row.start, row.end)).collect();
            assert_eq!(ranges, [(12, 22), (26, 42)]);
            assert_eq!(file.ending, Ending::Complete);
        }
    }
}

#[test]
fn the_dialect_is_followed() {
    let schema = schema(&json!({
        "dialect": {"delimiter": "|", "quoteChar": "'", "doubleQuote": false, "commentPrefix": "#", "skipRows": 1, "trim": true},
        "tableSchema": {"columns": [{"name": "a", "required": true}, {"name": "b"}]}
    }));
    let file = read(
        &schema,
        b"a|b of the old system\n# note\na|b|extra\n#1|2\n 1 | x y |z\n2|'don\\'t|stop'|\n",
    )
    .unwrap();
    assert_eq!(file.cells(), [["1", "x y", "z"], ["2", "don't|stop", ""]]);
}

#[test]
fn cells_without_titles_go_by_order() {
    let schema = schema(&json!({
        "dialect": {"header": false, "delimiter": ";"},
        "tableSchema": {"columns": [{"name": "a"}, {"name": "b"}]}
    }));
    let file = read(&schema, b"1;2\n3;4\n").unwrap();
    assert_eq!(file.cells(), [["1", "2"], ["3", "4"]]);
    assert_eq!(
        read(&schema, b"1;2\n3").unwrap().ending,
        Ending::Partial { bytes: 4..5 }
    );
}

#[test]
fn two_titles_of_one_column_are_refused() {
    let schema = schema(
        &json!({"tableSchema": {"columns": [{"name": "at", "titles": ["Time", "Timestamp"], "required": true}]}}),
    );
    let error = read(&schema, b"Time,Timestamp\n1,2\n").unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"column "at" is there twice in the header, as "Time" and as "Timestamp""#
    );
    let wide = format!("Time{}\n", ",x".repeat(2_000));
    assert_eq!(
        read(&schema, wide.as_bytes()).unwrap_err(),
        FileError::TooManyColumns {
            found: 2_001,
            max_columns: 1_024
        }
    );
}

#[test]
fn a_quote_in_every_line_is_read_in_linear_time() {
    let options = Options {
        limits: Limits {
            max_row_bytes: 10_000,
            ..Limits::default()
        },
        trailer: None,
    };
    let text = ["a,b\n".to_owned(), "x\",\"\n".repeat(400_000)].concat();
    let file = read_with(
        &columns(&["a!", "b"]),
        &options,
        text.as_bytes().chunks(64 << 10),
    )
    .unwrap();
    assert!(file.bad().count() > 64);
    assert!(file.rows.len() < 2_000, "{} rows", file.rows.len());
}
