//! How letters come in again: a row under its header line, and files as files.

use std::{sync::Arc, time::Duration};

use csvw::Step;
use drops::{Delivery, FileDoor, FileFuture, Files, Part, Progress, TakeError};
use feed::{Letter, Reason};
use ingest::{Ingest, Normalized};
use record::Source;
use replay::{Failure, Replay};

use super::{
    BATCH_ROWS, Deps, Work, named,
    rows::{Rows, Stop},
    snapshot::take_row,
    take,
};
use crate::{
    APP, VERSION,
    normalize::{Batch, ENCODING, Repeats, RowPlace, Stock, bad_row, movements, read_part},
    wire::{Contract, Field, Kind, stock_line},
};

/// The letters of the app, and their replay.
pub(super) fn replay(deps: &Deps) -> Replay {
    let files = SiteFiles(deps.clone());
    let (ingest, drops) = (deps.ingest.clone(), deps.drops.clone());
    let door = FileDoor::new(ingest, drops, Source::Warehouse, files);
    let replay = Replay::new(
        deps.ingest.feed(),
        APP,
        VERSION,
        Arc::new(door),
        deps.now.clone(),
    );
    replay.behind(deps.ingest.traffic().clone())
}

/// The files of all sites.
struct SiteFiles(Deps);

impl Files for SiteFiles {
    fn take(
        &self,
        ingest: Ingest,
        delivery: Delivery,
        within: Duration,
    ) -> FileFuture<'_, Progress> {
        let deps = Deps {
            ingest,
            time_budget: self.0.time_budget.min(within),
            ..self.0.clone()
        };
        Box::pin(async move {
            let started = (deps.now)();
            Box::pin(take(&deps, delivery, started)).await
        })
    }

    fn take_part<'a>(&'a self, ingest: Ingest, part: Part<'a>) -> FileFuture<'a, ()> {
        let deps = Deps {
            ingest,
            ..self.0.clone()
        };
        Box::pin(async move { Box::pin(take_part(&deps, &part)).await })
    }

    fn is_message(&self, _: &Letter) -> bool {
        // What has no header around it is the head of a file, or the name of one.
        false
    }
}

/// Takes in one row with the key and the version that it would have had in its file.
async fn take_part(deps: &Deps, part: &Part<'_>) -> Result<(), TakeError> {
    let file = &part.delivery.file;
    let (name, site) = match named(deps, file.file_name()) {
        Ok(named) => named,
        Err(detail) => {
            fail(deps, Reason::Unsupported, file.path(), detail);
            return Ok(());
        }
    };
    let Some(at) = RowPlace::parse(part.place, &file.path()) else {
        let (place, detail) = (part.place.to_owned(), "the place names no row".to_owned());
        fail(deps, Reason::InvalidUnit, place, detail);
        return Ok(());
    };
    let work = Work {
        deps,
        delivery: &part.delivery,
        name: &name,
        site,
        started: (deps.now)(),
    };
    let row = SingleRow {
        work: &work,
        contract: deps.contracts.of(name.kind),
        part,
        at,
    };
    match name.kind {
        Kind::Stock => Box::pin(row.stock()).await,
        Kind::Move | Kind::Ship => Box::pin(row.movement()).await,
    }
}

/// One row that comes in by itself.
struct SingleRow<'w> {
    work: &'w Work<'w>,
    contract: &'w Contract,
    part: &'w Part<'w>,
    at: RowPlace,
}

impl SingleRow<'_> {
    async fn movement(&self) -> Result<(), TakeError> {
        let mut batch = Batch::default();
        let (contract, site) = (self.contract, self.work.site);
        if self.read(|step| batch.add(step, contract, site)).is_none() {
            return Ok(());
        }
        let has_id = |line: crate::wire::Movement<'_>| line.text(Field::MovementId).is_some();
        let mut repeats = match batch.lines.iter().all(has_id) {
            true => Repeats::default(),
            false => self.repeats_of_others().await?,
        };
        let message = self.work.message(None);
        let origin = self.work.origin(&message);
        let normalized = movements(&batch, &origin, &mut repeats);
        match normalized.rejections.into_iter().next() {
            Some(rejection) => self.fail(rejection.reason, rejection.place, rejection.detail),
            None => {
                let normalized = Normalized {
                    records: normalized.records,
                    rejections: Vec::new(),
                };
                self.work.deps.ingest.take(&message, normalized).await?;
            }
        }
        Ok(())
    }

    async fn stock(&self) -> Result<(), TakeError> {
        let (contract, site) = (self.contract, self.work.site);
        let read = self.read(|step| match step {
            Step::Row(row) => {
                let line = stock_line(row, contract, site);
                line.map(Some).map_err(|problem| problem.error)
            }
            Step::BadRow(error) => Err(error.clone()),
            Step::NeedInput | Step::End(_) => Ok(None),
        });
        let message = self.work.message(None);
        let origin = self.work.origin(&message);
        match read {
            Some(Ok(Some(line))) => {
                let lies_there = Stock::of(&line, &origin);
                Box::pin(take_row(self.work, &origin, &line.place, &lies_there)).await
            }
            Some(Err(error)) => {
                let bad = bad_row(&origin, &error);
                self.fail(bad.reason, bad.place, bad.detail);
                Ok(())
            }
            Some(Ok(None)) | None => Ok(()),
        }
    }

    /// Reads the row; notes why, where it cannot be read.
    fn read<T>(&self, each: impl FnOnce(&Step<'_>) -> T) -> Option<T> {
        let arrival = self.part.delivery.arrival.iter();
        let encoding = arrival
            .filter(|(name, _)| name == ENCODING && !self.part.is_corrected)
            .map(|(_, encoding)| encoding.as_str())
            .next();
        let encoding = encoding.unwrap_or("UTF-8");
        let bytes = (self.part.message, self.part.bytes);
        match read_part(self.contract, bytes, encoding, self.at, each) {
            Ok(read) => Some(read),
            Err(error) => {
                let place = self.part.place.to_owned();
                self.fail(Reason::InvalidUnit, place, error.to_string());
                None
            }
        }
    }

    /// How often each content came that has no id, in the rest of the file: the row is one more of them, also of those
    /// behind it, which were taken in before it.
    async fn repeats_of_others(&self) -> Result<Repeats, TakeError> {
        let (work, contract) = (self.work, self.contract);
        let message = work.message(None);
        let origin = work.origin(&message);
        let mut rows = Rows::open(&work.deps.drops, &work.delivery.file, contract).await?;
        let (mut repeats, mut batch) = (Repeats::default(), Batch::default());
        loop {
            let each = |step: &Step<'_>| {
                let is_other = !matches!(step, Step::Row(row) if row.number() == self.at.row);
                if is_other {
                    batch.add(step, contract, work.site);
                }
                batch.rows() as u64 <= BATCH_ROWS
            };
            let stop = rows.read(each).await?;
            // For what it counts on the way.
            drop(movements(&batch, &origin, &mut repeats));
            batch.clear();
            if !matches!(stop, Stop::Enough) {
                break;
            }
        }
        // Which id came in which row is another matter; the row has its own version.
        repeats.at_checkpoint();
        Ok(repeats)
    }

    fn fail(&self, reason: Reason, place: String, detail: String) {
        fail(self.work.deps, reason, place, detail);
    }
}

/// Notes that the unit of the letter that comes in fails.
pub(super) fn fail(deps: &Deps, reason: Reason, place: String, detail: String) {
    if let Some(notes) = deps.ingest.notes() {
        notes.fail(Failure {
            reason: reason.code().to_owned(),
            place,
            detail,
        });
    }
}
