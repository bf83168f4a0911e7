//! What a function app says that it runs.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use crate::package::Packaged;

/// Between two questions.
const PAUSE: Duration = Duration::from_secs(5);

/// Asks until the app answers with the version and commit of the package. Before that the earlier one may answer.
pub(super) fn await_package(
    url: &str,
    key: &str,
    expected: &Packaged,
    within: Duration,
) -> Result<()> {
    let until = Instant::now() + within;
    loop {
        let answered = ask(url, key).and_then(|text| Packaged::parse(&text));
        match answered {
            Ok(running) if running == *expected => return Ok(()),
            _ if Instant::now() + PAUSE < until => thread::sleep(PAUSE),
            Ok(running) => bail!("{url} runs {running:?}, not {expected:?}"),
            Err(error) => return Err(error.context(format!("{url} does not say what it runs"))),
        }
    }
}

/// One question. The key goes by stdin: arguments can be seen by others on the machine.
fn ask(url: &str, key: &str) -> Result<String> {
    let mut curl = Command::new("curl")
        .args([
            "--silent",
            "--show-error",
            "--fail",
            "--max-time",
            "30",
            "--config",
            "-",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start curl")?;
    let config =
        format!("url = \"{url}/api/operate/version\"\nheader = \"x-functions-key: {key}\"\n");
    let mut stdin = curl.stdin.take().context("curl has a stdin")?;
    stdin.write_all(config.as_bytes())?;
    drop(stdin);
    let ran = curl.wait_with_output()?;
    if !ran.status.success() {
        bail!("{}", String::from_utf8_lossy(&ran.stderr).trim());
    }
    Ok(String::from_utf8(ran.stdout)?)
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead as _, BufReader},
        net::{Ipv4Addr, TcpListener},
    };

    use super::*;

    /// Answers one question after the other, and gives back what was asked.
    fn serve(answers: Vec<&'static str>) -> (String, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let served = thread::spawn(move || {
            let answer = |answer: &str| {
                let (mut stream, _) = listener.accept().unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let lines = lines
                    .map_while(Result::ok)
                    .take_while(|line| !line.is_empty());
                let asked = lines.collect::<Vec<_>>().join("\n");
                let length = answer.len();
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{answer}").unwrap();
                asked
            };
            answers.into_iter().map(answer).collect()
        });
        (url, served)
    }

    fn package(commit: &str) -> Packaged {
        Packaged {
            app: "orders".to_owned(),
            version: "0.1.0".to_owned(),
            commit: commit.to_owned(),
        }
    }

    #[test]
    fn the_app_says_what_it_runs_to_who_has_the_key() {
        let (url, served) = serve(vec![r#"{"app":"orders","version":"0.1.0","commit":"abc"}"#]);
        await_package(&url, "k3y", &package("abc"), Duration::ZERO).unwrap();
        let asked = served.join().unwrap().join("\n");
        assert!(asked.starts_with("GET /api/operate/version "), "{asked}");
        assert!(asked.contains("x-functions-key: k3y"), "{asked}");
    }

    #[test]
    fn another_version_is_no_success() {
        let (url, served) = serve(vec![r#"{"app":"orders","version":"0.1.0","commit":"old"}"#]);
        let error = await_package(&url, "k", &package("new"), Duration::ZERO).unwrap_err();
        assert!(error.to_string().contains("\"old\""), "{error}");
        drop(served.join());
    }

    #[test]
    fn no_answer_is_no_success() {
        let error = await_package("http://127.0.0.1:1", "k", &package("new"), Duration::ZERO);
        assert!(error.is_err());
    }
}
