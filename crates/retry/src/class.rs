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
}
