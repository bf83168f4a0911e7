//! Finding Azurite, or installing it.

use std::{
    env,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The version that is installed; any other that is found is taken as it is.
const VERSION: &str = "3.35.0";

/// Its program, below the folder of the package.
const PROGRAM: &str = "dist/src/azurite.js";

/// What to do when Node is not here.
const GET_NODE: &str = "install Node.js 20 or later with npm (Debian: apt-get install nodejs npm)";

/// An Azurite that can be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    pub(crate) node: PathBuf,
    pub(crate) program: PathBuf,
}

/// Why there is no Azurite.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// Azurite is a Node program, and there is no Node.
    #[error("blobs and queues need Azurite, and Azurite needs Node: {GET_NODE}")]
    NoNode,
    /// There is Node, but not the program that installs packages.
    #[error("Azurite is not here and npm, which would install it, is not either: {GET_NODE}")]
    NoNpm,
    /// npm ran and failed.
    #[error("npm could not install Azurite into {folder}: {detail}")]
    Npm {
        /// Where to.
        folder: PathBuf,
        /// What npm said, or the system when npm could not be started.
        detail: String,
    },
    /// The folder for it cannot be made or locked.
    #[error("cannot prepare {folder}: {source}")]
    Folder {
        /// Which folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl InstallError {
    /// Whether a program is missing that only the user can install.
    #[must_use]
    pub const fn is_missing_node(&self) -> bool {
        matches!(self, Self::NoNode | Self::NoNpm)
    }
}

impl Installation {
    /// An Azurite that is already here: the repository's own, one of the user's cache folder, or one on the path.
    ///
    /// # Errors
    /// Without Node. `Ok(None)` says that Node is there and Azurite is not.
    pub fn find(root: &Path) -> Result<Option<Self>, InstallError> {
        let node = on_path("node").ok_or(InstallError::NoNode)?;
        let packages = [Some(own_folder(root)), cache_folder()];
        let installed = packages
            .into_iter()
            .flatten()
            .map(|folder| program_in(&folder))
            .find(|program| program.is_file());
        // What npm puts on the path is a link to the program.
        let program =
            installed.or_else(|| on_path("azurite").and_then(|link| link.canonicalize().ok()));
        Ok(program.map(|program| Self { node, program }))
    }

    /// An Azurite that is already here, else one that npm installs into `.crossdock/azurite` below `root`.
    ///
    /// `say` is told what is about to be done. Processes that do this at the same time wait for one another.
    ///
    /// # Errors
    /// Without Node or npm, or when npm fails.
    pub fn find_or_install(root: &Path, say: impl Fn(&str)) -> Result<Self, InstallError> {
        if let Some(found) = Self::find(root)? {
            return Ok(found);
        }
        let npm = on_path("npm").ok_or(InstallError::NoNpm)?;
        let folder = own_folder(root);
        let _lock = lock(&folder).map_err(|source| InstallError::Folder {
            folder: folder.clone(),
            source,
        })?;
        // Another process may have installed it while this one waited.
        if let Some(found) = Self::find(root)? {
            return Ok(found);
        }
        say(&format!(
            "Azurite is not here: installing azurite@{VERSION} with npm into {}, about 50 MB",
            folder.display()
        ));
        install(&npm, &folder)?;
        Self::find(root)?.ok_or_else(|| InstallError::Npm {
            detail: format!("{} is not there afterwards", program_in(&folder).display()),
            folder,
        })
    }
}

fn install(npm: &Path, folder: &Path) -> Result<(), InstallError> {
    let failed = |detail: String| InstallError::Npm {
        folder: folder.to_owned(),
        detail,
    };
    let output = Command::new(npm)
        .args(["install", "--no-audit", "--no-fund", "--no-update-notifier"])
        // Nothing of it has to be compiled, so nothing of it has to run now.
        .args(["--ignore-scripts", "--loglevel=error", "--prefix"])
        .arg(folder)
        .arg(format!("azurite@{VERSION}"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        Ok(())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(failed(format!("{}; {}", output.status, said.trim())))
    }
}

/// Held until the file is closed.
fn lock(folder: &Path) -> io::Result<File> {
    fs::create_dir_all(folder)?;
    let file = File::create(folder.join("lock"))?;
    file.lock()?;
    Ok(file)
}

fn own_folder(root: &Path) -> PathBuf {
    root.join(".crossdock/azurite")
}

fn cache_folder() -> Option<PathBuf> {
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))?;
    Some(cache.join("crossdock/azurite"))
}

fn program_in(folder: &Path) -> PathBuf {
    folder.join("node_modules/azurite").join(PROGRAM)
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
