//! The storage account of the stack: Azurite, where an app reads a queue.

use std::{fs::File, path::Path};

use anyhow::{Context as _, Result};
use azurite::{Installation, Server};
use tokio::task::spawn_blocking;

use crate::Built;

/// A running storage account with a container and the queues of each app that reads one.
///
/// Dropping it ends the process. What it holds is in memory, so it is never started a second time.
#[derive(Debug)]
pub struct Storage {
    server: Server,
}

impl Storage {
    /// Starts the account and makes what the apps need; `None` where no app needs it, or where Node is missing, which is
    /// then said on stderr.
    pub(crate) async fn start(built: &Built, logs: &Path) -> Result<Option<Self>> {
        let mut wanted = Vec::new();
        for app in built.apps() {
            let queues = built.queues(app)?;
            if !queues.is_empty() {
                wanted.push((app.to_owned(), queues));
            }
        }
        if wanted.is_empty() {
            return Ok(None);
        }
        let path = logs.join("azurite.log");
        let log =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        let root = built.root().to_owned();
        // Installing takes half a minute, starting a second; both block.
        spawn_blocking(move || start(&root, &log, &wanted)).await?
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
}

fn start(root: &Path, log: &File, wanted: &[(String, Vec<String>)]) -> Result<Option<Storage>> {
    let installation = match Installation::find_or_install(root, |what| eprintln!("{what}")) {
        Ok(installation) => installation,
        Err(error) if error.is_missing_node() => {
            let apps: Vec<&str> = wanted.iter().map(|(app, _)| app.as_str()).collect();
            eprintln!(
                "{error}\nwithout it these apps do not run: {}",
                apps.join(", ")
            );
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let server = Server::start(&installation, Some(log))?;
    for (app, queues) in wanted {
        server.create_container(app)?;
        for queue in queues {
            server.create_queue(queue)?;
        }
    }
    Ok(Some(Storage { server }))
}
