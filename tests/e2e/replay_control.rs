//! A run that is held up, taken over, and that lets live messages go first.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use e2e::{
    OnCall, World,
    many::{bury_trip, load, trip},
    story::until,
};
use reporting::Table;
use serde_json::{Value, json};

const MODIFIED: &str = "2026-11-08T10:00:00Z";
const WHY: &str = "INC-10: supported since this morning's release";
const LETTERS: usize = 60;
/// Letters a second of a run that is to be caught in the middle.
const SLOWLY: &str = "8";

/// How often a waiting test looks again.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A plan of letters that can all be applied.
struct Planned {
    world: World,
    id: String,
    digest: String,
}

impl Planned {
    async fn of(letters: usize) -> Result<Self> {
        let world = World::of_seconds(1).rates(0.5, 0.5).start().await?;
        let feed = world.stack().pipeline().feed().await?;
        for number in 0..letters {
            bury_trip(&feed, number, &trip(number, "confirmed", MODIFIED)).await?;
        }
        let plan = ["--app", "transport", "replay", "plan", "--reason", "E103"];
        let plan = [&plan[..], &["--why", WHY]].concat();
        let plan = world.crossdock_well("ada", &plan).await?;
        ensure!(plan["letters"] == letters, "{plan:#}");
        let text = |name: &str| plan[name].as_str().unwrap_or_default().to_owned();
        let (id, digest) = (text("id"), text("digest"));
        Ok(Self { world, id, digest })
    }

