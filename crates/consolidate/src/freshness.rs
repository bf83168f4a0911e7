//! How far the report is behind its sources, measured from the outside: by what is in the feed, in the ledger, and by the
//! canary of each source.

use std::collections::{BTreeMap, BTreeSet};

use feed::FoundDocument;
use record::{Entity, EpochMillis, Source};
use reporting::{Level, SourceState, WindowFigures};

use crate::{Consolidate, ConsolidateError, place::Buried};

const MINUTE_MS: i64 = 60_000;
/// The windows over which lags are told, in minutes.
const WINDOWS_MIN: [i64; 3] = [5, WINDOW_JUDGED_MIN, 60];
/// The one that a level comes from.
const WINDOW_JUDGED_MIN: i64 = 15;
/// How far back the first measurement looks for what came before it.
const WINDOW_FIRST_MIN: i64 = 24 * 60;
/// How far back the feed is compared with the report. What is missing for longer is the reconciler's.
const COMPARED_MS: i64 = 15 * MINUTE_MS;
/// What is in the feed for less than this is on its way; it does not wait.
const UNDER_WAY_MS: i64 = MINUTE_MS;

type Stream = (Source, Entity);

/// What is in the feed and not in the report.
#[derive(Debug, Clone, Copy, Default)]
struct Waiting {
    documents: i64,
    oldest: Option<EpochMillis>,
}

impl Consolidate {
    /// Measures how far each stream is, notes it in the store and says it in the log.
    ///
    /// # Errors
    /// The store or the feed is away. The next measurement makes up for it.
    pub async fn measure(&self) -> Result<Vec<SourceState>, ConsolidateError> {
        self.check_schema().await?;
        let now = self.now();
        let before: BTreeMap<Stream, SourceState> = self
            .store()
            .source_states()
            .await?
            .into_iter()
            .map(|state| ((state.source, state.stream), state))
            .collect();
        let windows = self.store().windows(now, &WINDOWS_MIN).await?;
        let recent = match before.is_empty() {
            true => self.store().windows(now, &[WINDOW_FIRST_MIN]).await?,
            false => windows.clone(),
        };
        let waiting = self.waiting(now).await?;
        let states = states(now, &before, &recent, &windows, &waiting);
        self.store().note_freshness(&states, &windows).await?;
        for state in &states {
            log(state, &windows);
        }
        Ok(states)
    }

    /// What came into the feed lately and is neither in the report nor a dead letter.
    async fn waiting(
        &self,
        now: EpochMillis,
    ) -> Result<BTreeMap<Stream, Waiting>, ConsolidateError> {
        // A second more: the database tells whole seconds only, and has a clock of its own.
        let (from, until) = (
            EpochMillis(now.0 - COMPARED_MS),
            EpochMillis(now.0 + MINUTE_MS),
        );
        let mut streams: BTreeMap<Stream, Waiting> = BTreeMap::new();
        let mut buried = Buried::since(from);
        let mut pages = self.feed().documents_between(from, until);
        while let Some(page) = pages.next().await? {
            let records = page.into_iter().filter_map(|found| match found {
                FoundDocument::Record(entry) => Some(*entry),
                FoundDocument::Other(_) => None,
            });
            for entry in self.places(records.collect(), &mut buried).await?.missing {
                let waiting = streams.entry((entry.source, entry.entity)).or_default();
                waiting.documents += 1;
                if entry.written_s * 1000 <= now.0 - UNDER_WAY_MS {
                    let modified_at = entry.source_modified_at;
                    let oldest = waiting.oldest.map_or(modified_at, |at| at.min(modified_at));
                    waiting.oldest = Some(oldest);
                }
            }
        }
        Ok(streams)
    }
}

/// A state for every stream that anybody knows of, and for the canary of every source, whether it ever came or not.
fn states(
    now: EpochMillis,
    before: &BTreeMap<Stream, SourceState>,
    recent: &[WindowFigures],
    windows: &[WindowFigures],
    waiting: &BTreeMap<Stream, Waiting>,
) -> Vec<SourceState> {
    let mut streams: BTreeSet<Stream> = Source::ALL
        .iter()
        .map(|&source| (source, Entity::Canary))
        .collect();
    streams.extend(before.keys());
    streams.extend(waiting.keys());
    streams.extend(
        recent
            .iter()
            .map(|figures| (figures.source, figures.stream)),
    );
    let states = streams.into_iter().map(|stream| {
        let was = before.get(&stream);
        let newest = |figure: fn(&WindowFigures) -> Option<EpochMillis>| {
            let recent = recent.iter();
            let recent = recent.filter(|figures| (figures.source, figures.stream) == stream);
            recent.filter_map(figure).max()
        };
        let waiting = waiting.get(&stream).copied().unwrap_or_default();
        let watermark = newest(|figures| figures.newest_modified_at);
        let mut state = SourceState {
            source: stream.0,
            stream: stream.1,
            watermark: watermark.max(was.and_then(|was| was.watermark)),
            applied_at: newest(|figures| figures.applied_at)
                .max(was.and_then(|was| was.applied_at)),
            backlog: waiting.documents,
            oldest_waiting_at: waiting.oldest,
            level: Level::Fresh,
            cause: None,
            watched_since: was.map_or(now, |was| was.watched_since),
            measured_at: now,
        };
        let (level, cause) = level(&state, windows);
        state.level = level;
        state.cause = (level > Level::Fresh).then(|| cause.to_owned());
        state
    });
    states.collect()
}

