//! A file's rows, read range by range.

use csvw::{Ending, FileError, Header, Position, Reader, Step};
use drops::{BlobReader, DropError, DroppedFile, Drops};
use ingest::Rejection;

use crate::{
    normalize::{head, within_head},
    wire::Contract,
};

/// The rows of one file.
pub(super) struct Rows {
    blob: BlobReader,
    reader: Reader,
}

/// Why reading stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The caller has enough for now.
    Enough,
    /// The file ends.
    End(Ending),
    /// It cannot be read at all.
    Unreadable(FileError),
}

impl Rows {
    /// From the start of the file.
    pub(super) async fn open(
        drops: &Drops,
        file: &DroppedFile,
        contract: &Contract,
    ) -> Result<Self, DropError> {
        let (schema, options) = contract.reader();
        Ok(Self {
            blob: drops.open(file, 0).await?,
            reader: Reader::new(schema, options),
        })
    }

    /// From where an earlier reading stood. `None` when its header does not fit the contract any more.
    pub(super) async fn resume(
        drops: &Drops,
        file: &DroppedFile,
        contract: &Contract,
        header: Header,
        position: Position,
    ) -> Result<Option<Self>, DropError> {
        let (schema, options) = contract.reader();
        let Ok(reader) = Reader::resume(schema, header, position, options) else {
            return Ok(None);
        };
        let blob = drops.open(file, position.byte_offset).await?;
        Ok(Some(Self { blob, reader }))
    }

    /// Hands every row to `each` until that says false, the file ends, or it turns out to be unreadable.
    pub(super) async fn read(
        &mut self,
        mut each: impl FnMut(&Step<'_>) -> bool,
    ) -> Result<Stop, DropError> {
        loop {
            match self.reader.step() {
                Ok(Step::NeedInput) => match self.blob.next().await? {
                    Some(bytes) => self.reader.feed(&bytes),
                    None => self.reader.finish(),
                },
                Ok(Step::End(ending)) => return Ok(Stop::End(ending)),
                Ok(row) => {
                    if !each(&row) {
                        return Ok(Stop::Enough);
                    }
                }
                Err(error) => return Ok(Stop::Unreadable(error)),
            }
        }
    }

    /// What the head of the file said, once it is read.
    pub(super) fn header(&self) -> Option<&Header> {
        self.reader.header()
    }
}

/// Gives the rejections of rows the header with which they come in again.
pub(super) fn with_head(rejections: &mut [Rejection<'_>], header: Option<&Header>) {
    let Some(head) = header.map(head) else {
        return;
    };
    for rejection in rejections {
        rejection.message = Some(within_head(&rejection.raw, &head));
    }
}
