//! The push reader: bytes in, rows out.

mod rows;

use std::sync::Arc;

use encoding_rs::Encoding;

use crate::{
    encoding::{self, EncodingChoice, EncodingReason, SAMPLE_BYTES},
    ending::Ending,
    file_error::{Binary, FileError},
    header::{self, HEAD_BYTES, Header},
    layout::Layout,
    limits::Limits,
    position::Position,
    reader::rows::{Advance, Rows},
    row::Row,
    row_error::RowError,
    schema::Schema,
    trailer::TrailerRule,
    window::Window,
};

/// What a reader is told beyond the schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Bounds on one row.
    pub limits: Limits,
    /// The trailer row of this kind of file, where it has one.
    pub trailer: Option<TrailerRule>,
}

/// What came next in a file.
#[derive(Debug)]
pub enum Step<'a> {
    /// Everything fed has been looked at: feed more, or say that this was all.
    NeedInput,
    /// A data row with as many cells as the header.
    Row(Row<'a>),
    /// A row that breaks the contract. The next step goes on behind it.
    BadRow(RowError),
    /// The end, after `finish`.
    End(Ending),
}

/// Reads one file: [`feed`](Reader::feed) it bytes as they arrive, and take [`step`](Reader::step)s until it needs more.
///
/// It holds the chunks fed since the last row (and, before the first row, up to 1 MiB to choose an encoding), whatever
/// the size of the file.
#[derive(Debug)]
pub struct Reader {
    schema: Arc<Schema>,
    options: Options,
    stage: Stage,
    choice: Option<EncodingChoice>,
    header: Option<Header>,
    finished: bool,
}

#[derive(Debug)]
enum Stage {
    /// Bytes are gathered until the encoding can be told.
    Encoding(Vec<u8>),
    /// Text is gathered until the header can be told.
    Head(Window),
    Rows(Box<Rows>),
    Failed(FileError),
}

impl Reader {
    /// A reader at the start of a file.
    pub fn new(schema: Arc<Schema>, options: Options) -> Self {
        Self {
            schema,
            options,
            stage: Stage::Encoding(Vec::new()),
            choice: None,
            header: None,
            finished: false,
        }
    }

    /// A reader that goes on where another one stood. The bytes to feed are those from `position.byte_offset` on.
    ///
    /// # Errors
    /// A header state that does not fit this schema or was changed by hand.
    pub fn resume(
        schema: Arc<Schema>,
        header: Header,
        position: Position,
        options: Options,
    ) -> Result<Self, FileError> {
        let bad = |what: &str| FileError::BadHeaderState {
            what: what.to_owned(),
        };
        let encoding = Encoding::for_label(header.encoding.as_bytes())
            .ok_or_else(|| bad("an unknown encoding"))?;
        let delimiter = u8::try_from(header.delimiter)
            .ok()
            .filter(u8::is_ascii)
            .ok_or_else(|| bad("a delimiter that is not ASCII"))?;
        let layout = Layout::new(&schema, &header)?;
        if schema
            .columns
            .iter()
            .zip(&layout.cells)
            .any(|(column, cell)| column.required && cell.is_none())
        {
            return Err(bad("titles without a required column"));
        }
        let choice = EncodingChoice {
            encoding,
            reason: EncodingReason::Resumed,
            mark_bytes: 0,
        };
        let window = Window::new(encoding, position.byte_offset);
        let rows = Rows::new(
            &schema, &options, layout, window, encoding, delimiter, position,
        );
        let stage = Stage::Rows(Box::new(rows));
        Ok(Self {
            schema,
            options,
            stage,
            choice: Some(choice),
            header: Some(header),
            finished: false,
        })
    }

    /// Adds the next bytes of the file.
    pub fn feed(&mut self, chunk: &[u8]) {
        match &mut self.stage {
            Stage::Encoding(bytes) => bytes.extend_from_slice(chunk),
            Stage::Head(window) => window.feed(chunk, false),
            Stage::Rows(rows) => rows.feed(chunk, false),
            Stage::Failed(_) => {}
        }
    }

    /// Says that the file ends here.
    pub fn finish(&mut self) {
        if self.finished {
            return;
        }
        self.finished = true;
        match &mut self.stage {
            Stage::Head(window) => window.feed(&[], true),
            Stage::Rows(rows) => rows.feed(&[], true),
            Stage::Encoding(_) | Stage::Failed(_) => {}
        }
    }

