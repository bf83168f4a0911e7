//! One batch of the change feed, all the way to where it is durable.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use feed::{Buried, Feed, FeedError};
use futures::{StreamExt, stream};
use record::{EpochMillis, Source};
use replay::Traffic;
use reporting::{ApplyError, Change, Store, StoreError};
use retry::{Class, Classify, Guard, Policy};
use serde_json::{Map, Value};
use telemetry::steps::Moment;
use tokio::sync::OnceCell;

use crate::{
    Counts, Document, Fate, Read, WriteError,
    account::{self, BySource},
    letter::{self, Failed},
    read, told, write,
};

/// Most dead letters of one batch that are written at a time.
const LETTERS_IN_FLIGHT_MAX: usize = 16;
/// Most traces that one batch is linked to; more of a span's links do not arrive.
const TRACES_MAX: usize = 100;

/// Takes batches of the change feed into the reporting store.
#[derive(Clone)]
pub struct Consolidate {
    store: Store,
    feed: Feed,
    app: &'static str,
    version: &'static str,
    guard: Guard,
    now: Arc<dyn Fn() -> EpochMillis + Send + Sync>,
    /// Set once the schema was seen to be new enough.
    schema: Arc<OnceCell<()>>,
    traffic: Traffic,
    /// Whether what it takes in is no news: the report is being made anew beside itself.
    is_beside: bool,
}

/// A batch as the change feed delivers it.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The documents, in the order of the feed.
    pub documents: &'a [Document<'a>],
    /// How they arrived: trigger metadata, kept in dead letters.
    pub arrival: &'a [(String, String)],
}

/// What became of a batch. Every document of it is in the store or among the dead letters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consolidated {
    /// Counts per source; `None` for documents that do not even name theirs.
    pub sources: BTreeMap<Option<Source>, Counts>,
    /// W3C trace contexts in which the records were published: at most 100, each once.
    pub traceparents: BTreeSet<String>,
}

/// Why a batch has to be delivered again. Delivering it again is harmless.
#[derive(Debug, thiserror::Error)]
pub enum ConsolidateError {
    /// The store is away, or its schema too old.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store cannot write.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The feed does not answer.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// What was found out cannot be noted.
    #[error(transparent)]
    Note(#[from] ApplyError),
    /// Dead letters cannot be written.
    #[error("{letters} dead letters are not durable: {error}")]
    DeadLetters {
        /// How many.
        letters: usize,
        /// How the first one failed.
        error: FeedError,
    },
}

impl Classify for ConsolidateError {
    /// Always transient: what is a record's fault ends as a dead letter, not here.
    fn class(&self) -> Class {
        Class::TRANSIENT
    }
}

/// Letters about orders and trips hold personal fields, and the feed has no key to seal them with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("records hold personal fields, and there is no key to seal them with; set FEED__sealKeys")]
pub struct NoSealKey;

impl Consolidate {
    /// For the app of this name and version. `now` is the clock that lags are measured by.
    ///
    /// # Errors
    /// A feed that has no key to seal personal fields with.
    pub fn new(
        store: Store,
        feed: Feed,
        app: &'static str,
        version: &'static str,
        now: impl Fn() -> EpochMillis + Send + Sync + 'static,
    ) -> Result<Self, NoSealKey> {
        if !feed.can_seal() {
            return Err(NoSealKey);
        }
        Ok(Self {
            store,
            feed,
            app,
            version,
            guard: Guard::new(Policy::store_write(), "store"),
            now: Arc::new(now),
            schema: Arc::default(),
            traffic: Traffic::default(),
            is_beside: false,
        })
    }

