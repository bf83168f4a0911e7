//! `cosmos-emulator --port 0`: prints where it listens and serves until it is told to stop.

use std::io::Write as _;

use anyhow::Context as _;
use clap::Parser;
use cosmos_emulator::Emulator;
use parent_process::Parent;
use tokio::signal::unix::{SignalKind, signal};

/// Microsoft's in-memory Cosmos DB emulator on loopback.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// End when the process that started this one is gone.
    #[arg(long)]
    exit_with_parent: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let parent = Parent::now();
    let emulator = Emulator::bind(args.port).await?;
    let mut stdout = std::io::stdout();
    writeln!(
        stdout,
        "{{\"event\":\"emulator_ready\",\"port\":{}}}",
        emulator.port()
    )
    .context("stdout is closed")?;
    stdout.flush().context("stdout is closed")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for SIGTERM")?;
    tokio::select! {
        () = emulator.serve() => {}
        _ = terminate.recv() => {}
        result = tokio::signal::ctrl_c() => result.context("cannot wait for Ctrl-C")?,
        () = parent.gone(), if args.exit_with_parent => {}
    }
    Ok(())
}
