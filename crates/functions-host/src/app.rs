//! A staged app folder: what the host would find in `/home/site/wwwroot`.

mod fields;
mod function_json;
mod host_json;
mod queue_options;
mod settings;
mod time_span;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use function_json::{
    CosmosDbTrigger, Function, HttpTrigger, QueueTrigger, RetryPolicy, RetryStrategy, TimerTrigger,
    Trigger,
};
pub(crate) use host_json::{HostJson, HttpMode};
pub(crate) use queue_options::{MessageEncoding, QueueOptions};
pub use settings::{Settings, SettingsError};
pub(crate) use time_span::parse as parse_time_span;

/// A readable app: host.json and every function that loads.
#[derive(Debug)]
pub struct App {
    pub(crate) name: String,
    pub(crate) root: PathBuf,
    pub(crate) host_json: HostJson,
    pub(crate) functions: Vec<Arc<Function>>,
    pub(crate) problems: Vec<FunctionProblem>,
}

/// A function that does not load; the others still do.
#[derive(Debug)]
pub(crate) struct FunctionProblem {
    pub(crate) function: String,
    pub(crate) message: String,
}

/// Why an app cannot be hosted at all.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A file of the app could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file or folder.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// host.json is not usable.
    #[error("host.json: {0}")]
    HostJson(String),
    /// The host starts no handler for an app without functions.
    #[error("no function loads from {root}: {reasons}")]
    NoFunctions {
        /// The app folder.
        root: String,
        /// What is wrong with each folder, or that there is none.
        reasons: String,
    },
}

impl App {
    /// Reads and checks an app; settings fill in `%NAME%` in bindings.
    pub fn read(root: &Path, settings: &Settings) -> Result<Self, AppError> {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|source| AppError::Read {
                path: path.display().to_string(),
                source,
            })
        };
        let root = root.canonicalize().map_err(|source| AppError::Read {
            path: root.display().to_string(),
            source,
        })?;
        let host_json = HostJson::parse(&read(&root.join("host.json"))?, settings)
            .map_err(AppError::HostJson)?;
        let mut app = Self {
            name: root
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
            root: root.clone(),
            host_json,
            functions: Vec::new(),
            problems: Vec::new(),
        };
        for folder in function_folders(&root)? {
            app.load(
                &folder,
                &read(&root.join(&folder).join("function.json"))?,
                settings,
            );
        }
        if app.functions.is_empty() {
            let reasons: Vec<_> = app
                .problems
                .iter()
                .map(|p| format!("{}: {}", p.function, p.message))
                .collect();
            let reasons = if reasons.is_empty() {
                "no folder has a function.json".to_owned()
            } else {
                reasons.join("; ")
            };
            return Err(AppError::NoFunctions {
                root: root.display().to_string(),
                reasons,
            });
        }
        Ok(app)
    }

    /// The app's name: that of its folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn load(&mut self, name: &str, text: &[u8], settings: &Settings) {
        let disabled = settings.get(&format!("AzureWebJobs.{name}.Disabled"));
        let listed = self
            .host_json
            .functions
            .as_ref()
            .is_none_or(|list| list.iter().any(|f| f.eq_ignore_ascii_case(name)));
        if !listed
            || disabled.is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
        {
            return;
        }
        let taken = self
            .functions
            .iter()
            .any(|function| function.name.eq_ignore_ascii_case(name));
        let loaded = if taken {
            Err("the name is taken".to_owned())
        } else {
            Function::parse(name, text, settings)
        };
        match loaded {
            Ok(function) => self.functions.push(Arc::new(function)),
            Err(message) => self.problems.push(FunctionProblem {
                function: name.to_owned(),
                message,
            }),
        }
    }
}

/// First-level folders with a function.json, in name order.
fn function_folders(root: &Path) -> Result<Vec<String>, AppError> {
    let failed = |source| AppError::Read {
        path: root.display().to_string(),
        source,
    };
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(root).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.path().join("function.json").is_file() {
            folders.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    folders.sort();
    Ok(folders)
}
