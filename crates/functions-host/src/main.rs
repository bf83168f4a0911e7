//! `functions-host --app DIR --settings FILE`: hosts one staged app on loopback.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use functions_host::{
    App, BodyFraming, Host, HostOptions, Keys, Output, RewriteDates, Settings, Stop, StopHandle,
    reaper,
};
use parent_process::Parent;
use tokio::signal::unix::{SignalKind, signal};

/// A local Azure Functions host for custom handlers.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Staged app: host.json, the handler, one folder with a function.json per function.
    #[arg(long)]
    app: PathBuf,
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// App settings in the form of local.settings.json; the environment wins over them.
    #[arg(long)]
    settings: Option<PathBuf>,
    /// Key for /admin and every function; made and kept in the state folder when absent.
    #[arg(long)]
    master_key: Option<String>,
    /// Key for functions of level `function`; made and kept in the state folder when absent.
    #[arg(long)]
    function_key: Option<String>,
    /// Folder for keys, timer status and locks; `../../functions-host/<app>` beside the app when absent.
    #[arg(long)]
    state_dir: Option<PathBuf>,
    /// Framing of payloads: chunked as in Azure, length as under the Core Tools.
    #[arg(long, value_enum, default_value_t = Body::Chunked)]
    body: Body,
    /// Rewrite Cosmos documents as the real host's JSON library does.
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set)]
    rewrite_dates: bool,
    /// Send a `traceparent` with the flag 00, as a host with Application Insights does.
    #[arg(long, value_enum, default_value_t = Switch::On)]
    traceparent: Switch,
    /// How long a queue message is hidden while it is processed; the real host takes 10 minutes.
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = clap::value_parser!(u64).range(1..=604_800))]
    queue_visibility: u64,
    /// End when the process that started this one is gone.
    #[arg(long)]
    exit_with_parent: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Body {
    Chunked,
    Length,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Switch {
    On,
    Off,
}

fn main() -> ExitCode {
    // Before anything that costs time: this is how the host starts its own watcher.
    if std::env::args().nth(1).as_deref() == Some(reaper::MODE) {
        reaper::run(std::io::stdin().lock());
        return ExitCode::SUCCESS;
    }
    match start(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("functions-host: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn start(args: Args) -> anyhow::Result<()> {
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let settings = match &args.settings {
        Some(file) => Settings::read(environment, file)?,
        None => Settings::new(environment, std::collections::BTreeMap::new()),
    };
    let app = App::read(&args.app, &settings)?;
    let state_dir = match args.state_dir {
        Some(dir) => dir,
        None => state_dir_beside(&args.app, app.name())?,
    };
    let keys = Keys::load(&state_dir, args.master_key, args.function_key)?;
    let options = HostOptions {
        app,
        settings,
        port: args.port,
        keys,
        state_dir,
        framing: match args.body {
            Body::Chunked => BodyFraming::Chunked,
            Body::Length => BodyFraming::Length,
        },
        rewrite: if args.rewrite_dates {
            RewriteDates::On
        } else {
            RewriteDates::Off
        },
        traceparent: args.traceparent == Switch::On,
        queue_visibility: Duration::from_secs(args.queue_visibility),
    };
    let stop = stop_on_signals(args.exit_with_parent)?;
    let output = Arc::new(Output::default());
    let result = Box::pin(Host::run(options, Arc::clone(&output), stop)).await;
    output.end(result.as_ref().err().map(ToString::to_string).as_deref());
    Ok(result?)
}

/// Outside the app folder, because everything in there is published.
fn state_dir_beside(app: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let root = app
        .canonicalize()
        .with_context(|| format!("cannot find {}", app.display()))?;
    let above = root.parent().and_then(Path::parent).unwrap_or(&root);
    Ok(above.join("functions-host").join(name))
}

/// The first signal stops, a second one does not wait for anything.
fn stop_on_signals(exit_with_parent: bool) -> anyhow::Result<Stop> {
    let (handle, stop) = StopHandle::new();
    let parent = Parent::now();
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot wait for SIGINT")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = parent.gone(), if exit_with_parent => {}
        }
        handle.stop();
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        // The watcher kills the handler.
        std::process::exit(130);
    });
    Ok(stop)
}
