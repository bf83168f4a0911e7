//! Runs: driven step by step, observed, watched.
//!
//! An app knows nothing of the store. So whoever drives asks the consolidator what became of the records, and tells the
//! app, which closes the letters. A driver that dies leaves letters claimed by their plan; the next one goes on.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Context, Ended, letters::instant, plans::find};
use crate::{apps::App, arguments::Pace, client::CallError, output};

/// Letters whose outcome is asked for at a time.
const OBSERVED_PER_CALL: usize = 500;
/// Wait before asking again for what is still under way.
const OBSERVE_EVERY: Duration = Duration::from_millis(250);
/// After that, what is not in the store is looked for among the consolidator's letters.
const LOOK_FOR_LETTERS_AFTER: Duration = Duration::from_secs(3);
/// A look goes through the open letters of the consolidator: the next one comes after so many times as long as this one took.
const LOOK_REST: u32 = 9;
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
    let mut driver = Driver::new(context, app, id, &digest, pace, &progress);
    driver.takes_over = true;
    driver.drive().await
}

struct Driver<'c> {
    context: &'c Context<'c>,
    app: &'c App,
    id: &'c str,
    digest: &'c str,
    pace: &'c Pace,
    runner: String,
    bar: ProgressBar,
    /// When the last outcome was seen.
    moved: Cell<Instant>,
    /// Not before then letters are looked for again.
    look_from: Cell<Instant>,
    /// Whether a step was done.
    stepped: Cell<bool>,
    /// Whether it goes on with what a driver that died has left.
    takes_over: bool,
}

/// What a step left to do.
struct Stepped {
    /// Letters whose outcome is not known yet.
    awaiting: Vec<Value>,
    /// Whether there is another step.
    goes_on: bool,
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
            moved: Cell::new(Instant::now()),
            look_from: Cell::new(Instant::now()),
            stepped: Cell::new(false),
            takes_over: false,
        };
        driver.bar.set_position(done(&progress["counts"]));
        driver
    }

    async fn drive(self) -> Result<Ended> {
        let began = Instant::now();
        // What a driver before this one had brought in and not observed.
        let mut awaiting = self.awaiting(0).await?;
        loop {
            // While the app brings in the next letters, the consolidator is asked about the last ones.
            let (stepped, left) = tokio::try_join!(self.step(), self.observe(awaiting))?;
            awaiting = left;
            awaiting.extend(stepped.awaiting);
            if !stepped.goes_on {
                break;
            }
        }
        let unobserved = self.observe_the_rest(awaiting).await?;
        self.bar.finish_and_clear();
        self.report(began.elapsed(), unobserved).await
    }

    /// Letters from a chunk on that wait for their outcome, a page of them.
    async fn awaiting(&self, from: u64) -> Result<Vec<Value>> {
        let path = format!("plans/{}/awaiting?from={from}", self.id);
        Ok(self.context.client.get_patiently(self.app, &path).await?)
    }

    async fn step(&self) -> Result<Stepped> {
        let body = json!({
            "digest": self.digest,
            "runner": self.runner,
            "why": self.pace.why,
            "budget_ms": self.pace.step_ms,
            "rate": self.pace.rate,
        });
        let step: Value = match self.ask_for_step(&body).await {
            Ok(step) => step,
            // Everything was tried before, by this driver or another one; or somebody holds the run up.
            Err(error) if error.code() == "plan_not_running" => return self.ended(error).await,
            Err(error) => return Err(error.into()),
        };
        self.stepped.set(true);
        self.bar.inc(done(&step["tried"]));
        let awaiting = step["awaiting"].as_array().cloned().unwrap_or_default();
        let paused = step["plan"]["state"] == "paused";
        if paused {
            self.say_paused();
        }
        let goes_on = !paused && step["all_tried"] != true;
        Ok(Stepped { awaiting, goes_on })
    }

    /// Asks for a step. Whoever takes over waits until a driver that died has lost its hold of the plan; one that is alive
    /// renews it.
    async fn ask_for_step(&self, body: &Value) -> Result<Value, CallError> {
        let client = &self.context.client;
        let (path, mut held_until) = (format!("plans/{}", self.id), None);
        let run = format!("{path}/run");
        loop {
            let error = match client.post_patiently(self.app, &run, body).await {
                Err(error) if self.takes_over && error.code() == "driven_by_somebody_else" => error,
                answer => return answer,
            };
            let progress: Value = client.get_patiently(self.app, &path).await?;
            let lease = &progress["plan"]["lease"];
            let until = lease["until"].as_i64();
            match held_until {
                None => output::say(&format!(
                    "{} drives the run or died in the middle; waiting until {} to see which",
                    lease["who"].as_str().unwrap_or_default(),
                    instant(&lease["until"]),
                )),
                Some(before) if until.is_some_and(|until| until != before) => return Err(error),
                Some(_) => {}
            }
            held_until = held_until.or(until);
            tokio::time::sleep(WATCH_EVERY).await;
        }
    }

    /// A plan that does not run: nothing is left to be done if it has ended, or is held up since the last step.
    async fn ended(&self, error: CallError) -> Result<Stepped> {
        let path = format!("plans/{}", self.id);
        let progress: Value = self.context.client.get_patiently(self.app, &path).await?;
        let state = progress["plan"]["state"].as_str().unwrap_or_default();
        match state {
            "finished" => {}
            "paused" if self.stepped.get() => self.say_paused(),
            _ => return Err(error.into()),
        }
        let (awaiting, goes_on) = (Vec::new(), false);
        Ok(Stepped { awaiting, goes_on })
    }

    fn say_paused(&self) {
        let id = self.id;
        output::say(&format!(
            "the run is held up; go on with `crossdock replay resume {id} --why …`"
        ));
    }

    /// Asks what became of letters, and tells the app. Returns those that are still under way.
    async fn observe(&self, letters: Vec<Value>) -> Result<Vec<Value>> {
        let consolidator = self.context.client.app("consolidator")?;
        let began = Instant::now();
        let look =
            self.moved.get().elapsed() > LOOK_FOR_LETTERS_AFTER && began >= self.look_from.get();
        let mut left = Vec::new();
        for some in letters.chunks(OBSERVED_PER_CALL) {
            let body = json!({ "letters": some, "look_for_letters": look });
            let mut seen: Value = self
                .context
                .client
                .post_patiently(consolidator, "observe", &body)
                .await?;
            left.extend(seen["pending"].as_array().cloned().unwrap_or_default());
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
                self.moved.set(Instant::now());
            }
        }
        if look {
            self.look_from
                .set(Instant::now() + began.elapsed() * LOOK_REST);
        }
        Ok(left)
    }

    /// Asks until nothing is under way any more; how many letters are when the patience ends.
    async fn observe_the_rest(&self, mut awaiting: Vec<Value>) -> Result<usize> {
        self.moved.set(Instant::now());
        let mut from = 0;
        loop {
            if awaiting.is_empty() {
                // Of steps whose answer was lost, and of drivers before this one.
                awaiting = self.awaiting(from).await?;
                let last = awaiting.last().and_then(|letter| letter["chunk"].as_u64());
                match last {
                    Some(last) => from = last + 1,
                    None if from == 0 => return Ok(0),
                    None => {
                        from = 0;
                        continue;
                    }
                }
            }
            let before = awaiting.len();
            awaiting = self.observe(awaiting).await?;
            if self.moved.get().elapsed() > Duration::from_secs(self.pace.patience) {
                return Ok(awaiting.len());
            }
            if awaiting.len() == before {
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
