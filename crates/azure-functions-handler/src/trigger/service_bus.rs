use serde::Deserialize;
use serde_json::value::RawValue;

use super::many::Messages;
use super::{Payload, Trigger};
use crate::DecodeError;

/// serviceBusTrigger, of either cardinality: one message or a batch.
///
/// A failed message is abandoned and delivered again, up to the maximum of its queue or subscription.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServiceBus {
    /// The messages, in the order of the host.
    pub messages: Vec<ServiceBusMessage>,
}

/// A message with what the host says about it.
///
/// As with queues, the properties of a single JSON message overwrite what has the same name.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServiceBusMessage {
    text: String,
    /// Id that the sender gave.
    pub message_id: Option<String>,
    /// How often the message was delivered.
    pub delivery_count: Option<u64>,
    /// Its number in the queue.
    pub sequence_number: Option<i64>,
    /// When the bus took it in, as the host writes it.
    pub enqueued_time_utc: Option<String>,
    /// When the bus drops it, as the host writes it.
    pub expires_at_utc: Option<String>,
    /// The lock under which the host holds it.
    pub lock_token: Option<String>,
    /// What the sender says the text is.
    pub content_type: Option<String>,
    /// What the sender says it belongs to.
    pub correlation_id: Option<String>,
    /// `Subject`, which older extensions call `Label`.
    pub subject: Option<String>,
    /// Where an answer goes.
    pub reply_to: Option<String>,
    /// Where it goes.
    pub to: Option<String>,
    /// What the sender added to it, which older extensions call `UserProperties`: a JSON object.
    pub application_properties: Option<Box<RawValue>>,
}

impl ServiceBusMessage {
    /// The text of the message.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The message as JSON.
    ///
    /// # Errors
    /// When it is not a `T`.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.text)
    }
}

impl Trigger for ServiceBus {
    fn decode(payload: &Payload<'_>) -> Result<Self, DecodeError> {
        let mut messages = Messages::decode(payload)?;
        let texts = std::mem::take(&mut messages.texts);
        let message = |(index, text)| ServiceBusMessage {
            text,
            message_id: messages.text("MessageId", index),
            delivery_count: messages.number("DeliveryCount", index),
            sequence_number: messages.number("SequenceNumber", index),
            enqueued_time_utc: messages.text("EnqueuedTimeUtc", index),
            expires_at_utc: messages.text("ExpiresAtUtc", index),
            lock_token: messages.text("LockToken", index),
            content_type: messages.text("ContentType", index),
            correlation_id: messages.text("CorrelationId", index),
            subject: messages
                .text("Subject", index)
                .or_else(|| messages.text("Label", index)),
            reply_to: messages.text("ReplyTo", index),
            to: messages.text("To", index),
            application_properties: messages
                .json("ApplicationProperties", index)
                .or_else(|| messages.json("UserProperties", index)),
        };
        Ok(Self {
            messages: texts.into_iter().enumerate().map(message).collect(),
        })
    }
}
