//! Whether every document of the feed is in the report or a dead letter, by source and hour; and what is neither is taken
//! in again, by the way of every other document.

use std::collections::{BTreeMap, BTreeSet};

use feed::{FeedEntry, FoundDocument};
use futures::{StreamExt, TryStreamExt, stream};
use record::{Entity, EpochMillis, Source};
use reporting::{ControlTotal, Outcome, hour_of};

use crate::{Consolidate, ConsolidateError, Page, Rehearsal, place::Buried};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// What is in the feed for less than this is on its way.
const UNDER_WAY_MS: i64 = 2 * MINUTE_MS;
/// How far back the timer looks by itself.
const HOURS_BACK: i64 = 24;
/// Most hours of one pass beside the current one: a pass ends before the next one begins.
const HOURS_PER_PASS: usize = 6;
/// Documents that are taken in again together, as many as the change feed brings.
const TAKEN_TOGETHER: usize = 100;
/// Most documents that are read at a time.
const READS_IN_FLIGHT: usize = 16;
/// Under what documents are counted that do not name their source.
const UNKNOWN: &str = "unknown";

/// What was counted of one source in one hour.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    documents: i64,
    in_report: i64,
    dead_lettered: i64,
    missing: i64,
    reapplied: i64,
}

type Tallies = BTreeMap<&'static str, Tally>;

impl Consolidate {
    /// Checks the hours of the last day that are not settled, the oldest first, and the current one as far as it is.
    ///
    /// # Errors
    /// The store or the feed is away. What was not checked is checked by the next pass.
    pub async fn reconcile_due(&self) -> Result<Vec<ControlTotal>, ConsolidateError> {
        self.check_schema().await?;
        let current = hour_of(EpochMillis(self.now().0 - UNDER_WAY_MS));
        let first = EpochMillis(current.0 - HOURS_BACK * HOUR_MS);
        let before = self.store().control_totals(first).await?;
        let settled: BTreeSet<EpochMillis> = hours(first, current)
            .filter(|&hour| is_settled(&before, hour))
            .collect();
        let due = hours(first, current).filter(|hour| !settled.contains(hour));
        let mut due: Vec<EpochMillis> = due.take(HOURS_PER_PASS).collect();
        due.push(current);
        self.reconcile_hours(&due, &before).await
    }

    /// Checks every hour that overlaps with the time from `from` to `until`, settled or not.
    ///
    /// # Errors
    /// The store or the feed is away. Asking again is harmless.
    pub async fn reconcile(
        &self,
        from: EpochMillis,
        until: EpochMillis,
    ) -> Result<Vec<ControlTotal>, ConsolidateError> {
        self.check_schema().await?;
        let last = EpochMillis(until.0.min(self.now().0 - UNDER_WAY_MS));
        let due: Vec<EpochMillis> = hours(hour_of(from), last).collect();
        let before = self.store().control_totals(hour_of(from)).await?;
        self.reconcile_hours(&due, &before).await
    }

    async fn reconcile_hours(
        &self,
        due: &[EpochMillis],
        before: &[ControlTotal],
    ) -> Result<Vec<ControlTotal>, ConsolidateError> {
        let mut all = Vec::new();
        for &hour in due {
            let now = self.now();
            let end = EpochMillis(hour.0 + HOUR_MS);
            let checked_until = end.min(EpochMillis(now.0 - UNDER_WAY_MS));
            let tallies = Box::pin(self.check(hour, checked_until)).await?;
            // Counted now, so that what was taken in again is among it.
            let taken_in = self.store().taken_in_since(hour).await?;
            let totals = tallies.iter().map(|(&source, tally)| {
                let was = before
                    .iter()
                    .find(|total| (total.source.as_str(), total.hour) == (source, hour));
                let known: Option<Source> = source.parse().ok();
                let taken_in = known.and_then(|source| taken_in.get(&(source, hour)).copied());
                ControlTotal {
                    source: source.to_owned(),
                    hour,
                    checked_until,
                    documents: tally.documents,
                    in_report: tally.in_report,
                    dead_lettered: tally.dead_lettered,
                    missing: tally.missing,
                    reapplied: tally.reapplied + was.map_or(0, |was| was.reapplied),
                    taken_in: taken_in.unwrap_or_default(),
                    settled: checked_until == end && tally.missing == 0,
                    checked_at: now,
                }
            });
            let totals: Vec<ControlTotal> = totals.collect();
            self.store().note_control_totals(&totals).await?;
            for (total, tally) in totals.iter().zip(tallies.values()) {
                log(total, tally);
            }
            all.extend(totals);
        }
        Ok(all)
    }

