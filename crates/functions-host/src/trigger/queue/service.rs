//! The queue service.

use std::time::Duration;

use azure_core::http::headers::HeaderName;
use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions, StatusCode, Url};
use azure_core::time::OffsetDateTime;
use azure_storage_queue::models::{
    QueueClientReceiveMessagesOptions, QueueMessage, ReceivedMessage,
};
use azure_storage_queue::{QueueClient, QueueClientOptions};
use jiff::Timestamp;

use super::message::Message;
use crate::app::Settings;
use crate::trigger::connection::endpoint;

/// Longest wait for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// One queue.
pub(super) struct Queue {
    name: String,
    client: QueueClient,
}

/// What shows that a message is ours. Each change of its visibility gives a new one.
#[derive(Debug, Clone)]
pub(super) struct Receipt {
    pub(super) id: String,
    pub(super) pop_receipt: String,
}

impl Queue {
    /// A queue below `<connection>__queueServiceUri`, whose query signs the requests.
    pub(super) fn open(settings: &Settings, connection: &str, name: &str) -> Result<Self, String> {
        let endpoint = endpoint(settings, connection, "queueServiceUri")?;
        let mut url = Url::parse(&endpoint)
            .map_err(|error| format!("{connection}__queueServiceUri: {error}"))?;
        url.path_segments_mut()
            .map_err(|()| format!("{connection}__queueServiceUri is no base of a queue"))?
            .pop_if_empty()
            .push(name);
        // Short, because the loop of the listener waits and tries again by itself.
        let retry = RetryOptions::exponential(ExponentialRetryOptions {
            max_retries: 3,
            ..ExponentialRetryOptions::default()
        });
        let options = QueueClientOptions {
            client_options: ClientOptions {
                retry,
                ..ClientOptions::default()
            },
            ..QueueClientOptions::default()
        };
        let client =
            QueueClient::new(url, None, Some(options)).map_err(|error| error.to_string())?;
        Ok(Self {
            name: name.to_owned(),
            client,
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Takes up to `count` messages and hides them. A queue that does not exist is empty.
    pub(super) async fn receive(
        &self,
        count: u32,
        hidden_for: Duration,
    ) -> Result<Vec<Message>, String> {
        let options = QueueClientReceiveMessagesOptions {
            number_of_messages: i32::try_from(count).ok(),
            visibility_timeout: Some(seconds(hidden_for)),
            ..QueueClientReceiveMessagesOptions::default()
        };
        let received = in_time(self.client.receive_messages(Some(options))).await;
        match received.map(|response| response?.into_model())? {
            Ok(received) => {
                let items = received.items.unwrap_or_default();
                items.into_iter().map(message).collect()
            }
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => Ok(Vec::new()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Hides a message for a time that starts now; zero makes it visible.
    pub(super) async fn hide(
        &self,
        receipt: &mut Receipt,
        hidden_for: Duration,
    ) -> Result<(), String> {
        let request = self.client.update_message(
            &receipt.id,
            &receipt.pop_receipt,
            seconds(hidden_for),
            None,
        );
        let response = in_time(request).await?.map_err(|error| error.to_string())?;
        let header = HeaderName::from_static("x-ms-popreceipt");
        if let Some(pop_receipt) = response.headers().get_optional_str(&header) {
            pop_receipt.clone_into(&mut receipt.pop_receipt);
        }
        Ok(())
    }

    pub(super) async fn delete(&self, receipt: &Receipt) -> Result<(), String> {
        let request = self
            .client
            .delete_message(&receipt.id, &receipt.pop_receipt, None);
        in_time(request)
            .await?
            .map(drop)
            .map_err(|error| error.to_string())
    }

    /// Adds a text as it is; makes the queue when there is none.
    pub(super) async fn send(&self, text: &str) -> Result<(), String> {
        match self.try_send(text).await? {
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => {
                in_time(self.client.create(None))
                    .await?
                    .map_err(|error| error.to_string())?;
                self.try_send(text)
                    .await?
                    .map_err(|error| error.to_string())
            }
            sent => sent.map_err(|error| error.to_string()),
        }
    }

    async fn try_send(&self, text: &str) -> Result<azure_core::Result<()>, String> {
        let message = QueueMessage {
            message_text: Some(text.to_owned()),
        };
        let content = message
            .try_into()
            .map_err(|error: azure_core::Error| error.to_string())?;
        let sent = in_time(self.client.send_message(content, None)).await?;
        Ok(sent.map(drop))
    }
}

async fn in_time<T>(request: impl Future<Output = T>) -> Result<T, String> {
    let answer = tokio::time::timeout(ANSWER_WITHIN, request).await;
    answer.map_err(|_| format!("no answer within {} s", ANSWER_WITHIN.as_secs()))
}

fn message(received: ReceivedMessage) -> Result<Message, String> {
    let (Some(id), Some(pop_receipt)) = (received.message_id, received.pop_receipt) else {
        return Err("the service sent a message without an id or a receipt".to_owned());
    };
    Ok(Message {
        id,
        pop_receipt,
        text: received.message_text.unwrap_or_default(),
        dequeue_count: received.dequeue_count.unwrap_or_default(),
        inserted: instant(received.insertion_time),
        expires: instant(received.expiration_time),
        next_visible: instant(received.time_next_visible),
    })
}

fn instant(time: Option<OffsetDateTime>) -> Timestamp {
    let second = time.map(OffsetDateTime::unix_timestamp).unwrap_or_default();
    Timestamp::from_second(second).unwrap_or_default()
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}
