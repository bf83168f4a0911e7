//! The log file of each process.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use anyhow::{Context as _, Result};

/// Lines of one process, whichever stream they came from.
#[derive(Debug, Clone)]
pub(crate) struct Log {
    path: Arc<PathBuf>,
    file: Arc<Mutex<File>>,
}

/// Lines that an error quotes.
const LINES_QUOTED: usize = 5;

impl Log {
    pub(crate) fn create(folder: &Path, name: &str) -> Result<Self> {
        let path = folder.join(format!("{name}.log"));
        let file =
            File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self {
            path: Arc::new(path),
            file: Arc::new(Mutex::new(file)),
        })
    }

    /// Keeps a line. A full disk must not stop the pipeline, so a line that cannot be kept is lost.
    pub(crate) fn line(&self, line: &str) {
        if let Ok(mut file) = self.file.lock() {
            drop(writeln!(file, "{line}"));
        }
    }

    /// The last lines, for an error: the folder of a test's logs is gone when somebody reads it.
    pub(crate) fn last_lines(&self) -> String {
        let text = fs::read_to_string(&*self.path).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES_QUOTED)..].join("\n")
    }
}
