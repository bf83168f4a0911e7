//! A password that changes while the process lives, such as a token of an identity.

use std::{error::Error, fmt, io, pin::Pin, sync::Arc, time::Duration};

type Asking = Pin<Box<dyn Future<Output = Result<String, Box<dyn Error + Send + Sync>>> + Send>>;

/// Asked for before a connection may be made; whoever gives it keeps it until it expires.
#[derive(Clone)]
pub struct Password(Arc<dyn Fn() -> Asking + Send + Sync>);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

impl Password {
    /// A password that `ask` gives.
    pub fn new<F>(ask: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<String, Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        Self(Arc::new(move || Box::pin(ask())))
    }

    /// The password of now. Without it there is no connection, so a failure counts as one of the connection.
    pub(crate) async fn now(&self, within: Duration) -> Result<String, sqlx::Error> {
        match tokio::time::timeout(within, (self.0)()).await {
            Ok(Ok(password)) => Ok(password),
            Ok(Err(error)) => Err(io::Error::other(error).into()),
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "no password in time").into()),
        }
    }
}
