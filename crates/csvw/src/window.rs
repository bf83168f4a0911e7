//! The bytes that are being looked at, and where in the file they are.

use encoding_rs::{Decoder, Encoding};

use crate::encoding::is_utf16;

/// Bytes from the start of the row under way to the end of what has been fed. UTF-16 is held as UTF-8; every
/// character's length in the file follows from its length here, so offsets stay those of the file.
pub(crate) struct Window {
    bytes: Vec<u8>,
    /// Index of the start of the row under way.
    start: usize,
    /// Offset in the file of that start.
    offset: u64,
    /// Offset in the file of the end of what has been fed.
    fed: u64,
    decoder: Option<Decoder>,
}

impl std::fmt::Debug for Window {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Window")
            .field("bytes", &self.bytes.len())
            .field("start", &self.start)
            .field("offset", &self.offset)
            .finish()
    }
}

impl Window {
    pub(crate) fn new(encoding: &'static Encoding, offset: u64) -> Self {
        let decoder = is_utf16(encoding).then(|| encoding.new_decoder_without_bom_handling());
        Self {
            bytes: Vec::new(),
            start: 0,
            offset,
            fed: offset,
            decoder,
        }
    }

    /// Adds bytes of the file.
    pub(crate) fn feed(&mut self, chunk: &[u8], last: bool) {
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.fed += u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        let Some(decoder) = &mut self.decoder else {
            self.bytes.extend_from_slice(chunk);
            return;
        };
        let room = decoder
            .max_utf8_buffer_length(chunk.len())
            .unwrap_or(chunk.len().saturating_mul(3) + 16);
        let len = self.bytes.len();
        self.bytes.resize(len + room, 0);
        let (_, _, written, _) = decoder.decode_to_utf8(chunk, &mut self.bytes[len..], last);
        self.bytes.truncate(len + written);
    }

    /// Bytes from the start of the row under way.
    pub(crate) fn rest(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// Bytes of memory that it takes.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Offset in the file of the start of the row under way.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Offset in the file of the end of the first `len` bytes of the rest.
    pub(crate) fn offset_after(&self, len: usize) -> u64 {
        // Half a UTF-16 unit at the end of a cut file counts as a whole character here.
        (self.offset + self.length_in_file(&self.rest()[..len])).min(self.fed)
    }

    /// Drops the first `len` bytes of the rest.
    pub(crate) fn advance(&mut self, len: usize) {
        self.offset = self.offset_after(len);
        self.start += len;
    }

    fn length_in_file(&self, bytes: &[u8]) -> u64 {
        let units = match self.decoder {
            None => bytes.len(),
            // Two bytes for each character, four for those that take four here.
            Some(_) => {
                2 * bytes
                    .iter()
                    .map(|&byte| usize::from(byte & 0xc0 != 0x80) + usize::from(byte >= 0xf0))
                    .sum::<usize>()
            }
        };
        u64::try_from(units).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn offsets_of_utf16_are_those_of_the_file() {
        let text = "aé€😀\u{d7ff}b";
        let file: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut window = Window::new(encoding_rs::UTF_16LE, 2);
        for chunk in file.chunks(3) {
            window.feed(chunk, false);
        }
        assert_eq!(window.rest(), text.as_bytes());
        assert_eq!(
            window.offset_after(text.len()),
            2 + u64::try_from(file.len()).unwrap()
        );
        window.advance("aé€😀".len());
        assert_eq!(
            (window.offset(), window.rest()),
            (2 + 10, "\u{d7ff}b".as_bytes())
        );
    }
}
