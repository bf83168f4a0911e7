//! What six simulated systems said gives one report, in whatever order, how often and in which batches it arrives.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use e2e::{World, postgres};
use feed::Feed;
use futures::{StreamExt, TryStreamExt, stream};
use rand::{RngExt as _, SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;
use record::{EpochMillis, Record};
use reporting::{Change, Store, Table, View};
use serde_json::{Map, Value};

/// When everything is written, whatever the order, since some views tell it.
const NOW: EpochMillis = EpochMillis(1_800_000_000_000);
/// Columns that tell the time of reading.
const OF_NOW: [&str; 2] = ["age_min", "waiting_since"];
/// Orders that are tried on each engine.
const ORDERS: u64 = 3;

type Report = BTreeMap<&'static str, Vec<Map<String, Value>>>;

/// Every document of the feed.
async fn documents(feed: &Feed) -> Result<Vec<String>> {
    let entries = feed.documents().collect().await?;
    let reads = entries
        .iter()
        .map(|entry| feed.document(&entry.partition, &entry.id));
    let texts: Vec<Option<String>> = stream::iter(reads).buffered(16).try_collect().await?;
    texts
        .into_iter()
        .map(|text| text.context("documents of the feed are never deleted"))
        .collect()
}

fn changes(texts: &[String]) -> Result<Vec<Change<'_>>> {
    let change = |text| -> Result<Change<'_>> {
        let record = Record::parse(text)?;
        let id = record.to_document().id().to_string();
        Ok(Change::new(record, id))
    };
    texts.iter().map(String::as_str).map(change).collect()
}

/// Everything that a reader sees.
async fn report(store: &Store) -> Result<Report> {
    let mut report = Report::new();
    for table in Table::ALL {
        report.insert(table.name(), store.rows(table).await?);
    }
    for view in View::ALL {
        let mut rows = store.view(view).await?;
        for row in &mut rows {
            row.retain(|column, _| !OF_NOW.contains(&column.as_str()));
        }
        rows.sort_by_cached_key(|row| Value::from(row.clone()).to_string());
        report.insert(view.name(), rows);
    }
    Ok(report)
}

/// Takes the changes in, in this order and these batches, and resolves now and then.
async fn take(url: &str, batches: &[&[Change<'_>]], resolve_every: usize) -> Result<Report> {
    let store = reporting::recreate(url).await?;
    for (number, batch) in batches.iter().enumerate() {
        store.apply(batch, NOW).await?;
        if number % resolve_every == 0 {
            store.resolve(NOW).await?;
        }
    }
    store.resolve(NOW).await?;
    report(&store).await
}

/// Cuts into batches of 1 to 300.
fn cut<'c, 'r>(changes: &'c [Change<'r>], rng: &mut ChaCha8Rng) -> Vec<&'c [Change<'r>]> {
    let mut batches = Vec::new();
    let mut rest = changes;
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(rng.random_range(1..=300).min(rest.len()));
        batches.push(batch);
        rest = after;
    }
    batches
}

fn assert_same(found: &Report, expected: &Report, how: &str) {
    for (name, rows) in expected {
        let found = &found[name];
        let first = rows.iter().zip(found).find(|(is, should)| is != should);
        assert!(
            found == rows,
            "{how}: {name} has {} rows, should have {}; the first that differs: {first:#?}",
            found.len(),
            rows.len()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_repetition_and_batches_of_the_simulated_world_give_one_report() -> Result<()> {
    let world = World::of_seconds(8).seed(31).faults("hard").start().await?;
    world.until_applied_more_than(500).await?;
    let folder = tempfile::tempdir()?;
    let feed = world.stack().pipeline().feed().await?;
    let texts = documents(&feed).await?;
    world.stop().await;

    let changes = changes(&texts)?;
    let mut urls = vec![format!(
        "sqlite://{}",
        folder.path().join("any.db").display()
    )];
    if let Some(cluster) = postgres("any_order_repetition_and_batches") {
        urls.push(format!("{cluster}?options=-csearch_path%3De2e_permutation"));
    }
    let in_order: Vec<&[Change<'_>]> = changes.chunks(100).collect();
    let mut of_first = None;
    for url in &urls {
        let expected = take(url, &in_order, 1).await?;
        assert_same(
            &expected,
            of_first.get_or_insert_with(|| expected.clone()),
            url,
        );
        for table in Table::ALL.into_iter().filter(|table| table.is_report()) {
            let rows = &expected[table.name()];
            assert!(!rows.is_empty(), "{} is empty", table.name());
        }
        for seed in 0..ORDERS {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let mut shuffled = changes.clone();
            let repeated = changes.iter().filter(|_| rng.random_ratio(1, 4));
            shuffled.extend(repeated.cloned().collect::<Vec<_>>());
            shuffled.shuffle(&mut rng);
            let batches = cut(&shuffled, &mut rng);
            // Once resolved after every batch, once at the end only, and in between.
            let every = [1, usize::MAX, 7][usize::try_from(seed)? % 3];
            let found = take(url, &batches, every).await?;
            assert_same(&found, &expected, &format!("order {seed} on {url}"));
        }
    }
    Ok(())
}
