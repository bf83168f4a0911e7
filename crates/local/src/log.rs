//! The log file of each process.

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    sync::{Arc, Mutex},
};

use anyhow::{Context as _, Result};

/// Lines of one process, whichever stream they came from.
#[derive(Debug, Clone)]
pub(crate) struct Log(Arc<Mutex<File>>);

impl Log {
    pub(crate) fn create(folder: &Path, name: &str) -> Result<Self> {
        let path = folder.join(format!("{name}.log"));
        let file =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self(Arc::new(Mutex::new(file))))
    }

    /// Keeps a line. A full disk must not stop the pipeline, so a line that cannot be kept is lost.
    pub(crate) fn line(&self, line: &str) {
        if let Ok(mut file) = self.0.lock() {
            drop(writeln!(file, "{line}"));
        }
    }
}
