//! queueTrigger: messages of a storage queue, each in an invocation of its own.
//!
//! A message is hidden while it is processed and deleted after success. After a failure it becomes visible again, until it
//! has been delivered `maxDequeueCount` times and goes to `<queue>-poison`.

mod message;
mod polling;
mod service;
mod status;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

pub(crate) use status::QueueStatus;

use crate::app::{Function, QueueOptions, QueueTrigger, Settings};
use crate::host::Drain;
use crate::invocation::{Outcome, Payload, Runner, TriggerValue};
use crate::output::Output;
use crate::stop::Stop;
use message::Message;
use polling::Polling;
use service::{Queue, Receipt};

/// One queueTrigger function.
pub(crate) struct QueueListener {
    pub(crate) function: Arc<Function>,
    pub(crate) trigger: QueueTrigger,
    pub(crate) options: QueueOptions,
    /// How long a message is hidden while it is processed.
    pub(crate) visibility: Duration,
    pub(crate) settings: Arc<Settings>,
    pub(crate) runner: Arc<Runner>,
    pub(crate) output: Arc<Output>,
    pub(crate) drain: Drain,
    pub(crate) status: Arc<QueueStatus>,
}

/// A listener with its queues, shared by the messages that are being processed.
struct Listening {
    listener: QueueListener,
    queue: Queue,
    /// A poison queue has none itself.
    poison: Option<Queue>,
}

impl QueueListener {
    /// Listens until the host stops, and then until every message that was taken is done with.
    pub(crate) async fn run(self, stop: Stop) {
        let open = |name: &str| Queue::open(&self.settings, &self.trigger.connection, name);
        let name = &self.trigger.queue;
        let poison = (!name.ends_with("-poison")).then(|| open(&format!("{name}-poison")));
        match (open(name), poison.transpose()) {
            (Ok(queue), Ok(poison)) => {
                let listening = Listening {
                    listener: self,
                    queue,
                    poison,
                };
                Arc::new(listening).listen(stop).await;
            }
            (Err(reason), _) | (_, Err(reason)) => {
                self.complain(&format!("the queue cannot be opened: {reason}"));
            }
        }
    }

    fn complain(&self, reason: &str) {
        self.output.event(
            &json!({"event": "host_error", "function": self.function.name, "reason": reason}),
        );
    }
}

impl Listening {
    async fn listen(self: Arc<Self>, stop: Stop) {
        let options = self.listener.options;
        let mut polling = Polling::new(options.max_polling_interval);
        let mut running = JoinSet::new();
        loop {
            while running.len() > options.new_batch_threshold as usize {
                running.join_next().await;
            }
            if stop.is_stopped() || !self.listener.drain.open(&stop).await {
                break;
            }
            // Not cut off by a stop: what the service has handed out would stay hidden.
            let messages = match self
                .queue
                .receive(options.batch_size, self.listener.visibility)
                .await
            {
                Ok(messages) => messages,
                Err(reason) => {
                    self.listener
                        .complain(&format!("the queue cannot be read: {reason}"));
                    Vec::new()
                }
            };
            while running.try_join_next().is_some() {}
            self.listener
                .status
                .polled(messages.len(), running.is_empty());
            if messages.is_empty() {
                stop.sleep(polling.after_nothing()).await;
                continue;
            }
            polling.found_something();
            for message in messages {
                running.spawn(Arc::clone(&self).process(message));
            }
        }
        while running.join_next().await.is_some() {}
    }

    async fn process(self: Arc<Self>, message: Message) {
        let listener = &self.listener;
        let mut receipt = message.receipt();
        let Some(text) = message.decoded(listener.options.encoding) else {
            let reason =
                "its text is not base64; a producer of plain texts needs messageEncoding none";
            return self.poison(&message, &receipt, reason).await;
        };
        // Delivered too often already, for instance because the host died each time.
        if self.poison.is_some() && message.dequeue_count > listener.options.max_dequeue_count {
            return self.poison(&message, &receipt, "delivered too often").await;
        }
        let mut payload =
            Payload::new(&listener.function.binding, TriggerValue::Text(text.clone()));
        payload.metadata = message.metadata(&text);
        let outcome = self.invoke(&payload, &mut receipt).await;
        let is_last = message.dequeue_count >= listener.options.max_dequeue_count;
        let settled = match (outcome, &self.poison) {
            (Outcome::Succeeded(_), _) => {
                let deleted = self.queue.delete(&receipt).await;
                if deleted.is_ok() {
                    listener.status.deleted();
                }
                deleted
            }
            (Outcome::Failed, Some(_)) if is_last => {
                return self.poison(&message, &receipt, "failed too often").await;
            }
            (Outcome::Failed, Some(_)) => {
                let wait = listener.options.visibility_timeout;
                self.queue.hide(&mut receipt, wait).await
            }
            // A message of a poison queue stays hidden, or it would fail in a circle.
            (Outcome::Failed, None) => Ok(()),
            // The host stops: the next one may have it at once.
            (Outcome::Cancelled, _) => self.queue.hide(&mut receipt, Duration::ZERO).await,
        };
        if let Err(reason) = settled {
            listener.complain(&format!(
                "message {} is delivered again: {reason}",
                message.id
            ));
        }
    }

    /// Runs the function, and keeps the message hidden meanwhile.
    async fn invoke(&self, payload: &Payload, receipt: &mut Receipt) -> Outcome {
        let listener = &self.listener;
        let mut run = std::pin::pin!(listener.runner.run(&listener.function, payload));
        loop {
            tokio::select! {
                outcome = &mut run => return outcome,
                () = tokio::time::sleep(listener.visibility / 2) => {}
            }
            if let Err(reason) = self.queue.hide(receipt, listener.visibility).await {
                listener.complain(&format!("a message may be delivered twice: {reason}"));
            }
        }
    }

    /// Copies the message as it is, then deletes it.
    async fn poison(&self, message: &Message, receipt: &Receipt, reason: &str) {
        let Some(poison) = &self.poison else {
            return;
        };
        let moved = async {
            poison.send(&message.text).await?;
            self.queue.delete(receipt).await
        };
        match moved.await {
            Ok(()) => {
                self.listener.status.poisoned();
                self.listener.output.event(&json!({
                    "event": "host_queue_poisoned", "function": self.listener.function.name, "message_id": message.id,
                    "dequeue_count": message.dequeue_count, "queue": poison.name(), "reason": reason,
                }));
            }
            Err(error) => self.listener.complain(&format!(
                "message {} cannot be moved to {}: {error}",
                message.id,
                poison.name()
            )),
        }
    }
}
