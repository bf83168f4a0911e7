//! From an endpoint to its credential.

use std::{net::IpAddr, sync::Arc};

use azure_core::{credentials::TokenCredential, http::Url};
use azure_identity::{ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId};

use crate::LoopbackCredential;

/// Why an endpoint gets no credential.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The endpoint is not an absolute URL with a host.
    ///
    /// The text is not repeated: what is wrongly put here is often a connection string with a key in it.
    #[error("endpoint is not an absolute URL with a host")]
    NotAUrl,
    /// The endpoint is on another machine and not encrypted: a token sent there could be read on the way.
    #[error("host {host:?} is not this machine and scheme {scheme:?} is not https")]
    NotEncrypted {
        /// The endpoint's scheme.
        scheme: String,
        /// The endpoint's host.
        host: String,
    },
    /// The platform offers no managed identity of the wanted kind.
    #[error("no managed identity")]
    ManagedIdentity(#[source] azure_core::Error),
}

/// The credential for `endpoint`, with the user-assigned identity `client_id` where one is given.
///
/// Reaches for no network; a missing identity shows with the first token.
///
/// # Errors
/// An endpoint that is no URL, an unencrypted one on another machine, or a platform without managed identities.
pub fn for_endpoint(
    endpoint: &str,
    client_id: Option<&str>,
) -> Result<Arc<dyn TokenCredential>, CredentialError> {
    let url = Url::parse(endpoint).map_err(|_| CredentialError::NotAUrl)?;
    let host = url.host_str().ok_or(CredentialError::NotAUrl)?;
    match url.scheme() {
        "https" => managed_identity(client_id),
        "http" if is_loopback_host(host) => Ok(Arc::new(LoopbackCredential)),
        scheme => Err(CredentialError::NotEncrypted {
            scheme: scheme.to_owned(),
            host: host.to_owned(),
        }),
    }
}

fn managed_identity(client_id: Option<&str>) -> Result<Arc<dyn TokenCredential>, CredentialError> {
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id: client_id.map(|id| UserAssignedId::ClientId(id.to_owned())),
        ..Default::default()
    };
    Ok(ManagedIdentityCredential::new(Some(options)).map_err(CredentialError::ManagedIdentity)?)
}

/// Whether a host, as a URL writes it, is this machine.
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn this_machine_gets_the_fixed_token() {
        for endpoint in [
            "http://127.0.0.1:8081/",
            "http://localhost",
            "http://[::1]:8081/",
            "HTTP://LOCALHOST:1/",
        ] {
            let credential = for_endpoint(endpoint, Some("ignored")).unwrap();
            let token = credential
                .get_token(&["https://cosmos.azure.com/.default"], None)
                .await
                .unwrap();
            assert_eq!(token.token.secret(), "loopback", "{endpoint}");
            assert!(
                !format!("{credential:?} {token:?}").contains("\"loopback\""),
                "{endpoint}"
            );
        }
    }

    #[test]
    fn an_encrypted_endpoint_gets_the_managed_identity() {
        for (endpoint, client_id) in [
            ("https://account.documents.azure.com:443/", None),
            ("https://localhost/", Some("11111111-2222")),
        ] {
            let credential = for_endpoint(endpoint, client_id).unwrap();
            let printed = format!("{credential:?}");
            assert!(printed.contains("ManagedIdentityCredential"), "{printed}");
        }
    }

    #[test]
    fn an_unencrypted_endpoint_elsewhere_is_refused() {
        for endpoint in [
            "http://account.documents.azure.com/",
            "http://127.0.0.1.example.com/",
            "http://localhost@example.com/",
            "http://10.0.0.1/",
            "ftp://localhost/",
        ] {
            let refused = for_endpoint(endpoint, None).unwrap_err();
            assert!(
                matches!(refused, CredentialError::NotEncrypted { .. }),
                "{endpoint}: {refused}"
            );
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for endpoint in ["", "account.documents.azure.com", "localhost:8081", "/path"] {
            let refused = for_endpoint(endpoint, None).map(|_| ()).unwrap_err();
            assert!(
                matches!(refused, CredentialError::NotAUrl),
                "{endpoint:?}: {refused}"
            );
        }
    }
}
