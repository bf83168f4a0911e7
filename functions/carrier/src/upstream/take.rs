//! One file, from its first byte to its answers.

use std::{borrow::Cow, time::Duration};

use drops::{Created, Delivery, Progress, TakeError};
use ingest::{Message, Normalized, Rejection};
use jiff::Timestamp;
use record::Source;
use x12::{FramingError, FramingFault, Interchange, InterchangeTooLong, Piece, Splitter};

use super::{
    Deps, OUT,
    position::{Position, Stored},
};
use crate::normalize::{Outgoing, Units, Window, unframed};

/// How long until another invocation goes on with a file.
const SOON: Duration = Duration::from_secs(1);

/// Takes a file in. What is written is written in this order: records and dead letters, answers, what we recorded of the
/// answers, the position. So whatever is interrupted is done again, and gives the same ids, names and bytes.
pub(super) async fn take(deps: &Deps, delivery: Delivery) -> Result<Progress, TakeError> {
    if delivery.file.name.starts_with(OUT) {
        return Ok(Progress::Finished);
    }
    let message = delivery.message(Source::Carrier, &[]);
    let file = File {
        deps,
        delivery: &delivery,
        message: &message,
        deadline: (deps.now)() + deps.limits.time_budget,
    };
    Box::pin(file.take()).await
}

/// Whether there is time for more.
enum Next {
    GoOn,
    Stop(Position),
}

struct File<'t> {
    deps: &'t Deps,
    delivery: &'t Delivery,
    message: &'t Message<'t>,
    deadline: Timestamp,
}

