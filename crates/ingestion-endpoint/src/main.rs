//! `ingestion-endpoint --port 0 --keep FILE`: prints where it listens and serves until it is told to stop.

use std::{io::Write as _, path::PathBuf};

use anyhow::Context as _;
use clap::Parser;
use ingestion_endpoint::Endpoint;
use parent_process::Parent;
use tokio::signal::unix::{SignalKind, signal};

/// Takes telemetry on loopback as Application Insights does.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// File to keep the items in, one a line.
    #[arg(long)]
    keep: PathBuf,
    /// End when the process that started this one is gone.
    #[arg(long)]
    exit_with_parent: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let parent = Parent::now();
    let endpoint = Endpoint::bind(args.port, &args.keep).await?;
    let mut stdout = std::io::stdout();
    let ready = serde_json::json!({ "event": "ingestion_endpoint_ready", "port": endpoint.port() });
    writeln!(stdout, "{ready}").context("stdout is closed")?;
    stdout.flush().context("stdout is closed")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    tokio::select! {
        served = endpoint.serve() => served?,
        _ = terminate.recv() => {}
        () = parent.gone(), if args.exit_with_parent => {}
        result = tokio::signal::ctrl_c() => result.context("cannot wait for Ctrl-C")?,
    }
    Ok(())
}
