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

/// What this app buried since a time: listed when it is asked for first, once for all pages of a pass.
#[derive(Debug)]
pub(crate) struct Buried {
    since: EpochMillis,
    /// Key and correlation id. One message says one thing about one key, so the two together name a record.
    names: Option<BTreeSet<(String, String)>>,
}

impl Buried {
    /// Documents from this time on are asked about.
    pub(crate) const fn since(documents: EpochMillis) -> Self {
        Self {
            since: EpochMillis(documents.0 - CLOCKS_DIFFER_MS),
            names: None,
        }
    }

    /// The same question, without what was listed so far.
    pub(crate) const fn anew(&self) -> Self {
        Self {
            since: self.since,
            names: None,
        }
    }

    async fn names(
        &mut self,
        consolidate: &Consolidate,
    ) -> Result<&BTreeSet<(String, String)>, ConsolidateError> {
        let names = match self.names.take() {
            Some(names) => names,
            None => {
                let feed = consolidate.feed();
                let letters = feed.dead_letters_since(consolidate.app(), self.since);
                let named = letters.collect().await?.into_iter();
                named
                    .filter_map(|letter| Some((letter.record_key?, letter.correlation_id)))
                    .collect()
            }
        };
        Ok(self.names.insert(names))
    }
}

impl Consolidate {
    /// Finds out where documents ended.
    pub(crate) async fn places(
        &self,
        entries: Vec<FeedEntry>,
        buried: &mut Buried,
    ) -> Result<Places, ConsolidateError> {
        let claims: Vec<Claim<'_>> = entries.iter().map(claim).collect();
        let accounted = self.store().accounts(&claims).await?;
        let mut places = Places::default();
        for (entry, accounted) in entries.into_iter().zip(accounted) {
            match accounted {
                true => places.in_report.push(entry),
                false => places.missing.push(entry),
            }
        }
        if places.missing.is_empty() {
            return Ok(places);
        }
        let names = buried.names(self).await?;
        for entry in std::mem::take(&mut places.missing) {
            let name = (entry.key.clone(), entry.correlation_id.clone());
            match names.contains(&name) {
                true => places.dead_lettered.push(entry),
                false => places.missing.push(entry),
            }
        }
        Ok(places)
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
