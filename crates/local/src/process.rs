//! A process of the stack: started, ready, read, stopped.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use crate::log::Log;

/// Longest wait for a process to say that it is ready. An executable of a cold disk takes a second, not thirty.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// How long a process may take to end after SIGTERM before it is killed.
const STOP_WITHIN: Duration = Duration::from_secs(3);

/// A running process that has said it is ready.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
}

impl Process {
    /// Starts `program`, which has to know `--exit-with-parent`, and waits for its first line, `{"event":"…_ready",…}`, which is returned. All further lines go
    /// to `on_line` and into the log.
    pub(crate) async fn start(
        name: &str,
        program: &Path,
        arguments: &[String],
        log: Log,
        on_line: impl Fn(&str) + Send + 'static,
    ) -> Result<(Self, serde_json::Value)> {
        let mut command = Command::new(program);
        // Its own process group: Ctrl-C reaches only us, and we stop the processes in order.
        command
            .args(arguments)
            // Nor does anything stay behind when we are killed and can stop nothing.
            .arg("--exit-with-parent")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut lines =
            BufReader::new(child.stdout.take().context("stdout is piped above")?).lines();
        let errors = tokio::spawn(copy_lines(
            child.stderr.take().context("stderr is piped above")?,
            log.clone(),
        ));
        let ready = timeout(READY_WITHIN, first_line(&mut lines, &log))
            .await
            .with_context(|| format!("{name} was not ready within {} s", READY_WITHIN.as_secs()))?;
        let ready = match ready {
            Ok(ready) => ready,
            Err(error) => {
                // What it said about its end is on the other stream.
                drop(errors.await);
                let said = log.last_lines();
                return Err(error.context(format!("{name} did not start; it said:\n{said}")));
            }
        };
        drop(tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                log.line(&line);
                on_line(&line);
            }
        }));
        Ok((
            Self {
                name: name.to_owned(),
                child,
            },
            ready,
        ))
    }

    /// Waits until the process has ended by itself.
    pub(crate) async fn ended(&mut self) -> String {
        match self.child.wait().await {
            Ok(status) => format!("{} ended: {status}", self.name),
            Err(error) => format!("{} cannot be waited for: {error}", self.name),
        }
    }

    /// Asks the process to end, and kills it if it does not in time.
    pub(crate) async fn stop(&mut self) {
        if let Some(pid) = self.child.id() {
            signal(pid, Signal::SIGTERM);
        }
        if timeout(STOP_WITHIN, self.child.wait()).await.is_err() {
            drop(self.child.kill().await);
        }
    }

    /// Process id; `None` once it has ended.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }
}

/// Sends a signal to a process that may be gone already.
pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Ok(pid) = i32::try_from(pid) {
        kill(Pid::from_raw(pid), signal).ok();
    }
}

async fn first_line(
    lines: &mut Lines<BufReader<ChildStdout>>,
    log: &Log,
) -> Result<serde_json::Value> {
    while let Some(line) = lines.next_line().await? {
        log.line(&line);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
        if value["event"]
            .as_str()
            .is_some_and(|event| event.ends_with("_ready"))
        {
            return Ok(value);
        }
    }
    bail!("it ended before it was ready")
}

async fn copy_lines(stream: impl AsyncRead + Unpin, log: Log) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        log.line(&line);
    }
}
