//! The Cosmos DB emulator as a process of a test: built, started, told to fail, ended with the value that stands for it;
//! and somebody on call at the admin routes of the app under test.
//!
//! A development dependency only. The emulator is built and never linked, because the features of its driver would spread
//! to every crate of the build. What goes wrong here ends the test with what went wrong.
#![warn(missing_docs)]

mod binary;
mod operator;

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use feed::{Config, Feed, Seal};
use serde_json::{Value, json};

pub use operator::{CameIn, Operator};

/// A key to seal with, base64 of 32 bytes. It protects nothing.
const SEAL_KEY: &str = "dGhpcyBrZXkgcHJvdGVjdHMgbm90aGluZywgaXQgaXM=";

/// A running emulator of its own, with empty containers; ends with this value.
#[derive(Debug)]
pub struct Emulator {
    process: Child,
    port: u16,
}

impl Emulator {
    /// Builds the emulator where needed and starts it on a free port.
    ///
    /// # Panics
    /// When it does not build or does not start.
    #[must_use]
    pub fn start() -> Self {
        let mut process = Command::new(binary::built())
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the emulator starts");
        let stdout = process.stdout.take().expect("its output is piped");
        let mut ready = String::new();
        BufReader::new(stdout)
            .read_line(&mut ready)
            .expect("the emulator says that it is ready");
        let port = port_in(&ready).unwrap_or_else(|| panic!("the emulator said: {ready}"));
        Self { process, port }
    }

    /// Where it listens.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// How an app finds it.
    #[must_use]
    pub fn config(&self) -> Config {
        Config {
            endpoint: self.endpoint(),
            client_id: None,
        }
    }

    /// A new connection to it.
    ///
    /// # Panics
    /// When there is none.
    pub async fn feed(&self) -> Feed {
        Box::pin(Feed::connect(&self.config()))
            .await
            .expect("the emulator is there")
    }

    /// A new connection to it, of an app that has a key to seal personal fields with.
    ///
    /// # Panics
    /// When there is none.
    pub async fn sealing_feed(&self) -> Feed {
        let seal = Seal::of(SEAL_KEY).expect("the key is one");
        self.feed().await.with_seal(seal)
    }

    /// Lets the next writes fail, in the form of the emulator's `PUT /_faults`; `{}` lets all through.
    ///
    /// # Panics
    /// When the emulator does not take the faults.
    pub async fn faults(&self, faults: Value) {
        let request = reqwest::Client::new().put(self.faults_url()).json(&faults);
        let answer = request.send().await.expect("the emulator answers");
        assert!(answer.status().is_success(), "{answer:?}");
    }

    /// What is left of them.
    ///
    /// # Panics
    /// When the emulator does not answer.
    pub async fn faults_left(&self) -> Value {
        let answer = reqwest::get(self.faults_url()).await;
        let left = answer.expect("the emulator answers").json().await;
        left.expect("faults are JSON")
    }

    /// Has the next `count` item writes answered with `status`.
    pub async fn fail_writes(&self, status: u16, count: u32) {
        let status = json!({ "code": status, "count": count, "retry_after_ms": 1 });
        self.faults(json!({ "status": status })).await;
    }

    /// Refuses all further writes to a container.
    pub async fn refuse_writes(&self, container: &str) {
        let status = json!({ "code": 503, "count": 1_000_000 });
        self.faults(json!({ "container": container, "status": status }))
            .await;
    }

    /// Ends it before its time.
    ///
    /// # Panics
    /// When it cannot be ended.
    pub fn kill(&mut self) {
        self.process.kill().expect("the emulator can be ended");
        self.process.wait().expect("the emulator ends");
    }

    fn faults_url(&self) -> String {
        format!("{}_faults", self.endpoint())
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // A test that fails drops it too, and one that killed it drops it after that.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn port_in(ready: &str) -> Option<u16> {
    let ready: Value = serde_json::from_str(ready).ok()?;
    (ready["event"] == "emulator_ready")
        .then(|| ready["port"].as_u64()?.try_into().ok())
        .flatten()
}
