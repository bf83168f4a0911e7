//! A client as the pipeline builds it: token credential over loopback, one runtime per client.

use std::sync::Arc;

use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
use azure_data_cosmos::clients::ContainerClient;
use azure_data_cosmos::{
    AccountEndpoint, AccountReference, CosmosClient, CosmosRuntime, RoutingStrategy,
};
use cosmos_emulator::{DATABASE, Emulator, Faults};

#[derive(Debug)]
struct FixedToken;

#[async_trait::async_trait]
impl TokenCredential for FixedToken {
    async fn get_token(
        &self,
        _: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        let expires =
            azure_core::time::OffsetDateTime::now_utc() + azure_core::time::Duration::hours(1);
        Ok(AccessToken::new("loopback".to_owned(), expires))
    }
}

/// A served emulator on a free port.
pub(crate) struct Served {
    pub(crate) port: u16,
}

impl Served {
    pub(crate) async fn start() -> Self {
        let emulator = Emulator::bind(0).await.unwrap();
        let port = emulator.port();
        tokio::spawn(emulator.serve());
        Self { port }
    }

    pub(crate) async fn container(&self, name: &str) -> ContainerClient {
        let endpoint: AccountEndpoint = format!("http://127.0.0.1:{}/", self.port).parse().unwrap();
        let account = AccountReference::with_credential(endpoint, Arc::new(FixedToken));
        let runtime = CosmosRuntime::builder().build().await.unwrap();
        let client = CosmosClient::builder()
            .with_runtime(runtime)
            .build(account, RoutingStrategy::PreferredRegions(vec![]))
            .await
            .unwrap();
        client
            .database_client(DATABASE)
            .container_client(name, None)
            .await
            .unwrap()
    }

    pub(crate) async fn put_faults(&self, faults: &Faults) -> Faults {
        let url = format!("http://127.0.0.1:{}/_faults", self.port);
        let answer = reqwest::Client::new()
            .put(url)
            .json(faults)
            .send()
            .await
            .unwrap();
        assert!(
            answer.status().is_success(),
            "{}",
            answer.text().await.unwrap()
        );
        self.faults().await
    }

    pub(crate) async fn faults(&self) -> Faults {
        reqwest::get(format!("http://127.0.0.1:{}/_faults", self.port))
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }
}
