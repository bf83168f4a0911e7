//! The pipeline of one test.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use local::{
    Built, Comparison, HostStatus, PipelineOptions, SimulatorOptions, Stack, StackOptions, build,
    run::{self, Verdict},
};
use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use crate::OnCall;

/// One world at a time: each has eight processes, and two worlds on two cores would measure each other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// What the worlds run, built once.
static BUILT: OnceCell<Built> = OnceCell::const_new();

/// How long a world may take to become quiet after its end, before the test fails.
const PATIENCE: Duration = Duration::from_secs(90);

/// How often a waiting test looks again.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// URL of the throw-away PostgreSQL cluster that `cargo xtask test` starts, if there is one.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub fn postgres(test: &str) -> Option<String> {
    let url = std::env::var("CROSSDOCK_TEST_POSTGRES").ok();
    if url.is_none() {
        eprintln!(
            "{test} is skipped: CROSSDOCK_TEST_POSTGRES is not set; `cargo xtask test` sets it"
        );
    }
    url
}

/// Describes a world before it starts.
#[derive(Debug)]
pub struct WorldBuilder {
    simulator: SimulatorOptions,
    reporting_url: Option<String>,
    reporting_url_of_consolidator: Option<String>,
}

impl WorldBuilder {
    /// Sets a fault's probability: `twice`, `late`, `invalid_order`, `bad_signature` and what else the simulator knows.
    #[must_use]
    pub fn fault(mut self, name: &str, probability: f64) -> Self {
        self.simulator
            .more
            .push(format!("--fault={name}={probability}"));
        self
    }

    /// Starts from this profile of faults: `none`, `mild` or `hard`.
    #[must_use]
    pub fn faults(mut self, profile: &str) -> Self {
        profile.clone_into(&mut self.simulator.faults);
        self
    }

    /// Sets the seed.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.simulator.seed = seed;
        self
    }

    /// Sets how many orders and trips change in a second.
    #[must_use]
    pub const fn rates(mut self, orders: f64, trips: f64) -> Self {
        self.simulator.orders_rate = orders;
        self.simulator.transport_rate = trips;
        self
    }

    /// Reports into the PostgreSQL database at `url` instead of SQLite, in a schema named after the test.
    #[must_use]
    pub fn postgres(mut self, url: &str, schema: &str) -> Self {
        self.reporting_url = Some(with_schema(url, schema));
        self
    }

    /// Lets the consolidator reach the database through `url`; the test itself keeps the direct way.
    #[must_use]
    pub fn consolidator_through(mut self, url: &str, schema: &str) -> Self {
        self.reporting_url_of_consolidator = Some(with_schema(url, schema));
        self
    }

    /// Starts all processes.
    pub async fn start(self) -> Result<World> {
        let turn = turn().await;
        let built = built().await?;
        let folder = TempDir::new()?;
        let sqlite = sqlite(folder.path());
        let options = StackOptions {
            pipeline: PipelineOptions {
                state: folder.path().to_owned(),
                reporting_url: self.reporting_url.unwrap_or(sqlite),
                reporting_url_of_consolidator: self.reporting_url_of_consolidator,
                before_blobs: None,
            },
            simulator: self.simulator,
        };
        let stack = Stack::start(built, &options).await?;
        Ok(World {
            built,
            stack,
            options,
            folder,
            started: Instant::now(),
            _turn: turn,
        })
    }
}

/// Waits until no other world runs.
pub async fn turn() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().await
}

/// What the worlds run.
pub async fn built() -> Result<&'static Built> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let root = root.canonicalize()?;
    BUILT.get_or_try_init(|| build(&root)).await
}

/// URL of a reporting database in `folder`.
pub(crate) fn sqlite(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("reporting.sqlite").display())
}

pub(crate) fn with_schema(url: &str, schema: &str) -> String {
    format!("{url}?options=-csearch_path%3D{schema}")
}

/// A running pipeline. [`World::end`] judges and stops it.
#[derive(Debug)]
pub struct World {
    built: &'static Built,
    stack: Stack,
    options: StackOptions,
    folder: TempDir,
    started: Instant,
    _turn: MutexGuard<'static, ()>,
}

