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
