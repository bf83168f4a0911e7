//! A run of the pipeline: watched without end, or bounded and judged.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    time::{Duration, Instant},
};

use anyhow::Result;
use reporting::Freshness;
use serde::Serialize;
use serde_json::Value;

use crate::{
    Accounts, Comparison, Parity, Stack, accounts, parity, sources::CONSOLIDATOR, truth, view::View,
};

/// How often a waiting run looks again.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How long after everything was written it may take until it is known what hangs together.
const RESOLVED_WITHIN: Duration = Duration::from_secs(15);

/// Freshness of a source: from the source's own time of a change to the report's commit, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FreshnessFigures {
    /// Half of the records were at least this fresh.
    pub p50: i64,
    /// 99 of 100 records were at least this fresh.
    pub p99: i64,
    /// The least fresh record.
    pub max: i64,
}

/// What became of the records of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceFigures {
    /// Name of the source.
    pub source: String,
    /// Changes that happened upstream.
    pub changes: u64,
    /// Records that arrived in messages, repeated ones included.
    pub received: u64,
    /// Records that changed a report.
    pub applied: u64,
    /// Records that the feed or the reports had already.
    pub duplicate: u64,
    /// Records older than what the reports held.
    pub superseded: u64,
    /// Records and units that ended as dead letters.
    pub dead_lettered: u64,
    /// How long records took.
    pub freshness_ms: FreshnessFigures,
}

/// The verdict on a bounded run, printed as one JSON line.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// Seed of the simulated world.
    pub seed: u64,
    /// Fault profile of the simulated world.
    pub faults: String,
    /// `sqlite` or `postgres`.
    pub store: String,
    /// From the start of this process to the first row in a report, in milliseconds; building not counted.
    pub first_row_ms: Option<u64>,
    /// From the start to the verdict, in milliseconds; building not counted.
    pub elapsed_ms: u64,
    /// Figures by source.
    pub sources: Vec<SourceFigures>,
    /// Where the documents of the feed ended.
    pub accounts: Accounts,
    /// Dead letters that the world expects, by source.
    pub dead_letters_expected: BTreeMap<String, u64>,
    /// `equal`, or `different`.
    pub truth: &'static str,
    /// Rows that are as they should be, by report.
    pub rows: BTreeMap<&'static str, usize>,
    /// Whether the reports are what a nightly batch makes of the same extracts: `equal`, or `different`.
    pub batch: &'static str,
    /// Rows that the batch has as well, by table and view.
    pub batch_rows: BTreeMap<&'static str, usize>,
    /// The first differences, in words.
    pub differences: Vec<String>,
}

impl Verdict {
    /// Whether the reports are equal to the truth and nothing is unaccounted for.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.truth == "equal"
            && self.batch == "equal"
            && self.accounts.unaccounted == 0
            && self.dead_letters_as_expected()
    }

    /// As many letters of each source as there must be, and none of anybody else.
    fn dead_letters_as_expected(&self) -> bool {
        let found = self.accounts.dead_letters.iter();
        let found = found.filter(|(_, count)| **count > 0);
        let found = found.map(|(app, count)| (app.as_str(), u64::try_from(*count).ok()));
        let expected = self.dead_letters_expected.iter();
        let expected = expected.filter(|(_, count)| **count > 0);
        found.eq(expected.map(|(source, count)| (source.as_str(), Some(*count))))
    }
}

/// The figures of all sources at this moment.
pub async fn figures(stack: &Stack) -> Result<Vec<SourceFigures>> {
    let status = stack.simulator().status().await.unwrap_or_default();
    let pipeline = stack.pipeline();
    let tally = pipeline.tally().sources();
    let freshness = pipeline.store().freshness().await?;
    let sources = pipeline.sources().iter();
    Ok(sources
        .map(|source| {
            let name = source.as_str();
            let seen = tally.get(name).copied().unwrap_or_default();
            let stored = freshness
                .iter()
                .find(|stored| stored.source.as_str() == name);
            let count = |figure: fn(&Freshness) -> i64| {
                stored
                    .map(figure)
                    .and_then(|n| u64::try_from(n).ok())
                    .unwrap_or_default()
            };
            let lag =
                |figure: fn(&Freshness) -> Option<i64>| stored.and_then(figure).unwrap_or_default();
            SourceFigures {
                source: name.to_owned(),
                changes: status.changes(name),
                received: seen.received,
                applied: count(|stored| stored.applied),
                duplicate: seen.duplicate + count(|stored| stored.duplicate),
                superseded: count(|stored| stored.superseded),
                dead_lettered: seen.dead_lettered + count(|stored| stored.dead_lettered),
                freshness_ms: FreshnessFigures {
                    p50: lag(|stored| stored.lag_ms_p50),
                    p99: lag(|stored| stored.lag_ms_p99),
                    max: lag(|stored| stored.lag_ms_max),
                },
            }
        })
        .collect())
}

/// Draws the figures until `until` is done.
///
/// Both go on side by side: `until` may hold a connection of the store while figures are to be read through another one.
pub async fn watch(stack: &Stack, started: Instant, until: impl Future<Output = ()>) -> Result<()> {
    tokio::select! {
        () = until => Ok(()),
        error = draw(stack, started) => error.map(|never| match never {}),
    }
}

