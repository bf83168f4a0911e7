//! Why a message was not taken in.

use feed::FeedError;
use retry::{Class, Classify};

/// Not everything in the message is durable: it may not be acknowledged and no cursor may move past it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{undecided} of {received} units of the message are not durable")]
pub struct IngestError {
    /// Units in the message.
    pub received: usize,
    /// Units that are not known to be in the feed or among the dead letters.
    pub undecided: usize,
    /// One of the failures.
    #[source]
    pub error: FeedError,
}

impl Classify for IngestError {
    /// Always transient: the message can be taken in once the feed takes anything, if need be after a permission or a
    /// container that is missing was added.
    fn class(&self) -> Class {
        match self.error.class() {
            Class::Permanent => Class::TRANSIENT,
            transient @ Class::Transient { .. } => transient,
        }
    }
}
