//! Bytes into cells: `csv-core` with output buffers that grow up to the row limit.

use csv_core::{ReadRecordResult, ReaderBuilder};

use crate::dialect::Dialect;

/// What one call of the framer came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framed {
    /// The input is used up and the row goes on.
    More,
    /// A row is complete; its line end was the last byte taken.
    Row,
}

/// One row at a time, unquoted into one buffer with the ends of its cells.
#[derive(Debug)]
pub(crate) struct Framer {
    core: Box<csv_core::Reader>,
    text: Vec<u8>,
    text_len: usize,
    ends: Vec<usize>,
    ends_len: usize,
    /// Cells beyond the room for ends: they are counted and dropped.
    beyond: usize,
}

impl Framer {
    /// A framer that keeps up to `cells` cells of a row.
    pub(crate) fn new(dialect: &Dialect, delimiter: u8, cells: usize) -> Self {
        let mut builder = ReaderBuilder::new();
        builder
            .delimiter(delimiter)
            .double_quote(dialect.double_quote);
        match dialect.quote {
            Some(quote) => builder.quote(quote),
            None => builder.quoting(false),
        };
        if !dialect.double_quote {
            builder.escape(Some(b'\\'));
        }
        let room = cells + 1;
        let mut framer = Self {
            core: Box::new(builder.build()),
            text: vec![0; 1_024],
            text_len: 0,
            ends: vec![0; room],
            ends_len: 0,
            beyond: 0,
        };
        framer.reset();
        framer
    }

    /// Forgets a row that is under way.
    pub(crate) fn reset(&mut self) {
        self.core.reset();
        // The core drops a byte order mark from its very first input, at a resumed row as well. A line end that means
        // nothing is its first input instead.
        self.core.read_record(b"\n", &mut [0], &mut [0]);
        self.begin();
    }

    /// Makes room for the next row.
    pub(crate) fn begin(&mut self) {
        (self.text_len, self.ends_len, self.beyond) = (0, 0, 0);
    }

    /// Takes bytes up to the end of a row or of the input; returns how many.
    pub(crate) fn take(&mut self, input: &[u8]) -> (Framed, usize) {
        let mut taken = 0;
        while taken < input.len() {
            let text = &mut self.text[self.text_len..];
            let (result, read, written, ended) =
                self.core
                    .read_record(&input[taken..], text, &mut self.ends[self.ends_len..]);
            taken += read;
            self.text_len += written;
            self.ends_len += ended;
            match result {
                ReadRecordResult::Record => return (Framed::Row, taken),
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => {
                    self.beyond += self.ends_len;
                    (self.ends_len, self.text_len) = (0, 0);
                }
                ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            }
        }
        (Framed::More, taken)
    }

    /// Bytes of memory that it takes.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<usize>()
    }

    /// Cells of the row, those without room included.
    pub(crate) fn cell_count(&self) -> usize {
        self.beyond + self.ends_len
    }

    /// Unquoted bytes of the row and the end of each cell in them; nothing of a row without room.
    pub(crate) fn cells(&self) -> (&[u8], &[usize]) {
        if self.beyond > 0 {
            return (&[], &[]);
        }
        (&self.text[..self.text_len], &self.ends[..self.ends_len])
    }
}

/// Index of the first byte of a line end.
pub(crate) fn line_end(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'))
}

#[cfg(test)]
mod tests {
    use super::{Framed, Framer, line_end};
    use crate::dialect::Dialect;

    #[test]
    fn cells_beyond_the_room_are_counted() {
        let mut framer = Framer::new(&Dialect::default(), b',', 2);
        assert_eq!(framer.take(b"a,b,c,d,e,f,g\n"), (Framed::Row, 14));
        assert_eq!(
            (framer.cell_count(), framer.cells()),
            (7, (&b""[..], &[][..]))
        );
        framer.begin();
        assert_eq!(framer.take(b"a,b\n"), (Framed::Row, 4));
        assert_eq!(framer.cells(), (&b"ab"[..], &[1, 2][..]));
    }

    #[test]
    fn a_mark_inside_the_file_is_text() {
        let mut framer = Framer::new(&Dialect::default(), b',', 2);
        assert_eq!(framer.take(b"\xef\xbb\xbfa,b\n").0, Framed::Row);
        assert_eq!(framer.cells().0, b"\xef\xbb\xbfab");
        assert_eq!(line_end(b"ab\rc\n"), Some(2));
    }
}