    fn run<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let run = ["replay", "run", &self.id, "--digest", &self.digest];
        [&run[..], &["--why", WHY], more].concat()
    }

    /// The plan's state, and letters with an outcome.
    async fn progress(&self) -> Result<(String, u64)> {
        let url = self.world.stack().pipeline().host("transport").url();
        let request = reqwest::Client::new()
            .get(format!("{url}/api/operate/plans/{}", self.id))
            .header("x-functions-key", "local-master-key");
        let progress: Value = request.send().await?.error_for_status()?.json().await?;
        let state = progress["plan"]["state"].as_str().unwrap_or_default();
        let done = progress["counts"]["applied"].as_u64().unwrap_or_default();
        Ok((state.to_owned(), done))
    }

    /// Waits until some letters, but not all, have an outcome.
    async fn in_the_middle(&self) -> Result<()> {
        until(LOOK_EVERY, || async { Ok(self.progress().await?.1 > 0) })
            .await
            .context("the run does not begin")?;
        let (state, done) = self.progress().await?;
        ensure!(
            state == "running" && done < LETTERS as u64,
            "{done} letters are done, the plan is {state}"
        );
        Ok(())
    }

    /// Every letter was applied, once, and its row is there.
    async fn is_applied(&self, run: &Value) -> Result<()> {
        ensure!(
            run["plan"]["state"] == "finished" && run["counts"]["applied"] == LETTERS,
            "{run:#}"
        );
        let rows = self
            .world
            .stack()
            .pipeline()
            .store()
            .rows(Table::Shipment)
            .await?;
        for number in 0..LETTERS {
            let load = load(number);
            let found = rows
                .iter()
                .filter(|row| row["shipment_no"] == load.as_str());
            ensure!(found.count() == 1, "the row of {load}");
        }
        Ok(())
    }

    fn on_call(&self) -> OnCall {
        self.world.on_call()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_watched_held_up_and_gone_on_with() -> Result<()> {
    let planned = Planned::of(LETTERS).await?;
    let (client, id) = (planned.on_call(), planned.id.as_str());
    let slowly = planned.run(&["--rate", SLOWLY, "--step-ms", "1000"]);
    let held_up = async {
        planned.in_the_middle().await?;
        let pause = ["replay", "pause", id, "--why", "the database is busy"];
        client.well("bob", &pause).await
    };
    let watch = ["replay", "watch", id];
    let (driven, watched, paused) = tokio::try_join!(
        client.crossdock("ada", &slowly),
        async {
            until(LOOK_EVERY, || async {
                Ok(planned.progress().await?.0 == "running")
            })
            .await?;
            client.crossdock("eve", &watch).await
        },
        held_up
    )?;
    ensure!(
        paused["state"] == "paused" && paused["who"] == "bob",
        "{paused:#}"
    );
    ensure!(driven.errors.contains("held up"), "{driven:?}");
    ensure!(
        watched.code == 0 && watched.json["plan"]["state"] == "paused",
        "{watched:?}"
    );

    // Whoever would go on without saying so is refused, and nothing moves.
    let (_, before) = planned.progress().await?;
    let refused = client.crossdock("ada", &planned.run(&[])).await?;
    ensure!(
        refused.code == 1 && refused.json["error"] == "plan_not_running",
        "{refused:?}"
    );
    let (state, after) = planned.progress().await?;
    ensure!(
        state == "paused" && before == after,
        "{before} {after} {state}"
    );

    let resume = ["replay", "resume", id, "--why", "it is not any more"];
    let run = client.well("bob", &resume).await?;
    planned.is_applied(&run).await?;
    let watched = client.well("eve", &watch).await?;
    ensure!(watched["counts"]["applied"] == LETTERS, "{watched:#}");
    let audit = client.well("eve", &["--app", "transport", "audit"]).await?;
    let did = |verb: &str, who: &str| {
        let mut entries = audit.as_array().into_iter().flatten();
        entries.any(|entry| entry["verb"] == verb && entry["who"] == who)
    };
    ensure!(
        did("run", "ada") && did("pause", "bob") && did("resume", "bob"),
        "{audit:#}"
    );
    planned.world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_client_is_killed_is_taken_over_by_another() -> Result<()> {
    let planned = Planned::of(LETTERS).await?;
    let (client, id) = (planned.on_call(), planned.id.as_str());
    let slowly = planned.run(&["--rate", SLOWLY, "--step-ms", "1000"]);
    let mut killed = client.start("ada", &slowly)?;
    planned.in_the_middle().await?;

    // While the first one drives, a second one is told by whom.
    let second = client.crossdock("bob", &planned.run(&[])).await?;
    ensure!(
        second.code == 1
            && second.json["error"] == "driven_by_somebody_else"
            && second.errors.contains("ada")
            && second.errors.contains("resume"),
        "{second:?}"
    );
    killed.kill().await?;
    let (state, done) = planned.progress().await?;
    ensure!(
        state == "running" && done < LETTERS as u64,
        "{done} letters are done, the plan is {state}"
    );
    let resume = ["replay", "resume", id, "--why", "ada's laptop died"];
    let run = client.well("bob", &resume).await?;
    planned.is_applied(&run).await?;
    planned.world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn live_messages_go_first() -> Result<()> {
    const WRITE_MS: u64 = 1_500;
    let planned = Planned::of(1).await?;
    let world = &planned.world;
    // A write takes so long that a message is under way for a while.
    let slow = json!({ "container": "records", "latency_ms": WRITE_MS });
    let faults = format!("{}_faults", world.stack().pipeline().feed_url());
    let request = reqwest::Client::new().put(&faults).json(&slow);
    request.send().await?.error_for_status()?;
    let live = async {
        let status = world
            .send_trip("msg_live", &trip(1, "confirmed", MODIFIED))
            .await?;
        ensure!(status == 202, "the live message is answered {status}");
        Ok(Instant::now())
    };
    let replayed = async {
        until(Duration::from_millis(5), || async {
            let status = ["--app", "transport", "status"];
            let status = world.crossdock_well("ada", &status).await?;
            Ok(status["apps"][0]["live_messages"] == 1)
        })
        .await
        .context("no message is under way")?;
        let run = world.crossdock_well("ada", &planned.run(&[])).await?;
        ensure!(run["counts"]["applied"] == 1, "{run:#}");
        Ok(Instant::now())
    };
    let (live, replayed) = tokio::try_join!(live, replayed)?;
    // Its own write began when that of the message had ended.
    let between = replayed.saturating_duration_since(live);
    ensure!(
        between >= Duration::from_millis(WRITE_MS),
        "the replay ended {between:?} after the message"
    );
    planned.world.stop().await;
    Ok(())
}