/// Draws the figures again and again, until they cannot be read.
async fn draw(stack: &Stack, started: Instant) -> Result<Infallible> {
    let mut view = View::new();
    let mut ticks = tokio::time::interval(view.every());
    loop {
        ticks.tick().await;
        view.draw(started.elapsed(), &figures(stack).await?);
    }
}

/// Waits until the world has ended and the pipeline is quiet, or until `patience` has passed since the world's end.
pub async fn until_quiet(stack: &Stack, patience: Duration) -> Result<Comparison> {
    while !stack.simulator().status().await?.finished {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let ended = Instant::now();
    let feed = stack.pipeline().feed().await?;
    loop {
        // Not before the apps that pull have pulled what came last: nobody knows but the truth.
        let truth = stack.simulator().truth().await?;
        let comparison = truth::compare(stack.pipeline().store(), &truth).await?;
        let equal_at = Instant::now();
        if comparison.is_equal() && are_buried(&feed, &expected_letters(&truth)).await? {
            while !feed_is_read_since(stack, equal_at).await? && ended.elapsed() < patience {
                tokio::time::sleep(LOOK_EVERY).await;
            }
            // What was still under way a moment ago is in the reports now, so this is the comparison that counts.
            return compare(stack).await;
        }
        if ended.elapsed() > patience {
            return Ok(comparison);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Whether as many units of each source have ended as dead letters as must.
async fn are_buried(feed: &feed::Feed, expected: &BTreeMap<String, u64>) -> Result<bool> {
    let letters = feed.dead_letters().collect().await?;
    let mut found: BTreeMap<&str, u64> = BTreeMap::new();
    for letter in &letters {
        *found.entry(&letter.app).or_default() += 1;
    }
    let mut expected = expected.iter();
    Ok(expected
        .all(|(source, count)| found.get(source.as_str()).copied().unwrap_or_default() >= *count))
}

/// Dead letters that the world expects, by source.
fn expected_letters(truth: &serde_json::Map<String, Value>) -> BTreeMap<String, u64> {
    let expected = truth.get("dead_letters").and_then(Value::as_object);
    let expected = expected.into_iter().flatten();
    expected
        .map(|(source, count)| (source.clone(), count.as_u64().unwrap_or_default()))
        .collect()
}

/// Compares the reports with the truth as they are now.
pub async fn compare(stack: &Stack) -> Result<Comparison> {
    truth::compare(stack.pipeline().store(), &stack.simulator().truth().await?).await
}

/// Whether the consolidator's host has handed out all that was in the feed at `instant`. A host that is being started
/// again has not.
async fn feed_is_read_since(stack: &Stack, instant: Instant) -> Result<bool> {
    let status = stack.pipeline().host(CONSOLIDATOR).status().await;
    Ok(status.is_ok_and(|status| status.feed_caught_up_since(instant)))
}

/// Judges a bounded run that is quiet.
pub async fn verdict(
    stack: &Stack,
    options: &crate::StackOptions,
    comparison: Comparison,
    started: Instant,
    first_row: Option<Duration>,
) -> Result<Verdict> {
    let truth = stack.simulator().truth().await?;
    let parity = parity_with_batch(stack).await?;
    let differences = comparison.first.iter().map(ToString::to_string);
    Ok(Verdict {
        seed: options.simulator.seed,
        faults: options.simulator.faults.clone(),
        store: options
            .pipeline
            .reporting_url
            .split(':')
            .next()
            .unwrap_or_default()
            .to_owned(),
        first_row_ms: first_row.map(milliseconds),
        elapsed_ms: milliseconds(started.elapsed()),
        sources: figures(stack).await?,
        accounts: accounts::check(&stack.pipeline().feed().await?, stack.pipeline().store())
            .await?,
        dead_letters_expected: expected_letters(&truth),
        truth: equal_or_different(comparison.is_equal()),
        batch: equal_or_different(parity.is_equal()),
        batch_rows: parity.rows,
        differences: differences.chain(parity.first).collect(),
        rows: comparison.rows,
    })
}

const fn equal_or_different(is_equal: bool) -> &'static str {
    if is_equal { "equal" } else { "different" }
}

/// Compares the reports with a nightly batch's. What hangs together is found out a moment after the rows are written.
async fn parity_with_batch(stack: &Stack) -> Result<Parity> {
    let feed = stack.pipeline().feed().await?;
    let asked = Instant::now();
    loop {
        let parity = parity::compare(&feed, stack.pipeline().store()).await?;
        if parity.is_equal() || asked.elapsed() > RESOLVED_WITHIN {
            return Ok(parity);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Waits for the first row in any report.
pub async fn first_row(stack: &Stack, started: Instant) -> Duration {
    loop {
        let applied = stack
            .pipeline()
            .store()
            .freshness()
            .await
            .is_ok_and(|sources| sources.iter().any(|source| source.applied > 0));
        if applied {
            return started.elapsed();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
