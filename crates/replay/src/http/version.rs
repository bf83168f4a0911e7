//! What runs: the app, its version, and the commit that its package was made from.

use std::path::Path;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};

use crate::Replay;

/// The file that packaging puts beside the executable.
const FILE: &str = "version.json";

#[derive(Debug, Serialize)]
pub(super) struct Running {
    app: &'static str,
    version: &'static str,
    /// None of an app that was never packaged.
    commit: Option<String>,
}

#[derive(Deserialize)]
struct Packaged {
    commit: String,
}

/// In a file and not in the binary, so that an app which a commit does not touch stays the same to the byte.
pub(super) async fn show(State(replay): State<Replay>) -> Json<Running> {
    let executable = std::env::current_exe().ok();
    let folder = executable.as_deref().and_then(Path::parent);
    let commit = match folder {
        Some(folder) => packaged(folder).await,
        None => None,
    };
    Json(Running {
        app: replay.app,
        version: replay.version,
        commit,
    })
}

async fn packaged(folder: &Path) -> Option<String> {
    let text = tokio::fs::read(folder.join(FILE)).await.ok()?;
    let packaged: Packaged = serde_json::from_slice(&text).ok()?;
    Some(packaged.commit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_commit_is_that_of_the_package_if_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(packaged(folder.path()).await, None);
        let text = r#"{"app":"orders","version":"1.0.0","commit":"abc"}"#;
        std::fs::write(folder.path().join(FILE), text).unwrap();
        assert_eq!(packaged(folder.path()).await.as_deref(), Some("abc"));
    }
}
