//! Staging an app with the probe handler, starting the host, reading its lines.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Longer than anything here takes; a hanging test ends with a message.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);
pub(crate) const MASTER: &str = "master-key";
pub(crate) const FUNCTION: &str = "function-key";

/// A staged app in a folder of its own.
pub(crate) struct Staged {
    folder: TempDir,
    values: serde_json::Map<String, Value>,
}

impl Staged {
    pub(crate) fn new(host_json: Value) -> Self {
        let folder = TempDir::new().unwrap();
        let mut host = json!({"version": "2.0", "customHandler": {"description": {"defaultExecutablePath": "handler"}}});
        merge(&mut host, host_json);
        let app = folder.path().join("apps/probe");
        std::fs::create_dir_all(&app).unwrap();
        std::fs::write(app.join("host.json"), host.to_string()).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_probe-handler"), app.join("handler"))
            .unwrap();
        let plan = folder.path().join("plan").display().to_string();
        let values = [
            ("FUNCTIONS_WORKER_RUNTIME", "custom".to_owned()),
            ("PROBE_PLAN", plan),
        ];
        let values = values
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .collect();
        Self { folder, values }
    }

    pub(crate) fn function(self, name: &str, function_json: &Value) -> Self {
        let folder = self.app().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("function.json"), function_json.to_string()).unwrap();
        self
    }

    pub(crate) fn setting(mut self, name: &str, value: impl Into<String>) -> Self {
        self.values
            .insert(name.to_owned(), Value::from(value.into()));
        self
    }

    pub(crate) fn app(&self) -> PathBuf {
        self.folder.path().join("apps/probe")
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// What the handler does from now on.
    pub(crate) fn plan(&self, plan: &str) {
        let new = self.folder.path().join("plan.new");
        std::fs::write(&new, plan).unwrap();
        std::fs::rename(new, self.folder.path().join("plan")).unwrap();
    }

    pub(crate) fn command(&self, extra: &[&str]) -> Command {
        let settings = self.folder.path().join("settings.json");
        std::fs::write(
            &settings,
            json!({"IsEncrypted": false, "Values": self.values}).to_string(),
        )
        .unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_functions-host"));
        command
            .arg("--app")
            .arg(self.app())
            .arg("--settings")
            .arg(settings)
            .arg("--state-dir")
            .arg(self.state());
        command
            .args([
                "--port",
                "0",
                "--master-key",
                MASTER,
                "--function-key",
                FUNCTION,
            ])
            .args(extra);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Starts the host and waits until it is ready.
    pub(crate) async fn start(&self, extra: &[&str]) -> Host {
        let mut host = Host::spawn(self.command(extra));
        let ready = host
            .line()
            .await
            .expect("the host ended before it was ready");
        assert_eq!(
            ready["event"], "host_ready",
            "the first line is the host's: {ready}"
        );
        host.port = u16::try_from(ready["port"].as_u64().unwrap()).unwrap();
        host.handler_pid = u32::try_from(ready["handler_pid"].as_u64().unwrap()).unwrap();
        host
    }
}

/// A running host and its stdout.
pub(crate) struct Host {
    pub(crate) child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    kept: Vec<Value>,
    pub(crate) port: u16,
    pub(crate) handler_pid: u32,
}

impl Host {
    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self {
            child,
            lines,
            kept: Vec::new(),
            port: 0,
            handler_pid: 0,
        }
    }

    /// The next line; `None` at the end.
    pub(crate) async fn line(&mut self) -> Option<Value> {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line())
            .await
            .expect("no line in time")
            .unwrap()?;
        Some(serde_json::from_str(&line).unwrap_or_else(|_| panic!("not JSON: {line}")))
    }

    /// The next line of this event; the others are kept for later.
    ///
    /// The handler's lines pass through a pipe of their own, so they have no order among the host's.
    pub(crate) async fn event(&mut self, name: &str) -> Value {
        if let Some(kept) = self.kept.iter().position(|line| line["event"] == name) {
            return self.kept.remove(kept);
        }
        while let Some(line) = self.line().await {
            if line["event"] == name {
                return line;
            }
            self.kept.push(line);
        }
        let short = |line: &Value| line.to_string().chars().take(300).collect::<String>();
        let lines: Vec<_> = self.kept.iter().map(short).collect();
        panic!("no {name} before the end; lines:\n{}", lines.join("\n"));
    }

    /// The next request that reached the handler, its body parsed.
    pub(crate) async fn request(&mut self) -> (Value, Value) {
        let request = self.event("probe_request").await;
        let body = serde_json::from_str(request["body"].as_str().unwrap()).unwrap_or(Value::Null);
        (request, body)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) async fn status(&self) -> Value {
        reqwest::get(self.url("/admin/host/status"))
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    /// SIGTERM, then the exit code.
    pub(crate) async fn stop(&mut self) -> i32 {
        signal(self.child.id().unwrap(), "TERM");
        self.exit_code().await
    }

    pub(crate) async fn exit_code(&mut self) -> i32 {
        while self.line().await.is_some() {}
        tokio::time::timeout(PATIENCE, self.child.wait())
            .await
            .unwrap()
            .unwrap()
            .code()
            .unwrap_or(-1)
    }
}

pub(crate) fn signal(pid: u32, name: &str) {
    let status = std::process::Command::new("kill")
        .arg(format!("-{name}"))
        .arg(pid.to_string())
        .status()
        .unwrap();
    assert!(status.success(), "kill -{name} {pid}");
}

/// Waits until a process is gone.
pub(crate) async fn gone(pid: u32) {
    let end = tokio::time::Instant::now() + PATIENCE;
    while is_alive(pid) {
        assert!(
            tokio::time::Instant::now() < end,
            "process {pid} is still there"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn is_alive(pid: u32) -> bool {
    // A zombie has ended; nobody may be left to wait for it here.
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"));
    stat.is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .trim_start()
            .starts_with('Z')
    })
}

pub(crate) fn http_function(trigger: Value) -> Value {
    let mut binding = json!({"type": "httpTrigger", "direction": "in", "name": "req"});
    merge(&mut binding, trigger);
    json!({"bindings": [binding, {"type": "http", "direction": "out", "name": "res"}]})
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}
