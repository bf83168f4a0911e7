//! The few requests that set an account up, without an HTTP library.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, TcpStream},
    time::Duration,
};

use crate::account::{ACCOUNT, VERSION, account_sas};

/// Azurite answers at once; this ends a call to something that is no Azurite.
const PATIENCE: Duration = Duration::from_secs(10);

/// `PUT /<account>/<resource>?<query>&<sas>` without a body; the status of the answer.
pub(crate) fn put(port: u16, resource: &str, query: &str) -> io::Result<u16> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let sas = account_sas();
    let request = format!(
        "PUT /{ACCOUNT}/{resource}?{query}{sas} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nx-ms-version: {VERSION}\r\n\
         Content-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let status = String::from_utf8_lossy(&answer)
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    status.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no HTTP answer"))
}
