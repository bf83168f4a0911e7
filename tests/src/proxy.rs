//! A way to a server that can be cut.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use anyhow::Result;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// Forwards TCP connections to a server until it is cut; then it refuses new ones and drops those it has.
#[derive(Debug, Clone)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    is_cut: AtomicBool,
    cut: Notify,
    refused: AtomicU64,
}

impl Proxy {
    /// A proxy on a free loopback port in front of `server`.
    pub async fn start(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let proxy = Self {
            address: listener.local_addr()?,
            state: Arc::default(),
        };
        drop(tokio::spawn(accept(
            listener,
            server,
            Arc::clone(&proxy.state),
        )));
        Ok(proxy)
    }

    /// Where the proxy listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Drops every connection and refuses new ones.
    pub fn cut(&self) {
        self.state.is_cut.store(true, Ordering::Release);
        self.state.cut.notify_waiters();
    }

    /// Lets connections through again.
    pub fn restore(&self) {
        self.state.is_cut.store(false, Ordering::Release);
    }

    /// Connections refused so far: proof that somebody wanted the server while it was away.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.state.refused.load(Ordering::Acquire)
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, state: Arc<State>) {
    while let Ok((client, _)) = listener.accept().await {
        drop(tokio::spawn(forward(client, server, Arc::clone(&state))));
    }
}

async fn forward(mut client: TcpStream, server: SocketAddr, state: Arc<State>) {
    let cut = state.cut.notified();
    tokio::pin!(cut);
    // Registered before the flag is read, so that no cut falls between the two.
    cut.as_mut().enable();
    if state.is_cut.load(Ordering::Acquire) {
        state.refused.fetch_add(1, Ordering::AcqRel);
        return;
    }
    let Ok(mut server) = TcpStream::connect(server).await else {
        return;
    };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        () = cut => {}
    }
}
