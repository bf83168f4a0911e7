//! One order, told by all six systems, in whatever order it is heard.

use anyhow::{Context as _, Result, ensure};
use e2e::{
    facts::{self, Reports},
    story::{self, PIECES, Piece, Story},
};
use rand::{SeedableRng as _, seq::SliceRandom as _};
use rand_chacha::ChaCha8Rng;

/// Orders beside the one in which things happened and its reverse.
const SEEDS: [u64; 1] = [11];

/// Every order in which the story is told.
fn orders() -> Vec<Vec<Piece>> {
    let mut orders = vec![PIECES.to_vec(), PIECES.iter().rev().copied().collect()];
    for seed in SEEDS {
        let mut order = PIECES.to_vec();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        orders.push(order);
    }
    orders
}

/// Tells the story from the beginning and returns the reports.
async fn told(order: &[Piece], expected: &serde_json::Value) -> Result<Reports> {
    let story = Story::start().await?;
    for piece in order.iter().filter(|piece| story.takes(**piece)) {
        story.deliver(*piece).await?;
    }
    story.consolidated().await?;
    let reports = Reports::read(story.pipeline()).await?;
    let sources = story.pipeline().sources().iter();
    let sources: Vec<&str> = sources.map(|source| source.as_str()).collect();
    let differences = facts::differences(&reports, expected, &sources)?;
    assert!(
        differences.is_empty(),
        "told as {order:#?}\n{}",
        differences.join("\n")
    );
    story.stop().await;
    Ok(reports)
}

/// The comparison finds what is wrong: each milestone of the timeline moved by a year is a difference.
fn a_wrong_timeline_is_noticed(reports: &Reports, expected: &serde_json::Value) -> Result<()> {
    let mut wrong = expected.clone();
    let milestones = wrong["milestones_utc"].as_array_mut().context("a list")?;
    for milestone in &mut *milestones {
        let instant = milestone[1]
            .as_str()
            .context("a text")?
            .replace("2026", "2025");
        milestone[1] = instant.into();
    }
    let count = milestones.len();
    wrong["refs"]["po"] = "another".into();
    let differences = facts::differences(reports, &wrong, &["transport", "visibility"])?;
    ensure!(differences.len() > count, "only {differences:#?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_gives_the_expected_facts_in_whatever_order_it_is_told() -> Result<()> {
    let expected = story::json_of("EXPECTED_timeline.json")?;
    let mut first: Option<Reports> = None;
    for order in orders() {
        let reports = told(&order, &expected).await?;
        a_wrong_timeline_is_noticed(&reports, &expected)?;
        if let Some(first) = &first {
            let differences = reports.differences(first);
            assert!(
                differences.is_empty(),
                "told as {order:#?}\n{}",
                differences.join("\n")
            );
        }
        first.get_or_insert(reports);
    }
    Ok(())
}