/// How bad it is, and what that comes from: the worst of three.
fn level(state: &SourceState, windows: &[WindowFigures]) -> (Level, &'static str) {
    let now = state.measured_at;
    let waiting = state.oldest_waiting_at.map_or(0, |at| now.since(at));
    let canary = match state.stream {
        Entity::Canary => now.since(state.watermark.unwrap_or(state.watched_since)),
        _ => 0,
    };
    let late = judged(state, windows).and_then(|figures| figures.lag_ms[1]);
    let causes = [
        (Level::of(late.unwrap_or_default()), "late"),
        (Level::of(canary), "canary"),
        (Level::of(waiting), "waiting"),
    ];
    // Of equal ones the last: what waits here is ours to mend.
    causes
        .into_iter()
        .max_by_key(|(level, _)| *level)
        .unwrap_or((Level::Fresh, ""))
}

fn judged<'a>(state: &SourceState, windows: &'a [WindowFigures]) -> Option<&'a WindowFigures> {
    windows.iter().find(|figures| {
        (figures.source, figures.stream, figures.window_min)
            == (state.source, state.stream, WINDOW_JUDGED_MIN)
    })
}

fn log(state: &SourceState, windows: &[WindowFigures]) {
    let [p50, p95, p99, max] = judged(state, windows).map_or([None; 4], |figures| figures.lag_ms);
    let now = state.measured_at;
    let since = |at: Option<EpochMillis>| at.map(|at| now.since(at) / 1000);
    // Two statements, since a level is part of what a line is declared with.
    if state.level >= Level::Alert {
        tracing::warn!(
            event = "behind",
            source = state.source.as_str(),
            stream = state.stream.as_str(),
            level = state.level.as_str(),
            cause = state.cause,
            backlog = state.backlog,
            oldest_waiting_s = since(state.oldest_waiting_at),
            watermark_s = since(state.watermark),
        );
    }
    tracing::info!(
        event = "freshness",
        source = state.source.as_str(),
        stream = state.stream.as_str(),
        level = state.level.as_str(),
        cause = state.cause,
        backlog = state.backlog,
        oldest_waiting_s = since(state.oldest_waiting_at),
        watermark_s = since(state.watermark),
        lag_ms_p50 = p50,
        lag_ms_p95 = p95,
        lag_ms_p99 = p99,
        lag_ms_max = max,
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: EpochMillis = EpochMillis(1_800_000_000_000);

    fn minutes_ago(minutes: i64) -> EpochMillis {
        EpochMillis(NOW.0 - minutes * MINUTE_MS)
    }

    fn measured(
        before: &[SourceState],
        windows: &[WindowFigures],
        waiting: &[(Stream, Waiting)],
    ) -> Vec<SourceState> {
        let before = before
            .iter()
            .map(|state| ((state.source, state.stream), state.clone()))
            .collect();
        states(
            NOW,
            &before,
            windows,
            windows,
            &waiting.iter().copied().collect(),
        )
    }

    fn of(states: &[SourceState], source: Source, stream: Entity) -> (Level, Option<String>) {
        let state = states
            .iter()
            .find(|state| (state.source, state.stream) == (source, stream))
            .unwrap();
        (state.level, state.cause.clone())
    }

    fn window(stream: Stream, newest: EpochMillis, p95: i64) -> WindowFigures {
        WindowFigures {
            source: stream.0,
            stream: stream.1,
            window_min: WINDOW_JUDGED_MIN,
            applied: 1,
            duplicate: 0,
            superseded: 0,
            lag_ms: [Some(1), Some(p95), Some(p95), Some(p95)],
            newest_modified_at: Some(newest),
            applied_at: Some(NOW),
            measured_at: NOW,
        }
    }

    #[test]
    fn a_canary_that_does_not_come_is_noticed_and_silence_is_not() {
        let first = measured(&[], &[], &[]);
        assert_eq!(first.len(), Source::ALL.len());
        assert!(first.iter().all(|state| state.level == Level::Fresh));
        let mut before = first;
        for state in &mut before {
            state.watched_since = minutes_ago(11);
        }
        // All of orders is silent, and its canary comes.
        let canary = window((Source::Orders, Entity::Canary), minutes_ago(1), 900);
        let states = measured(&before, &[canary], &[]);
        let of = |source| of(&states, source, Entity::Canary);
        assert_eq!(of(Source::Orders), (Level::Fresh, None));
        assert_eq!(
            of(Source::Carrier),
            (Level::Alert, Some("canary".to_owned()))
        );
    }

    #[test]
    fn a_watermark_never_goes_back() {
        let stream = (Source::Orders, Entity::Order);
        let first = measured(&[], &[window(stream, minutes_ago(1), 0)], &[]);
        let second = measured(&first, &[window(stream, minutes_ago(30), 0)], &[]);
        let of = |states: &[SourceState]| {
            let mut found = states.iter().filter(|state| state.stream == Entity::Order);
            found.next().unwrap().watermark
        };
        assert_eq!(of(&first), Some(minutes_ago(1)));
        assert_eq!(of(&second), of(&first));
    }

    #[test]
    fn the_worst_of_three_is_told_with_what_it_comes_from() {
        let stream = (Source::Carrier, Entity::Milestone);
        let late = window(stream, NOW, 6 * MINUTE_MS);
        let states = measured(&[], std::slice::from_ref(&late), &[]);
        assert_eq!(
            of(&states, stream.0, stream.1),
            (Level::Notice, Some("late".to_owned()))
        );
        let waiting = Waiting {
            documents: 3,
            oldest: Some(minutes_ago(16)),
        };
        let states = measured(&[], &[late], &[(stream, waiting)]);
        assert_eq!(
            of(&states, stream.0, stream.1),
            (Level::Page, Some("waiting".to_owned()))
        );
        // On its way: it counts, and is not late yet.
        let on_its_way = Waiting {
            documents: 3,
            oldest: None,
        };
        let states = measured(&[], &[], &[(stream, on_its_way)]);
        assert_eq!(of(&states, stream.0, stream.1), (Level::Fresh, None));
    }
}