    /// Goes through the documents of a time, page by page.
    async fn check(
        &self,
        from: EpochMillis,
        until: EpochMillis,
    ) -> Result<Tallies, ConsolidateError> {
        let mut tallies: Tallies = Source::ALL
            .iter()
            .map(|source| (source.as_str(), Tally::default()))
            .collect();
        let mut buried = Buried::since(from);
        let mut pages = self.feed().documents_between(from, until);
        while let Some(page) = pages.next().await? {
            let (mut records, mut others) = (Vec::new(), Vec::new());
            for found in page {
                match found {
                    FoundDocument::Record(entry) => records.push(*entry),
                    FoundDocument::Other(other) => others.push((other.partition, other.id)),
                }
            }
            Box::pin(self.check_records(records, &mut buried, &mut tallies)).await?;
            // Each is a dead letter, and becomes one here if it is not.
            for some in others.chunks(TAKEN_TOGETHER) {
                self.take_again(some).await?;
                let tally = tallies.entry(UNKNOWN).or_default();
                let count = i64::try_from(some.len()).unwrap_or(i64::MAX);
                tally.documents += count;
                tally.dead_lettered += count;
            }
        }
        Ok(tallies)
    }

    async fn check_records(
        &self,
        entries: Vec<FeedEntry>,
        buried: &mut Buried,
        tallies: &mut Tallies,
    ) -> Result<(), ConsolidateError> {
        let count =
            |tallies: &mut Tallies, entries: &[FeedEntry], part: fn(&mut Tally) -> &mut i64| {
                for entry in entries {
                    *part(tallies.entry(entry.source.as_str()).or_default()) += 1;
                }
            };
        count(tallies, &entries, |tally| &mut tally.documents);
        let mut places = self.places(entries, buried).await?;
        let (complete, lacking) = self.lacking_groups(places.in_report).await?;
        places.missing.extend(lacking);
        count(tallies, &complete, |tally| &mut tally.in_report);
        count(tallies, &places.dead_lettered, |tally| {
            &mut tally.dead_lettered
        });
        for some in places.missing.chunks(TAKEN_TOGETHER) {
            let names: Vec<_> = some
                .iter()
                .map(|entry| (entry.partition.clone(), entry.id.clone()))
                .collect();
            let taken = self.take_again(&names).await?;
            for (source, reapplied) in taken {
                tallies.entry(source.as_str()).or_default().reapplied += reapplied;
            }
            // Listed anew: what fails now is a letter since a moment ago.
            let mut buried = buried.anew();
            let places = self.places(some.to_vec(), &mut buried).await?;
            count(tallies, &places.in_report, |tally| &mut tally.in_report);
            count(tallies, &places.dead_lettered, |tally| {
                &mut tally.dead_lettered
            });
            count(tallies, &places.missing, |tally| &mut tally.missing);
        }
        Ok(())
    }

    /// Parts the documents whose row is newer and lacks a group of columns all the same that they would fill.
    async fn lacking_groups(
        &self,
        entries: Vec<FeedEntry>,
    ) -> Result<(Vec<FeedEntry>, Vec<FeedEntry>), ConsolidateError> {
        let (grouped, mut complete): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .partition(|entry| matches!(entry.entity, Entity::Stop | Entity::Container));
        let mut lacking = Vec::new();
        for some in grouped.chunks(TAKEN_TOGETHER) {
            let keys: Vec<_> = some
                .iter()
                .map(|entry| (entry.entity, entry.key.as_str()))
                .collect();
            let standings = self.store().standings(&keys).await?;
            let mut doubtful = Vec::new();
            for (entry, standing) in some.iter().zip(standings) {
                let version = entry.version.to_string();
                match standing.is_some_and(|row| row.holds(&version, &entry.content_hash)) {
                    true => complete.push(entry.clone()),
                    false => doubtful.push(entry.clone()),
                }
            }
            for (entry, would_fill) in self.would_fill(doubtful).await? {
                match would_fill {
                    true => lacking.push(entry),
                    false => complete.push(entry),
                }
            }
        }
        Ok((complete, lacking))
    }