    /// Writes a batch. `Ok` means that every document is applied, was there already, is superseded, or is a durable
    /// dead letter.
    ///
    /// # Errors
    /// When that is not so; the host then delivers the batch again.
    pub async fn take(&self, page: &Page<'_>) -> Result<Consolidated, ConsolidateError> {
        let _under_way = self.traffic.begin();
        let began = Moment::now();
        self.check_schema().await?;
        let mut by_source = BySource::new();
        let (mut changes, mut texts, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for (index, &document) in page.documents.iter().enumerate() {
            match read(document) {
                Read::Change(change) => {
                    changes.push(*change);
                    texts.push(document);
                }
                Read::Unreadable(unreadable) => {
                    account::count_unreadable(&mut by_source, unreadable.source);
                    failed.push(Failed::unreadable(document, index, unreadable));
                }
            }
        }
        let fates = write(&self.store, &changes, &self.guard, &*self.now).await?;
        let at = (self.now)();
        told::tell(&changes, &fates, began, at);
        for ((change, fate), text) in changes.iter().zip(&fates).zip(texts) {
            account::count(&mut by_source, change, fate, at);
            if let Fate::Refused(refusal) = fate {
                failed.push(Failed::refused(text, change, refusal));
            }
        }
        self.resolve().await;
        self.bury_all(page, &failed, at).await?;
        if !self.is_beside {
            account::log(&by_source);
        }
        Ok(Consolidated {
            sources: by_source,
            traceparents: traceparents(&changes),
        })
    }

    /// Finds out which records are about the same shipment, as far as they were touched. What does not succeed stays
    /// marked in the store and is done after a later batch or by the timer: no reason to take in this one again.
    pub async fn resolve(&self) {
        // Once and not under the guard: a step that fails must not look like a store that is away to those who write.
        match self.store.resolve((self.now)()).await {
            Ok(drained) => tracing::debug!(
                event = "resolved",
                marks = drained.marks,
                records = drained.records,
                changed = drained.changed,
                is_elsewhere = drained.is_elsewhere,
            ),
            Err(error) => tracing::warn!(event = "not_resolved", %error),
        }
    }

    /// The same, into the store beside the report. Nobody waits for it, and it says nothing of what it takes in.
    pub(crate) fn filling(&self, beside: Store) -> Self {
        Self {
            store: beside,
            guard: Guard::new(Policy::store_write(), "store beside"),
            schema: Arc::default(),
            traffic: Traffic::default(),
            is_beside: true,
            ..self.clone()
        }
    }

    pub(crate) async fn check_schema(&self) -> Result<(), StoreError> {
        self.schema
            .get_or_try_init(|| self.store.check_schema())
            .await?;
        Ok(())
    }

    /// The reporting store.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// The feed.
    #[must_use]
    pub const fn feed(&self) -> &Feed {
        &self.feed
    }

    /// The batches that are being taken in, which a replay lets go first.
    #[must_use]
    pub const fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    pub(crate) const fn app(&self) -> &'static str {
        self.app
    }

    pub(crate) const fn guard(&self) -> &Guard {
        &self.guard
    }

    pub(crate) fn now(&self) -> EpochMillis {
        (self.now)()
    }

    /// Buries what failed, and accounts for those that are dead letters only now.
    async fn bury_all(
        &self,
        page: &Page<'_>,
        failed: &[Failed<'_>],
        at: EpochMillis,
    ) -> Result<(), ConsolidateError> {
        // Collected first: a closure over borrowed items, held while waiting, would not be `Send` for all lifetimes.
        let burials: Vec<_> = failed
            .iter()
            .map(|failed| Box::pin(self.bury(page, failed, at)))
            .collect();
        let mut letters = stream::iter(burials).buffer_unordered(LETTERS_IN_FLIGHT_MAX);
        let (mut created, mut failures) = (BTreeMap::<Source, i64>::new(), Vec::new());
        while let Some(result) = letters.next().await {
            match result {
                Ok((Some(source), Buried::Created)) => *created.entry(source).or_default() += 1,
                Ok(_) => {}
                Err(error) => failures.push(error),
            }
        }
        self.account(&created, at).await;
        let letters = failures.len();
        match failures.into_iter().next() {
            None => Ok(()),
            Some(error) => Err(ConsolidateError::DeadLetters { letters, error }),
        }
    }

    async fn bury(
        &self,
        page: &Page<'_>,
        failed: &Failed<'_>,
        at: EpochMillis,
    ) -> Result<(Option<Source>, Buried), FeedError> {
        let row = self.row_of(failed).await;
        let letter = failed.letter(self.app, self.version, page, at, row);
        let buried = self.feed.dead_letter(&letter).await?;
        if !self.is_beside || buried == Buried::Created {
            letter::log(&letter);
        }
        Ok((failed.source, buried))
    }

    /// What the store has where it refuses the record. Good to know, and not worth the batch.
    async fn row_of(&self, failed: &Failed<'_>) -> Option<Map<String, Value>> {
        let (entity, key) = (failed.entity?, failed.record_key.as_deref()?);
        match self.store.row(entity, key).await {
            Ok(row) => row,
            Err(error) => {
                tracing::debug!(event = "row_not_read", %error);
                None
            }
        }
    }

    /// Notes dead letters in the store's ledger. Their container is what counts; a note that cannot be written is
    /// not worth the batch.
    async fn account(&self, created: &BTreeMap<Source, i64>, at: EpochMillis) {
        for (&source, &letters) in created {
            let noted = self
                .guard
                .run(|| self.store.account_dead_letters(source, letters, at))
                .await;
            if let Err(error) = noted {
                tracing::warn!(event = "dead_letters_not_noted", source = source.as_str(), letters, %error);
            }
        }
    }
}

impl std::fmt::Debug for Consolidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consolidate")
            .field("app", &self.app)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

fn traceparents(changes: &[Change<'_>]) -> BTreeSet<String> {
    let all = changes
        .iter()
        .filter_map(|change| change.record().provenance().traceparent.as_deref());
    let distinct: BTreeSet<&str> = all.collect();
    distinct
        .into_iter()
        .take(TRACES_MAX)
        .map(str::to_owned)
        .collect()
}
