//! The queue that tells of files, as the app itself uses it: to have a message come again later.

use std::{fmt, time::Duration};

use azure_core::http::{ClientOptions, RetryOptions, Url};
use azure_storage_queue::{
    QueueClient, QueueClientOptions,
    models::{QueueClientSendMessageOptions, QueueMessage},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use retry::Policy;

use crate::{Config, ConnectError, DropError};

/// Longest wait that the service allows: seven days.
const HIDDEN_MAX: Duration = Duration::from_hours(7 * 24);

/// A message is never dropped for its age: what waits for the end of an outage may wait for long.
const NEVER_EXPIRES: i32 = -1;

/// Longest wait for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// A queue of messages that tell of files.
pub struct DropQueue {
    name: String,
    client: QueueClient,
    policy: Policy,
}

impl fmt::Debug for DropQueue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DropQueue")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl DropQueue {
    /// Prepares a way to the queue of this name; reaches for no network.
    ///
    /// # Errors
    /// A service that is no URL, or an http one without a signature, or a platform without managed identities.
    pub fn connect(config: &Config, name: &str) -> Result<Self, ConnectError> {
        let service = &config.queue_service;
        let mut url = Url::parse(service).map_err(|_| ConnectError::NotAUrl)?;
        let credential = crate::store::credential(config, service, &url)?;
        url.path_segments_mut()
            .map_err(|()| ConnectError::NotAUrl)?
            .pop_if_empty()
            .push(name);
        let options = QueueClientOptions {
            client_options: ClientOptions {
                // Ours is the only policy: two of them would multiply.
                retry: RetryOptions::none(),
                ..ClientOptions::default()
            },
            ..QueueClientOptions::default()
        };
        let client =
            QueueClient::new(url, credential, Some(options)).map_err(|_| ConnectError::NotAUrl)?;
        Ok(Self {
            name: name.to_owned(),
            client,
            policy: crate::store::policy(),
        })
    }

    /// Name of the queue.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a message that becomes visible after `hidden_for`, whole seconds, at most seven days.
    ///
    /// The text is encoded as `messageEncoding` of host.json says, base64. A reply that is lost leaves a second message,
    /// which finds nothing left to do.
    ///
    /// # Errors
    /// When the service refuses or stays unreachable.
    pub async fn add(&self, text: &str, hidden_for: Duration) -> Result<(), DropError> {
        let encoded = BASE64_STANDARD.encode(text);
        let seconds = hidden_for.min(HIDDEN_MAX).as_secs();
        let hidden = i32::try_from(seconds).unwrap_or(i32::MAX);
        let added = self.policy.run(|| async {
            let message = QueueMessage {
                message_text: Some(encoded.clone()),
            };
            let failed = |error: azure_core::Error| DropError::of("add", &self.name, "", &error);
            let content = message.try_into().map_err(failed)?;
            let options = QueueClientSendMessageOptions {
                message_time_to_live: Some(NEVER_EXPIRES),
                // The service refuses a zero.
                visibility_timeout: (hidden > 0).then_some(hidden),
                ..QueueClientSendMessageOptions::default()
            };
            let sent = Box::pin(self.client.send_message(content, Some(options)));
            match tokio::time::timeout(ANSWER_WITHIN, sent).await {
                Ok(sent) => sent.map(drop).map_err(failed),
                Err(_) => Err(DropError::unavailable(
                    "add",
                    self.name.clone(),
                    format!("no answer within {} s", ANSWER_WITHIN.as_secs()),
                )),
            }
        });
        Ok(added.await?)
    }
}
