//! Publishing a package, and asking what runs then.

mod running;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};

use crate::package::{self, Packaged, VERSION_FILE};

/// After this a new package answers, or does not work. A cold start with the download of its package takes seconds.
const ANSWERS_WITHIN: Duration = Duration::from_secs(300);

/// Publishes an app to a function app: with Core Tools where they are, else as a zip through the Azure CLI. Ends when the
/// function app answers with version and commit of the package.
pub(crate) fn run(root: &Path, app: &str, to: &str, package: Option<PathBuf>) -> Result<()> {
    let package = match package {
        Some(package) => package,
        None => package::run(root, app)?,
    };
    let unpacked = root.join("target/published").join(app);
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked)?;
    }
    package::unpack(&package, &unpacked)?;
    let expected = Packaged::parse(&fs::read_to_string(unpacked.join(VERSION_FILE))?)?;
    ensure!(
        expected.app == app,
        "{} is a package of {}",
        package.display(),
        expected.app
    );
    let group = group_of(to)?;
    if is_here("func") {
        crate::say(&format!("func azure functionapp publish {to}"));
        let mut func = Command::new("func");
        func.args([
            "azure",
            "functionapp",
            "publish",
            to,
            "--custom",
            "--no-build",
        ]);
        succeed(func.current_dir(&unpacked))?;
    } else {
        crate::say(&format!(
            "there is no func: az functionapp deployment source config-zip to {to}"
        ));
        let mut az = Command::new("az");
        az.args([
            "functionapp",
            "deployment",
            "source",
            "config-zip",
            "--output",
            "none",
        ]);
        az.args(["--name", to, "--resource-group", &group, "--src"]);
        succeed(az.arg(&package))?;
    }
    let host = az(&[
        "functionapp",
        "show",
        "--name",
        to,
        "--resource-group",
        &group,
        "--query",
        "defaultHostName",
    ])?;
    let keys = [
        "functionapp",
        "keys",
        "list",
        "--name",
        to,
        "--resource-group",
        &group,
        "--query",
        "masterKey",
    ];
    let key = az(&keys)?;
    running::await_package(&format!("https://{host}"), &key, &expected, ANSWERS_WITHIN)?;
    crate::say(&format!(
        "{to} runs {} {} of {}",
        expected.app, expected.version, expected.commit
    ));
    Ok(())
}

fn group_of(function_app: &str) -> Result<String> {
    let kind = "Microsoft.Web/sites";
    let list = [
        "resource",
        "list",
        "--name",
        function_app,
        "--resource-type",
        kind,
        "--query",
        "[0].resourceGroup",
    ];
    let group = az(&list)?;
    ensure!(
        !group.is_empty(),
        "there is no function app {function_app} in this subscription"
    );
    Ok(group)
}

/// What the Azure CLI answers, as one text.
fn az(arguments: &[&str]) -> Result<String> {
    let ran = Command::new("az")
        .args(arguments)
        .args(["--output", "tsv"])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start az, the Azure CLI")?;
    ensure!(
        ran.status.success(),
        "`az {}` failed; its message is above",
        arguments.join(" ")
    );
    Ok(String::from_utf8(ran.stdout)?.trim().to_owned())
}

fn is_here(program: &str) -> bool {
    let mut command = Command::new(program);
    command
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok()
}

fn succeed(command: &mut Command) -> Result<()> {
    let status = command.stdin(Stdio::null()).status();
    let status = status.with_context(|| format!("cannot start {command:?}"))?;
    ensure!(status.success(), "{command:?} failed: {status}");
    Ok(())
}
