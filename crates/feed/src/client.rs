//! The connection to the feed.

use std::{sync::Arc, time::Duration};

use azure_core::http::Url;
use azure_data_cosmos::{
    AccountEndpoint, AccountReference, CosmosClient, CosmosRuntime, RoutingStrategy,
    clients::ContainerClient,
    options::{
        BinaryEncodingOptions, ContentResponseOnWrite, EndToEndOperationLatencyPolicy,
        OperationOptions, OperationOptionsBuilder, ThrottlingRetryOptionsBuilder, UserAgentSuffix,
    },
};
use credential::CredentialError;
use retry::{Class, Classify, Exhausted, Guard, Policy};
use tokio::sync::OnceCell;

use crate::{BlobStore, Config, FeedError, Seal};

/// The one database.
const DATABASE: &str = "crossdock";

/// Time for one operation with everything that the client repeats by itself; then our own policy decides.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(10);

/// The client repeats nothing by itself: its repetitions come at once, three to eight of them, and are multiplied with
/// ours. An account in one region has nowhere to move to; one with a second region needs one failover here.
const CLIENT_RETRIES: u32 = 0;

/// Why there is no connection to the feed.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The endpoint is no URL.
    ///
    /// The text is not repeated: what is wrongly put here is often a connection string with a key in it.
    #[error("the feed's endpoint is not a URL")]
    NotAUrl,
    /// There is no identity for the endpoint.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The account does not answer as it should.
    #[error("the feed cannot be opened")]
    Feed(#[from] FeedError),
}

impl Classify for ConnectError {
    fn class(&self) -> Class {
        match self {
            Self::NotAUrl | Self::Credential(_) => Class::Permanent,
            Self::Feed(error) => error.class(),
        }
    }
}

/// The feed and what belongs to it: dead letters, checkpoints, receipts. One per process; clones share it.
#[derive(Debug, Clone)]
pub struct Feed {
    pub(crate) containers: Arc<Containers>,
    /// Where bytes go that are too many for a document, if the app has such a place.
    pub(crate) blobs: Option<Arc<dyn BlobStore>>,
    /// What personal fields are sealed with, if the app has keys.
    pub(crate) seal: Option<Arc<Seal>>,
    /// How requests are made and repeated; one budget and one breaker for all of them.
    pub(crate) guard: Guard,
}

/// The containers of the database.
#[derive(Debug)]
pub(crate) struct Containers {
    pub(crate) records: Container,
    pub(crate) dead_letters: Container,
    pub(crate) checkpoints: Container,
    pub(crate) receipts: Container,
    pub(crate) dead_letter_bytes: Container,
    pub(crate) operations: Container,
}

/// A container that is opened when it is first needed, so that an app needs no permission for what it does not use.
pub(crate) struct Container {
    name: &'static str,
    account: CosmosClient,
    client: OnceCell<ContainerClient>,
}

impl std::fmt::Debug for Container {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Container")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Container {
    fn new(account: &CosmosClient, name: &'static str) -> Self {
        Self {
            name,
            account: account.clone(),
            client: OnceCell::new(),
        }
    }

    /// The opened container.
    pub(crate) async fn open(&self) -> Result<&ContainerClient, FeedError> {
        self.client
            .get_or_try_init(|| async {
                let database = self.account.database_client(DATABASE);
                Box::pin(database.container_client(self.name, None))
                    .await
                    .map_err(|error| FeedError::of("open", &error))
            })
            .await
    }
}

impl Feed {
    /// Connects to the account and opens the two containers that every app writes to.
    ///
    /// # Errors
    /// An endpoint that is no URL, no identity for it, or an account that does not answer within
    /// [`Policy::feed_write`].
    pub async fn connect(config: &Config) -> Result<Self, ConnectError> {
        Policy::feed_write()
            .run(|| Self::connect_once(config))
            .await
            .map_err(|Exhausted { error, .. }| error)
    }

    async fn connect_once(config: &Config) -> Result<Self, ConnectError> {
        let account = Box::pin(open_account(config)).await?;
        let containers = Containers {
            records: Container::new(&account, "records"),
            dead_letters: Container::new(&account, "dead-letters"),
            checkpoints: Container::new(&account, "checkpoints"),
            receipts: Container::new(&account, "receipts"),
            dead_letter_bytes: Container::new(&account, "dead-letter-bytes"),
            operations: Container::new(&account, "operations"),
        };
        futures::try_join!(containers.records.open(), containers.dead_letters.open())?;
        Ok(Self {
            containers: Arc::new(containers),
            blobs: None,
            seal: None,
            guard: Guard::new(Policy::feed_write(), "feed"),
        })
    }

    /// The same feed, which seals and opens what is personal, if there are keys.
    #[must_use]
    pub fn with_seal(mut self, seal: impl Into<Option<Seal>>) -> Self {
        self.seal = seal.into().map(Arc::new);
        self
    }

    /// Whether there are keys to seal with.
    #[must_use]
    pub const fn can_seal(&self) -> bool {
        self.seal.is_some()
    }

    /// The same feed, which keeps the bytes of letters that are too many for a document in blob storage.
    #[must_use]
    pub fn with_blobs(mut self, blobs: Arc<dyn BlobStore>) -> Self {
        self.blobs = Some(blobs);
        self
    }
}

async fn open_account(config: &Config) -> Result<CosmosClient, ConnectError> {
    let url = Url::parse(&config.endpoint).map_err(|_| ConnectError::NotAUrl)?;
    let credential = credential::for_endpoint(&config.endpoint, config.client_id.as_deref())?;
    let account = AccountReference::with_credential(AccountEndpoint::from(url), credential);
    let failed = |error| FeedError::of("connect", &error);
    // Clients that share a runtime share its metadata cache, and with it the credential of whoever came first.
    let runtime = CosmosRuntime::builder().build().await.map_err(failed)?;
    let mut builder = CosmosClient::builder()
        .with_runtime(runtime)
        .with_default_operation_options(operation_options())
        // A document is sent as the text that it is; the binary form cannot carry text that is already JSON.
        .with_binary_encoding_options(BinaryEncodingOptions::new().with_enabled(false));
    if let Ok(suffix) = UserAgentSuffix::try_from("crossdock") {
        builder = builder.with_user_agent_suffix(suffix);
    }
    let client = builder
        .build(account, RoutingStrategy::PreferredRegions(Vec::new()))
        .await
        .map_err(failed)?;
    Ok(client)
}

fn operation_options() -> OperationOptions {
    OperationOptionsBuilder::new()
        .with_throttling_retry_options(
            ThrottlingRetryOptionsBuilder::new()
                .with_max_retry_count(CLIENT_RETRIES)
                .build(),
        )
        .with_max_failover_retry_count(CLIENT_RETRIES)
        .with_end_to_end_latency_policy(EndToEndOperationLatencyPolicy::new(OPERATION_TIMEOUT))
        .with_content_response_on_write(ContentResponseOnWrite::Disabled)
        .build()
}
