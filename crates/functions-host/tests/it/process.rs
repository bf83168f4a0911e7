//! Start, environment, restarts, stop: chapter 1 of the protocol.

use serde_json::json;

use crate::support::{Host, Staged, gone, http_function, signal};

fn app() -> Staged {
    Staged::new(json!({})).function("f", &http_function(json!({"authLevel": "anonymous"})))
}

#[tokio::test]
async fn the_handler_gets_its_environment() {
    let staged = app()
        .setting("A_SETTING", "from file")
        .setting("PATH", "must not win")
        .setting("Nested:Key", "n");
    let mut host = staged.start(&[]).await;
    let started = host.event("probe_started").await;
    let variable = |name: &str| {
        started["environment"][name]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let port = variable("FUNCTIONS_CUSTOMHANDLER_PORT");
    assert!(port.parse::<u16>().unwrap() > 0 && port == variable("FUNCTIONS_HTTPWORKER_PORT"));
    assert_eq!(variable("FUNCTIONS_CUSTOMHANDLER_WORKER_ID").len(), 36);
    assert_eq!(
        variable("FUNCTIONS_CUSTOMHANDLER_WORKER_ID"),
        variable("FUNCTIONS_HTTPWORKER_ID")
    );
    let root = staged.app().canonicalize().unwrap().display().to_string();
    assert_eq!(
        (variable("FUNCTIONS_APP_ROOT_PATH"), started["cwd"].as_str()),
        (root.clone(), Some(root.as_str()))
    );
    assert_eq!(
        (
            variable("A_SETTING").as_str(),
            variable("Nested__Key").as_str()
        ),
        ("from file", "n")
    );
    assert_ne!(variable("PATH"), "must not win");
}

#[tokio::test]
async fn sigterm_ends_host_and_handler() {
    let staged = app();
    let mut host = staged.start(&[]).await;
    let pid = host.handler_pid;
    assert_eq!(host.stop().await, 0);
    gone(pid).await;
}

#[tokio::test]
async fn a_killed_host_leaves_no_handler() {
    let staged = app();
    let host = staged.start(&[]).await;
    signal(host.child.id().unwrap(), "KILL");
    gone(host.handler_pid).await;
}

#[tokio::test]
async fn a_host_ends_with_its_parent() {
    let staged = app();
    let command = staged.command(&["--exit-with-parent"]);
    let command = command.as_std();
    // A shell that starts the host and stays its parent until it is killed.
    let mut shell = tokio::process::Command::new("sh");
    shell
        .args(["-c", "\"$0\" \"$@\" & wait"])
        .arg(command.get_program())
        .args(command.get_args());
    shell.stdout(std::process::Stdio::piped());
    let mut host = Host::spawn(shell);
    let ready = host.line().await.unwrap();
    signal(host.child.id().unwrap(), "KILL");
    while host.line().await.is_some() {}
    gone(u32::try_from(ready["handler_pid"].as_u64().unwrap()).unwrap()).await;
}

#[tokio::test]
async fn the_third_crash_ends_the_host() {
    let staged = app();
    let mut host = staged.start(&[]).await;
    staged.plan("exit 7");
    for crash in 1..=3 {
        let answer = reqwest::get(host.url("/api/f")).await.unwrap();
        assert_eq!(answer.status(), 500, "crash {crash}");
        let ended = host.event("host_handler_ended").await;
        assert_eq!(ended["handler_start"], crash);
        assert!(
            ended["reason"].as_str().unwrap().contains("code 7"),
            "{ended}"
        );
    }
    let reason = host.event("host_ended").await["reason"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        reason.contains("3 times") && reason.contains("code 7"),
        "{reason}"
    );
    assert_eq!(host.exit_code().await, 1);
}

#[tokio::test]
async fn crashes_at_start_end_the_host_with_the_last_stderr_lines() {
    let staged = app().setting("PROBE_EXIT_AT_START", "3");
    let mut host = Host::spawn(staged.command(&[]));
    let reason = host.event("host_ended").await["reason"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(reason.contains("told to exit with 3"), "{reason}");
    assert_eq!(host.exit_code().await, 1);
}

#[tokio::test]
async fn exit_200_is_free_and_a_kill_is_restarted() {
    let staged = app();
    let mut host = staged.start(&[]).await;
    staged.plan("exit 200");
    for _ in 0..4 {
        assert_eq!(
            reqwest::get(host.url("/api/f")).await.unwrap().status(),
            500
        );
        host.event("host_handler_ended").await;
    }
    staged.plan("ok");
    assert_eq!(
        reqwest::get(host.url("/api/f")).await.unwrap().status(),
        200,
        "waits for the restart"
    );
    let status = host.status().await;
    assert_eq!(
        (&status["handler_starts"], &status["state"]),
        (&json!(5), &json!("Running"))
    );
    signal(
        u32::try_from(status["handler_pid"].as_u64().unwrap()).unwrap(),
        "KILL",
    );
    let ended = host.event("host_handler_ended").await;
    assert!(
        ended["reason"].as_str().unwrap().contains("signal 9"),
        "{ended}"
    );
    assert_eq!(
        reqwest::get(host.url("/api/f")).await.unwrap().status(),
        200
    );
}

#[tokio::test]
async fn exit_0_is_never_restarted() {
    let staged = app();
    let mut host = staged.start(&[]).await;
    staged.plan("exit 0");
    assert_eq!(
        reqwest::get(host.url("/api/f")).await.unwrap().status(),
        500
    );
    assert!(
        host.event("host_handler_ended").await["reason"]
            .as_str()
            .unwrap()
            .contains("never restarted")
    );
    assert_eq!(
        reqwest::get(host.url("/api/f")).await.unwrap().status(),
        500
    );
    assert_eq!(host.status().await["handler_starts"], 1);
    assert_eq!(host.stop().await, 0);
}

#[tokio::test]
async fn the_function_timeout_kills_and_restarts() {
    let staged = Staged::new(json!({"functionTimeout": "00:00:00.3"}))
        .function("f", &http_function(json!({"authLevel": "anonymous"})));
    let mut host = staged.start(&[]).await;
    staged.plan("hang");
    assert_eq!(
        reqwest::get(host.url("/api/f")).await.unwrap().status(),
        500
    );
    assert!(
        host.event("host_handler_ended").await["reason"]
            .as_str()
            .unwrap()
            .contains("timeout")
    );
    staged.plan("ok");
    assert_eq!(
        reqwest::get(host.url("/api/f")).await.unwrap().status(),
        200
    );
}

#[tokio::test]
async fn a_missing_executable_and_an_empty_app_end_at_once() {
    let staged = Staged::new(
        json!({"customHandler": {"description": {"defaultExecutablePath": "not-there"}}}),
    )
    .function("f", &http_function(json!({})));
    let mut host = Host::spawn(staged.command(&[]));
    assert!(
        host.event("host_ended").await["reason"]
            .as_str()
            .unwrap()
            .contains("not-there")
    );
    let hub =
        json!({"bindings": [{"type": "eventHubTrigger", "name": "events", "eventHubName": "h"}]});
    let staged = Staged::new(json!({})).function("h", &hub);
    let output = staged
        .command(&[])
        .stderr(std::process::Stdio::piped())
        .output()
        .await
        .unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && message.contains("not supported yet: eventHubTrigger"),
        "{message}"
    );
}
