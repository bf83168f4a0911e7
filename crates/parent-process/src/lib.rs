//! The processes around the apps end with whoever started them, also when that one is killed and can stop nothing.

#![warn(missing_docs)]

use std::{os::unix::process::parent_id, time::Duration};

/// How soon it is seen.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The process that started this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent(u32);

impl Parent {
    /// Who it is; to be asked first thing, while it lives.
    #[must_use]
    pub fn now() -> Self {
        Self(parent_id())
    }

    /// Waits until this process has been handed to another parent.
    pub async fn gone(self) {
        let mut every = tokio::time::interval(LOOK_EVERY);
        while parent_id() == self.0 {
            every.tick().await;
        }
    }
}
