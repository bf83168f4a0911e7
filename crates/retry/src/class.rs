//! How a failure is to be treated.

use std::time::Duration;

/// How a failure is to be treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The same call may succeed later.
    Transient {
        /// The shortest wait that the other side asked for, if it did.
        retry_after: Option<Duration>,
    },
    /// The same call fails again, however often it is tried.
    Permanent,
}

impl Class {
    /// Transient, and the other side asked for no particular wait.
    pub const TRANSIENT: Self = Self::Transient { retry_after: None };
}

/// A failure that knows how it is to be treated.
pub trait Classify {
    /// How this failure is to be treated.
    fn class(&self) -> Class;

    /// Whether the other side works and has had too much: the failure says nothing against it, and the wait that it asks
    /// for keeps the repetition from being a burden.
    fn is_throttled(&self) -> bool {
        false
    }
}

/// A failure that can also say that the other side was not even asked.
pub trait Away: Classify {
    /// The failure of a call that was not made, because the side of this name is known to be away. Transient.
    fn away(sink: &'static str) -> Self;
}
