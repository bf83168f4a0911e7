//! Stock files: full snapshots, of which only the differences are written.

mod group;
mod row;

use std::time::Duration;

use bytes::Bytes;
use drops::{Progress, TakeError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Work,
    checkpoint::{Stored, label},
    ending::{may_be_growing, salvage},
    rows::Stop,
    state::{Base, Blobs, SiteState, age},
};
use crate::{normalize::version, wire::DropName};
use group::Group;
pub(super) use row::take_row;

/// Attempts at changing the state of a site while others change it too.
const ATTEMPTS: usize = 8;

/// How far a snapshot has been taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SnapshotPosition {
    /// The file, for people.
    file: String,
    /// Groups that it is split into.
    groups: u32,
    /// The first group of which not everything is durable.
    next_group: u32,
    /// Whether what it does not list is gone: the file is whole, and no bad row hides its place.
    is_full: bool,
    /// Whether this is the end.
    is_done: bool,
}

/// Takes in a snapshot from its checkpoint on, group by group. Each group reads the whole file.
pub(super) async fn take(work: &Work<'_>) -> Result<Progress, TakeError> {
    let feed = &work.deps.feed;
    let mut stored: Stored<SnapshotPosition> = Stored::of_file(work).await?;
    if stored.value.as_ref().is_some_and(|value| value.is_done) {
        return Ok(Progress::Finished);
    }
    let mut site = Site::of(work);
    site.read().await?;
    if site.is_overtaken() {
        return Ok(site.superseded());
    }
    let length = work.delivery.file.length;
    let groups = u32::try_from(length.div_ceil(work.deps.group_bytes).max(1)).unwrap_or(u32::MAX);
    let mut position = stored.value.clone().unwrap_or_else(|| SnapshotPosition {
        file: label(&work.delivery.file),
        groups,
        next_group: 0,
        is_full: true,
        is_done: false,
    });
    while position.next_group < position.groups {
        // Bad rows and the end of the file are dealt with once.
        let is_first = stored.value.is_none();
        let mut group = Group::new(work, position.next_group, position.groups, is_first);
        match group.read().await? {
            Stop::Unreadable(error) => return work.unreadable(&error).await,
            Stop::End(ending) if is_first => {
                if may_be_growing(&ending) {
                    if let Some(left) = work.may_grow() {
                        return Ok(Progress::ComeBack(left));
                    }
                    salvage(work, &ending, group.header(), group.rows() + 1).await?;
                    position.is_full = false;
                }
                position.is_full &= !group.hides_places();
            }
            Stop::End(_) | Stop::Enough => {}
        }
        let base = base(work, &position);
        group.sort();
        site.write(&base, position.next_group, group.content())
            .await?;
        if !site.register(&base).await? {
            return Ok(site.superseded());
        }
        group
            .publish(&site.others(&base), &site.blobs(), position.is_full)
            .await?;
        position.next_group += 1;
        stored.store(feed, position.clone()).await?;
        if position.next_group < position.groups && work.is_late() {
            return Ok(Progress::ComeBack(Duration::ZERO));
        }
    }
    site.finish(&base(work, &position)).await?;
    position.is_done = true;
    stored.store(feed, position).await?;
    Ok(Progress::Finished)
}

/// The snapshot as a base for others, its next group started.
fn base(work: &Work<'_>, position: &SnapshotPosition) -> Base {
    Base {
        id: work.delivery.correlation_id.clone(),
        file: position.file.clone(),
        age: age(work.name),
        groups: position.groups,
        started: (position.next_group + 1).min(position.groups),
        is_full: position.is_full,
    }
}

/// The state of the site, as it was last seen.
struct Site<'w> {
    work: &'w Work<'w>,
    name: String,
    state: SiteState,
}

impl<'w> Site<'w> {
    fn of(work: &'w Work<'w>) -> Self {
        Self {
            work,
            name: format!("warehouse:stock:{}", work.site.code),
            state: SiteState::default(),
        }
    }

    fn blobs(&self) -> Blobs<'w> {
        Blobs {
            drops: &self.work.deps.drops,
            container: &self.work.delivery.file.container,
            site: &self.work.site.code,
        }
    }

    async fn read(&mut self) -> Result<Stored<SiteState>, TakeError> {
        let stored: Stored<SiteState> = Stored::read(self.work.deps, self.name.clone()).await?;
        self.state = stored.value.clone().unwrap_or_default();
        Ok(stored)
    }

    /// Whether a newer snapshot was begun: then this one changes nothing any more.
    fn is_overtaken(&self) -> bool {
        let ours = age(self.work.name);
        self.state.bases.iter().any(|base| base.age > ours)
    }

    fn superseded(&self) -> Progress {
        let file = self.work.delivery.file.key();
        match self.work.deps.ingest.notes() {
            Some(notes) => notes.supersede(self.newest().unwrap_or_default()),
            None => tracing::info!(event = "snapshot_superseded", source = "warehouse", file),
        }
        Progress::Finished
    }

    /// Version of the newest snapshot that was begun.
    fn newest(&self) -> Option<String> {
        let (cutoff, seq) = self.state.bases.iter().map(|base| base.age).max()?;
        let name = DropName {
            cutoff: Timestamp::from_millisecond(cutoff).ok()?,
            seq,
            ..self.work.name.clone()
        };
        Some(version(&name, 0, true).to_string())
    }

    /// Writes what a group of a base holds, before anything of it is published.
    async fn write(&self, base: &Base, group: u32, content: Bytes) -> Result<(), TakeError> {
        if !self.work.deps.ingest.is_rehearsal() {
            self.blobs().write(base, group, content).await?;
        }
        Ok(())
    }

    /// Says that something of our group may be published from now on. False when a newer snapshot was begun: whoever
    /// registers first is seen by the other.
    async fn register(&mut self, ours: &Base) -> Result<bool, TakeError> {
        for _ in 0..ATTEMPTS {
            let mut stored = self.read().await?;
            if self.is_overtaken() {
                return Ok(false);
            }
            let mut state = self.state.clone();
            state.bases.retain(|base| base.id != ours.id);
            state.bases.push(ours.clone());
            match stored.store(&self.work.deps.feed, state.clone()).await {
                Ok(()) => {
                    self.state = state;
                    return Ok(true);
                }
                Err(TakeError::Overtaken) => {}
                Err(error) => return Err(error),
            }
        }
        Err(TakeError::Overtaken)
    }

    /// The bases that a snapshot is compared with.
    fn others(&self, ours: &Base) -> Vec<Base> {
        let others = self.state.bases.iter().filter(|base| base.id != ours.id);
        others.cloned().collect()
    }

    /// A full snapshot that is published whole makes all older ones useless.
    async fn finish(&mut self, ours: &Base) -> Result<(), TakeError> {
        if !ours.is_full || self.work.deps.ingest.is_rehearsal() {
            return Ok(());
        }
        for _ in 0..ATTEMPTS {
            let mut stored = self.read().await?;
            let (kept, old) = self.state.clone().once_published(ours);
            match stored.store(&self.work.deps.feed, kept).await {
                Ok(()) => {
                    for base in &old {
                        self.blobs().remove(base).await;
                    }
                    return Ok(());
                }
                Err(TakeError::Overtaken) => {}
                Err(error) => return Err(error),
            }
        }
        Err(TakeError::Overtaken)
    }
}
