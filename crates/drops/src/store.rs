//! The storage account that the files are in.

use std::{fmt, sync::Arc, time::Duration};

use azure_core::{
    Bytes,
    credentials::TokenCredential,
    http::{
        ClientOptions, HttpClientOptions, RequestContent, RetryOptions, Transport, Url,
        new_http_client,
    },
    time::OffsetDateTime,
};
use azure_storage_blob::{
    BlobClient, BlobClientOptions, BlobContainerClient, BlobContainerClientOptions,
    models::{
        BlobClientGetPropertiesResultHeaders as _, BlobClientUploadOptions,
        BlobContainerClientListBlobsOptions,
    },
};
use futures::TryStreamExt as _;
use jiff::Timestamp;
use retry::{Guard, Policy};

use crate::{
    BlobReader, Config, ConnectError, DropError, DroppedFile, error::is_already_there,
    reader::RANGE_FIRST,
};

/// The storage account of the files.
#[derive(Clone)]
pub struct Drops {
    service: Url,
    credential: Option<Arc<dyn TokenCredential>>,
    transport: Transport,
    guard: Guard,
}

/// A blob of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Name of the blob, with slashes.
    pub name: String,
    /// Its version, without quotes.
    pub etag: String,
    /// Its length in bytes.
    pub length: u64,
}

/// What became of a creation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// The blob is new; its version, without quotes.
    New(String),
    /// There was a blob of that name, which is as it was.
    AlreadyThere,
}

impl fmt::Debug for Drops {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The query of the URL may be a signature.
        let host = self.service.host_str();
        formatter
            .debug_struct("Drops")
            .field("host", &host)
            .finish_non_exhaustive()
    }
}

impl Drops {
    /// Prepares a way to the account; reaches for no network.
    ///
    /// # Errors
    /// A service that is no URL, or an http one without a signature, or a platform without managed identities.
    pub fn connect(config: &Config) -> Result<Self, ConnectError> {
        let service = Url::parse(&config.blob_service).map_err(|_| ConnectError::NotAUrl)?;
        let credential = credential(config, &config.blob_service, &service)?;
        // One pool of connections for all blobs. A compressed answer would not have the length that was asked for.
        let transport = Transport::new(new_http_client(Some(HttpClientOptions {
            automatic_decompression: false,
        })));
        Ok(Self {
            service,
            credential,
            transport,
            guard: guard(),
        })
    }

    /// Opens a file at a byte offset.
    ///
    /// # Errors
    /// [`DropError::Changed`], [`DropError::Missing`] or [`DropError::ForeignAccount`] when there is no such version of
    /// the file here; others as they come.
    pub async fn open(&self, file: &DroppedFile, offset: u64) -> Result<BlobReader, DropError> {
        if let Some(url) = &file.url {
            self.check_account(url)?;
        }
        let blob = file.path();
        let client = self.blob_client(&file.container, &file.name)?;
        // Compared here and not by a condition: a condition on a blob that is gone is answered in different ways.
        let found = self.find(&file.container, &file.name).await?;
        let Some(found) = found else {
            return Err(DropError::Missing { blob });
        };
        if found.etag != file.etag {
            return Err(DropError::Changed {
                blob,
                expected: file.etag.clone(),
            });
        }
        let length = found.length;
        Ok(BlobReader {
            client,
            guard: self.guard.clone(),
            blob,
            etag: file.etag.clone(),
            length,
            position: offset.min(length),
            range: RANGE_FIRST,
        })
    }