impl File<'_> {
    async fn take(&self) -> Result<Progress, TakeError> {
        let file = &self.delivery.file;
        let (mut stored, from) = Box::pin(Stored::read(&self.deps.ingest, file)).await?;
        let mut reader = self.deps.drops.open(file, from.offset).await?;
        let length = reader.length();
        let mut splitter = Splitter::resuming_at(from.offset, self.deps.limits.x12);
        let mut skip = from.sets;
        let mut last = from.offset;
        let mut ended = false;
        loop {
            match splitter.next_piece() {
                Ok(Some(piece)) => {
                    let next = Box::pin(self.piece(&piece, skip, length)).await?;
                    if let Next::Stop(position) = next {
                        stored.store(position).await?;
                        return Ok(Progress::ComeBack(SOON));
                    }
                    skip = 0;
                }
                Ok(None) if ended => break,
                Ok(None) => match reader.next().await? {
                    Some(bytes) => splitter.push(&bytes),
                    None => {
                        splitter.end();
                        ended = true;
                    }
                },
                Err(error) => {
                    self.too_long(&error, length).await?;
                    break;
                }
            }
            let offset = splitter.offset();
            if offset - last >= self.deps.limits.bytes_between_positions {
                stored.store(Position { offset, sets: 0 }).await?;
                last = offset;
            }
        }
        stored.reset().await?;
        Ok(Progress::Finished)
    }

    async fn piece(&self, piece: &Piece<'_>, skip: u64, length: u64) -> Result<Next, TakeError> {
        let window = Window {
            bytes: piece.bytes(),
            offset: piece.offset(),
        };
        for interchange in piece.interchanges() {
            match interchange {
                Ok(interchange) => {
                    let units = Units::new(
                        self.message,
                        &interchange,
                        window,
                        &self.deps.partners,
                        skip,
                    );
                    if let Some(sets) = Box::pin(self.interchange(units)).await? {
                        let offset = piece.offset();
                        return Ok(Next::Stop(Position { offset, sets }));
                    }
                    log_flags(self.message, &interchange);
                }
                Err(error) => Box::pin(self.unframed(&error, window, length)).await?,
            }
        }
        if self.is_over() {
            let offset = piece.offset() + piece.bytes().len() as u64;
            return Ok(Next::Stop(Position { offset, sets: 0 }));
        }
        Ok(Next::GoOn)
    }

    /// `Some` when the time is over: the number of sets that are durable.
    async fn interchange(&self, mut units: Units<'_, '_>) -> Result<Option<u64>, TakeError> {
        while let Some(normalized) = units.next_units(self.deps.limits.units) {
            self.ingest(normalized).await?;
            if self.is_over() && !units.is_done() {
                return Ok(Some(units.sets_done()));
            }
        }
        let outgoing = units.into_outgoing();
        let mut records = Vec::with_capacity(outgoing.len());
        for answer in outgoing {
            if !self.deps.ingest.is_rehearsal() {
                self.answer(&answer).await?;
            }
            records.push(answer.record);
        }
        if !records.is_empty() {
            let rejections = Vec::new();
            self.ingest(Normalized {
                records,
                rejections,
            })
            .await?;
        }
        Ok(None)
    }

    /// Writes an answer, unless it is there from an earlier time.
    async fn answer(&self, answer: &Outgoing<'_>) -> Result<(), TakeError> {
        let name = format!("{OUT}{}", answer.name);
        let container = &self.delivery.file.container;
        let bytes = answer.bytes.clone().into();
        let created = self.deps.drops.create(container, &name, bytes).await?;
        tracing::info!(
            event = "answered",
            source = "carrier",
            message_id = &*self.message.message_id,
            correlation_id = &*self.message.correlation_id,
            file = name,
            repeated = created == Created::AlreadyThere,
        );
        Ok(())
    }

    async fn unframed(
        &self,
        error: &FramingError,
        window: Window<'_>,
        length: u64,
    ) -> Result<(), TakeError> {
        let mut rejection = unframed(error, window);
        if matches!(error.fault, FramingFault::NotX12(_)) {
            // The grammar looks at the first bytes only; a dead letter is known by its bytes, so it gets more of them.
            rejection.raw = Cow::Owned(self.start_at(error.lost.start).await?);
            rejection.place = format!("bytes {}..{length}", error.lost.start);
        }
        self.reject(rejection).await
    }

    async fn too_long(&self, error: &InterchangeTooLong, length: u64) -> Result<(), TakeError> {
        let raw = self.start_at(error.offset).await?;
        self.reject(Rejection {
            reason: feed::Reason::MalformedMessage,
            place: format!("bytes {}..{length}", error.offset),
            detail: error.to_string(),
            raw: Cow::Owned(raw),
            record_key: None,
            message: None,
        })
        .await
    }

    /// The first range of the file from a byte on; the file itself has the rest.
    async fn start_at(&self, offset: u64) -> Result<Vec<u8>, TakeError> {
        let mut reader = self.deps.drops.open(&self.delivery.file, offset).await?;
        let bytes = reader.next().await?;
        Ok(bytes.map(|bytes| bytes.to_vec()).unwrap_or_default())
    }

    async fn reject(&self, rejection: Rejection<'_>) -> Result<(), TakeError> {
        let rejections = vec![rejection];
        self.ingest(Normalized {
            records: Vec::new(),
            rejections,
        })
        .await
    }

    async fn ingest(&self, normalized: Normalized<'_>) -> Result<(), TakeError> {
        Box::pin(self.deps.ingest.take(self.message, normalized)).await?;
        Ok(())
    }

    fn is_over(&self) -> bool {
        (self.deps.now)() >= self.deadline
    }
}

/// How an interchange was written, where that is odd: worth counting by partner.
fn log_flags(message: &Message<'_>, interchange: &Interchange<'_>) {
    if interchange.flags.is_empty() {
        return;
    }
    let flags: Vec<&str> = interchange.flags.iter().map(|(_, name)| name).collect();
    tracing::info!(
        event = "interchange_odd",
        source = "carrier",
        message_id = &*message.message_id,
        correlation_id = &*message.correlation_id,
        flags = flags.join(" "),
    );
}
