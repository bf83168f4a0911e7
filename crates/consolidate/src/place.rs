//! Where documents of the feed ended.

use std::collections::BTreeSet;

use feed::FeedEntry;
use record::EpochMillis;
use reporting::Claim;

use crate::{Consolidate, ConsolidateError};

/// A letter is younger than its document, by clocks that may differ by so much.
const CLOCKS_DIFFER_MS: i64 = 10 * 60_000;

/// Documents by where they ended.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// The report holds them, at their version or a newer one.
    pub(crate) in_report: Vec<FeedEntry>,
    /// They are dead letters.
    pub(crate) dead_lettered: Vec<FeedEntry>,
    /// Neither.
    pub(crate) missing: Vec<FeedEntry>,
}

impl Consolidate {
    /// Finds out where documents ended.
    pub(crate) async fn places(&self, entries: Vec<FeedEntry>) -> Result<Places, ConsolidateError> {
        let claims: Vec<Claim<'_>> = entries.iter().map(claim).collect();
        let accounted = self.store().accounts(&claims).await?;
        let mut places = Places::default();
        for (entry, accounted) in entries.into_iter().zip(accounted) {
            match accounted {
                true => places.in_report.push(entry),
                false => places.missing.push(entry),
            }
        }
        let Some(first_s) = places.missing.iter().map(|entry| entry.written_s).min() else {
            return Ok(places);
        };
        let buried = self.buried_since(EpochMillis(first_s * 1000)).await?;
        for entry in std::mem::take(&mut places.missing) {
            // One message says one thing about one key, so the two together name a record.
            let name = (entry.key.clone(), entry.correlation_id.clone());
            match buried.contains(&name) {
                true => places.dead_lettered.push(entry),
                false => places.missing.push(entry),
            }
        }
        Ok(places)
    }

    /// Key and correlation id of what this app buried.
    async fn buried_since(
        &self,
        at: EpochMillis,
    ) -> Result<BTreeSet<(String, String)>, ConsolidateError> {
        let at = EpochMillis(at.0 - CLOCKS_DIFFER_MS);
        let letters = self.feed().dead_letters_since(self.app(), at);
        let letters = letters.collect().await?;
        let named = letters
            .into_iter()
            .filter_map(|letter| Some((letter.record_key?, letter.correlation_id)));
        Ok(named.collect())
    }
}

/// What the store is asked about a document.
fn claim(entry: &FeedEntry) -> Claim<'_> {
    Claim {
        entity: entry.entity,
        key: &entry.key,
        version: entry.version,
        content_hash: &entry.content_hash,
    }
}