    /// The newest version of a blob, if there is one.
    ///
    /// # Errors
    /// When the service refuses or stays unreachable.
    pub async fn find(
        &self,
        container: &str,
        name: &str,
    ) -> Result<Option<DroppedFile>, DropError> {
        let blob = format!("{container}/{name}");
        let client = self.blob_client(container, name)?;
        let found = self
            .guard
            .run(|| async {
                let properties = client.get_properties(None).await;
                let read = properties.and_then(|properties| {
                    let etag = properties.etag()?.map(String::from).unwrap_or_default();
                    let written_at = properties.last_modified()?;
                    Ok((etag, properties.content_length()?, written_at))
                });
                match read.map_err(|error| DropError::of("find", &blob, "", &error)) {
                    Ok(found) => Ok(Some(found)),
                    Err(DropError::Missing { .. }) => Ok(None),
                    Err(error) => Err(error),
                }
            })
            .await?;
        Ok(found.map(|(etag, length, written_at)| DroppedFile {
            container: container.to_owned(),
            name: name.to_owned(),
            etag: etag.trim_matches('"').to_owned(),
            length: length.unwrap_or_default(),
            written_at: written_at.map(instant).unwrap_or_default(),
            event_id: None,
            url: None,
        }))
    }

    /// The whole of a short file.
    ///
    /// # Errors
    /// [`DropError::TooLong`] when it has more than `limit` bytes; others as of [`Drops::open`].
    pub async fn read_whole(&self, file: &DroppedFile, limit: u64) -> Result<Bytes, DropError> {
        let mut reader = self.open(file, 0).await?;
        if reader.length() > limit {
            return Err(DropError::TooLong {
                blob: file.path(),
                length: reader.length(),
                limit,
            });
        }
        let mut whole = Vec::new();
        while let Some(bytes) = reader.next().await? {
            whole.extend_from_slice(&bytes);
        }
        Ok(whole.into())
    }

