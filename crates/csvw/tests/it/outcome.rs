//! Everything that reading a file came to, in a form that can be compared.

use std::{path::PathBuf, sync::Arc};

use csvw::{Ending, FileError, Header, Options, Position, Reader, RowError, Schema, Step};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReadRow {
    pub(crate) number: u64,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) cells: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Good rows and bad ones, in order, each with the position after it.
    pub(crate) rows: Vec<(Result<ReadRow, RowError>, Position)>,
    pub(crate) header: Header,
    pub(crate) encoding: &'static str,
    pub(crate) ending: Ending,
}

impl Outcome {
    pub(crate) fn good(&self) -> impl Iterator<Item = &ReadRow> {
        self.rows.iter().filter_map(|(row, _)| row.as_ref().ok())
    }

    pub(crate) fn bad(&self) -> impl Iterator<Item = &RowError> {
        self.rows.iter().filter_map(|(row, _)| row.as_ref().err())
    }

    pub(crate) fn cells(&self) -> Vec<Vec<&str>> {
        self.good()
            .map(|row| row.cells.iter().map(String::as_str).collect())
            .collect()
    }
}

/// A schema of text columns; a name with `!` is required.
pub(crate) fn columns(names: &[&str]) -> Arc<Schema> {
    let columns: Vec<_> = names
        .iter()
        .map(|name| serde_json::json!({"name": name.trim_end_matches('!'), "required": name.ends_with('!')}))
        .collect();
    schema(&serde_json::json!({"tableSchema": {"columns": columns}}))
}

pub(crate) fn schema(json: &serde_json::Value) -> Arc<Schema> {
    Arc::new(Schema::parse(json.to_string().as_bytes()).unwrap())
}

pub(crate) fn movements() -> Arc<Schema> {
    Arc::new(Schema::parse(&fixture("MOVE_schema.csvw.json")).unwrap())
}

pub(crate) fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(
        PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures")
            .join(name),
    )
    .unwrap()
}

pub(crate) fn read(schema: &Arc<Schema>, file: &[u8]) -> Result<Outcome, FileError> {
    read_with(schema, &Options::default(), file.chunks(64 << 10))
}

pub(crate) fn read_with<'c>(
    schema: &Arc<Schema>,
    options: &Options,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> Result<Outcome, FileError> {
    drive(Reader::new(schema.clone(), options.clone()), chunks)
}

pub(crate) fn drive<'c>(
    mut reader: Reader,
    chunks: impl IntoIterator<Item = &'c [u8]>,
) -> Result<Outcome, FileError> {
    let mut chunks = chunks.into_iter();
    let mut rows = Vec::new();
    loop {
        let row = match reader.step()? {
            Step::Row(row) => Ok(ReadRow {
                number: row.number(),
                start: row.byte_range().start,
                end: row.byte_range().end,
                cells: (0..row.cell_count())
                    .map(|cell| row.cell(cell).unwrap().into_owned())
                    .collect(),
            }),
            Step::BadRow(error) => Err(error),
            Step::NeedInput => {
                match chunks.next() {
                    Some(chunk) => reader.feed(chunk),
                    None => reader.finish(),
                }
                continue;
            }
            Step::End(ending) => {
                let header = reader.header().unwrap().clone();
                return Ok(Outcome {
                    rows,
                    header,
                    encoding: reader.encoding().unwrap().name(),
                    ending,
                });
            }
        };
        rows.push((row, reader.position()));
    }
}
