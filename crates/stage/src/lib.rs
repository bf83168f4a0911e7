//! Stages a function app: the folder that the Functions host runs and that publishing uploads.
//!
//! ```text
//! target/apps/<app>/
//!   host.json                 the one at the top of the repository
//!   handler                   the app's binary, executable
//!   <function>/function.json  one folder per function
//! ```
//!
//! The host looks for functions only in the folders beside `host.json`, so the repository itself is no app.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Name of the executable in a staged app, as `host.json` asks for it. Publishing sets the executable bit only if the
/// two are equal to the letter.
pub const HANDLER: &str = "handler";

/// Why an app cannot be staged.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A file or folder cannot be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A package under `functions/` has no function.
    #[error("{} holds no folder with a function.json", .0.display())]
    NoFunction(PathBuf),
    /// `host.json` asks for another executable than the one staged.
    #[error("host.json must name `{HANDLER}` as defaultExecutablePath, found `{0}`")]
    OtherExecutable(String),
}

/// A function app of the repository: one package under `functions/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    name: String,
    folder: PathBuf,
    functions: Vec<String>,
}

impl App {
    /// The app's name, which is its package's and its binary's.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Names of its functions, sorted: the folders that hold a `function.json`.
    #[must_use]
    pub fn functions(&self) -> &[String] {
        &self.functions
    }

    /// Path of a function's `function.json` in the repository.
    #[must_use]
    pub fn function_json(&self, function: &str) -> PathBuf {
        self.folder.join(function).join("function.json")
    }

    fn read(folder: PathBuf) -> Result<Self, StageError> {
        let name = folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let functions: Vec<String> = sorted_folders(&folder)?
            .into_iter()
            .filter(|path| path.join("function.json").is_file())
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect();
        if functions.is_empty() {
            return Err(StageError::NoFunction(folder));
        }
        Ok(Self {
            name,
            folder,
            functions,
        })
    }
}

/// Every function app of the repository at `root`, sorted by name.
pub fn apps(root: &Path) -> Result<Vec<App>, StageError> {
    sorted_folders(&root.join("functions"))?
        .into_iter()
        .filter(|folder| folder.join("Cargo.toml").is_file())
        .map(App::read)
        .collect()
}

/// Writes the staged folder of `app` under `into` and returns its path. What was staged there before is replaced.
pub fn stage(root: &Path, app: &App, binary: &Path, into: &Path) -> Result<PathBuf, StageError> {
    let host_json = root.join("host.json");
    check_executable(&host_json)?;
    let folder = into.join(&app.name);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(io_error("replace", &folder))?;
    }
    create(&folder)?;
    copy(&host_json, &folder.join("host.json"))?;
    copy(binary, &folder.join(HANDLER))?;
    for function in &app.functions {
        create(&folder.join(function))?;
        copy(
            &app.function_json(function),
            &folder.join(function).join("function.json"),
        )?;
    }
    Ok(folder)
}

fn check_executable(host_json: &Path) -> Result<(), StageError> {
    let text = fs::read_to_string(host_json).map_err(io_error("read", host_json))?;
    let host: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
        io_error("read", host_json)(io::Error::new(io::ErrorKind::InvalidData, error))
    })?;
    match host["customHandler"]["description"]["defaultExecutablePath"].as_str() {
        Some(HANDLER) => Ok(()),
        other => Err(StageError::OtherExecutable(
            other.unwrap_or_default().to_owned(),
        )),
    }
}

fn sorted_folders(folder: &Path) -> Result<Vec<PathBuf>, StageError> {
    let entries = fs::read_dir(folder).map_err(io_error("list", folder))?;
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry.map_err(io_error("list", folder))?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn create(folder: &Path) -> Result<(), StageError> {
    fs::create_dir_all(folder).map_err(io_error("create", folder))
}

fn copy(from: &Path, to: &Path) -> Result<(), StageError> {
    fs::copy(from, to).map(drop).map_err(io_error("copy", from))
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StageError {
    let path = path.to_owned();
    move |source| StageError::Io {
        action,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(executable: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let app = root.path().join("functions/orders");
        fs::create_dir_all(app.join("ingest")).unwrap();
        fs::create_dir_all(app.join("src")).unwrap();
        fs::write(app.join("Cargo.toml"), "").unwrap();
        fs::write(app.join("ingest/function.json"), "{}").unwrap();
        fs::write(root.path().join("orders-binary"), "ELF").unwrap();
        let host = format!(
            r#"{{"customHandler":{{"description":{{"defaultExecutablePath":"{executable}"}}}}}}"#
        );
        fs::write(root.path().join("host.json"), host).unwrap();
        root
    }

    #[test]
    fn a_staged_app_holds_what_the_host_reads_and_nothing_else() {
        let root = repository("handler");
        let apps = apps(root.path()).unwrap();
        assert_eq!(apps.iter().map(App::name).collect::<Vec<_>>(), ["orders"]);
        let into = root.path().join("target/apps");
        for _again in 0..2 {
            let folder = stage(
                root.path(),
                &apps[0],
                &root.path().join("orders-binary"),
                &into,
            )
            .unwrap();
            let staged = sorted_folders(&folder).unwrap();
            assert_eq!(staged, [folder.join("ingest")]);
            assert_eq!(fs::read_to_string(folder.join("handler")).unwrap(), "ELF");
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 3);
        }
    }

    #[test]
    fn a_host_json_with_another_executable_is_refused() {
        let root = repository("./handler");
        let apps = apps(root.path()).unwrap();
        let error = stage(
            root.path(),
            &apps[0],
            &root.path().join("orders-binary"),
            root.path(),
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "host.json must name `handler` as defaultExecutablePath, found `./handler`"
        );
    }
}
