//! A watcher process that kills the handler when the host dies without a chance to do it itself.
//!
//! SIGKILL on the host would leave the handler behind with its port and its locks. So the host starts itself once more
//! in this mode and tells it, line by line, which handler lives. When the pipe closes, the host is gone.

use std::io::{BufRead, Write};
use std::os::unix::process::CommandExt as _;
use std::process::{ChildStdin, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// First command line argument that selects this mode.
pub const MODE: &str = "--reap-handler-of-stdin";

/// Reads `+pid` and `-pid` lines until the end of input, then kills what is still alive.
pub fn run(input: impl BufRead) {
    let mut alive: Option<i32> = None;
    for line in input.lines().map_while(Result::ok) {
        match line.split_at_checked(1) {
            Some(("+", pid)) => alive = pid.parse().ok(),
            Some(("-", _)) => alive = None,
            _ => {}
        }
    }
    if let Some(pid) = alive {
        // Gone already is just as good.
        kill(Pid::from_raw(pid), Signal::SIGKILL).ok();
    }
}

/// The host's end of the pipe.
#[derive(Debug)]
pub(crate) struct Reaper(Option<ChildStdin>);

impl Reaper {
    /// Starts the watcher; without it (no executable path) the host still works, only less tidily.
    pub(crate) fn start() -> Self {
        Self(Self::try_start().ok())
    }

    fn try_start() -> std::io::Result<ChildStdin> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(MODE)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A Ctrl-C for the whole group must not take the watcher first.
            .process_group(0)
            .spawn()?;
        child
            .stdin
            .take()
            .ok_or_else(|| std::io::Error::other("no pipe"))
    }

    /// A handler lives.
    pub(crate) fn started(&mut self, pid: u32) {
        self.tell(&format!("+{pid}\n"));
    }

    /// The handler ended and its process id is free again.
    pub(crate) fn ended(&mut self) {
        self.tell("-\n");
    }

    fn tell(&mut self, line: &str) {
        if let Some(pipe) = &mut self.0
            && pipe.write_all(line.as_bytes()).is_err()
        {
            self.0 = None;
        }
    }
}
