//! The server: where it listens, and how it stops.

use std::future::{self, Future};
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::config;

/// How long running invocations may go on after a stop was asked for. The host itself waits no longer for them.
pub const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);

/// Why the server did not start, or ended by itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The variable with the port is absent: the program was not started by a Functions host.
    #[error(
        "FUNCTIONS_CUSTOMHANDLER_PORT is not set; a Functions host sets it, or set it by hand to try the handler"
    )]
    PortMissing,
    /// The variable with the port holds no port.
    #[error("FUNCTIONS_CUSTOMHANDLER_PORT is `{value}`, not a port")]
    PortInvalid {
        /// What it holds.
        value: String,
    },
    /// The port cannot be listened on.
    #[error("cannot listen on 127.0.0.1:{port}")]
    Bind {
        /// The port the host asked for.
        port: u16,
        /// What the operating system says.
        #[source]
        source: io::Error,
    },
    /// Taking connections or waiting for the stop signal failed.
    #[error("the server ended")]
    Io(#[from] io::Error),
}

/// Listens where the host says.
pub(crate) async fn listen() -> Result<TcpListener, ServeError> {
    let port = config::port()?;
    // The host calls 127.0.0.1, never ::1.
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|source| ServeError::Bind { port, source })
}

/// Serves until `shutdown` is ready, then lets running requests end within [`SHUTDOWN_GRACE`].
pub(crate) async fn serve(
    router: Router,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let (stopping, stopped) = oneshot::channel::<()>();
    let shutdown = async move {
        shutdown.await;
        drop(stopping);
    };
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "replies may be delayed by the operating system");
        }
    });
    let server = axum::serve(listener, router).with_graceful_shutdown(shutdown);
    tokio::select! {
        served = future::IntoFuture::into_future(server) => Ok(served?),
        () = grace(stopped) => Ok(()),
    }
}

async fn grace(stopped: oneshot::Receiver<()>) {
    // The sender is dropped, never used: this wakes when the stop begins.
    if stopped.await.is_err() {
        tokio::time::sleep(SHUTDOWN_GRACE).await;
    }
}

/// Ready on SIGTERM or Ctrl-C.
pub(crate) fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, ServeError> {
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    Ok(async move {
        #[cfg(unix)]
        let terminated = terminate.recv();
        #[cfg(not(unix))]
        let terminated = future::pending::<Option<()>>();
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => {
                if let Err(error) = interrupted {
                    tracing::warn!(%error, "cannot wait for Ctrl-C");
                }
            }
            _ = terminated => {}
        }
    })
}
