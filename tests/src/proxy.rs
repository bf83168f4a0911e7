//! A way to a server that can be cut.

use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    sync::{
        Arc, OnceLock,
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
    server: OnceLock<SocketAddr>,
    is_cut: AtomicBool,
    cut: Notify,
    refused: AtomicU64,
}

impl Proxy {
    /// A proxy on a free loopback port that leads nowhere yet.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let proxy = Self {
            address: listener.local_addr()?,
            state: Arc::default(),
        };
        drop(tokio::spawn(accept(listener, Arc::clone(&proxy.state))));
        Ok(proxy)
    }

    /// Says which server is behind the proxy; the first one that is named stays.
    fn lead_to(&self, server: SocketAddr) {
        self.state.server.get_or_init(|| server);
    }

    /// The URL of a service with this proxy in front of it, which leads there from now on.
    #[must_use]
    pub fn in_front_of(&self, url: &str) -> String {
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (format!("{user}@"), host),
            None => (String::new(), authority),
        };
        let server = host.to_socket_addrs().ok().and_then(|mut all| all.next());
        if let Some(server) = server {
            self.lead_to(server);
        }
        format!("{scheme}://{user}{}{path}", self.address)
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

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((client, _)) = listener.accept().await {
        drop(tokio::spawn(forward(client, Arc::clone(&state))));
    }
}

async fn forward(mut client: TcpStream, state: Arc<State>) {
    let cut = state.cut.notified();
    tokio::pin!(cut);
    // Registered before the flag is read, so that no cut falls between the two.
    cut.as_mut().enable();
    if state.is_cut.load(Ordering::Acquire) {
        state.refused.fetch_add(1, Ordering::AcqRel);
        return;
    }
    let Some(server) = state.server.get() else {
        return;
    };
    let Ok(mut server) = TcpStream::connect(server).await else {
        return;
    };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        () = cut => {}
    }
}