impl World {
    /// A world that goes on for `seconds`, without faults, on SQLite.
    #[must_use]
    pub fn of_seconds(seconds: u64) -> WorldBuilder {
        WorldBuilder {
            simulator: SimulatorOptions {
                seconds: Some(seconds),
                ..SimulatorOptions::default()
            },
            reporting_url: None,
            reporting_url_of_consolidator: None,
        }
    }

    /// The running processes.
    #[must_use]
    pub const fn stack(&self) -> &Stack {
        &self.stack
    }

    /// The state folder of this run.
    #[must_use]
    pub fn state(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Somebody on call.
    #[must_use]
    pub fn on_call(&self) -> OnCall {
        OnCall::new(self.built.binary("crossdock"), self.state())
    }

    /// Stops everything, without judging: for a test that says things which the simulated world does not know.
    pub async fn stop(self) {
        self.stack.stop().await;
    }

    /// Records applied so far, all sources together.
    pub async fn applied(&self) -> Result<u64> {
        Ok(run::figures(&self.stack)
            .await?
            .iter()
            .map(|source| source.applied)
            .sum())
    }

    /// Waits until more than `count` records have been applied.
    pub async fn until_applied_more_than(&self, count: u64) -> Result<u64> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let applied = self.applied().await?;
            if applied > count {
                return Ok(applied);
            }
            ensure!(
                Instant::now() < give_up,
                "still {applied} records applied, waited for more than {count}{}",
                self.logs()
            );
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Kills the handler of `app` with SIGKILL as soon as it is in the middle of something, or at the latest when it has
    /// been watched for longer than any app's schedule leaves between two pulls. Returns whether it was at work.
    pub async fn kill_in_flight(&self, app: &str) -> Result<bool> {
        let host = self.stack.pipeline().host(app);
        if self.stack.pipeline().pulls(app) {
            // Beside its schedule, so that nobody waits for that. A host that is being started again does not answer.
            host.run_function("ingest").await.ok();
        }
        let give_up = Instant::now() + Duration::from_secs(15);
        let watch_until = Instant::now() + Duration::from_millis(5_500);
        loop {
            // A host that the platform starts again at this moment does not answer.
            let status = host
                .status()
                .await
                .ok()
                .filter(|status| status.handler_pid.is_some());
            let at_work = status.as_ref().is_some_and(HostStatus::is_at_work);
            if at_work || (status.is_some() && Instant::now() > watch_until) {
                host.kill_handler().await?;
                return Ok(at_work);
            }
            ensure!(
                Instant::now() < give_up,
                "{app} has no handler to kill{}",
                self.logs()
            );
        }
    }

    /// Waits until the world is over and quiet, stops everything and returns the verdict. Fails if the reports are not
    /// equal to the truth or anything is unaccounted for: every test asks at least that.
    pub async fn end(self) -> Result<Verdict> {
        let verdict = self.judge().await?;
        self.stack.stop().await;
        Ok(verdict)
    }

    /// The same, with everything still running.
    pub async fn judge(&self) -> Result<Verdict> {
        let comparison: Comparison = run::until_quiet(&self.stack, PATIENCE).await?;
        let verdict =
            run::verdict(&self.stack, &self.options, comparison, self.started, None).await?;
        ensure!(verdict.is_good(), "{verdict:#?}{}", self.logs());
        Ok(verdict)
    }

    /// The last lines of each process, for a test that fails.
    fn logs(&self) -> String {
        let folder = self.folder.path().join("logs");
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let tails = files.map(|file| {
            let text = std::fs::read_to_string(file.path()).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let tail = lines[lines.len().saturating_sub(20)..].join("\n  ");
            format!("\n{}\n  {tail}", file.file_name().display())
        });
        tails.collect()
    }

    /// Dead letters at consolidation and upstream, all apps together.
    pub async fn dead_letters(&self) -> Result<Vec<feed::DeadLetterEntry>> {
        Ok(self
            .stack
            .pipeline()
            .feed()
            .await?
            .dead_letters()
            .collect()
            .await?)
    }
}
