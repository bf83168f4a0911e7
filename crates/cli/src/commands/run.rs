//! Runs: driven step by step, observed, watched.
//!
//! An app knows nothing of the store. So whoever drives asks the consolidator what became of the records, and tells the
//! app, which closes the letters. A driver that dies leaves letters claimed by their plan; the next one goes on.

use std::time::{Duration, Instant};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Context, Ended, plans::find};
use crate::{apps::App, arguments::Pace, output};

/// Letters whose outcome is asked for at a time.
const OBSERVED_PER_CALL: usize = 500;
/// Wait before asking again for what is still under way.
const OBSERVE_EVERY: Duration = Duration::from_millis(250);
/// After that, what is not in the store is looked for among the consolidator's letters.
const LOOK_FOR_LETTERS_AFTER: Duration = Duration::from_secs(3);
/// Wait of a watcher.
const WATCH_EVERY: Duration = Duration::from_millis(500);

/// A progress bar on a terminal, and nothing elsewhere.
pub(super) fn bar(context: &Context<'_>, letters: u64) -> ProgressBar {
    let bar = ProgressBar::new(letters);
    if context.arguments.json {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style =
        ProgressStyle::with_template("{bar:30} {pos}/{len} letters, {per_sec}, {eta} left {msg}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

pub(super) async fn run(
    context: &Context<'_>,
    id: &str,
    digest: &str,
    pace: &Pace,
) -> Result<Ended> {
    let (app, progress) = find(context, id).await?;
    Driver::new(context, app, id, digest, pace, &progress)
        .drive()
        .await
}

pub(super) async fn resume(context: &Context<'_>, id: &str, pace: &Pace) -> Result<Ended> {
    let (app, progress) = find(context, id).await?;
    let state = progress["plan"]["state"].as_str().unwrap_or_default();
    if state == "paused" {
        let path = format!("plans/{id}/resume");
        let _: Value = context
            .client
            .post(app, &path, &json!({ "why": pace.why }))
            .await?;
    }
    let digest = progress["plan"]["digest"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    Driver::new(context, app, id, &digest, pace, &progress)
        .drive()
        .await
}

struct Driver<'c> {
    context: &'c Context<'c>,
    app: &'c App,
    id: &'c str,
    digest: &'c str,
    pace: &'c Pace,
    runner: String,
    bar: ProgressBar,
    /// Letters whose outcome is not known yet.
    awaiting: Vec<Value>,
    /// When the last outcome was seen.
    moved: Instant,
}

impl<'c> Driver<'c> {
    fn new(
        context: &'c Context<'c>,
        app: &'c App,
        id: &'c str,
        digest: &'c str,
        pace: &'c Pace,
        progress: &Value,
    ) -> Self {
        let letters = progress["plan"]["letters"].as_u64().unwrap_or_default();
        let driver = Self {
            context,
            app,
            id,
            digest,
            pace,
            runner: Uuid::new_v4().simple().to_string(),
            bar: bar(context, letters),
            awaiting: Vec::new(),
            moved: Instant::now(),
        };
        driver.bar.set_position(done(&progress["counts"]));
        driver
    }

    async fn drive(mut self) -> Result<Ended> {
        // What a driver before this one had brought in and not observed.
        let path = format!("plans/{}/awaiting", self.id);
        self.awaiting = self.context.client.get_patiently(self.app, &path).await?;
        let began = Instant::now();
        loop {
            if !self.step().await? {
                break;
            }
            self.observe().await?;
        }
        let unobserved = self.observe_the_rest().await?;
        self.bar.finish_and_clear();
        self.report(began.elapsed(), unobserved).await
    }

    /// One step of the run; whether there is another one.
    async fn step(&mut self) -> Result<bool> {
        let body = json!({
            "digest": self.digest,
            "runner": self.runner,
            "why": self.pace.why,
            "budget_ms": self.pace.step_ms,
            "rate": self.pace.rate,
        });
        let path = format!("plans/{}/run", self.id);
        let step: Value = match self
            .context
            .client
            .post_patiently(self.app, &path, &body)
            .await
        {
            Ok(step) => step,
            // Everything was tried before, by this driver or another one.
            Err(error) if error.code() == "plan_not_running" && self.is_finished().await? => {
                return Ok(false);
            }
            Err(error) => return Err(error.into()),
        };
        self.bar.inc(done(&step["tried"]));
        self.awaiting
            .extend(step["awaiting"].as_array().cloned().unwrap_or_default());
        if step["plan"]["state"] == "paused" {
            output::say("the run is held up; go on with `crossdock replay resume`");
            return Ok(false);
        }
        Ok(step["all_tried"] != true)
    }

    async fn is_finished(&self) -> Result<bool> {
        let path = format!("plans/{}", self.id);
        let progress: Value = self.context.client.get_patiently(self.app, &path).await?;
        Ok(progress["plan"]["state"] == "finished")
    }

    /// Asks what became of the letters that are under way, and tells the app.
    async fn observe(&mut self) -> Result<()> {
        let consolidator = self.context.client.app("consolidator")?;
        let look = self.moved.elapsed() > LOOK_FOR_LETTERS_AFTER;
        let letters = std::mem::take(&mut self.awaiting);
        for some in letters.chunks(OBSERVED_PER_CALL) {
            let body = json!({ "letters": some, "look_for_letters": look });
            let mut seen: Value = self
                .context
                .client
                .post_patiently(consolidator, "observe", &body)
                .await?;
            self.awaiting
                .extend(seen["pending"].as_array().cloned().unwrap_or_default());
            let observed = seen["observed"].take();
            let count = observed.as_array().map_or(0, Vec::len) as u64;
            if count > 0 {
                let path = format!("plans/{}/outcomes", self.id);
                let _: Value = self
                    .context
                    .client
                    .post_patiently(self.app, &path, &observed)
                    .await?;
                self.bar.inc(count);
                self.moved = Instant::now();
            }
        }
        Ok(())
    }

    /// Asks until nothing is under way any more; how many letters are when the patience ends.
    async fn observe_the_rest(&mut self) -> Result<usize> {
        self.moved = Instant::now();
        loop {
            let before = self.awaiting.len();
            if before == 0 {
                // Of more than one page of a driver before this one.
                let path = format!("plans/{}/awaiting", self.id);
                self.awaiting = self.context.client.get_patiently(self.app, &path).await?;
                if self.awaiting.is_empty() {
                    return Ok(0);
                }
            }
            self.observe().await?;
            if self.moved.elapsed() > Duration::from_secs(self.pace.patience) {
                return Ok(self.awaiting.len());
            }
            if self.awaiting.len() == before {
                tokio::time::sleep(OBSERVE_EVERY).await;
            }
        }
    }

    async fn report(&self, took: Duration, unobserved: usize) -> Result<Ended> {
        let path = format!("plans/{}", self.id);
        let progress: Value = self.context.client.get_patiently(self.app, &path).await?;
        let counts = &progress["counts"];
        if self.context.arguments.json {
            output::json(&progress);
        } else {
            output::line(&format!(
                "plan {} is {}: {}, in {:.1} s",
                self.id,
                progress["plan"]["state"].as_str().unwrap_or_default(),
                in_words(counts),
                took.as_secs_f64()
            ));
        }
        let left = number(counts, "failed_again") + number(counts, "changed");
        if unobserved > 0 {
            output::say(&format!(
                "{unobserved} letters are in the feed and not in the store yet; go on with `crossdock replay resume {}`",
                self.id
            ));
            return Ok(Ended::Unobserved);
        }
        if left > 0 {
            output::say(
                "letters that failed again are open with an attempt more: `crossdock letters groups` shows why",
            );
            return Ok(Ended::WithLettersLeft);
        }
        Ok(Ended::Well)
    }
}

pub(super) async fn watch(context: &Context<'_>, id: &str) -> Result<Ended> {
    let (app, mut progress) = find(context, id).await?;
    let bar = bar(
        context,
        progress["plan"]["letters"].as_u64().unwrap_or_default(),
    );
    loop {
        bar.set_position(done(&progress["counts"]));
        let state = progress["plan"]["state"].as_str().unwrap_or_default();
        if matches!(state, "finished" | "cancelled" | "paused") {
            break;
        }
        tokio::time::sleep(WATCH_EVERY).await;
        progress = context
            .client
            .get_patiently(app, &format!("plans/{id}"))
            .await?;
    }
    bar.finish_and_clear();
    if context.arguments.json {
        output::json(&progress);
    } else {
        let state = progress["plan"]["state"].as_str().unwrap_or_default();
        output::line(&format!(
            "plan {id} is {state}: {}",
            in_words(&progress["counts"])
        ));
    }
    Ok(Ended::Well)
}

fn number(counts: &Value, name: &str) -> u64 {
    counts[name].as_u64().unwrap_or_default()
}

/// Letters with an outcome.
fn done(counts: &Value) -> u64 {
    [
        "applied",
        "duplicate",
        "superseded",
        "failed_again",
        "changed",
    ]
    .into_iter()
    .map(|name| number(counts, name))
    .sum()
}

fn in_words(counts: &Value) -> String {
    let names = [
        "applied",
        "duplicate",
        "superseded",
        "failed_again",
        "changed",
        "awaiting",
        "pending",
    ];
    let parts: Vec<String> = names
        .into_iter()
        .filter(|name| number(counts, name) > 0)
        .map(|name| format!("{} {}", number(counts, name), name.replace('_', " ")))
        .collect();
    parts.join(", ")
}
