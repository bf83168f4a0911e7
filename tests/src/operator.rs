//! Somebody on call, with the command line client, and an upstream that says what the test wants.

use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tokio::process::Command;
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

impl World {
    /// Runs `crossdock` as `operator`, with `--json`.
    pub async fn crossdock(&self, operator: &str, arguments: &[&str]) -> Result<Said> {
        let apps = self.state().join(local::APPS_FILE);
        let output = Command::new(self.binary("crossdock"))
            .arg("--apps")
            .arg(apps)
            .args(["--json", "--operator", operator])
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .await
            .context("cannot start crossdock")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(Said {
            code: output.status.code().unwrap_or(-1),
            json: serde_json::from_str(&text).unwrap_or_default(),
            text,
            errors: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// The same, which has to end well.
    pub async fn crossdock_well(&self, operator: &str, arguments: &[&str]) -> Result<Value> {
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

    /// Sends a webhook of the transport system, signed. Returns the status.
    pub async fn send_trip(&self, id: &str, body: &str) -> Result<u16> {
        let url = format!(
            "{}/api/transport/webhooks",
            self.stack().pipeline().host("transport").url()
        );
        let timestamp = jiff::Timestamp::now().as_second().to_string();
        let secret = Secret::parse(local::settings::TRANSPORT_SECRET)?;
        let signature = standard::signature(&secret, id, &timestamp, body.as_bytes());
        let response = reqwest::Client::new()
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", &timestamp)
            .header("webhook-signature", signature)
            .body(body.to_owned())
            .send()
            .await?;
        Ok(response.status().as_u16())
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
