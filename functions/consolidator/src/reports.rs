//! The way to the reporting store: with a password in the url, or with a token of the app's identity.

use std::sync::Arc;

use azure_core::credentials::TokenCredential;
use credential::{CredentialError, is_loopback_host};
use reporting::{Password, Store, StoreError};
use url::Url;

/// What a token is asked for that a PostgreSQL server of Azure takes as password.
const SCOPE: &str = "https://ossrdbms-aad.database.windows.net/.default";

/// Why there is no way to the reporting store.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The url is none that a store is at.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no identity to sign in with.
    #[error(transparent)]
    Credential(#[from] CredentialError),
}

/// The store at `url`; reaches for no network. `client_id` is that of a user-assigned identity.
///
/// # Errors
/// A url that is none of a store, or a platform without managed identities where one is needed.
pub fn connect(url: &str, client_id: Option<&str>) -> Result<Store, ConnectError> {
    let store = Store::connect(url)?;
    let Some(host) = signed_in_to_by_token(url) else {
        return Ok(store);
    };
    let credential = credential::for_endpoint(&format!("https://{host}"), client_id)?;
    Ok(store.with_password(token(credential)))
}

/// The host of a PostgreSQL server on another machine whose url holds no password.
fn signed_in_to_by_token(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?;
    let is_postgres = url.scheme().starts_with("postgres");
    let needs = is_postgres && url.password().is_none() && !is_loopback_host(host);
    needs.then(|| host.to_owned())
}

/// The credential keeps a token until it expires, so asking for each transaction costs nothing.
fn token(credential: Arc<dyn TokenCredential>) -> Password {
    Password::new(move || {
        let credential = credential.clone();
        async move {
            let token = credential.get_token(&[SCOPE], None).await?;
            Ok(token.token.secret().to_owned())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_is_signed_in_to_by_token_unless_there_is_a_password() {
        let host = "psql-x.postgres.database.azure.com";
        let azure = format!("postgres://id-x@{host}:5432/crossdock?sslmode=verify-full");
        assert_eq!(signed_in_to_by_token(&azure).as_deref(), Some(host));
        for url in [
            "postgres://user:secret@db.example.com/crossdock",
            "postgres://postgres@127.0.0.1:5432/postgres",
            "postgres://postgres@localhost/postgres",
            "sqlite:///reports.sqlite",
        ] {
            assert_eq!(signed_in_to_by_token(url), None, "{url}");
        }
    }

    #[tokio::test]
    async fn the_url_of_the_deployment_is_one_of_a_store() {
        let url = "postgres://user:x@127.0.0.1:1/crossdock?sslmode=verify-full&options=-c%20search_path%3Dreporting";
        assert!(connect(url, None).is_ok());
    }
}
