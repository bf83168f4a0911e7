//! A real server and a real connection.

use std::net::SocketAddr;
use std::sync::Arc;

use azure_functions_handler::trigger::{CosmosDb, Timer};
use azure_functions_handler::{App, Failure, Invocation, Outcome, ServeError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Barrier, Notify, oneshot};
use tokio::task::JoinHandle;

use crate::host::change_feed;

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), ServeError>>,
}

async fn start(app: App) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let ended = tokio::spawn(app.serve(listener, async {
        stopped.await.unwrap();
    }));
    Server {
        address,
        stop,
        ended,
    }
}

/// Sends a whole HTTP/1.1 request and reads until the server closes.
async fn exchange(address: SocketAddr, path: &str, framing: &str, body: &[u8]) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{framing}\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(body).await.unwrap();
    let mut reply = String::new();
    connection.read_to_string(&mut reply).await.unwrap();
    reply
}

/// The body in pieces of 16 KiB, as the host sends it in Azure.
fn chunked(body: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    for chunk in body.chunks(16 * 1024) {
        wire.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        wire.extend_from_slice(chunk);
        wire.extend_from_slice(b"\r\n");
    }
    wire.extend_from_slice(b"0\r\n\r\n");
    wire
}

fn counting() -> App {
    App::new().function(
        "consolidate",
        |invocation: Invocation<CosmosDb>| async move {
            let documents = invocation.trigger.documents()?.len();
            Ok::<_, Failure>(Outcome::done().log(format!("{documents} documents")))
        },
    )
}

#[tokio::test]
async fn long_bodies_arrive_chunked_and_with_a_length() {
    let document = format!(r#"{{"id":"x","note":"{}"}}"#, "\u{e9}a".repeat(200));
    let body = change_feed(&format!("[{}]", vec![document; 5000].join(",")));
    assert!(body.len() > 2 << 20);
    let server = start(counting()).await;
    let length = format!("Content-Length: {}", body.len());
    for (framing, wire) in [
        ("Transfer-Encoding: chunked", chunked(body.as_bytes())),
        (&length, body.into()),
    ] {
        let reply = exchange(server.address, "/consolidate", framing, &wire).await;
        assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
        assert!(
            reply.contains("content-type: application/json\r\n"),
            "{reply}"
        );
        assert!(
            reply.ends_with(r#"{"Outputs":{},"Logs":["5000 documents"],"ReturnValue":null}"#),
            "{reply}"
        );
    }
}

#[tokio::test]
async fn thirty_two_invocations_run_at_once() {
    // Nobody passes before all 32 are there.
    let all = Arc::new(Barrier::new(32));
    let app = App::new().function("f", move |_: Invocation<Timer>| {
        let all = Arc::clone(&all);
        async move {
            all.wait().await;
            Ok::<_, Failure>(Outcome::done())
        }
    });
    let server = start(app).await;
    let wire = chunked(br#"{"Data":{"tick":{}}}"#);
    let calls =
        (0..32).map(|_| exchange(server.address, "/f", "Transfer-Encoding: chunked", &wire));
    for reply in futures::future::join_all(calls).await {
        assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
    }
}

#[tokio::test]
async fn a_stop_lets_running_invocations_end() {
    let (running, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let app = App::new().function("f", {
        let (running, release) = (Arc::clone(&running), Arc::clone(&release));
        move |_: Invocation<Timer>| {
            let (running, release) = (Arc::clone(&running), Arc::clone(&release));
            async move {
                running.notify_one();
                release.notified().await;
                Ok::<_, Failure>(Outcome::done())
            }
        }
    });
    let server = start(app).await;
    let wire = chunked(br#"{"Data":{"tick":{}}}"#);
    let call = tokio::spawn(async move {
        exchange(server.address, "/f", "Transfer-Encoding: chunked", &wire).await
    });
    running.notified().await;
    server.stop.send(()).unwrap();
    release.notify_one();
    assert!(call.await.unwrap().starts_with("HTTP/1.1 200 OK\r\n"));
    server.ended.await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}
