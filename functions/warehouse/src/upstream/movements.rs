//! Movement and despatch files: rows in, records out, a checkpoint every so often.

use std::time::Duration;

use csvw::{Ending, Position, Step};
use drops::{Progress, TakeError};

use super::{
    BATCH_ROWS, CHECKPOINT_ROWS, Work,
    checkpoint::{FilePosition, Stored, label},
    ending::{may_be_growing, salvage},
    rows::{Rows, Stop, with_head},
};
use crate::{
    normalize::{Batch, Repeats, movements},
    wire::Contract,
};

/// Takes in a file from its checkpoint on.
pub(super) async fn take(work: &Work<'_>) -> Result<Progress, TakeError> {
    let contract = work.deps.contracts.of(work.name.kind);
    let stored = Stored::of_file(work).await?;
    if stored
        .value
        .as_ref()
        .is_some_and(|value: &FilePosition| value.is_done)
    {
        return Ok(Progress::Finished);
    }
    let (rows, durable_row) = open(work, contract, stored.value.as_ref()).await?;
    let taking = Taking {
        work,
        contract,
        rows,
        stored,
        durable_row,
        repeats: Repeats::default(),
        batch: Batch::default(),
        next: Batch::default(),
    };
    Box::pin(taking.run()).await
}

/// The rows to read, and the last one of which everything is durable.
async fn open(
    work: &Work<'_>,
    contract: &Contract,
    stored: Option<&FilePosition>,
) -> Result<(Rows, u64), TakeError> {
    let (drops, file) = (&work.deps.drops, &work.delivery.file);
    if let Some(stored) = stored {
        if stored.counts_contents {
            return Ok((
                Rows::open(drops, file, contract).await?,
                stored.position.row,
            ));
        }
        let header = stored.header.clone();
        let resumed = Rows::resume(drops, file, contract, header, stored.position).await?;
        if let Some(rows) = resumed {
            return Ok((rows, stored.position.row));
        }
    }
    Ok((Rows::open(drops, file, contract).await?, 0))
}

/// A file being taken in.
struct Taking<'w> {
    work: &'w Work<'w>,
    contract: &'w Contract,
    rows: Rows,
    stored: Stored<FilePosition>,
    /// Rows up to this one are only counted.
    durable_row: u64,
    repeats: Repeats,
    batch: Batch,
    /// The first row behind a full batch. Whether the last row of a file has its line end is known one step later, so a
    /// batch is taken in when the row behind it is there.
    next: Batch,
}

impl Taking<'_> {
    async fn run(mut self) -> Result<Progress, TakeError> {
        loop {
            let stop = {
                let (contract, site) = (self.contract, self.work.site);
                let (batch, next) = (&mut self.batch, &mut self.next);
                let each = |step: &Step<'_>| {
                    let is_full = batch.rows() > 0 && batch.last_row.is_multiple_of(BATCH_ROWS);
                    let into = if is_full { &mut *next } else { &mut *batch };
                    into.add(step, contract, site);
                    !is_full
                };
                self.rows.read(each).await?
            };
            match stop {
                Stop::Enough => {
                    self.take_batch().await?;
                    if self.batch.last_row.is_multiple_of(CHECKPOINT_ROWS) {
                        self.store(false).await?;
                        self.repeats.at_checkpoint();
                        // Never without a step forward, or it would go in a circle.
                        if self.batch.last_row > self.durable_row && self.work.is_late() {
                            return Ok(Progress::ComeBack(Duration::ZERO));
                        }
                    }
                    self.batch.clear();
                    std::mem::swap(&mut self.batch, &mut self.next);
                }
                Stop::End(ending) => return self.end(ending).await,
                Stop::Unreadable(error) => return self.work.unreadable(&error).await,
            }
        }
    }

    async fn end(mut self, ending: Ending) -> Result<Progress, TakeError> {
        if matches!(ending, Ending::Unterminated { .. }) {
            self.batch.last_is_cut();
        }
        if self.batch.rows() > 0 {
            self.take_batch().await?;
        }
        if may_be_growing(&ending) {
            if let Some(left) = self.work.may_grow() {
                self.store(false).await?;
                return Ok(Progress::ComeBack(left));
            }
            let next_row = self.batch.last_row.max(self.durable_row) + 1;
            salvage(self.work, &ending, self.rows.header(), next_row).await?;
        }
        // A file that never needed a checkpoint needs none to be done: taking it again finds only duplicates.
        if self.stored.value.is_some() {
            self.store(true).await?;
        }
        Ok(Progress::Finished)
    }

    /// Publishes the batch, unless an earlier run has.
    async fn take_batch(&mut self) -> Result<(), TakeError> {
        let header = self.rows.header();
        let message = self.work.message(header);
        let origin = self.work.origin(&message);
        let mut normalized = movements(&self.batch, &origin, &mut self.repeats);
        // Those of bad rows come first; the others have no bytes of a row.
        let bad = self.batch.bad.len();
        with_head(&mut normalized.rejections[..bad], header);
        if self.batch.last_row > self.durable_row {
            self.work.deps.ingest.take(&message, normalized).await?;
        }
        Ok(())
    }

    /// Everything up to the end of the batch is durable.
    async fn store(&mut self, is_done: bool) -> Result<(), TakeError> {
        let before = self.stored.value.as_ref();
        let Some(header) = self.rows.header().cloned() else {
            return Ok(());
        };
        let position = if self.batch.last_row > 0 {
            Position {
                byte_offset: self.batch.end,
                row: self.batch.last_row,
            }
        } else {
            // Nothing was read in this run.
            before.map_or(
                Position {
                    byte_offset: header.end,
                    row: 0,
                },
                |before| before.position,
            )
        };
        if position.row <= self.durable_row && !is_done && before.is_some() {
            return Ok(());
        }
        let value = FilePosition {
            file: label(&self.work.delivery.file),
            header,
            position,
            counts_contents: self.repeats.has_contents()
                || before.is_some_and(|before| before.counts_contents),
            is_done,
        };
        self.stored.store(&self.work.deps.feed, value).await
    }
}
