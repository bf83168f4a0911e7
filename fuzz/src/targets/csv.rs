//! Any bytes as a CSV file.

use std::sync::{Arc, LazyLock};

use csvw::{Limits, Options, Position, Reader, Schema, Step, TrailerRule};

static SCHEMA: LazyLock<Arc<Schema>> = LazyLock::new(|| {
    let json = include_bytes!("../../../crates/csvw/fixtures/MOVE_schema.csvw.json");
    Arc::new(Schema::parse(json).expect("our own schema"))
});

fn options() -> Options {
    let limits = Limits {
        max_row_bytes: 300,
        ..Limits::default()
    };
    Options {
        limits,
        trailer: Some(TrailerRule::new("TRL")),
    }
}

/// A CSV file, whole, in pieces, and resumed; and a schema.
pub fn csvw(bytes: &[u8]) {
    let _ = Schema::parse(bytes);
    let whole = rows(
        Reader::new(SCHEMA.clone(), options()),
        bytes,
        bytes.len().max(1),
    );
    let pieces = rows(
        Reader::new(SCHEMA.clone(), options()),
        bytes,
        1 + bytes.len() % 7,
    );
    assert_eq!(whole.0, pieces.0);
    // The last entry is the ending, from which nothing is resumed.
    let (Some(header), at) = (whole.1, whole.0.len() / 2) else {
        return;
    };
    if at + 1 >= whole.0.len() {
        return;
    }
    let position = whole.0[at].1;
    let rest = &bytes[position.byte_offset as usize..];
    let resumed =
        Reader::resume(SCHEMA.clone(), header, position, options()).expect("a state of its own");
    let (resumed, _) = rows(resumed, rest, 5);
    // Lines given up are counted from the start, and rows behind a trailer are met again.
    let same = whole.0.len() < 64
        && !whole
            .0
            .iter()
            .any(|(text, _)| text.contains("AfterTrailer"));
    assert!(
        !same || resumed == whole.0[at + 1..],
        "{resumed:?} {:?}",
        &whole.0[at + 1..]
    );
}

/// Every row, error and ending as text, with the position after it.
fn rows(
    mut reader: Reader,
    bytes: &[u8],
    size: usize,
) -> (Vec<(String, Position)>, Option<csvw::Header>) {
    let (mut chunks, mut rows) = (bytes.chunks(size), Vec::new());
    loop {
        let text = match reader.step() {
            Ok(Step::NeedInput) => {
                match chunks.next() {
                    Some(chunk) => reader.feed(chunk),
                    None => reader.finish(),
                }
                continue;
            }
            Ok(Step::Row(row)) => format!(
                "{row:?} {:?} {:?}",
                row.check(),
                row.extras().collect::<Vec<_>>()
            ),
            Ok(Step::BadRow(error)) => format!("{error} {error:?}"),
            Ok(Step::End(ending)) => {
                rows.push((format!("{ending:?}"), reader.position()));
                return (rows, reader.header().cloned());
            }
            Err(error) => {
                rows.push((error.to_string(), reader.position()));
                return (rows, None);
            }
        };
        rows.push((text, reader.position()));
    }
}
