//! A file that arrives in pieces.

use thiserror::Error;

use crate::{
    framing_error::{FramingError, FramingFault},
    header::WINDOW,
    interchanges::Interchanges,
    limits::Limits,
};

/// An interchange that does not fit into [`Limits::interchange_bytes`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the interchange at byte {offset} is longer than {limit} bytes")]
pub struct InterchangeTooLong {
    /// Byte of the file where the interchange starts.
    pub offset: u64,
    /// The limit in bytes.
    pub limit: usize,
}

/// Collects the bytes of one interchange at a time, however the file is cut into reads.
///
/// Holds at most one interchange and one read. Does no IO: push what was read, take the pieces, say when it ended.
#[derive(Debug)]
pub struct Splitter {
    buffer: Vec<u8>,
    start: usize,
    /// Byte of the file at `start`.
    offset: u64,
    /// Unread bytes below which looking again is useless; doubled each time, so that the work stays linear.
    look_at: usize,
    ended: bool,
    refused: bool,
    limits: Limits,
}

/// The bytes of one interchange and whatever follows it up to the next one.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'s> {
    /// The piece, and what was seen of the next one: it decides how the end of this one is read.
    seen: &'s [u8],
    length: usize,
    offset: u64,
    limits: Limits,
}

impl<'s> Piece<'s> {
    /// Reads the piece; all places count from the start of the file.
    #[must_use]
    pub fn interchanges(&self) -> Interchanges<'s> {
        Interchanges::starting_at(self.seen, self.offset, self.limits).stopping_at(self.length)
    }

    /// The bytes of the piece.
    #[must_use]
    pub fn bytes(&self) -> &'s [u8] {
        &self.seen[..self.length]
    }

    /// Byte of the file at which the piece starts.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

impl Splitter {
    /// An empty splitter.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::resuming_at(0, limits)
    }

    /// An empty splitter for the rest of a file, from an [`Self::offset`] of an earlier run.
    #[must_use]
    pub fn resuming_at(offset: u64, limits: Limits) -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            offset,
            look_at: 0,
            ended: false,
            refused: false,
            limits,
        }
    }

    /// Takes the next bytes of the file. Take the pieces until there is none before pushing more.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.refused {
            return;
        }
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The file has ended: what is left is a piece, truncated or not.
    pub fn end(&mut self) {
        self.ended = true;
        self.look_at = 0;
    }

    /// Byte of the file from which a later run can resume: everything before was given out in pieces.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next whole interchange, `None` if more bytes are needed or all were given out.
    ///
    /// # Errors
    /// The interchange is longer than the limit; nothing more can be taken.
    pub fn next_piece(&mut self) -> Result<Option<Piece<'_>>, InterchangeTooLong> {
        let unread = self.buffer.len() - self.start;
        let empty_file = self.ended && self.offset == 0;
        if self.refused || (unread == 0 && !empty_file) || unread < self.look_at {
            return Ok(None);
        }
        let Some(length) = self.whole() else {
            let limit = self.limits.interchange_bytes;
            if unread > limit {
                return Err(InterchangeTooLong {
                    offset: self.offset,
                    limit,
                });
            }
            self.look_at = (unread * 2).min(limit + 1);
            return Ok(None);
        };
        let piece = Piece {
            seen: &self.buffer[self.start..self.buffer.len().min(self.start + length + WINDOW)],
            length,
            offset: self.offset,
            limits: self.limits,
        };
        self.start += length;
        self.offset += length as u64;
        self.look_at = 0;
        self.refused |= length == 0;
        Ok(Some(piece))
    }

    /// Length of the first interchange with what follows it, if no further byte can change it.
    fn whole(&mut self) -> Option<usize> {
        let unread = &self.buffer[self.start..];
        let mut reader = Interchanges::starting_at(unread, self.offset, self.limits);
        let first = reader.next()?;
        let decided = reader.at().saturating_add(WINDOW) <= unread.len();
        if decided || self.ended {
            return Some(reader.at());
        }
        let FramingError {
            fault: FramingFault::NotX12(_),
            offset,
            ..
        } = first.err()?
        else {
            return None;
        };
        // What the file looks like is decided by its first bytes; the rest of a refused file is not collected.
        let seen = usize::try_from(offset - self.offset).ok()? + WINDOW;
        self.refused = unread.len() >= seen;
        self.refused.then_some(seen)
    }
}
