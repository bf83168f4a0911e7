//! Ports of the loopback address.

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
};

/// A port that is free now. Somebody else could take it before we do; then the process says so and the start fails.
pub(crate) fn free() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// A port that stays ours until the process that is to listen on it starts: while the rest of the stack starts, some
/// connection or listener would take it sooner or later.
#[derive(Debug)]
pub(crate) struct Reserved(TcpListener);

impl Reserved {
    pub(crate) fn new() -> io::Result<Self> {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map(Self)
    }

    pub(crate) fn number(&self) -> io::Result<u16> {
        Ok(self.0.local_addr()?.port())
    }

    /// Lets it go.
    pub(crate) fn release(self) {}
}
