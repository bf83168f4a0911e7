//! One running handler process and its two pipes.

use std::collections::VecDeque;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Child;
use tokio::task::JoinHandle;

use super::CommandLine;
use crate::output::{Output, Stream};

/// Distance of two readiness probes.
const PROBE_EVERY: Duration = Duration::from_millis(25);
/// Lines of stderr that are told with a bad exit.
const LAST_LINES: usize = 3;

/// A started handler.
pub(super) struct Process {
    child: Child,
    pub(super) port: u16,
    pub(super) pid: u32,
    last_errors: Arc<Mutex<VecDeque<String>>>,
    stderr: JoinHandle<()>,
}

impl Process {
    /// Starts the handler on a free port of its own.
    pub(super) async fn start(line: &CommandLine, output: &Arc<Output>) -> std::io::Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))
            .await?
            .local_addr()?
            .port();
        let mut command = line.command(port);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let last_errors = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(pass_on(stdout, Stream::Stdout, Arc::clone(output), None));
        }
        let stderr = child.stderr.take().map(|pipe| {
            tokio::spawn(pass_on(
                pipe,
                Stream::Stderr,
                Arc::clone(output),
                Some(Arc::clone(&last_errors)),
            ))
        });
        let stderr = stderr.ok_or_else(|| std::io::Error::other("no pipe"))?;
        Ok(Self {
            pid: child.id().unwrap_or_default(),
            child,
            port,
            last_errors,
            stderr,
        })
    }

    /// Probes `GET /` until any HTTP answer comes; `false` when the budget is used up.
    pub(super) async fn ready(port: u16, budget: Duration) -> bool {
        let start = tokio::time::Instant::now();
        while start.elapsed() < budget {
            // A server that takes the connection and stays silent blocks the real host too, but not for ever here.
            let left = budget.saturating_sub(start.elapsed());
            if let Ok(true) = tokio::time::timeout(left, probe(port)).await {
                return true;
            }
            tokio::time::sleep(PROBE_EVERY).await;
        }
        false
    }

    /// Waits for the end; may be dropped and called again.
    pub(super) async fn exited(&mut self) -> std::io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// SIGKILL, no grace: what the real host does on Linux.
    pub(super) async fn kill(&mut self) {
        // An error means that the process has ended already.
        drop(self.child.kill().await);
    }

    /// The end of stderr, once the pipe is drained.
    pub(super) async fn last_errors(&mut self) -> String {
        // A grandchild may hold the pipe open, so not for ever.
        drop(tokio::time::timeout(Duration::from_millis(100), &mut self.stderr).await);
        let lines = self
            .last_errors
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        lines
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" | ")
    }
}

/// One bare `GET /`; true when the answer starts like HTTP.
async fn probe(port: u16) -> bool {
    let exchange = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        let request =
            format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut start = [0_u8; 5];
        stream.read_exact(&mut start).await?;
        Ok::<_, std::io::Error>(&start == b"HTTP/")
    };
    exchange.await.unwrap_or(false)
}

async fn pass_on(
    pipe: impl AsyncRead + Unpin,
    stream: Stream,
    output: Arc<Output>,
    last: Option<Arc<Mutex<VecDeque<String>>>>,
) {
    let mut reader = BufReader::new(pipe);
    loop {
        let mut line = Vec::new();
        // A broken pipe ends the lines just as the end of the process does.
        if !matches!(reader.read_until(b'\n', &mut line).await, Ok(1..)) {
            return;
        }
        if line.last() != Some(&b'\n') {
            line.push(b'\n');
        }
        if let Some(last) = &last {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.len() == LAST_LINES {
                last.pop_front();
            }
            last.push_back(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
        output.line(stream, line);
    }
}
