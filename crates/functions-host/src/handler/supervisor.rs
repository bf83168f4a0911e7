//! Keeps one handler alive by the rules of the real host.
//!
//! Exit 0 is never restarted, exit 200 always and for free, anything else twice; the third error in a row ends the
//! host. Errors further apart than half an hour do not add up.

use std::os::unix::process::ExitStatusExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::{mpsc, watch};

use super::CommandLine;
use super::process::Process;
use crate::output::Output;
use crate::reaper::Reaper;
use crate::stop::Stop;

/// The error that ends the host: first start and two restarts.
const LAST_ERROR: usize = 3;
/// Errors further apart than this are not counted together.
const ERROR_WINDOW: Duration = Duration::from_secs(30 * 60);
/// Exit code of a restart that the handler itself asks for.
const INTENTIONAL_RESTART: i32 = 200;

/// Where the handler is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HandlerState {
    /// Not ready yet, or being started again: invocations wait.
    Starting,
    /// Answers on this port; also after exit 0, when nobody listens there any more.
    Ready {
        port: u16,
        pid: u32,
        /// Counts starts, so that a late kill does not hit the next process.
        start: u64,
        /// From the start of the process to its first answer.
        ready_in: Duration,
    },
    /// Will not come back.
    Ended,
}

/// The host gives up on the handler.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct RestartsExceeded {
    message: String,
}

/// Asked by invocations: where is the handler, and please kill it.
#[derive(Debug, Clone)]
pub(crate) struct Handler {
    state: watch::Receiver<HandlerState>,
    kill: mpsc::Sender<u64>,
    starts: Arc<AtomicU64>,
}

/// Owns the process.
pub(crate) struct Supervisor {
    line: CommandLine,
    output: Arc<Output>,
    initialization_timeout: Duration,
    state: watch::Sender<HandlerState>,
    kill: mpsc::Receiver<u64>,
    starts: Arc<AtomicU64>,
    errors: Vec<Instant>,
    reaper: Reaper,
}

/// How one life of the handler ended.
enum End {
    Stopped,
    Exited { code: Option<i32>, text: String },
    NotReady,
    Killed,
}

impl Handler {
    /// The state now.
    pub(crate) fn state(&self) -> HandlerState {
        *self.state.borrow()
    }

    /// How often the handler was started.
    pub(crate) fn starts(&self) -> u64 {
        self.starts.load(Ordering::Relaxed)
    }

    /// Waits until the handler is ready; `None` when that does not happen in time or at all.
    pub(crate) async fn ready(&self, budget: Duration) -> Option<(u16, u64)> {
        let mut state = self.state.clone();
        let settled = tokio::time::timeout(
            budget,
            state.wait_for(|state| *state != HandlerState::Starting),
        )
        .await;
        match settled.map(|state| state.map(|state| *state)) {
            Ok(Ok(HandlerState::Ready { port, start, .. })) => Some((port, start)),
            _ => None,
        }
    }

    /// Kills and restarts the handler of that start; not counted as an error.
    pub(crate) async fn kill(&self, start: u64) {
        // The supervisor is gone when the host ends, and the handler with it.
        self.kill.send(start).await.ok();
    }
}

impl Supervisor {
    pub(crate) fn new(
        line: CommandLine,
        output: Arc<Output>,
        initialization_timeout: Duration,
    ) -> (Self, Handler) {
        let (state, watcher) = watch::channel(HandlerState::Starting);
        let (killer, kill) = mpsc::channel(16);
        let starts = Arc::new(AtomicU64::new(0));
        let handler = Handler {
            state: watcher,
            kill: killer,
            starts: Arc::clone(&starts),
        };
        let reaper = Reaper::start();
        (
            Self {
                line,
                output,
                initialization_timeout,
                state,
                kill,
                starts,
                errors: Vec::new(),
                reaper,
            },
            handler,
        )
    }

