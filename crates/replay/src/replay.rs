//! What an app's admin routes work with.

use std::{fmt, sync::Arc};

use feed::{DeadLetterId, Feed, Letter, Letters, Seen};
use jiff::Timestamp;
use record::EpochMillis;

use crate::{FrontDoor, ReplayError, Traffic, plans::PlanStore};

/// The letters, plans and runs of one app. Cheap to clone.
#[derive(Clone)]
pub struct Replay {
    pub(crate) letters: Letters,
    pub(crate) plans: PlanStore,
    pub(crate) app: &'static str,
    pub(crate) version: &'static str,
    pub(crate) door: Arc<dyn FrontDoor>,
    pub(crate) traffic: Traffic,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay")
            .field("app", &self.app)
            .field("version", &self.version)
            .field("door", &self.door)
            .finish_non_exhaustive()
    }
}

impl Replay {
    /// For the app of this name and version. `now` is the clock of claims and histories.
    pub fn new(
        feed: &Feed,
        app: &'static str,
        version: &'static str,
        door: Arc<dyn FrontDoor>,
        now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> Self {
        Self {
            letters: feed.letters(),
            plans: PlanStore::of(feed, app),
            app,
            version,
            door,
            traffic: Traffic::default(),
            now,
        }
    }

    /// The same, which lets live messages go first.
    #[must_use]
    pub fn behind(mut self, traffic: Traffic) -> Self {
        self.traffic = traffic;
        self
    }

    pub(crate) fn now(&self) -> EpochMillis {
        EpochMillis::from((self.now)())
    }

    /// A letter of this app.
    pub(crate) async fn letter(&self, id: &DeadLetterId) -> Result<Seen<Letter>, ReplayError> {
        let found = self.letters.get(self.app, id).await?;
        found.ok_or_else(|| ReplayError::NoSuchLetter(id.clone()))
    }
}
