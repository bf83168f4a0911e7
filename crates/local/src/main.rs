//! `cargo run`: the whole pipeline on this machine.

use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use clap::Parser;
use local::{PipelineOptions, SimulatorOptions, Stack, StackOptions, build, run};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Exit code of a program that Ctrl-C ended: 128 and the signal's number.
const INTERRUPTED: u8 = 130;

/// How long a bounded run may take after the end of the simulated world.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the whole pipeline on this machine: the function apps, the feed, the reporting store and simulated upstreams.
#[derive(Debug, Parser)]
#[command(name = "cargo run --")]
struct Arguments {
    /// Let the simulated world end after this many seconds, then compare the reports with it.
    #[arg(long)]
    seconds: Option<u64>,
    /// Decides everything that happens in the simulated world.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// What goes wrong upstream: none, mild or hard.
    #[arg(long, default_value = "mild")]
    faults: String,
    /// Changes to orders per second.
    #[arg(long, default_value_t = 5.0)]
    orders_rate: f64,
    /// Changes to trips per second.
    #[arg(long, default_value_t = 8.0)]
    transport_rate: f64,
    /// Report into this PostgreSQL database, in a schema `crossdock_local` of its own, instead of SQLite.
    #[arg(long, value_name = "URL")]
    postgres: Option<String>,
    /// Print the verdict on a bounded run as one JSON line on stdout.
    #[arg(long)]
    json: bool,
    /// Folder of the reporting database, settings and logs.
    #[arg(long, default_value = ".crossdock")]
    state: PathBuf,
    /// Further options of the simulator, such as `--simulator --bulk-orders=1000`.
    #[arg(long = "simulator", value_name = "OPTION", allow_hyphen_values = true)]
    simulator: Vec<String>,
}

impl Arguments {
    fn stack_options(&self, root: &std::path::Path) -> Result<StackOptions> {
        let state = root.join(&self.state);
        std::fs::create_dir_all(&state)
            .with_context(|| format!("cannot create {}", state.display()))?;
        let sqlite = format!("sqlite://{}", state.join("reporting.sqlite").display());
        Ok(StackOptions {
            pipeline: PipelineOptions {
                state,
                reporting_url: self.postgres.as_deref().map_or(sqlite, with_own_schema),
                reporting_url_of_consolidator: None,
                before_blobs: None,
            },
            simulator: SimulatorOptions {
                seed: self.seed,
                seconds: self.seconds,
                faults: self.faults.clone(),
                orders_rate: self.orders_rate,
                transport_rate: self.transport_rate,
                more: self.simulator.clone(),
            },
        })
    }
}

/// A schema of our own: what is in it is dropped at every start, and nothing else of the database is touched.
fn with_own_schema(url: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}options=-csearch_path%3Dcrossdock_local")
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()?;
    eprintln!(
        "building the function apps, the Functions host, the emulator and the simulated upstreams"
    );
    let built = build(&root).await?;
    let options = arguments.stack_options(&root)?;

    // From here on an interrupt is heard, not obeyed at once: every process that was started must be stopped.
    let mut interrupt = Interrupt::listen()?;
    let started = Instant::now();
    let stack = Stack::start(&built, &options).await?;
    introduce(&stack, &options).await;
    let outcome = tokio::select! {
        outcome = watched(&arguments, &options, &stack, started) => outcome,
        () = interrupt.heard() => Ok(ExitCode::from(INTERRUPTED)),
    };
    eprintln!("\nstopping");
    stack.stop().await;
    outcome
}

async fn watched(
    arguments: &Arguments,
    options: &StackOptions,
    stack: &Stack,
    started: Instant,
) -> Result<ExitCode> {
    let first_row = run::first_row(stack, started).await;
    eprintln!("first row in a report after {} ms\n", first_row.as_millis());
    if arguments.seconds.is_none() {
        run::watch(stack, started, std::future::pending()).await?;
    }
    bounded(arguments, options, stack, started, first_row).await
}

async fn bounded(
    arguments: &Arguments,
    options: &StackOptions,
    stack: &Stack,
    started: Instant,
    first_row: Duration,
) -> Result<ExitCode> {
    let mut comparison = Ok(local::Comparison::default());
    run::watch(stack, started, async {
        comparison = run::until_quiet(stack, PATIENCE).await
    })
    .await?;
    let verdict = run::verdict(stack, options, comparison?, started, Some(first_row)).await?;
    if arguments.json {
        print_line(&serde_json::to_string(&verdict)?);
    } else {
        let accounts = &verdict.accounts;
        eprintln!(
            "\ntruth: {}; nightly batch: {}; {} documents, {} unaccounted for",
            verdict.truth, verdict.batch, accounts.documents, accounts.unaccounted
        );
    }
    for difference in &verdict.differences {
        eprintln!("  {difference}");
    }
    Ok(if verdict.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

#[expect(clippy::print_stdout, reason = "the verdict is what --json is for")]
fn print_line(line: &str) {
    println!("{line}");
}

/// Says where everything is and what to try.
async fn introduce(stack: &Stack, options: &StackOptions) {
    let query = "select status, count(*) from v_shipment where not deleted group by status";
    eprintln!("\nthe pipeline runs:");
    for host in stack.pipeline().hosts() {
        let status = host.status().await.unwrap_or_default();
        let ready = status.handler_ready_ms.unwrap_or_default();
        let memory = status.handler_memory_mib().unwrap_or_default();
        eprintln!(
            "  {:<14} {}   handler ready in {ready:.0} ms, {memory} MiB",
            host.app(),
            host.url()
        );
    }
    eprintln!("  {:<14} {}", "feed", stack.pipeline().feed_url());
    match options.pipeline.reporting_url.strip_prefix("sqlite://") {
        Some(path) => eprintln!(
            "  {:<14} {path}\n  try            sqlite3 {path} \"{query}\"",
            "reports"
        ),
        None => eprintln!(
            "  {:<14} PostgreSQL, schema crossdock_local\n  try            {query}",
            "reports"
        ),
    }
    eprintln!(
        "  {:<14} {}\n  try            cargo run -p crossdock -- trace <source key or correlation id>",
        "telemetry",
        stack.pipeline().telemetry_url()
    );
    eprintln!(
        "  {:<14} {}\n  Ctrl-C ends it all\n",
        "logs",
        options.pipeline.state.join("logs").display()
    );
}

/// Ctrl-C, or the signal with which a service manager ends a process.
struct Interrupt {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupt {
    fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn heard(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