    /// For each document whether its row would change by it.
    async fn would_fill(
        &self,
        entries: Vec<FeedEntry>,
    ) -> Result<Vec<(FeedEntry, bool)>, ConsolidateError> {
        let names: Vec<_> = entries
            .iter()
            .map(|entry| (entry.partition.clone(), entry.id.clone()))
            .collect();
        let texts = self.texts(&names).await?;
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let rehearsals = self.rehearse(&texts).await?;
        let would = rehearsals
            .into_iter()
            .filter_map(|rehearsal| match rehearsal {
                Rehearsal::Row(preview, document) => {
                    (preview.outcome == Outcome::Applied).then_some(document)
                }
                // A dead letter, or superseded by what was taken.
                Rehearsal::Failed(..) => None,
            });
        let would: BTreeSet<String> = would.collect();
        Ok(entries
            .into_iter()
            .map(|entry| {
                let would = would.contains(entry.id.as_str());
                (entry, would)
            })
            .collect())
    }

    /// Takes documents in as the change feed does. Returns how many of each source this was for, and not the feed, which
    /// may have brought them meanwhile.
    async fn take_again(
        &self,
        names: &[(String, String)],
    ) -> Result<BTreeMap<Source, i64>, ConsolidateError> {
        let texts = self.texts(names).await?;
        let documents: Vec<&str> = texts.iter().map(String::as_str).collect();
        let page = Page {
            documents: &documents,
            arrival: &[("trigger".to_owned(), "reconcile".to_owned())],
        };
        let taken = Box::pin(self.take(&page)).await?;
        let sources = taken.sources.into_iter();
        Ok(sources
            .filter_map(|(source, counts)| Some((source?, counts.applied + counts.dead_lettered)))
            .collect())
    }

    /// The texts of documents, by partition and id. One that is gone meanwhile is left out.
    async fn texts(&self, names: &[(String, String)]) -> Result<Vec<String>, ConsolidateError> {
        // Collected first: a closure over borrowed items, held while waiting, would not be `Send` for all lifetimes.
        let reads: Vec<_> = names
            .iter()
            .map(|(partition, id)| Box::pin(self.feed().document(partition, id)))
            .collect();
        let texts: Vec<Option<String>> = stream::iter(reads)
            .buffered(READS_IN_FLIGHT)
            .try_collect()
            .await?;
        Ok(texts.into_iter().flatten().collect())
    }
}

/// The begins of hours, from `first` on and before `end`.
fn hours(first: EpochMillis, end: EpochMillis) -> impl Iterator<Item = EpochMillis> {
    std::iter::successors(Some(first), |hour| Some(EpochMillis(hour.0 + HOUR_MS)))
        .take_while(move |hour| *hour < end)
}

/// Whether nothing of an hour is left to look at.
fn is_settled(totals: &[ControlTotal], hour: EpochMillis) -> bool {
    let mut of_hour = totals.iter().filter(|total| total.hour == hour).peekable();
    of_hour.peek().is_some() && of_hour.all(|total| total.settled)
}

fn log(total: &ControlTotal, tally: &Tally) {
    if tally.reapplied > 0 || total.missing > 0 {
        tracing::warn!(
            event = "missing_found",
            source = total.source.as_str(),
            hour = %total.hour,
            reapplied = tally.reapplied,
            missing = total.missing,
        );
    }
    if total.documents > 0 {
        tracing::info!(
            event = "reconciled",
            source = total.source.as_str(),
            hour = %total.hour,
            documents = total.documents,
            in_report = total.in_report,
            dead_lettered = total.dead_lettered,
            missing = total.missing,
            settled = total.settled,
        );
    }
}
