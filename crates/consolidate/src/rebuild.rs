//! The report made anew from the feed: filled beside itself in steps, and taken over from there in one transaction.
//!
//! What is beside is filled by the way of every document, so that there is one rule of what becomes of a record. How far
//! it is lies beside as well, written after what it speaks of: who dies is gone on from there, and what was half done
//! is done again, which changes nothing.

use std::time::Duration;

use futures::{FutureExt as _, future::BoxFuture};
use record::EpochMillis;
use reporting::{MergeError, Rebuild, RebuildState, Removals, Store, StoreError};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{Consolidate, ConsolidateError, Page};

/// What is in the feed for less than this may still become visible to a query.
const UNDER_WAY_MS: i64 = 2 * 60_000;
/// Documents that are taken in together. More than the change feed brings, since nobody waits for them.
const TAKEN_TOGETHER: usize = 500;
/// A window of the feed's time is what is done again when a process dies, so it grows where the feed is thin and shrinks
/// where it is dense.
const WINDOW_FIRST_MS: i64 = 4_000;
const WINDOW_MIN_MS: i64 = 1_000;
const WINDOW_MAX_MS: i64 = 24 * 3_600_000;
const WINDOW_DOCUMENTS: i64 = 4_000;
/// Longest time that live documents are let go first, each time.
const YIELD_MAX: Duration = Duration::from_millis(500);
const YIELD_EVERY: Duration = Duration::from_millis(5);

/// What somebody asks for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Who asks.
    pub who: String,
    /// For what reason; one that goes on needs none.
    pub why: Option<String>,
    /// Which one goes on; none begins one where none is under way.
    pub id: Option<String>,
    /// How long to go on for, at least one window.
    pub step: Duration,
    /// How much of the report may go.
    pub removals: Removals,
    /// What the report was given before this is kept though the feed does not hold it any more.
    pub keep_before: Option<EpochMillis>,
}

/// Why a rebuild does not go on. It can be asked for again; the report is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The store or the feed is away.
    #[error(transparent)]
    Unavailable(#[from] ConsolidateError),
    /// What is beside was not taken over.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// It is to begin, for no reason.
    #[error("no rebuild is under way: one begins with a reason")]
    NoReason,
    /// There is none of this name.
    #[error("there is no rebuild {0}")]
    Unknown(String),
    /// Somebody else works beside the report.
    #[error("somebody else is at it")]
    Elsewhere,
}

