//! The audit log: what people do, written before it takes effect.

use std::num::NonZeroU32;

use record::EpochMillis;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Cursor, Letters, list::first};
use crate::{
    Actor, DeadLetterId, FeedError, Filed, Filter, Fingerprint, Seen,
    arrival::clip,
    query::Pages,
    shelf::{AUDIT, SHELF, Shelf},
};

/// Most bytes of `who` and `why` each.
const TEXT_BYTES_MAX: usize = 512;
/// Most ids that one entry names; their number is always there.
const IDS_MAX: usize = 200;
/// Most entries on a page.
const ENTRIES_PER_PAGE_MAX: u32 = 1_000;

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// Close letters with nothing done.
    Discard,
    /// Put letters aside.
    Archive,
    /// Open letters again.
    Reopen,
    /// Lay a correction over letters.
    Edit,
    /// Take a correction back.
    UndoEdit,
    /// Take letters away from the plan that holds them.
    Release,
    /// Make a replay plan.
    Plan,
    /// See what a plan would do.
    DryRun,
    /// Run a plan.
    Run,
    /// Stop a run for now.
    Pause,
    /// Go on with a run.
    Resume,
    /// End a plan.
    Cancel,
    /// Write a note on a group.
    Note,
    /// Look at personal fields.
    Unseal,
}

/// What it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum About {
    /// Single letters.
    Letters {
        /// The first 200 of them.
        ids: Vec<DeadLetterId>,
        /// How many.
        total: u64,
    },
    /// Whatever matches.
    Filter {
        /// Which.
        filter: Filter,
    },
    /// A replay plan.
    Plan {
        /// Its id.
        id: String,
        /// Its digest.
        digest: Option<String>,
    },
    /// A group.
    Group {
        /// Its fingerprint.
        fingerprint: Fingerprint,
    },
}

impl About {
    /// These letters.
    #[must_use]
    pub fn letters(ids: &[DeadLetterId]) -> Self {
        Self::Letters {
            ids: ids.iter().take(IDS_MAX).cloned().collect(),
            total: ids.len() as u64,
        }
    }
}

/// What somebody is about to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent<'a> {
    /// The caller's own id of the request, so that a request repeated is one entry; none gives it a new one.
    pub id: Option<Uuid>,
    /// The app whose letters it is about.
    pub app: &'a str,
    /// Who, why and when.
    pub actor: Actor<'a>,
    /// What.
    pub verb: Verb,
    /// To what.
    pub about: About,
}

/// An entry of the audit log. Never changed, never deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Its id, which is in the history of each letter that it changed.
    pub id: String,
    /// The app whose letters it is about.
    pub app: String,
    /// Who.
    pub who: String,
    /// For what reason.
    pub why: String,
    /// When.
    pub at: EpochMillis,
    /// What.
    pub verb: Verb,
    /// To what.
    pub about: About,
}

/// Proof that an entry is in the audit log. There is no other way to get one, and nothing is changed without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audited(AuditEntry);

impl Audited {
    /// The entry.
    #[must_use]
    pub const fn entry(&self) -> &AuditEntry {
        &self.0
    }

    /// Who, why, and when the entry was written.
    #[must_use]
    pub fn actor(&self) -> Actor<'_> {
        Actor {
            who: &self.0.who,
            why: &self.0.why,
            at: self.0.at,
        }
    }
}

/// One page of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The entries, newest first.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins; none after the last.
    pub next: Option<Cursor>,
}

impl Letters {
    /// Writes down what somebody is about to do. Once this is `Ok`, the entry is durable and the action may begin.
    ///
    /// # Errors
    /// When the feed does not carry it out; then nothing may be done.
    pub async fn intend(&self, intent: &Intent<'_>) -> Result<Audited, FeedError> {
        let text = |text| clip(text, TEXT_BYTES_MAX).into_owned();
        let entry = AuditEntry {
            id: intent.id.unwrap_or_else(Uuid::new_v4).simple().to_string(),
            app: intent.app.to_owned(),
            who: text(intent.actor.who),
            why: text(intent.actor.why),
            at: intent.actor.at,
            verb: intent.verb,
            about: intent.about.clone(),
        };
        let filed = Filed {
            app: intent.app,
            id: &entry.id,
        };
        let order = format!("{:016}-{}", entry.at.0.max(0), entry.id);
        Shelf::of(&self.feed, AUDIT)
            .create(&filed, &order, &entry)
            .await?;
        Ok(Audited(entry))
    }

    /// The proof for an entry that was written before, by a run that is to go on after its process died.
    ///
    /// # Errors
    /// When the feed does not answer.
    pub async fn audited(&self, app: &str, id: &str) -> Result<Option<Audited>, FeedError> {
        let read = Shelf::of(&self.feed, AUDIT)
            .read(&Filed { app, id })
            .await?;
        Ok(read.map(|Seen { value, .. }| Audited(value)))
    }

    /// One page of the audit log of an app, newest first.
    ///
    /// # Errors
    /// When the feed does not answer.
    pub async fn audit(
        &self,
        app: &str,
        limit: u32,
        after: Option<&Cursor>,
    ) -> Result<AuditPage, FeedError> {
        #[derive(Deserialize)]
        struct Row {
            listed_as: String,
            held: AuditEntry,
        }
        let limit = limit.clamp(1, ENTRIES_PER_PAGE_MAX);
        let before = after.map_or("", |_| " AND c.listed_as < @after");
        let text = format!(
            "SELECT c.listed_as, c.held FROM c WHERE c.kind = @kind AND c.app = @app{before} \
             ORDER BY c.listed_as DESC"
        );
        let mut pages = Pages::<Row>::with(&self.feed, SHELF, text)
            .parameter("@kind", AUDIT)
            .parameter("@app", app)
            .page_size(NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN));
        if let Some(after) = after {
            pages = pages.parameter("@after", after.order());
        }
        let rows = first(pages, limit as usize).await?;
        let full = rows.len() == limit as usize;
        let next = rows.last().filter(|_| full);
        let next = next.map(|row| Cursor::after(&row.listed_as));
        let entries = rows.into_iter().map(|row| row.held).collect();
        Ok(AuditPage { entries, next })
    }
}
