//! Proves that every document of the feed ended somewhere.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use feed::{Feed, Stage};
use record::Entity;
use reporting::{Claim, Store};
use serde::Serialize;

/// Where the documents of the feed ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Accounts {
    /// Documents in the feed.
    pub documents: usize,
    /// Documents that the reports hold, at their version or a newer one.
    pub in_store: usize,
    /// Documents that ended as dead letters at consolidation.
    pub dead_lettered: usize,
    /// Documents that are in neither place. Anything but 0 is a loss.
    pub unaccounted: usize,
    /// Dead letters by app, those of units that never became a record included.
    pub dead_letters: BTreeMap<String, usize>,
}

/// Reads the whole feed, the reports and the dead letters, and matches them.
pub(crate) async fn check(feed: &Feed, store: &Store) -> Result<Accounts> {
    let mut documents = feed.documents().collect().await?;
    // What the apps send by themselves never ends, so that one is always on its way.
    documents.retain(|entry| entry.entity != Entity::Canary);
    let letters = feed.dead_letters().collect().await?;
    let claims: Vec<Claim<'_>> = documents
        .iter()
        .map(|entry| Claim {
            entity: entry.entity,
            key: &entry.key,
            version: entry.version,
            content_hash: &entry.content_hash,
        })
        .collect();
    let in_store = store.accounts(&claims).await?;
    // One message says one thing about one key, so the two together name a record.
    let dead: BTreeSet<(&str, &str)> = letters
        .iter()
        .filter(|letter| letter.stage == Stage::Consolidate)
        .filter_map(|letter| {
            Some((
                letter.record_key.as_deref()?,
                letter.correlation_id.as_str(),
            ))
        })
        .collect();
    let mut result = Accounts {
        documents: documents.len(),
        ..Accounts::default()
    };
    for (entry, in_store) in documents.iter().zip(in_store) {
        match (
            in_store,
            dead.contains(&(entry.key.as_str(), entry.correlation_id.as_str())),
        ) {
            (true, _) => result.in_store += 1,
            (false, true) => result.dead_lettered += 1,
            (false, false) => result.unaccounted += 1,
        }
    }
    for letter in letters {
        *result.dead_letters.entry(letter.app).or_default() += 1;
    }
    Ok(result)
}
