//! Finding the header, and the delimiter with it.

use encoding_rs::Encoding;
use serde::{Deserialize, Serialize};

use crate::{
    dialect::Dialect,
    file_error::FileError,
    framer::{Framed, Framer, line_end},
    layout::matches,
    limits::Limits,
    schema::Schema,
};

/// Bytes of a file in which its header must be.
pub(crate) const HEAD_BYTES: usize = 64 << 10;
/// Lines that are tried as a header.
const LINES_TRIED: usize = 64;
/// Delimiters that are tried behind the one that the dialect states.
const DELIMITERS: [u8; 4] = [b';', b',', b'\t', b'|'];
/// Characters of a line that a "missing columns" error shows.
const SHOWN_CHARS: usize = 1_000;

/// What a reader learnt from the head of a file: enough to read on later from a `Position`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Name of the encoding.
    pub encoding: String,
    /// Delimiter in use.
    pub delimiter: char,
    /// Titles as they stand in the file, or the names of the schema where the dialect has no header.
    pub titles: Vec<String>,
    /// True when cells belong to columns by their order.
    pub by_position: bool,
    /// Offset of the first byte behind the header's text; rows follow.
    pub end: u64,
}

/// A header in the head of a file, with offsets into it.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) delimiter: u8,
    pub(crate) titles: Vec<String>,
    pub(crate) by_position: bool,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The header line has its line end.
    pub(crate) terminated: bool,
}

/// A line that might be the header.
struct Candidate {
    titles: Vec<String>,
    start: usize,
    end: usize,
    terminated: bool,
}

/// Looks for the header in the first `HEAD_BYTES` of a file, or in all of it where it is shorter (`whole`).
pub(crate) fn find(
    schema: &Schema,
    limits: &Limits,
    encoding: &'static Encoding,
    head: &[u8],
    whole: bool,
) -> Result<Found, FileError> {
    let dialect = &schema.dialect;
    let first = skip_lines(head, dialect.skip_rows);
    if !dialect.header {
        let titles = schema
            .columns
            .iter()
            .map(|column| column.name.to_string())
            .collect();
        return Ok(Found {
            delimiter: dialect.delimiter,
            titles,
            by_position: true,
            start: first,
            end: first,
            terminated: true,
        });
    }
    let mut best: Option<(usize, Vec<String>, Candidate)> = None;
    let mut chosen: Option<(usize, u8, Candidate)> = None;
    for delimiter in delimiters(dialect) {
        for candidate in candidates(dialect, delimiter, encoding, head, first, whole) {
            let (found, missing) = matches(schema, &candidate.titles);
            if missing.is_empty() && enough(schema, found, candidate.titles.len()) {
                let better = chosen.as_ref().is_none_or(|(most, _, other)| {
                    candidate.start < other.start || candidate.start == other.start && found > *most
                });
                if better {
                    chosen = Some((found, delimiter, candidate));
                }
                break;
            }
            if best.as_ref().is_none_or(|(most, _, _)| found > *most) {
                best = Some((
                    found,
                    missing.into_iter().map(str::to_owned).collect(),
                    candidate,
                ));
            }
        }
    }
    let Some((_, delimiter, header)) = chosen else {
        return Err(missing_columns(schema, encoding, head, best));
    };
    let found = header.titles.len();
    if found > limits.max_columns {
        return Err(FileError::TooManyColumns {
            found,
            max_columns: limits.max_columns,
        });
    }
    let Candidate {
        titles,
        start,
        end,
        terminated,
    } = header;
    Ok(Found {
        delimiter,
        titles,
        by_position: false,
        start,
        end,
        terminated,
    })
}

/// With required columns their presence decides; without any, half of the titles or of the columns must be known.
fn enough(schema: &Schema, found: usize, cells: usize) -> bool {
    let required = schema.columns.iter().any(|column| column.required);
    found > 0 && (required || found * 2 >= cells.min(schema.columns.len()))
}

fn delimiters(dialect: &Dialect) -> impl Iterator<Item = u8> {
    let stated = dialect.delimiter;
    let usable = move |&delimiter: &u8| {
        delimiter != stated
            && dialect.quote != Some(delimiter)
            && dialect.comment != Some(delimiter)
    };
    std::iter::once(stated).chain(DELIMITERS.into_iter().filter(usable))
}

/// The first lines of the head, cut by one delimiter.
fn candidates(
    dialect: &Dialect,
    delimiter: u8,
    encoding: &'static Encoding,
    head: &[u8],
    first: usize,
    whole: bool,
) -> Vec<Candidate> {
    // Every byte of the head may be a cell; whether a header is too wide is told once it is found.
    let mut framer = Framer::new(dialect, delimiter, head.len());
    let mut found = Vec::new();
    let mut at = first;
    while found.len() < LINES_TRIED {
        at = skip_blank(dialect, head, at);
        if at >= head.len() {
            break;
        }
        framer.begin();
        let (framed, taken) = framer.take(&head[at..]);
        let terminated = framed == Framed::Row;
        let over = terminated || whole && framer.take(b"\n").0 == Framed::Row;
        if !over {
            break;
        }
        let end = at + taken - usize::from(terminated);
        let titles = titles_of(&framer, encoding);
        found.push(Candidate {
            titles,
            start: at,
            end,
            terminated,
        });
        at = end;
    }
    found
}

fn titles_of(framer: &Framer, encoding: &'static Encoding) -> Vec<String> {
    let (text, ends) = framer.cells();
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts
        .zip(ends)
        .map(|(start, &end)| {
            encoding
                .decode_without_bom_handling(&text[start..end])
                .0
                .into_owned()
        })
        .collect()
}

/// Index behind line ends and comments.
fn skip_blank(dialect: &Dialect, head: &[u8], mut at: usize) -> usize {
    loop {
        match head.get(at) {
            Some(b'\r' | b'\n') => at += 1,
            Some(&byte) if dialect.comment == Some(byte) => {
                at = line_end(&head[at..]).map_or(head.len(), |end| at + end)
            }
            _ => return at,
        }
    }
}

/// Index behind the first `count` lines.
fn skip_lines(head: &[u8], count: u64) -> usize {
    let mut at = 0;
    for _ in 0..count {
        let Some(end) = line_end(&head[at..]) else {
            return head.len();
        };
        at += end
            + if head[at + end..].starts_with(b"\r\n") {
                2
            } else {
                1
            };
    }
    at
}

fn missing_columns(
    schema: &Schema,
    encoding: &'static Encoding,
    head: &[u8],
    best: Option<(usize, Vec<String>, Candidate)>,
) -> FileError {
    let required = schema
        .columns
        .iter()
        .filter(|column| column.required)
        .map(|column| column.name.to_string());
    let (missing, range, cut) = match best {
        Some((_, missing, line)) => (missing, line.start..line.end, !line.terminated),
        None => (required.collect(), 0..head.len(), true),
    };
    let text = encoding.decode_without_bom_handling(&head[range]).0;
    FileError::MissingColumns {
        missing,
        header: text.chars().take(SHOWN_CHARS).collect(),
        cut,
    }
}
