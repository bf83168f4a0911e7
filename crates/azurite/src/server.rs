//! A running Azurite.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use crate::{ACCOUNT, Installation, account_sas, request};

/// Longest wait for both services. A cold disk takes seconds.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// Runs the program and ends it when its standard input does: so it ends with us, however we end.
const WATCHED: &str =
    "process.stdin.on('end',()=>process.exit(0)).resume();require(process.env.AZURITE_PROGRAM)";

/// A running Azurite; dropping it stops it, and its blobs and messages are gone.
#[derive(Debug)]
pub struct Server {
    child: Child,
    _stdin: Option<ChildStdin>,
    blob_port: u16,
    queue_port: u16,
}

/// Why Azurite does not run.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It cannot be started or read.
    #[error("cannot run Azurite: {0}")]
    Io(#[from] io::Error),
    /// It ended, or did not say in time that it listens.
    #[error("Azurite did not get ready; it said: {said}")]
    NotReady {
        /// Its last lines.
        said: String,
    },
    /// It refused to make a container or a queue.
    #[error("Azurite answered {status} to the creation of {resource}")]
    Refused {
        /// Name of the container or queue.
        resource: String,
        /// The HTTP status.
        status: u16,
    },
}

impl Server {
    /// Starts blob and queue service on free ports of the loopback address and waits until both listen.
    ///
    /// Blocks for a second or two. Lines of the process go to `log`, if there is one.
    ///
    /// # Errors
    /// When the process cannot be started, ends, or is not ready within a minute.
    pub fn start(installation: &Installation, log: Option<&File>) -> Result<Self, StartError> {
        let mut child = command(installation, log)?.spawn()?;
        let stdin = child.stdin.take();
        let stdout = child
            .stdout
            .take()
            .ok_or_else(|| io::Error::other("stdout is not piped"))?;
        let lines = read_lines(stdout, log.map(File::try_clone).transpose()?);
        let mut server = Self {
            child,
            _stdin: stdin,
            blob_port: 0,
            queue_port: 0,
        };
        (server.blob_port, server.queue_port) = ports(&lines)?;
        Ok(server)
    }

    /// An Azurite for one test; `None`, after printing why, where Node is missing.
    ///
    /// # Panics
    /// When Node is there and Azurite can be neither found nor installed nor started.
    #[must_use]
    pub fn for_test(root: &Path) -> Option<Self> {
        let installation = match Installation::find_or_install(root, |what| eprintln!("{what}")) {
            Ok(installation) => installation,
            Err(error) if error.is_missing_node() => {
                eprintln!("skipped: {error}");
                return None;
            }
            Err(error) => panic!("{error}"),
        };
        match Self::start(&installation, None) {
            Ok(server) => Some(server),
            Err(error) => panic!("{error}"),
        }
    }

    /// URL of the blob service, as the setting `<connection>__blobServiceUri` takes it: with a SAS.
    #[must_use]
    pub fn blob_service_uri(&self) -> String {
        service_uri(self.blob_port)
    }

    /// URL of the queue service, as the setting `<connection>__queueServiceUri` takes it: with a SAS.
    #[must_use]
    pub fn queue_service_uri(&self) -> String {
        service_uri(self.queue_port)
    }

    /// Makes a container of blobs, if it is not there.
    ///
    /// # Errors
    /// When Azurite cannot be reached or refuses.
    pub fn create_container(&self, name: &str) -> Result<(), StartError> {
        create(self.blob_port, name, "restype=container&")
    }

    /// Makes a queue, if it is not there.
    ///
    /// # Errors
    /// When Azurite cannot be reached or refuses.
    pub fn create_queue(&self, name: &str) -> Result<(), StartError> {
        create(self.queue_port, name, "")
    }

    /// How the process ended, if it has.
    ///
    /// # Errors
    /// When the system cannot tell.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Id of the process.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Everything is in memory, so there is nothing to finish.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn command(installation: &Installation, log: Option<&File>) -> io::Result<Command> {
    let mut command = Command::new(&installation.node);
    command
        .args(["-e", WATCHED, "azurite"])
        .args(["--blobPort", "0", "--queuePort", "0", "--tablePort", "0"])
        // The Rust crates speak newer versions of the API than Azurite lists; what we use of them is old.
        .args(["--disableTelemetry", "--skipApiVersionCheck"])
        .args(["--silent", "--inMemoryPersistence"])
        .env("AZURITE_PROGRAM", &installation.program)
        // It writes small files of its own where it is started.
        .current_dir(std::env::temp_dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // Ctrl-C is for us; we stop the processes in order.
        .process_group(0);
    command.stderr(match log {
        Some(log) => Stdio::from(log.try_clone()?),
        None => Stdio::null(),
    });
    Ok(command)
}

/// Passes lines on for as long as somebody takes them, and keeps reading after that: a full pipe would stop the process.
fn read_lines(stdout: ChildStdout, mut log: Option<File>) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(log) = &mut log {
                drop(writeln!(log, "{line}"));
            }
            drop(sender.send(line));
        }
    });
    receiver
}

/// Ports of the blob and the queue service, from the lines in which each says that it listens.
fn ports(lines: &Receiver<String>) -> Result<(u16, u16), StartError> {
    let until = Instant::now() + READY_WITHIN;
    let (mut blob, mut queue, mut said) = (None, None, Vec::new());
    loop {
        let left = until.saturating_duration_since(Instant::now());
        match lines.recv_timeout(left) {
            Ok(line) => {
                blob = blob.or_else(|| port_of("Blob", &line));
                queue = queue.or_else(|| port_of("Queue", &line));
                said.push(line);
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return Err(StartError::NotReady {
                    said: said.join("; "),
                });
            }
        }
        if let (Some(blob), Some(queue)) = (blob, queue) {
            return Ok((blob, queue));
        }
    }
}

fn port_of(service: &str, line: &str) -> Option<u16> {
    let start = format!("Azurite {service} service is successfully listening at ");
    let url = line.trim().strip_prefix(&start)?;
    url.rsplit(':').next()?.trim_end_matches('/').parse().ok()
}

fn service_uri(port: u16) -> String {
    format!("http://127.0.0.1:{port}/{ACCOUNT}?{}", account_sas())
}

fn create(port: u16, name: &str, query: &str) -> Result<(), StartError> {
    match request::put(port, name, query)? {
        // 409: it is there already.
        200..=299 | 409 => Ok(()),
        status => Err(StartError::Refused {
            resource: name.to_owned(),
            status,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_in_the_line_that_says_so() {
        let line = "Azurite Queue service is successfully listening at http://127.0.0.1:38259";
        assert_eq!(port_of("Queue", line), Some(38_259));
        assert_eq!(port_of("Blob", line), None);
        let starting = "Azurite Queue service is starting at http://127.0.0.1:0";
        assert_eq!(port_of("Queue", starting), None);
    }

    #[test]
    fn a_process_that_ends_is_not_waited_for() {
        let installation = Installation {
            node: "/bin/echo".into(),
            program: "none".into(),
        };
        let error = Server::start(&installation, None).unwrap_err();
        assert!(error.to_string().contains("--disableTelemetry"), "{error}");
    }

    #[test]
    fn containers_and_queues_are_made_once_or_twice() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let Some(mut server) = Server::for_test(&root) else {
            return;
        };
        for _ in 0..2 {
            server.create_container("drops").unwrap();
            server.create_queue("drops").unwrap();
        }
        let refused = server.create_container("No_Container_Name").unwrap_err();
        assert!(refused.to_string().contains("400"), "{refused}");
        assert_eq!(server.ended().unwrap(), None);
    }
}
