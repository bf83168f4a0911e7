//! Public files, where they are: `shared/data/warehouse` beside the workspace.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use csvw::{Ending, Schema};
use serde_json::json;

use crate::outcome::{Outcome, columns, read, schema};

#[expect(
    clippy::print_stdout,
    reason = "whoever reads the output sees what was skipped"
)]
fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/warehouse");
    if !folder.is_dir() {
        println!(
            "skipped: the public CSV files are not beside this workspace ({})",
            folder.display()
        );
        return None;
    }
    Some(folder)
}

/// A schema whose columns are the titles of the file's own first line.
fn by_first_line(line: &str) -> Arc<Schema> {
    columns(&line.trim_end().split(',').collect::<Vec<_>>())
}

fn objects(read: &Outcome) -> Vec<BTreeMap<String, String>> {
    let titles = &read.header.titles;
    read.good()
        .map(|row| {
            titles
                .iter()
                .cloned()
                .zip(row.cells.iter().cloned())
                .collect()
        })
        .collect()
}

#[test]
fn csv_spectrum_reads_as_its_json_says() {
    let Some(folder) = folder() else { return };
    let mut compared = 0;
    for entry in std::fs::read_dir(folder.join("csv-spectrum/csvs")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let read = read(&by_first_line(text.lines().next().unwrap()), &bytes).unwrap();
        let expected: serde_json::Value = serde_json::from_slice(
            &std::fs::read(folder.join(format!("csv-spectrum/json/{name}.json"))).unwrap(),
        )
        .unwrap();
        let mut expected: Vec<BTreeMap<String, String>> = match expected {
            serde_json::Value::Array(_) => serde_json::from_value(expected).unwrap(),
            one => vec![serde_json::from_value(one).unwrap()],
        };
        let mut found = objects(&read);
        if name == "location_coordinates" {
            // The published JSON has another telephone number than the published CSV.
            expected[0].remove("Contact Phone Number");
            found[0].remove("Contact Phone Number");
        }
        if !bytes.contains(&b'\r') {
            // Some copies of the CRLF files have lost their CRs on the way.
            expected.iter_mut().for_each(|row| {
                row.values_mut()
                    .for_each(|value| *value = value.replace('\r', ""))
            });
        }
        assert_eq!(found, expected, "{name}");
        assert_eq!(read.bad().count(), 0, "{name}");
        assert!(!matches!(read.ending, Ending::Partial { .. }), "{name}");
        compared += 1;
    }
    assert!(compared >= 12, "{compared} files");
}

#[test]
fn titles_above_the_header_and_lone_crs() {
    let Some(folder) = folder() else { return };
    let bytes = std::fs::read(folder.join("mixedGLB.csv")).unwrap();
    let read = read(&columns(&["Year!", "Jan", "Feb!", "Dec", "J-D"]), &bytes).unwrap();
    assert_eq!(read.header.titles[..2], ["Year", "Jan"]);
    assert!(!bytes.contains(&b'\n'));
    assert_eq!(read.cells()[0][..3], ["1880", "-43", "-27"]);
    // One row for each year from 1880 to 2012 at the least; repeated headers and notes are rows as well.
    assert!(read.good().count() >= 133, "{}", read.good().count());
}

#[test]
fn utf16_is_decoded() {
    let Some(folder) = folder() else { return };
    let bytes = std::fs::read(folder.join("utf-16le_encoded.csv")).unwrap();
    let read = read(
        &columns(&["Organisation_code!", "Organisation_name"]),
        &bytes,
    )
    .unwrap();
    assert_eq!(read.encoding, "UTF-16LE");
    assert!(read.good().count() > 100);
    let text = encoding_rs::UTF_16LE.decode(&bytes).0.into_owned();
    let mut lines = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let expected: Vec<Vec<String>> = lines
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect();
    assert_eq!(read.rows.len(), expected.len());
    let width = read.header.titles.len();
    let expected: Vec<_> = expected
        .into_iter()
        .filter(|row| row.len() == width)
        .collect();
    assert_eq!(read.cells(), expected);
}

#[test]
fn plain_files_and_nulls() {
    let Some(folder) = folder() else { return };
    let simple = std::fs::read(folder.join("simple.csv")).unwrap();
    assert_eq!(
        read(&columns(&["date!", "temperature", "place"]), &simple)
            .unwrap()
            .good()
            .count(),
        6
    );
    let without_titles = schema(&json!({
        "dialect": {"header": false},
        "tableSchema": {"null": ["null", ""], "columns": [{"name": "id"}, {"name": "a"}, {"name": "b"}, {"name": "c"}]}
    }));
    let read = read(
        &without_titles,
        &std::fs::read(folder.join("null.csv")).unwrap(),
    )
    .unwrap();
    assert_eq!((read.good().count(), read.ending), (10, Ending::Complete));
}
