//! From a connection name to a client.

use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_core::time::{Duration, OffsetDateTime};
use azure_data_cosmos::{
    AccountEndpoint, AccountReference, CosmosClient, CosmosRuntime, RoutingStrategy,
};

use crate::app::Settings;
use crate::trigger::connection::endpoint;

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
    let endpoint = endpoint(settings, connection, "accountEndpoint")?;
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
