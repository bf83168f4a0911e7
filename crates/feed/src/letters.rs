//! The dead letters: looking for them, reading them, and what people do with them.

mod audit;
mod change;
mod entries;
mod filter;
mod groups;
mod list;
mod many;
mod note;
mod unseal;

use crate::{
    DeadLetterId, Feed, FeedError, KeptBytes, Letter, Seen,
    client::{Container, Containers},
    dead_letter::partition_of,
    letter_bytes,
    shelf::read_item,
};

pub use audit::{About, AuditEntry, AuditPage, Audited, Intent, Verb};
pub use change::ChangeError;
pub use entries::DeadLetterEntry;
pub use filter::Filter;
pub use groups::{GROUPS_MAX, Group, Groups};
pub use list::{Cursor, InvalidCursor, LETTERS_PER_PAGE_MAX, Listed};
pub use many::{Made, Wanted};
pub use note::Note;
pub use unseal::{UnsealError, Unsealed};

/// The dead letters of all apps. Made by [`Feed::letters`]; clones share the connection.
///
/// What people do goes two steps: [`Letters::intend`] writes the audit entry, and only with the [`Audited`] that it
/// returns can anything be changed.
#[derive(Debug, Clone)]
pub struct Letters {
    pub(crate) feed: Feed,
}

pub(crate) const LETTERS: fn(&Containers) -> &Container = |containers| &containers.dead_letters;

impl Feed {
    /// The dead letters.
    #[must_use]
    pub fn letters(&self) -> Letters {
        Letters { feed: self.clone() }
    }
}

impl Letters {
    /// One letter in full, in the state that it is in. The bytes are not part of it: [`Letters::bytes`].
    ///
    /// # Errors
    /// When the feed does not answer, or the letter is of a form that this version does not read.
    pub async fn get(
        &self,
        app: &str,
        id: &DeadLetterId,
    ) -> Result<Option<Seen<Letter>>, FeedError> {
        let partition = partition_of(app, id);
        Ok(self
            .feed
            .guard
            .run(|| read_item(&self.feed, LETTERS, partition.clone(), id.as_str()))
            .await?)
    }

    /// Bytes that belong to a letter: its `raw`, `message` or `normalized`. Sealed ones only with [`Letters::unseal`].
    ///
    /// # Errors
    /// When they cannot be read, are sealed, or are not what was kept.
    pub async fn bytes(&self, kept: &KeptBytes) -> Result<Vec<u8>, FeedError> {
        letter_bytes::read(&self.feed, kept).await
    }
}
