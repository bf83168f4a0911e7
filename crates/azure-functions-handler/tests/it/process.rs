//! A handler as its own process, started as the host starts it.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Killed when the test ends early.
struct Handler(Child);

impl Drop for Handler {
    fn drop(&mut self) {
        if let Err(error) = self.0.kill().and_then(|()| self.0.wait().map(drop)) {
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        }
    }
}

/// `cargo test` builds the examples beside the tests; a single `--test` does not.
fn hello() -> Option<PathBuf> {
    let tests = std::env::current_exe().unwrap();
    let path = tests.parent()?.parent()?.join("examples/hello");
    path.exists().then_some(path)
}

fn exchange(port: u16, request: &str) -> std::io::Result<String> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.write_all(request.as_bytes())?;
    let mut reply = String::new();
    connection.read_to_string(&mut reply)?;
    Ok(reply)
}

#[test]
fn hello_gets_ready_answers_and_stops() {
    let Some(hello) = hello() else {
        println!("skipped: example `hello` is not built (run `cargo test` without `--test`)");
        return;
    };
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut handler = Handler(
        Command::new(hello)
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .spawn()
            .unwrap(),
    );
    // The host's own loop: any answer is readiness, a refused connection is 25 ms more.
    let ready = (0..400).find_map(|_| {
        let answer = exchange(
            port,
            "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        )
        .ok();
        answer.or_else(|| {
            thread::sleep(Duration::from_millis(25));
            None
        })
    });
    assert!(ready.unwrap().starts_with("HTTP/1.1 200 OK\r\n"));
    let hello = exchange(
        port,
        "GET /api/hello/world HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
    )
    .unwrap();
    assert!(hello.ends_with("hello, world"), "{hello}");
    kill(
        Pid::from_raw(handler.0.id().try_into().unwrap()),
        Signal::SIGTERM,
    )
    .unwrap();
    assert!(handler.0.wait().unwrap().success());
}

#[test]
fn without_a_port_the_handler_says_so() {
    let Some(hello) = hello() else {
        println!("skipped: example `hello` is not built (run `cargo test` without `--test`)");
        return;
    };
    let output = Command::new(hello)
        .env_remove("FUNCTIONS_CUSTOMHANDLER_PORT")
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("PortMissing")
    );
}
