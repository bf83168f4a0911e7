//! Where the emulator's binary is, built once for each process that asks.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use serde_json::Value;

/// Its package, and its binary.
const PACKAGE: &str = "cosmos-emulator";

/// Has cargo build it by a call of its own, and asks cargo where it is: a folder for builds may be configured anywhere.
pub(crate) fn built() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let build = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", PACKAGE])
            .args([
                "--bin",
                PACKAGE,
                "--message-format",
                "json-render-diagnostics",
            ])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo starts");
        assert!(build.status.success(), "{PACKAGE} does not build");
        let messages = String::from_utf8_lossy(&build.stdout);
        let mut executables = messages.lines().filter_map(executable);
        executables
            .next_back()
            .unwrap_or_else(|| panic!("cargo names no executable of {PACKAGE}"))
    })
}

/// The executable that one of cargo's messages tells of.
fn executable(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    Some(message["executable"].as_str()?.into())
}
