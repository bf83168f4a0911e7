//! Where plans lie: one document for the plan, and one for each hundred of its letters.

use feed::{
    About, Audited, DeadLetterId, ETag, Feed, FeedError, Filed, Filter, Intent, LetterSummary,
    Pages, ReplaceError, Seen, Shelf, Verb,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use record::EpochMillis;
use uuid::Uuid;

use crate::{
    Replay, ReplayError,
    outcome::Counts,
    plan::{
        Chunk, ITEMS_PER_CHUNK, Item, ItemState, LETTERS_MAX, Plan, PlanState, SeenAs,
        VALID_FOR_MS, digest, plannable,
    },
};

/// Chunks read or written at a time.
const CHUNKS_IN_FLIGHT_MAX: usize = 16;

/// Which letters a plan is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// These.
    Letters(Vec<DeadLetterId>),
    /// All open ones that match.
    Filter(Box<Filter>),
}

impl Selection {
    pub(crate) fn about(&self) -> About {
        match self {
            Self::Letters(ids) => About::letters(ids),
            Self::Filter(filter) => About::Filter {
                filter: (**filter).clone(),
            },
        }
    }
}

/// The documents of an app's plans.
#[derive(Debug, Clone)]
pub(crate) struct PlanStore {
    plans: Shelf,
    chunks: Shelf,
    app: &'static str,
}

impl PlanStore {
    pub(crate) fn of(feed: &Feed, app: &'static str) -> Self {
        Self {
            plans: feed.shelf("plan"),
            chunks: feed.shelf("plan-letters"),
            app,
        }
    }

    fn filed<'a>(&self, id: &'a str) -> Filed<'a> {
        Filed { app: self.app, id }
    }

    pub(crate) async fn plan(&self, id: &str) -> Result<Seen<Plan>, ReplayError> {
        let found = self.plans.read(&self.filed(id)).await?;
        found.ok_or_else(|| ReplayError::NoSuchPlan(id.to_owned()))
    }

    pub(crate) fn all(&self) -> Pages<Plan> {
        self.plans.scan(self.app)
    }

    pub(crate) async fn replace(&self, plan: &Plan, seen: &ETag) -> Result<ETag, ReplaceError> {
        let order = order(plan);
        self.plans
            .replace(&self.filed(&plan.id), &order, plan, seen)
            .await
    }

    pub(crate) async fn chunk(&self, plan: &str, number: usize) -> Result<Seen<Chunk>, FeedError> {
        let id = chunk_id(plan, number);
        let found = self.chunks.read(&self.filed(&id)).await?;
        // The chunks are written before the plan, so that a plan never tells of letters that are not there.
        found.ok_or_else(|| missing(&id))
    }

    pub(crate) async fn replace_chunk(
        &self,
        plan: &str,
        number: usize,
        chunk: &Chunk,
        seen: &ETag,
    ) -> Result<ETag, ReplaceError> {
        let id = chunk_id(plan, number);
        self.chunks
            .replace(&self.filed(&id), &id, chunk, seen)
            .await
    }

    async fn create(&self, plan: &Plan, items: &[Item]) -> Result<(), FeedError> {
        let chunks: Vec<_> = items
            .chunks(ITEMS_PER_CHUNK)
            .enumerate()
            .map(|(number, items)| self.create_chunk(&plan.id, number, items))
            .collect();
        let mut writes = stream::iter(chunks).buffer_unordered(CHUNKS_IN_FLIGHT_MAX);
        while writes.try_next().await?.is_some() {}
        self.plans
            .create(&self.filed(&plan.id), &order(plan), plan)
            .await?;
        Ok(())
    }

    async fn create_chunk(
        &self,
        plan: &str,
        number: usize,
        items: &[Item],
    ) -> Result<(), FeedError> {
        let id = chunk_id(plan, number);
        let chunk = Chunk {
            items: items.to_vec(),
        };
        self.chunks.create(&self.filed(&id), &id, &chunk).await?;
        Ok(())
    }

    /// All chunks in their order, some at a time.
    pub(crate) fn chunks(
        &self,
        plan: &Plan,
    ) -> impl futures::Stream<Item = Result<Chunk, FeedError>> + use<> {
        self.some_chunks(&plan.id, 0..plan.chunks)
    }

    /// These chunks in this order, some at a time.
    pub(crate) fn some_chunks<I: Iterator<Item = usize>>(
        &self,
        plan: &str,
        numbers: I,
    ) -> impl futures::Stream<Item = Result<Chunk, FeedError>> + use<I> {
        let (store, id) = (self.clone(), plan.to_owned());
        stream::iter(numbers)
            .map(move |number| {
                let (store, id) = (store.clone(), id.clone());
                async move { Ok(store.chunk(&id, number).await?.value) }
            })
            .buffered(CHUNKS_IN_FLIGHT_MAX)
    }
}

fn order(plan: &Plan) -> String {
    format!("{:016}-{}", plan.created_at.0.max(0), plan.id)
}

fn chunk_id(plan: &str, number: usize) -> String {
    format!("{plan}.{number:05}")
}

fn missing(id: &str) -> FeedError {
    FeedError {
        operation: "read plan",
        status: 404,
        sub_status: 0,
        activity_id: String::new(),
        retry_after: None,
        detail: format!("the part {id} of the plan is missing"),
    }
}

