//! An emulator process of one's own.

use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use feed::{Config, Feed};

/// Builds the emulator once per run. It is never linked: its features would spread to every crate of the build.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "cosmos-emulator"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .unwrap();
        assert!(built.success(), "cosmos-emulator does not build");
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        target.join("debug").join("cosmos-emulator")
    })
}

/// A running emulator; ends with this value.
pub(crate) struct Emulator {
    process: Child,
    port: u16,
}

impl Emulator {
    pub(crate) fn start() -> Self {
        let mut process = Command::new(binary())
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        let stdout = process.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut ready).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
        assert_eq!(ready["event"], "emulator_ready");
        let port = ready["port"].as_u64().unwrap().try_into().unwrap();
        Self { process, port }
    }

    pub(crate) fn config(&self) -> Config {
        Config {
            endpoint: format!("http://127.0.0.1:{}/", self.port),
            client_id: None,
        }
    }

    pub(crate) async fn feed(&self) -> Feed {
        Feed::connect(&self.config()).await.unwrap()
    }

    /// Lets the next writes fail, in the form of the emulator's `PUT /_faults`.
    pub(crate) async fn faults(&self, faults: serde_json::Value) {
        let answer = reqwest::Client::new()
            .put(self.faults_url())
            .json(&faults)
            .send()
            .await
            .unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// What is left of them.
    pub(crate) async fn faults_left(&self) -> serde_json::Value {
        reqwest::get(self.faults_url())
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    fn faults_url(&self) -> String {
        format!("http://127.0.0.1:{}/_faults", self.port)
    }

    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
