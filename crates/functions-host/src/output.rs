//! The host's stdout: its own events as JSON lines, the handler's lines untouched.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// Where a handler's line came from, and goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Lines in order, one writer at a time.
///
/// Lines are held back until [`Output::open`], so that the first line of the host is always its `host_ready`.
#[derive(Debug, Default)]
pub struct Output {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    open: bool,
    lines: Vec<(Stream, Vec<u8>)>,
}

impl Output {
    /// Writes `first` and then everything that was held back.
    pub(crate) fn open(&self, first: Option<&Value>) {
        let mut held = self.lock();
        held.open = true;
        if let Some(first) = first {
            write(Stream::Stdout, &line_of(first));
        }
        for (stream, line) in std::mem::take(&mut held.lines) {
            write(stream, &line);
        }
    }

    /// Writes one event of the host itself.
    pub(crate) fn event(&self, event: &Value) {
        self.line(Stream::Stdout, line_of(event));
    }

    /// Writes what was held back, and the reason when the host gave up.
    pub fn end(&self, reason: Option<&str>) {
        self.open(None);
        if let Some(reason) = reason {
            self.event(&serde_json::json!({"event": "host_ended", "reason": reason}));
        }
    }

    /// Passes one line of the handler on, with its line end.
    pub(crate) fn line(&self, stream: Stream, line: Vec<u8>) {
        let mut held = self.lock();
        if held.open {
            write(stream, &line);
        } else {
            held.lines.push((stream, line));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn line_of(event: &Value) -> Vec<u8> {
    let mut line = event.to_string().into_bytes();
    line.push(b'\n');
    line
}

fn write(stream: Stream, line: &[u8]) {
    // Nobody is left to tell when the reader of the pipe is gone; the host itself goes on, as a daemon's does.
    drop(match stream {
        Stream::Stdout => {
            let mut out = std::io::stdout().lock();
            out.write_all(line).and_then(|()| out.flush())
        }
        Stream::Stderr => std::io::stderr().lock().write_all(line),
    });
}
