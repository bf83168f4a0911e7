//! From a connection name to a client.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::time::{Duration, OffsetDateTime};
use azure_data_cosmos::{
    AccountEndpoint, AccountReference, CosmosClient, CosmosRuntime, RoutingStrategy,
};

use crate::app::Settings;

/// Accepted by the emulator, which checks nothing.
#[derive(Debug)]
struct LoopbackToken;

#[async_trait]
impl TokenCredential for LoopbackToken {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        Ok(AccessToken::new(
            "loopback".to_owned(),
            OffsetDateTime::now_utc() + Duration::hours(1),
        ))
    }
}

/// Opens the account that `<connection>__accountEndpoint` names.
pub(super) async fn open(settings: &Settings, connection: &str) -> Result<CosmosClient, String> {
    let endpoint = endpoint(settings, connection)?;
    let endpoint: AccountEndpoint = endpoint
        .parse()
        .map_err(|error| format!("{endpoint}: {error}"))?;
    let account = AccountReference::with_credential(endpoint, Arc::new(LoopbackToken));
    // One runtime per client: clients of one runtime share cached metadata together with a credential.
    let runtime = CosmosRuntime::builder()
        .build()
        .await
        .map_err(|error| error.to_string())?;
    let builder = CosmosClient::builder().with_runtime(runtime);
    Box::pin(builder.build(account, RoutingStrategy::PreferredRegions(Vec::new())))
        .await
        .map_err(|error| error.to_string())
}

fn endpoint(settings: &Settings, connection: &str) -> Result<String, String> {
    for name in [format!("AzureWebJobs{connection}"), connection.to_owned()] {
        if settings.get(&name).is_some()
            || settings
                .get(&format!("ConnectionStrings__{name}"))
                .is_some()
        {
            return Err(format!(
                "{name}: connection strings are not supported by this host; use {name}__accountEndpoint"
            ));
        }
        if let Some(endpoint) = settings.get(&format!("{name}__accountEndpoint")) {
            let loopback = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
            return if loopback.iter().any(|start| endpoint.starts_with(start)) {
                Ok(endpoint.to_owned())
            } else {
                Err(format!(
                    "{endpoint}: this host only reads feeds of an emulator on loopback"
                ))
            };
        }
    }
    Err(format!(
        "the setting {connection}__accountEndpoint is missing"
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<String, String> {
        let values = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        endpoint(&Settings::new(BTreeMap::new(), values), "FEED")
    }

    #[test]
    fn lookup() {
        let local = "http://127.0.0.1:8081/";
        assert_eq!(
            of(&[("FEED__accountEndpoint", local)]).as_deref(),
            Ok(local)
        );
        let prefixed = [
            ("FEED__accountEndpoint", "http://localhost:1/"),
            ("AzureWebJobsFEED__accountEndpoint", local),
        ];
        assert_eq!(of(&prefixed).as_deref(), Ok(local));
        assert!(of(&[]).is_err_and(|message| message.contains("FEED__accountEndpoint")));
        assert!(of(&[("FEED", "AccountKey=x")]).is_err());
        assert!(of(&[("FEED__accountEndpoint", "https://acct.documents.azure.com/")]).is_err());
    }
}
