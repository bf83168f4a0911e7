//! The storage account of the stack: Azurite, where an app reads a queue.

use std::{fs::File, path::Path};

use anyhow::{Context as _, Result};
use azurite::{InstallError, Installation, Server};
use tokio::task::spawn_blocking;

use crate::Built;

/// How the platform names the queue of messages that failed too often.
const POISON: &str = "-poison";

/// A running storage account with a container and the queues of each app that reads one.
///
/// Dropping it ends the process. What it holds is in memory, so it is never started a second time.
#[derive(Debug)]
pub struct Storage {
    server: Server,
    queues: Vec<(String, Vec<String>)>,
}

/// What became of the storage account.
#[derive(Debug)]
pub(crate) enum Account {
    /// It runs.
    Running(Storage),
    /// No app reads a queue.
    NotNeeded,
    /// It cannot run here, and the error says what to do about it.
    Missing(InstallError),
}

impl Storage {
    /// Starts the account and makes what the apps need.
    pub(crate) async fn start(built: &Built, logs: &Path) -> Result<Account> {
        let mut wanted = Vec::new();
        for app in built.apps() {
            let queues = built.queues(app)?;
            if !queues.is_empty() {
                wanted.push((app.to_owned(), queues));
            }
        }
        if wanted.is_empty() {
            return Ok(Account::NotNeeded);
        }
        let path = logs.join("azurite.log");
        let log =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        let root = built.root().to_owned();
        // Installing takes half a minute, starting a second; both block.
        spawn_blocking(move || start(&root, &log, wanted)).await?
    }

    /// URL of the blob service, signed: `DROPS__blobServiceUri`.
    #[must_use]
    pub fn blob_service_uri(&self) -> String {
        self.server.blob_service_uri()
    }

    /// URL of the queue service, signed: `DROPS__queueServiceUri`.
    #[must_use]
    pub fn queue_service_uri(&self) -> String {
        self.server.queue_service_uri()
    }

    /// Name of the queue that tells `app` of its files.
    #[must_use]
    pub fn queue(&self, app: &str) -> Option<&str> {
        let mut apps = self.queues.iter();
        let (_, queues) = apps.find(|(name, _)| name == app)?;
        let mut queues = queues.iter();
        queues
            .find(|queue| !queue.ends_with(POISON))
            .map(String::as_str)
    }
}

/// Where the apps keep the bytes of dead letters that are too many for a document, as `docs/configuration.md` says.
const LETTER_BYTES: &str = "dead-letter-bytes";

fn start(root: &Path, log: &File, wanted: Vec<(String, Vec<String>)>) -> Result<Account> {
    let installation = match Installation::find_or_install(root, |what| eprintln!("{what}")) {
        Ok(installation) => installation,
        Err(error) if error.is_missing_node() => return Ok(Account::Missing(error)),
        Err(error) => return Err(error.into()),
    };
    let server = Server::start(&installation, Some(log))?;
    server.create_container(LETTER_BYTES)?;
    for (app, queues) in &wanted {
        server.create_container(app)?;
        for queue in queues {
            server.create_queue(queue)?;
        }
    }
    let queues = wanted;
    Ok(Account::Running(Storage { server, queues }))
}
