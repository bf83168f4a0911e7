//! The connection string and the authentication string of Application Insights.

use std::{error::Error, fmt, sync::Arc};

use azure_core::credentials::TokenCredential;
use credential::{CredentialError, is_loopback_host};
use http::Uri;

use crate::Config;

/// Where telemetry goes when the connection string names no endpoint.
const DEFAULT_ENDPOINT: &str = "https://dc.services.visualstudio.com";

/// Why nothing can be sent to Application Insights.
#[derive(Debug, thiserror::Error)]
pub enum IngestionError {
    /// The connection string cannot be read.
    #[error("connection string")]
    ConnectionString(#[source] Box<dyn Error + Send + Sync>),
    /// The authentication string asks for something else than `Authorization=AAD`.
    #[error("authentication string has no Authorization=AAD")]
    Authorization,
    /// The part of all traces that is to be sent is not above 0 and at most 1.
    #[error("sample ratio is not above 0 and at most 1")]
    Ratio,
    /// There is no credential for the ingestion endpoint.
    #[error("credential")]
    Credential(#[from] CredentialError),
    /// The HTTP client cannot be built.
    #[error("http client")]
    Client(#[from] reqwest::Error),
    /// There is no tokio runtime to carry the requests.
    #[error("no tokio runtime")]
    NoRuntime,
}

/// How to reach Application Insights.
pub(crate) struct Settings {
    pub(crate) connection_string: String,
    /// Whether the endpoint is on this machine and not encrypted.
    pub(crate) plain_loopback: bool,
    /// Whose token goes with each request.
    pub(crate) credential: Option<Arc<dyn TokenCredential>>,
}

impl Settings {
    /// The settings in `config`; `None` when nothing is to be exported.
    pub(crate) fn read(config: &Config) -> Result<Option<Self>, IngestionError> {
        let Some(connection_string) = config.connection_string.clone() else {
            return Ok(None);
        };
        let endpoint =
            value_of(&connection_string, "IngestionEndpoint").unwrap_or(DEFAULT_ENDPOINT);
        let plain_loopback = is_plain_loopback(endpoint);
        let credential = config
            .authentication_string
            .as_deref()
            .map(|text| identity(text, endpoint))
            .transpose()?;
        Ok(Some(Self {
            plain_loopback,
            credential,
            connection_string,
        }))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("plain_loopback", &self.plain_loopback)
            .finish_non_exhaustive()
    }
}

fn identity(
    authentication: &str,
    endpoint: &str,
) -> Result<Arc<dyn TokenCredential>, IngestionError> {
    if !value_of(authentication, "Authorization")
        .is_some_and(|kind| kind.eq_ignore_ascii_case("AAD"))
    {
        return Err(IngestionError::Authorization);
    }
    Ok(credential::for_endpoint(
        endpoint,
        value_of(authentication, "ClientId"),
    )?)
}

/// The value of `name` in `name=value;name=value`.
fn value_of<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split(';')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| key.trim().eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
        .filter(|value| !value.is_empty())
}

fn is_plain_loopback(endpoint: &str) -> bool {
    endpoint.parse::<Uri>().is_ok_and(|uri| {
        uri.scheme_str() == Some("http") && uri.host().is_some_and(is_loopback_host)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_reached_without_encryption() {
        assert!(is_plain_loopback("http://127.0.0.1:4000/"));
        assert!(is_plain_loopback("HTTP://localhost"));
        assert!(is_plain_loopback("http://[::1]:1"));
        assert!(!is_plain_loopback("https://127.0.0.1:4000/"));
        assert!(!is_plain_loopback(
            "http://westeurope.in.applicationinsights.azure.com/"
        ));
    }

    #[test]
    fn the_authentication_string_of_the_host_is_understood() {
        let endpoint = "https://westeurope.in.applicationinsights.azure.com/";
        for text in [
            "Authorization=AAD",
            "ClientId=11111111-2222;Authorization=AAD",
            "authorization=aad;clientid=1",
        ] {
            assert!(identity(text, endpoint).is_ok(), "{text}");
        }
        for text in ["", "ClientId=11111111-2222", "Authorization=Key"] {
            assert!(
                matches!(identity(text, endpoint), Err(IngestionError::Authorization)),
                "{text}"
            );
        }
    }
}