    /// The first `limit` blobs of a container whose names begin with `prefix`, in the order of their names.
    ///
    /// # Errors
    /// When the service refuses or stays unreachable.
    pub async fn list(
        &self,
        container: &str,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<Listed>, DropError> {
        let what = format!("{container}/{prefix}*");
        let client = self.container_client(container)?;
        let failed = |error: azure_core::Error| DropError::of("list", &what, "", &error);
        let listed = self.guard.run(|| async {
            let options = BlobContainerClientListBlobsOptions {
                prefix: Some(prefix.to_owned()),
                ..BlobContainerClientListBlobsOptions::default()
            };
            let mut pager = client.list_blobs(Some(options)).map_err(failed)?;
            let mut listed = Vec::new();
            while listed.len() < limit {
                let Some(item) = pager.try_next().await.map_err(failed)? else {
                    break;
                };
                let properties = item.properties.unwrap_or_default();
                let etag = properties.etag.map(String::from).unwrap_or_default();
                listed.push(Listed {
                    name: item.name.unwrap_or_default(),
                    etag: etag.trim_matches('"').to_owned(),
                    length: properties.content_length.unwrap_or_default(),
                });
            }
            Ok::<_, DropError>(listed)
        });
        Ok(listed.await?)
    }

    /// Writes a blob unless there is one of that name.
    ///
    /// # Errors
    /// When the service refuses or stays unreachable. The blob may have been written all the same; try again and see.
    pub async fn create(
        &self,
        container: &str,
        name: &str,
        content: Bytes,
    ) -> Result<Created, DropError> {
        let blob = format!("{container}/{name}");
        let client = self.blob_client(container, name)?;
        let created = self.guard.run(|| async {
            let options = BlobClientUploadOptions::default().if_not_exists();
            let content = RequestContent::from(content.to_vec());
            match Box::pin(client.upload(content, Some(options))).await {
                Ok(uploaded) => {
                    let etag = uploaded.etag.map(String::from).unwrap_or_default();
                    Ok(Created::New(etag.trim_matches('"').to_owned()))
                }
                Err(error) if is_already_there(&error) => Ok(Created::AlreadyThere),
                Err(error) => Err(DropError::of("create", &blob, "", &error)),
            }
        });
        Ok(created.await?)
    }

    /// Removes a blob, if it is there.
    ///
    /// # Errors
    /// When the service refuses or stays unreachable.
    pub async fn delete(&self, container: &str, name: &str) -> Result<(), DropError> {
        let blob = format!("{container}/{name}");
        let client = self.blob_client(container, name)?;
        let deleted = self.guard.run(|| async {
            match Box::pin(client.delete(None)).await {
                Ok(_) => Ok(()),
                Err(error) => match DropError::of("delete", &blob, "", &error) {
                    DropError::Missing { .. } => Ok(()),
                    error => Err(error),
                },
            }
        });
        Ok(deleted.await?)
    }

    /// An event can name any URL; our identity is shown to our account only.
    fn check_account(&self, url: &Url) -> Result<(), DropError> {
        let ours = self.service.host_str().unwrap_or_default();
        // Uploads through the file-system endpoint are told of with that endpoint's host.
        let host = url
            .host_str()
            .unwrap_or_default()
            .replacen(".dfs.", ".blob.", 1);
        let same_port = url.port_or_known_default() == self.service.port_or_known_default();
        if host.eq_ignore_ascii_case(ours) && same_port {
            return Ok(());
        }
        let mut url = url.clone();
        url.set_query(None);
        Err(DropError::ForeignAccount {
            url: url.to_string(),
            account: ours.to_owned(),
        })
    }

    fn blob_client(&self, container: &str, name: &str) -> Result<BlobClient, DropError> {
        let url = self.url(std::iter::once(container).chain(name.split('/')));
        let options = BlobClientOptions {
            client_options: self.client_options(),
            ..BlobClientOptions::default()
        };
        BlobClient::new(url, self.credential.clone(), Some(options))
            .map_err(|error| DropError::of("address", container, "", &error))
    }

    fn container_client(&self, container: &str) -> Result<BlobContainerClient, DropError> {
        let options = BlobContainerClientOptions {
            client_options: self.client_options(),
            ..BlobContainerClientOptions::default()
        };
        let url = self.url(std::iter::once(container));
        BlobContainerClient::new(url, self.credential.clone(), Some(options))
            .map_err(|error| DropError::of("address", container, "", &error))
    }

    /// The service's URL with further path segments; its query, which may be a signature, stays.
    fn url<'a>(&self, segments: impl Iterator<Item = &'a str>) -> Url {
        let mut url = self.service.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    fn client_options(&self) -> ClientOptions {
        ClientOptions {
            transport: Some(self.transport.clone()),
            // Ours is the only policy: two of them would multiply.
            retry: RetryOptions::none(),
            ..ClientOptions::default()
        }
    }
}

/// How we sign in at a service; `None` where its URL is signed.
pub(crate) fn credential(
    config: &Config,
    endpoint: &str,
    url: &Url,
) -> Result<Option<Arc<dyn TokenCredential>>, ConnectError> {
    if url.host_str().is_none() {
        return Err(ConnectError::NotAUrl);
    }
    let is_signed = url.query_pairs().any(|(name, _)| name == "sig");
    match (is_signed, url.scheme()) {
        (true, _) => Ok(None),
        (false, "https") => {
            let client_id = config.client_id.as_deref();
            Ok(Some(credential::for_endpoint(endpoint, client_id)?))
        }
        (false, _) => Err(ConnectError::NotSigned),
    }
}

/// 6 attempts, 100 ms to 4 s, 15 s in all: outlasts a server that is replaced, and a message is delivered again anyway.
///
/// One budget and one breaker for all blobs; the queue has its own.
pub(crate) fn guard() -> Guard {
    let (min, max) = (Duration::from_millis(100), Duration::from_secs(4));
    let policy = Policy::new(6, min, max, Duration::from_secs(15));
    Guard::new(policy.expect("the figures above make a policy"), "storage")
}

fn instant(time: OffsetDateTime) -> Timestamp {
    Timestamp::from_second(time.unix_timestamp()).unwrap_or_default()
}