    /// Runs the handler until the host stops or gives up.
    pub(crate) async fn run(mut self, stop: Stop) -> Result<(), RestartsExceeded> {
        let result = self.keep_alive(&stop).await;
        self.state.send_replace(HandlerState::Ended);
        result
    }

    async fn keep_alive(&mut self, stop: &Stop) -> Result<(), RestartsExceeded> {
        loop {
            let start = self.starts.fetch_add(1, Ordering::Relaxed) + 1;
            let began = Instant::now();
            let mut process = Process::start(&self.line, &self.output)
                .await
                .map_err(|error| RestartsExceeded {
                    message: format!(
                        "the handler {} cannot be started: {error}",
                        self.line.executable()
                    ),
                })?;
            self.reaper.started(process.pid);
            let end = self.one_life(&mut process, start, began, stop).await;
            process.kill().await;
            self.reaper.ended();
            self.state.send_replace(HandlerState::Starting);
            match end {
                End::Stopped => return Ok(()),
                End::Killed => self.tell(start, "killed after the function timeout"),
                End::Exited {
                    code: Some(INTENTIONAL_RESTART),
                    ..
                } => self.tell(start, "exit code 200 asks for a restart"),
                End::Exited { text, .. } => self.count_error(start, &text)?,
                End::NotReady => {
                    let text = format!(
                        "no answer to GET / within {} s",
                        self.initialization_timeout.as_secs_f64()
                    );
                    self.count_error(start, &text)?;
                }
            }
        }
    }

    async fn one_life(
        &mut self,
        process: &mut Process,
        start: u64,
        began: Instant,
        stop: &Stop,
    ) -> End {
        let (port, pid) = (process.port, process.pid);
        let ready = tokio::select! {
            () = stop.stopped() => return End::Stopped,
            end = ended(process) => return end,
            ready = Process::ready(port, self.initialization_timeout) => ready,
        };
        if !ready {
            return End::NotReady;
        }
        self.state.send_replace(HandlerState::Ready {
            port,
            pid,
            start,
            ready_in: began.elapsed(),
        });
        loop {
            let end = tokio::select! {
                () = stop.stopped() => return End::Stopped,
                killed = self.kill.recv() => match killed {
                    Some(which) if which == start => return End::Killed,
                    _ => continue,
                },
                end = ended(process) => end,
            };
            if matches!(end, End::Exited { code: Some(0), .. }) {
                self.tell(start, "exit code 0 is never restarted; every invocation will fail until the host restarts");
                self.reaper.ended();
                // The real host does not notice either: the port stays, and nobody answers on it.
                stop.stopped().await;
                return End::Stopped;
            }
            return end;
        }
    }

    fn count_error(&mut self, start: u64, text: &str) -> Result<(), RestartsExceeded> {
        self.tell(start, text);
        let now = Instant::now();
        if self
            .errors
            .last()
            .is_some_and(|newest| now.duration_since(*newest) > ERROR_WINDOW)
        {
            self.errors.clear();
        }
        self.errors.push(now);
        if self.errors.len() < LAST_ERROR {
            return Ok(());
        }
        let message = format!("the handler failed {LAST_ERROR} times, the host gives up: {text}");
        Err(RestartsExceeded { message })
    }

    fn tell(&self, start: u64, reason: &str) {
        self.output.event(
            &json!({"event": "host_handler_ended", "handler_start": start, "reason": reason}),
        );
    }
}

async fn ended(process: &mut Process) -> End {
    match process.exited().await {
        Ok(status) => {
            let how = match (status.code(), status.signal()) {
                (Some(code), _) => format!("exited with code {code}"),
                (None, signal) => format!("ended by signal {}", signal.unwrap_or_default()),
            };
            let last = process.last_errors().await;
            let text = if last.is_empty() {
                how
            } else {
                format!("{how}: {last}")
            };
            End::Exited {
                code: status.code(),
                text,
            }
        }
        Err(error) => End::Exited {
            code: None,
            text: format!("cannot be waited for: {error}"),
        },
    }
}
