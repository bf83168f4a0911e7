//! How letters come in again: a set within its envelope, and files as files.

use std::{sync::Arc, time::Duration};

use drops::{Delivery, FileDoor, FileFuture, Files, Part, Progress, TakeError};
use feed::{Letter, Reason};
use ingest::{Ingest, Message, Normalized, Rejection};
use record::Source;
use replay::{Failure, Replay};
use x12::{Piece, Splitter, interchanges};

use super::{Deps, Limits, take::take};
use crate::{
    APP, VERSION,
    normalize::{Units, Window, seamed, unframed},
};

/// The letters of the app, and their replay.
pub(super) fn replay(deps: &Deps) -> Replay {
    let files = PartnerFiles(deps.clone());
    let (ingest, drops) = (deps.ingest.clone(), deps.drops.clone());
    let door = FileDoor::new(ingest, drops, Source::Carrier, files);
    let replay = Replay::new(
        deps.ingest.feed(),
        APP,
        VERSION,
        Arc::new(door),
        deps.now.clone(),
    );
    replay.behind(deps.ingest.traffic().clone())
}

/// The files of all partners.
struct PartnerFiles(Deps);

impl Files for PartnerFiles {
    fn take(
        &self,
        ingest: Ingest,
        delivery: Delivery,
        within: Duration,
    ) -> FileFuture<'_, Progress> {
        let deps = Deps {
            ingest,
            limits: Limits {
                time_budget: self.0.limits.time_budget.min(within),
                ..self.0.limits.clone()
            },
            ..self.0.clone()
        };
        Box::pin(async move { Box::pin(take(&deps, delivery)).await })
    }

    fn take_part<'a>(&'a self, ingest: Ingest, part: Part<'a>) -> FileFuture<'a, ()> {
        let deps = Deps {
            ingest,
            ..self.0.clone()
        };
        Box::pin(async move { Box::pin(take_part(&deps, &part)).await })
    }

    /// A whole interchange, or bytes that were to be one: they are all there unless they were too many.
    fn is_message(&self, letter: &Letter) -> bool {
        let range = range(&letter.place);
        range.is_some_and(|(from, to)| to.checked_sub(from) == Some(letter.raw.bytes) && to > from)
    }
}

/// The bytes of the file that a place names.
fn range(place: &str) -> Option<(u64, u64)> {
    let (_, range) = place.rsplit_once("bytes ")?;
    let (from, to) = range.split_once("..")?;
    Some((from.parse().ok()?, to.parse().ok()?))
}

/// Takes in a part of a file. Nothing is answered: the sender was told what became of it when it came.
async fn take_part(deps: &Deps, part: &Part<'_>) -> Result<(), TakeError> {
    let bytes = whole(part);
    let message = part.delivery.message(Source::Carrier, &[]);
    // So that places count from the start of the file, as they did.
    let before = bytes
        .windows(part.bytes.len().max(1))
        .position(|window| window == part.bytes);
    let before = before.unwrap_or(0) as u64;
    let start = range(part.place).map_or(0, |(from, _)| from.saturating_sub(before));
    let mut splitter = Splitter::resuming_at(start, deps.limits.x12);
    splitter.push(&bytes);
    splitter.end();
    let taking = Taking {
        deps,
        part,
        message: &message,
    };
    loop {
        match splitter.next_piece() {
            Ok(Some(piece)) => Box::pin(taking.piece(&piece)).await?,
            Ok(None) => return Ok(()),
            Err(error) => {
                let (reason, place) = (Reason::MalformedMessage, part.place.to_owned());
                taking.fail(reason, place, error.to_string());
                return Ok(());
            }
        }
    }
}

/// The message with the part in it, whose last segment ends.
fn whole(part: &Part<'_>) -> Vec<u8> {
    match interchanges(part.message).next() {
        Some(Ok(interchange)) => {
            let terminator = interchange.header.delimiters().terminator;
            seamed(part.message, part.bytes, terminator.as_bytes())
        }
        Some(Err(_)) | None => part.message.to_vec(),
    }
}

struct Taking<'t> {
    deps: &'t Deps,
    part: &'t Part<'t>,
    message: &'t Message<'t>,
}

impl Taking<'_> {
    async fn piece(&self, piece: &Piece<'_>) -> Result<(), TakeError> {
        let window = Window {
            bytes: piece.bytes(),
            offset: piece.offset(),
        };
        for interchange in piece.interchanges() {
            match interchange {
                Ok(interchange) => {
                    let partners = &self.deps.partners;
                    let mut units = Units::new(self.message, &interchange, window, partners, 0);
                    while let Some(normalized) = units.next_units(self.deps.limits.units) {
                        self.ingest(normalized).await?;
                    }
                }
                Err(error) => {
                    let rejection = unframed(&error, window);
                    self.fail(rejection.reason, rejection.place, rejection.detail);
                }
            }
        }
        Ok(())
    }

    async fn ingest(&self, normalized: Normalized<'_>) -> Result<(), TakeError> {
        let Normalized {
            records,
            rejections,
        } = normalized;
        let mut inner = Vec::new();
        for rejection in rejections {
            match self.relation(&rejection) {
                Relation::Own => {
                    self.fail(rejection.reason, rejection.place, rejection.detail);
                }
                Relation::Inside => inner.push(rejection),
                // It has a letter of its own already.
                Relation::Neighbour => {}
            }
        }
        let normalized = Normalized {
            records,
            rejections: inner,
        };
        Box::pin(self.deps.ingest.take(self.message, normalized)).await?;
        Ok(())
    }

    fn relation(&self, rejection: &Rejection<'_>) -> Relation {
        let trimmed = |bytes: &[u8]| {
            let end = |byte: &u8| byte.is_ascii_alphanumeric();
            let length = bytes.iter().rposition(end).map_or(0, |last| last + 1);
            bytes[..length].to_vec()
        };
        let (own, other) = (trimmed(self.part.bytes), trimmed(&rejection.raw));
        if stands_in(&other, &own) {
            Relation::Own
        } else if stands_in(&own, &other) {
            Relation::Inside
        } else {
            Relation::Neighbour
        }
    }

    fn fail(&self, reason: Reason, place: String, detail: String) {
        if let Some(notes) = self.deps.ingest.notes() {
            notes.fail(Failure {
                reason: reason.code().to_owned(),
                place,
                detail,
            });
        }
    }
}

/// What a rejection has to do with the unit that comes in.
enum Relation {
    /// It is the unit, or what the unit stands in.
    Own,
    /// It is a part of the unit.
    Inside,
    /// It is a part of the message beside the unit.
    Neighbour,
}

fn stands_in(whole: &[u8], part: &[u8]) -> bool {
    part.is_empty() || whole.windows(part.len()).any(|window| window == part)
}