    /// Goes to the next row.
    ///
    /// # Errors
    /// The file cannot be read at all; every further step says so again.
    pub fn step(&mut self) -> Result<Step<'_>, FileError> {
        if let Err(error) = self.open() {
            self.stage = Stage::Failed(error.clone());
            return Err(error);
        }
        match &mut self.stage {
            Stage::Encoding(_) | Stage::Head(_) => Ok(Step::NeedInput),
            Stage::Failed(error) => Err(error.clone()),
            Stage::Rows(rows) => Ok(match rows.advance(self.finished) {
                Advance::NeedInput => Step::NeedInput,
                Advance::Row { len } => Step::Row(rows.row(&self.schema, len)),
                Advance::Bad(error) => Step::BadRow(error),
                Advance::End(ending) => Step::End(ending),
            }),
        }
    }

    /// What the head of the file said, as soon as a row or the need for more input after it was returned. Keep it with
    /// the position to resume.
    pub fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// The encoding in use and why, as soon as it is chosen.
    pub fn encoding(&self) -> Option<EncodingChoice> {
        self.choice
    }

    /// The end of the last row that a step returned, good or bad; the end of the header before the first.
    /// Rows behind a trailer do not move it.
    pub fn position(&self) -> Position {
        match &self.stage {
            Stage::Rows(rows) => rows.position(),
            _ => Position {
                byte_offset: 0,
                row: 0,
            },
        }
    }

    /// Chooses the encoding and finds the header, as far as the bytes allow.
    fn open(&mut self) -> Result<(), FileError> {
        if let Stage::Encoding(bytes) = &self.stage {
            let Some(choice) = choose(bytes, self.finished, &self.schema)? else {
                return Ok(());
            };
            let mut window = Window::new(choice.encoding, choice.mark_bytes.into());
            window.feed(&bytes[usize::from(choice.mark_bytes)..], self.finished);
            self.choice = Some(choice);
            self.stage = Stage::Head(window);
        }
        let (Stage::Head(window), Some(choice)) = (&self.stage, self.choice) else {
            return Ok(());
        };
        let whole = window.rest().len() <= HEAD_BYTES;
        if whole && !self.finished {
            return Ok(());
        }
        self.read_head(choice, whole)
    }

    fn read_head(&mut self, choice: EncodingChoice, whole: bool) -> Result<(), FileError> {
        let Stage::Head(window) = &mut self.stage else {
            return Ok(());
        };
        let head = &window.rest()[..window.rest().len().min(HEAD_BYTES)];
        if whole && head.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            return Err(FileError::Empty {
                bytes: window.offset_after(head.len()),
            });
        }
        if whole && head.len() == 1 && self.schema.dialect.header {
            return Err(FileError::TooShort {
                bytes: window.offset_after(1),
            });
        }
        // What the window holds of a UTF-16 file is UTF-8.
        let held = if encoding::is_utf16(choice.encoding) {
            encoding_rs::UTF_8
        } else {
            choice.encoding
        };
        let found = header::find(&self.schema, &self.options.limits, held, head, whole)?;
        let (start, end) = (
            window.offset_after(found.start),
            window.offset_after(found.end),
        );
        let header = Header {
            encoding: choice.name().to_owned(),
            delimiter: found.delimiter.into(),
            titles: found.titles,
            by_position: found.by_position,
            end,
        };
        let layout = Layout::new(&self.schema, &header)?;
        window.advance(found.end);
        let window = std::mem::replace(window, Window::new(choice.encoding, 0));
        let position = Position {
            byte_offset: end,
            row: 0,
        };
        let mut rows = Rows::new(
            &self.schema,
            &self.options,
            layout,
            window,
            choice.encoding,
            found.delimiter,
            position,
        );
        if !found.terminated {
            rows.cut_header(start..end);
        }
        self.header = Some(header);
        self.stage = Stage::Rows(Box::new(rows));
        Ok(())
    }
}

/// Chooses the encoding once enough bytes are there.
fn choose(
    bytes: &[u8],
    finished: bool,
    schema: &Schema,
) -> Result<Option<EncodingChoice>, FileError> {
    let marked = encoding::marked(bytes).is_some() && (bytes.len() >= 4 || finished);
    if !marked && bytes.len() <= SAMPLE_BYTES && !finished {
        return Ok(None);
    }
    if bytes.is_empty() {
        return Err(FileError::Empty { bytes: 0 });
    }
    match Binary::of(bytes) {
        Some(kind) => Err(FileError::NotText(kind)),
        None => Ok(Some(encoding::choose(
            bytes,
            schema.dialect.encoding.as_deref(),
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Options, Reader, Stage, Step};
    use crate::schema::Schema;

    /// Rows of `text`, fed again and again in reads of 64 KiB; returns rows and bad rows, and the memory held.
    fn stream(text: &str, times: usize) -> (u64, u64, usize) {
        let schema =
            br#"{"tableSchema": {"columns": [{"name": "a", "required": true}, {"name": "b"}]}}"#;
        let mut reader = Reader::new(Arc::new(Schema::parse(schema).unwrap()), Options::default());
        let chunk = text.repeat((64 << 10) / text.len());
        reader.feed(b"\xef\xbb\xbfa;b\n");
        let (mut good, mut bad, mut fed, mut held) = (0, 0, 0, 0);
        loop {
            match reader.step().unwrap() {
                Step::Row(_) => good += 1,
                Step::BadRow(_) => bad += 1,
                Step::NeedInput if fed == times => reader.finish(),
                Step::NeedInput => {
                    reader.feed(chunk.as_bytes());
                    fed += 1;
                }
                Step::End(_) => return (good, bad, held),
            }
            if let Stage::Rows(rows) = &reader.stage {
                held = held.max(rows.capacity());
            }
        }
    }

    #[test]
    fn memory_is_bounded_by_chunk_and_row_whatever_the_size() {
        let (rows, bad, held) = stream("884120;DC3\n", 640);
        assert!(rows > 3_700_000 && bad == 0, "{rows} rows, {bad} bad");
        assert!(held < 256 << 10, "{held} bytes for good rows");
        let (_, bad, held) = stream("884120;\"never closed\n", 1);
        assert!(
            bad < 2_000 && held < 256 << 10,
            "{bad} bad rows, {held} bytes"
        );
        // A line of 40 MB, one row limit of which is held at most, in a buffer that doubles.
        let (_, bad, held) = stream("no line end at all", 640);
        assert!(bad == 1 && held < 5 << 20, "{bad} bad rows, {held} bytes");
    }
}
