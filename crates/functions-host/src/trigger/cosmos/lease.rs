//! Lease documents: who reads a feed range, and how far it has got.

use std::time::Duration;

use azure_core::http::Etag;
use azure_data_cosmos::CosmosError;
use azure_data_cosmos::clients::ContainerClient;
use azure_data_cosmos::feed::FeedRange;
use azure_data_cosmos::options::{ItemWriteOptions, Precondition};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::app::CosmosDbTrigger;

/// A lease as stored; every write is guarded by the `ETag` of the last one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LeaseDocument {
    id: String,
    #[serde(rename = "FeedRange")]
    pub(super) range: FeedRange,
    #[serde(rename = "Owner")]
    pub(super) owner: Option<String>,
    /// Where the next page starts; `None` before the first checkpoint.
    #[serde(rename = "ContinuationToken")]
    pub(super) token: Option<String>,
    /// Where a lease without a token starts; fixed when the lease was made.
    #[serde(rename = "StartFromBeginning")]
    pub(super) from_beginning: bool,
    /// Last sign of life of the owner, epoch milliseconds.
    #[serde(rename = "timestamp")]
    pub(super) touched: i64,
}

/// A stored lease with the version that was read or written last.
#[derive(Debug, Clone)]
pub(super) struct Lease {
    pub(super) document: LeaseDocument,
    etag: Option<Etag>,
}

/// A write that was not made.
#[derive(Debug, thiserror::Error)]
pub(super) enum LeaseError {
    /// Someone else has changed the lease.
    #[error("the lease was lost")]
    Lost,
    #[error("{0}")]
    Account(#[from] CosmosError),
}

/// The lease container of one trigger.
pub(super) struct Leases {
    container: ContainerClient,
    prefix: String,
    owner: String,
    expiration: Duration,
}

impl Lease {
    pub(super) fn id(&self) -> &str {
        &self.document.id
    }
}

impl Leases {
    pub(super) fn new(
        container: ContainerClient,
        trigger: &CosmosDbTrigger,
        owner: String,
    ) -> Self {
        // No function id in it: two functions with the same prefix share the feed, as with the real trigger.
        let prefix = format!(
            "{}{}_{}..",
            trigger.lease_prefix, trigger.database, trigger.container
        );
        Self {
            container,
            prefix,
            owner,
            expiration: trigger.expiration_interval,
        }
    }

    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    pub(super) fn expiration(&self) -> Duration {
        self.expiration
    }

    /// Every lease of these ranges; the missing ones are made, and only these look at `from_beginning`.
    pub(super) async fn load_or_create(
        &self,
        ranges: Vec<FeedRange>,
        from_beginning: bool,
    ) -> Result<Vec<Lease>, CosmosError> {
        let mut leases = Vec::with_capacity(ranges.len());
        for range in ranges {
            let id = format!("{}{}", self.prefix, range_id(&range));
            let lease = match self.read(&id).await? {
                Some(lease) => lease,
                None => self.create(id, range, from_beginning).await?,
            };
            leases.push(lease);
        }
        Ok(leases)
    }

    /// Makes a lease this host's own; `None` when another was quicker.
    pub(super) async fn take(&self, mut lease: Lease) -> Result<Option<Lease>, CosmosError> {
        lease.document.owner = Some(self.owner.clone());
        match self.write(&mut lease).await {
            Ok(()) => Ok(Some(lease)),
            Err(LeaseError::Lost) => Ok(None),
            Err(LeaseError::Account(error)) => Err(error),
        }
    }

    /// Writes the lease with a fresh time, if nobody else has written it since.
    pub(super) async fn write(&self, lease: &mut Lease) -> Result<(), LeaseError> {
        lease.document.touched = Timestamp::now().as_millisecond();
        let mut options = ItemWriteOptions::default();
        if let Some(etag) = &lease.etag {
            options = options.with_precondition(Precondition::IfMatch(etag.clone()));
        }
        let id = lease.document.id.clone();
        match self
            .container
            .replace_item(id.clone(), &id, &lease.document, Some(options))
            .await
        {
            Ok(response) => {
                lease.etag = response.headers().etag().cloned();
                Ok(())
            }
            Err(error) if error.status().is_precondition_failed() => {
                self.after_refusal(lease).await
            }
            Err(error) if error.status().is_not_found() => Err(LeaseError::Lost),
            Err(error) => Err(LeaseError::Account(error)),
        }
    }

    /// The client repeats a write whose reply was lost, and then refuses itself: not lost if the stored lease is ours.
    async fn after_refusal(&self, lease: &mut Lease) -> Result<(), LeaseError> {
        match self.read(&lease.document.id).await? {
            Some(stored)
                if stored.document.owner == lease.document.owner
                    && stored.document.touched == lease.document.touched =>
            {
                lease.etag = stored.etag;
                Ok(())
            }
            _ => Err(LeaseError::Lost),
        }
    }

    /// Gives the lease up without moving it.
    pub(super) async fn release(&self, mut lease: Lease) -> Result<(), LeaseError> {
        lease.document.owner = None;
        self.write(&mut lease).await
    }

    async fn read(&self, id: &str) -> Result<Option<Lease>, CosmosError> {
        match self.container.read_item(id.to_owned(), id, None).await {
            Ok(response) => {
                let etag = response.headers().etag().cloned();
                Ok(Some(Lease {
                    document: response.into_model()?,
                    etag,
                }))
            }
            Err(error) if error.status().is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn create(
        &self,
        id: String,
        range: FeedRange,
        from_beginning: bool,
    ) -> Result<Lease, CosmosError> {
        let document = LeaseDocument {
            id,
            range,
            owner: None,
            token: None,
            from_beginning,
            touched: 0,
        };
        match self
            .container
            .create_item(document.id.clone(), &document.id, &document, None)
            .await
        {
            Ok(response) => Ok(Lease {
                document,
                etag: response.headers().etag().cloned(),
            }),
            // Another host was quicker, or our own reply was lost.
            Err(error) if error.status().is_conflict() => match self.read(&document.id).await? {
                Some(lease) => Ok(lease),
                None => Err(error),
            },
            Err(error) => Err(error),
        }
    }
}

/// The bounds of a range as part of an id; ids may not hold slashes.
fn range_id(range: &FeedRange) -> String {
    range.to_string().replace(['/', '\\', '?', '#'], "_")
}
