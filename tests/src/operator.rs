//! Somebody on call, with the command line client, and an upstream that says what the test wants.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context as _, Result, ensure};
use local::Pipeline;
use serde_json::Value;
use tokio::process::{Child, Command};
use webhook_signature::{Secret, standard};

use crate::World;

/// What the client said, and how it ended.
#[derive(Debug, Clone)]
pub struct Said {
    /// Exit code.
    pub code: i32,
    /// Stdout as JSON; null where it is none.
    pub json: Value,
    /// Stdout.
    pub text: String,
    /// Stderr.
    pub errors: String,
}

/// Somebody with the command line client and the keys of a running pipeline.
#[derive(Debug, Clone)]
pub struct OnCall {
    client: PathBuf,
    apps: PathBuf,
}

impl OnCall {
    /// With this client, at the pipeline whose state is in this folder.
    pub(crate) fn new(client: PathBuf, state: &Path) -> Self {
        let apps = state.join(local::APPS_FILE);
        Self { client, apps }
    }

    /// The same person when an app is down: its address is one that nobody listens at. The file of apps is written beside the
    /// pipeline's own.
    pub fn when_down(&self, app: &str) -> Result<Self> {
        let mut apps: Value = serde_json::from_slice(&std::fs::read(&self.apps)?)?;
        apps["apps"][app]["url"] = "http://127.0.0.1:1".into();
        let apps_without = self.apps.with_file_name(format!("apps-without-{app}.json"));
        std::fs::write(&apps_without, apps.to_string())?;
        Ok(Self {
            client: self.client.clone(),
            apps: apps_without,
        })
    }

    fn command(&self, operator: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.client);
        command.arg("--apps").arg(&self.apps);
        command.args(["--json", "--operator", operator]);
        command.args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs `crossdock` as `operator`, with `--json`.
    pub async fn crossdock(&self, operator: &str, arguments: &[&str]) -> Result<Said> {
        let output = self.command(operator, arguments).output().await;
        let output = output.context("cannot start crossdock")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(Said {
            code: output.status.code().unwrap_or(-1),
            json: serde_json::from_str(&text).unwrap_or_default(),
            text,
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// The same, which has to end well.
    pub async fn well(&self, operator: &str, arguments: &[&str]) -> Result<Value> {
        let said = self.crossdock(operator, arguments).await?;
        ensure!(
            said.code == 0,
            "crossdock {arguments:?} ended with {}: {}{}",
            said.code,
            said.errors,
            said.text
        );
        Ok(said.json)
    }

    /// Starts the client and leaves it to itself. Dropping it kills it.
    pub fn start(&self, operator: &str, arguments: &[&str]) -> Result<Child> {
        let mut command = self.command(operator, arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let started = command.kill_on_drop(true).spawn();
        started.context("cannot start crossdock")
    }
}

/// Sends a webhook of the transport system, signed. Returns the status.
pub async fn send_trip(pipeline: &Pipeline, id: &str, body: impl Into<Vec<u8>>) -> Result<u16> {
    let (body, seconds) = (body.into(), jiff::Timestamp::now().as_second().to_string());
    let secret = Secret::parse(local::settings::TRANSPORT_SECRET)?;
    let signature = standard::signature(&secret, id, &seconds, &body);
    let host = pipeline.host("transport").url();
    let response = reqwest::Client::new()
        .post(format!("{host}/api/transport/webhooks"))
        .header("content-type", "application/json")
        .header(standard::ID, id)
        .header(standard::TIMESTAMP, seconds)
        .header(standard::SIGNATURE, signature)
        .body(body);
    Ok(response.send().await?.status().as_u16())
}

impl World {
    /// Runs `crossdock` as `operator`, with `--json`.
    pub async fn crossdock(&self, operator: &str, arguments: &[&str]) -> Result<Said> {
        self.on_call().crossdock(operator, arguments).await
    }

    /// The same, which has to end well.
    pub async fn crossdock_well(&self, operator: &str, arguments: &[&str]) -> Result<Value> {
        self.on_call().well(operator, arguments).await
    }

    /// Sends a webhook of the transport system, signed. Returns the status.
    pub async fn send_trip(&self, id: &str, body: &str) -> Result<u16> {
        send_trip(self.stack().pipeline(), id, body).await
    }

    /// Calls an admin route with a key. Returns the status.
    pub async fn admin_status(&self, app: &str, path: &str, key: &str) -> Result<u16> {
        let url = format!(
            "{}/api/operate/{path}",
            self.stack().pipeline().host(app).url()
        );
        let request = reqwest::Client::new()
            .get(url)
            .header("x-functions-key", key);
        Ok(request
            .header("x-operator", "somebody")
            .send()
            .await?
            .status()
            .as_u16())
    }
}