impl Replay {
    /// Makes a plan: the list of letters as they are now, stored with its digest. Letters that are not open are left out;
    /// asked for by id, they refuse the plan.
    ///
    /// # Errors
    /// When there is nothing to plan, too much, or the feed does not answer.
    pub async fn plan(
        &self,
        audited: &Audited,
        selection: &Selection,
    ) -> Result<Plan, ReplayError> {
        let mut letters: Vec<(String, Item)> = match selection {
            Selection::Letters(ids) => {
                let letters = self.summaries(ids).await?;
                letters.into_iter().filter_map(item).collect()
            }
            Selection::Filter(filter) => self.matching(filter).await?,
        };
        if letters.is_empty() {
            return Err(ReplayError::NothingToPlan);
        }
        // Oldest first: what came first comes in first.
        letters.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let items: Vec<Item> = letters.into_iter().map(|(_, item)| item).collect();
        let (entry, now) = (audited.entry(), self.now());
        let plan = Plan {
            id: Uuid::new_v4().simple().to_string()[..12].to_owned(),
            app: self.app.to_owned(),
            digest: digest(self.app, &items),
            by: entry.who.clone(),
            why: entry.why.clone(),
            created_at: now,
            expires_at: EpochMillis(now.0 + VALID_FOR_MS),
            letters: items.len(),
            chunks: items.len().div_ceil(ITEMS_PER_CHUNK),
            next_chunk: 0,
            state: PlanState::Planned,
            run_audit: None,
            run_at: None,
            lease: None,
        };
        self.plans.create(&plan, &items).await?;
        Ok(plan)
    }

    /// The open letters that match, with their order. Only this app's: each app replays its own.
    async fn matching(&self, filter: &Filter) -> Result<Vec<(String, Item)>, ReplayError> {
        let filter = Filter {
            app: Some(self.app.to_owned()),
            states: vec![feed::State::Open],
            ..filter.clone()
        };
        let (mut pages, mut found) = (self.letters.scan(&filter), Vec::new());
        while let Some(page) = pages.next().await? {
            found.extend(page.into_iter().filter_map(item));
            if found.len() > LETTERS_MAX {
                return Err(ReplayError::TooMany(LETTERS_MAX));
            }
        }
        Ok(found)
    }

    /// The letters of these ids, all of them open.
    pub(crate) async fn summaries(
        &self,
        ids: &[DeadLetterId],
    ) -> Result<Vec<LetterSummary>, ReplayError> {
        if ids.len() > LETTERS_MAX {
            return Err(ReplayError::TooMany(LETTERS_MAX));
        }
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let reads: Vec<_> = ids.into_iter().map(|id| self.open_letter(id)).collect();
        let reads = stream::iter(reads).buffered(CHUNKS_IN_FLIGHT_MAX);
        reads.try_collect().await
    }

    async fn open_letter(&self, id: DeadLetterId) -> Result<LetterSummary, ReplayError> {
        let letter = self.letter(&id).await?.summary();
        if plannable(&letter) {
            return Ok(letter);
        }
        let what = crate::plan::in_words(&letter.status);
        Err(ReplayError::NotOpen { id, what })
    }

    /// A plan, and its letters by what became of them.
    ///
    /// # Errors
    /// When there is none, or the feed does not answer.
    pub async fn progress(&self, id: &str) -> Result<(Plan, Counts), ReplayError> {
        let plan = self.plans.plan(id).await?.value;
        let mut counts = Counts::default();
        let mut chunks = std::pin::pin!(self.plans.chunks(&plan));
        while let Some(chunk) = chunks.try_next().await? {
            chunk.items.iter().for_each(|item| counts.add(&item.state));
        }
        Ok((plan, counts))
    }

    /// The letters of a plan, a chunk at a time.
    ///
    /// # Errors
    /// When there is none, or the feed does not answer.
    pub async fn items(&self, id: &str, chunk: usize) -> Result<Vec<Item>, ReplayError> {
        let plan = self.plans.plan(id).await?.value;
        if chunk >= plan.chunks {
            return Ok(Vec::new());
        }
        Ok(self.plans.chunk(id, chunk).await?.value.items)
    }

    /// The app's plans, newest first.
    ///
    /// # Errors
    /// When the feed does not answer.
    pub async fn all_plans(&self) -> Result<Vec<Plan>, ReplayError> {
        let mut plans = self.plans.all().collect().await?;
        plans.sort_unstable_by_key(|plan| std::cmp::Reverse(plan.created_at));
        Ok(plans)
    }

    /// Writes down what somebody is about to do.
    pub(crate) async fn intend(
        &self,
        who: &str,
        why: &str,
        verb: Verb,
        about: About,
    ) -> Result<Audited, ReplayError> {
        self.intend_as(None, who, why, verb, about).await
    }

    /// The same under an id of the caller's: an entry that is there already stands for both.
    pub(crate) async fn intend_as(
        &self,
        id: Option<Uuid>,
        who: &str,
        why: &str,
        verb: Verb,
        about: About,
    ) -> Result<Audited, ReplayError> {
        let actor = feed::Actor {
            who,
            why,
            at: self.now(),
        };
        let intent = Intent {
            id,
            app: self.app,
            actor,
            verb,
            about,
        };
        let audited = self.letters.intend(&intent).await?;
        let verb = serde_json::to_value(verb).unwrap_or_default();
        tracing::info!(
            event = "operated",
            who,
            verb = verb.as_str().unwrap_or_default(),
            audit = audited.entry().id.as_str()
        );
        Ok(audited)
    }
}

fn item(letter: LetterSummary) -> Option<(String, Item)> {
    let item = Item {
        seen: SeenAs::of(&letter)?,
        letter: letter.id,
        key: letter.record_key,
        state: ItemState::Pending,
    };
    Some((letter.order, item))
}
