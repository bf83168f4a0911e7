//! Where the items are kept: a file with one a line, and the one before it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, BufWriter, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use serde_json::Value;

/// Most bytes of one file.
const BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The file.
#[derive(Debug)]
pub(crate) struct Keep {
    path: PathBuf,
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    file: BufWriter<File>,
    bytes: u64,
}

impl Keep {
    /// Begins an empty file.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(Self {
            open: Mutex::new(Open::create(path)?),
            path: path.to_owned(),
        })
    }

    pub(crate) fn append(&self, items: &[Value]) -> io::Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for item in items {
            let line = item.to_string();
            open.bytes += line.len() as u64 + 1;
            writeln!(open.file, "{line}")?;
        }
        open.file.flush()?;
        if open.bytes > BYTES_MAX {
            fs::rename(&self.path, self.old())?;
            *open = Open::create(&self.path)?;
        }
        Ok(())
    }

    /// Hands each item to `each`, the oldest first.
    pub(crate) fn read(&self, mut each: impl FnMut(Value)) -> io::Result<()> {
        for path in [self.old(), self.path.clone()] {
            let file = match File::open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            for line in BufReader::new(file).lines() {
                // The last line may be half written.
                if let Ok(item) = serde_json::from_str(&line?) {
                    each(item);
                }
            }
        }
        Ok(())
    }

    fn old(&self) -> PathBuf {
        self.path.with_extension("old")
    }
}

impl Open {
    fn create(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .open(path)?;
        Ok(Self {
            file: BufWriter::new(file),
            bytes: 0,
        })
    }
}
