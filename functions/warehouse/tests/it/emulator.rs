//! The feed: a process of its own, as locally and in Azure.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::Once,
};

use feed::{Feed, Seal};

/// base64 of 32 bytes, which protect nothing.
const KEY: &str = "dGhpcyBrZXkgcHJvdGVjdHMgbm90aGluZywgaXQgaXM=";

/// A running emulator; ends with the test.
pub(crate) struct Emulator {
    process: Child,
    port: u16,
}

impl Emulator {
    /// Builds it where needed (never linked: its features would change the client under test) and starts it.
    pub(crate) fn start() -> Self {
        static BUILD: Once = Once::new();
        BUILD.call_once(build);
        let mut process = Command::new(target_dir().join("cosmos-emulator"))
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        let port = ready["port"].as_u64().unwrap().try_into().unwrap();
        Self { process, port }
    }

    /// A connection to it.
    pub(crate) async fn feed(&self) -> Feed {
        let endpoint = format!("http://127.0.0.1:{}/", self.port);
        Box::pin(Feed::connect(&feed::Config {
            endpoint,
            client_id: None,
        }))
        .await
        .unwrap()
        .with_seal(Seal::of(KEY).unwrap())
    }

    /// Has the next item writes to a container suffer; `{}` ends it.
    pub(crate) async fn faults(&self, faults: &serde_json::Value) {
        let url = format!("http://127.0.0.1:{}/_faults", self.port);
        let put = reqwest::Client::new().put(url).json(faults).send().await;
        assert!(put.unwrap().status().is_success(), "{faults}");
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn build() {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "-p", "cosmos-emulator"])
        .status();
    assert!(built.unwrap().success(), "the emulator does not build");
}

/// Where cargo puts binaries: two folders above this test.
fn target_dir() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().to_owned()
}
