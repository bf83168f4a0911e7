//! Many letters at a time, as many requests in flight as give full speed.
//!
//! Not in transactional batches: one letter that somebody else changes would take its neighbours along, and the emulator
//! copies the whole partition for each batch, so that a run over 20,000 letters took ten times as long for each of them.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use record::EpochMillis;

use super::{
    Audited, ChangeError, LETTERS, Letters,
    change::{changed, is_done},
};
use crate::{
    Actor, Change, DeadLetterId, FeedError, Letter, Seen, bury::to_json, dead_letter::partition_of,
    publish::REQUESTS_IN_FLIGHT_MAX, shelf::replace_item,
};

/// A change that is to be made to a letter in the state in which it was seen.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The letter.
    pub seen: Seen<Letter>,
    /// What is to become of it.
    pub change: Change,
    /// When it happens.
    pub at: EpochMillis,
}

/// What became of a change.
pub type Made = Result<Seen<Letter>, ChangeError>;

impl Letters {
    /// Letters in full, in the order of the ids; none where there is no such letter.
    ///
    /// # Errors
    /// When the feed does not answer, or a letter is of a form that this version does not read.
    pub async fn get_many(
        &self,
        app: &str,
        ids: &[DeadLetterId],
    ) -> Result<Vec<Option<Seen<Letter>>>, FeedError> {
        let reads: Vec<_> = ids.iter().map(|id| Box::pin(self.get(app, id))).collect();
        let reads = stream::iter(reads).buffered(REQUESTS_IN_FLIGHT_MAX);
        reads.try_collect().await
    }

    /// Changes letters under one audit entry, as [`Letters::change`] changes one. One answer for each, in their order.
    pub async fn change_many(&self, audited: &Audited, wanted: Vec<Wanted>) -> Vec<Made> {
        let writes: Vec<_> = wanted
            .into_iter()
            .map(|wanted| Box::pin(self.change_seen(audited, wanted)))
            .collect();
        let writes = stream::iter(writes).buffered(REQUESTS_IN_FLIGHT_MAX);
        writes.collect().await
    }

    /// Changes a letter in the very state that was seen, without reading it again.
    async fn change_seen(&self, audited: &Audited, wanted: Wanted) -> Made {
        let Wanted { seen, change, at } = wanted;
        if is_done(&seen.value, audited, &change) {
            return Ok(seen);
        }
        let actor = Actor {
            at,
            ..audited.actor()
        };
        let seal = self.feed.seal.as_deref();
        let value = changed(seen.value.clone(), audited, &actor, &change, seal)?;
        let (json, id) = (to_json(&value)?, value.id.as_str());
        let partition = partition_of(&value.app, &value.id);
        let replaced = self
            .feed
            .guard
            .run(|| replace_item(&self.feed, LETTERS, &partition, id, &json, &seen.etag))
            .await
            .map_err(FeedError::from)?;
        match replaced {
            Some(etag) => Ok(Seen { value, etag }),
            // Somebody was faster, or this is the repetition of a write whose reply was lost: look again.
            None => self.change(audited, &seen.summary(), &change, at).await,
        }
    }
}