impl From<StoreError> for RebuildError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<reporting::ApplyError> for RebuildError {
    fn from(error: reporting::ApplyError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl Consolidate {
    /// Goes on with the rebuild that is under way, or begins one, and takes it over once it has caught up with the feed.
    ///
    /// # Errors
    /// The store or the feed is away, or it would take too much away. Asking again goes on where it was.
    // Boxed, as its parts are: as types of their own they would not be seen to be `Send` for all lifetimes.
    #[must_use]
    pub fn rebuild<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Result<Rebuild, RebuildError>> {
        self.step(ask).boxed()
    }

    async fn step(&self, ask: &Ask) -> Result<Rebuild, RebuildError> {
        self.check_schema().await?;
        let began = Instant::now();
        let open = self.find(ask.id.as_deref()).boxed().await?;
        if let Some(ended) = open
            .as_ref()
            .filter(|open| open.state != RebuildState::Filling)
        {
            return Ok(ended.clone());
        }
        let beside = self.prepared().await?;
        let rebuild = match open {
            Some(open) => go_on(open, &beside).boxed().await?,
            None => self.begin(ask, &beside).boxed().await?,
        };
        let into = self.filling(beside);
        let rebuild = self
            .catch_up(rebuild, &into, ask.step, began)
            .boxed()
            .await?;
        // A step of no time at all fills one window and no more.
        match rebuild.filled_until >= self.settled() && !ask.step.is_zero() {
            true => self.take_over(rebuild, &into, ask).boxed().await,
            false => Ok(rebuild),
        }
    }

    /// Gives the rebuild up that is under way. The report stays as it is.
    ///
    /// # Errors
    /// The store is away, or there is none under way.
    pub async fn cancel_rebuild(&self, id: &str) -> Result<Rebuild, RebuildError> {
        self.check_schema().await?;
        let mut rebuild = self
            .find(Some(id))
            .await?
            .ok_or_else(|| RebuildError::Unknown(id.to_owned()))?;
        if rebuild.state == RebuildState::Filling {
            rebuild.state = RebuildState::Cancelled;
            rebuild.stepped_at = self.now();
            self.store().note_rebuild(&rebuild).await?;
            self.store().beside()?.empty().await?;
        }
        Ok(rebuild)
    }

    /// The store beside, which the migration step has made.
    async fn prepared(&self) -> Result<Store, StoreError> {
        let beside = self.store().beside()?;
        beside.check_schema().await?;
        Ok(beside)
    }

    /// The one of this name, or the one that is under way.
    async fn find(&self, id: Option<&str>) -> Result<Option<Rebuild>, RebuildError> {
        let mut rebuilds = self.store().rebuilds().await?.into_iter();
        match id {
            Some(id) => rebuilds
                .find(|rebuild| rebuild.id == id)
                .map(Some)
                .ok_or_else(|| RebuildError::Unknown(id.to_owned())),
            None => Ok(rebuilds.find(|rebuild| rebuild.state == RebuildState::Filling)),
        }
    }

    async fn begin(&self, ask: &Ask, beside: &Store) -> Result<Rebuild, RebuildError> {
        let why = ask.why.clone().ok_or(RebuildError::NoReason)?;
        let now = self.now();
        let oldest = self.feed().oldest_document().await;
        let feed_from = oldest.map_err(ConsolidateError::from)?.unwrap_or(now);
        let rebuild = Rebuild {
            id: Uuid::new_v4().simple().to_string(),
            state: RebuildState::Filling,
            who: ask.who.clone(),
            why,
            asked_at: now,
            feed_from,
            filled_until: feed_from,
            documents: 0,
            dead_lettered: 0,
            stepped_at: now,
            merged: None,
        };
        // The index on those under way refuses a second one.
        self.store().note_rebuild(&rebuild).await?;
        beside.empty().await?;
        beside.note_rebuild(&rebuild).await?;
        Ok(rebuild)
    }

    /// Fills window after window until there is nothing settled left, or the time of the step is over.
    async fn catch_up(
        &self,
        mut rebuild: Rebuild,
        into: &Self,
        step: Duration,
        began: Instant,
    ) -> Result<Rebuild, RebuildError> {
        let mut window_ms = WINDOW_FIRST_MS;
        loop {
            let settled = self.settled();
            if rebuild.filled_until >= settled {
                return Ok(rebuild);
            }
            let until = EpochMillis(settled.0.min(rebuild.filled_until.0 + window_ms));
            let filled = self
                .fill(into, rebuild.filled_until, until, Yielding::ToLive)
                .await?;
            window_ms = match filled.documents {
                documents if documents > WINDOW_DOCUMENTS => window_ms / 2,
                documents if documents < WINDOW_DOCUMENTS / 4 => window_ms * 2,
                _ => window_ms,
            };
            window_ms = window_ms.clamp(WINDOW_MIN_MS, WINDOW_MAX_MS);
            rebuild.filled_until = until;
            rebuild.documents += filled.documents;
            rebuild.dead_lettered += filled.dead_lettered;
            rebuild.stepped_at = self.now();
            into.store().note_rebuild(&rebuild).await?;
            self.store().note_rebuild(&rebuild).await?;
            if began.elapsed() >= step {
                return Ok(rebuild);
            }
        }
    }

    fn settled(&self) -> EpochMillis {
        // The database tells whole seconds.
        let settled_ms = self.now().0 - UNDER_WAY_MS;
        EpochMillis(settled_ms - settled_ms.rem_euclid(1000))
    }

    /// Takes the documents in that the feed got in a time.
    async fn fill(
        &self,
        into: &Self,
        from: EpochMillis,
        until: EpochMillis,
        yielding: Yielding,
    ) -> Result<Filled, ConsolidateError> {
        let mut filled = Filled::default();
        let mut pages = self.feed().texts_between(from, until);
        while let Some(page) = pages.next().await? {
            for some in page.chunks(TAKEN_TOGETHER) {
                if yielding == Yielding::ToLive {
                    self.let_live_documents_go_first().await;
                }
                let documents: Vec<&str> = some.iter().map(|document| document.get()).collect();
                let page = Page {
                    documents: &documents,
                    arrival: &[("trigger".to_owned(), "rebuild".to_owned())],
                };
                let taken = Box::pin(into.take(&page)).await?;
                let dead = taken.sources.values().map(|counts| counts.dead_lettered);
                filled.documents += i64::try_from(some.len()).unwrap_or(i64::MAX);
                filled.dead_lettered += dead.sum::<i64>();
            }
        }
        Ok(filled)
    }

    /// Takes over what is different, once everything that the report was given is beside as well.
    async fn take_over(
        &self,
        mut rebuild: Rebuild,
        into: &Self,
        ask: &Ask,
    ) -> Result<Rebuild, RebuildError> {
        let held = self.store().hold().await?;
        // What anybody has written into the report is committed now, and was in the feed before. Nobody writes meanwhile,
        // so there is nobody to let go first.
        let until = EpochMillis(self.now().0 + WINDOW_MAX_MS);
        let filled = self
            .fill(into, rebuild.filled_until, until, Yielding::ToNobody)
            .await?;
        rebuild.documents += filled.documents;
        rebuild.dead_lettered += filled.dead_lettered;
        if let Some(before) = ask.keep_before {
            self.store().keep(into.store(), before).await?;
        }
        if into.store().resolve(self.now()).await?.is_elsewhere {
            return Err(RebuildError::Elsewhere);
        }
        let merged = held
            .merge(
                self.store(),
                into.store(),
                &rebuild,
                ask.removals,
                self.now(),
            )
            .await?;
        tracing::info!(
            event = "rebuilt",
            rebuild = rebuild.id,
            documents = rebuild.documents,
            removed = merged.removed,
            added = merged.added,
            replaced = merged.replaced,
        );
        // Marks that came meanwhile, and room that is not needed any more. The next one begins with this as well.
        self.resolve().await;
        if let Err(error) = into.store().empty().await {
            tracing::warn!(event = "not_emptied", %error);
        }
        Ok(Rebuild {
            state: RebuildState::Swapped,
            stepped_at: self.now(),
            merged: Some(merged),
            ..rebuild
        })
    }

    async fn let_live_documents_go_first(&self) {
        let began = Instant::now();
        while self.traffic().under_way() > 0 && began.elapsed() < YIELD_MAX {
            tokio::time::sleep(YIELD_EVERY).await;
        }
    }
}

/// Who is let go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Yielding {
    ToLive,
    ToNobody,
}

/// What was taken in.
#[derive(Debug, Clone, Copy, Default)]
struct Filled {
    documents: i64,
    dead_lettered: i64,
}

/// As far as what is beside really is. Where it is of another rebuild, or gone, it begins anew.
async fn go_on(open: Rebuild, beside: &Store) -> Result<Rebuild, RebuildError> {
    let known = beside.rebuilds().await?.into_iter();
    if let Some(known) = known.into_iter().find(|known| known.id == open.id) {
        return Ok(known);
    }
    let anew = Rebuild {
        filled_until: open.feed_from,
        documents: 0,
        dead_lettered: 0,
        ..open
    };
    beside.empty().await?;
    beside.note_rebuild(&anew).await?;
    Ok(anew)
}
