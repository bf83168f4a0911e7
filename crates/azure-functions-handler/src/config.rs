//! The one variable that this crate reads.

use crate::ServeError;

/// Name of the variable in which the host says where to listen.
const PORT: &str = "FUNCTIONS_CUSTOMHANDLER_PORT";

/// The port on 127.0.0.1 that the host will call; a new one with every start.
pub(crate) fn port() -> Result<u16, ServeError> {
    let value = std::env::var(PORT).map_err(|_absent| ServeError::PortMissing)?;
    value
        .trim()
        .parse()
        .map_err(|_invalid| ServeError::PortInvalid { value })
}
