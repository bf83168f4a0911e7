//! Pushes webhooks: signed per attempt, retried until accepted, a bounded number at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::signature::Secret;

/// Deliveries under way at once.
const CONCURRENCY: usize = 8;
/// A message that is not accepted within this time of its first attempt is given up.
const GIVE_UP: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// A longer `Retry-After` than this is cut.
const LONGEST_ASKED: Duration = Duration::from_secs(15);

/// One webhook to deliver.
#[derive(Debug, Clone)]
pub struct Letter {
    /// `webhook-id`, the same for every attempt.
    pub id: String,
    /// The exact bytes to sign and send.
    pub body: Arc<[u8]>,
    /// Held back this long before the first attempt.
    pub delay: Duration,
    /// Signed with a key the receiver does not know: must be refused with 401.
    pub forged: bool,
}

/// Figures of a courier since its start.
#[derive(Debug, Default)]
pub struct Figures {
    /// Messages whose delivery began, repeats included, forged ones not.
    pub sent: AtomicU64,
    /// Messages answered 2xx.
    pub accepted: AtomicU64,
    /// Attempts beyond the first.
    pub retried: AtomicU64,
    /// Forged messages made.
    pub forged: AtomicU64,
    /// Forged messages answered 401, as they must be.
    pub refused_401: AtomicU64,
    /// Forged messages answered 2xx: a hole in the receiver.
    pub forged_accepted: AtomicU64,
    /// Messages not accepted in time.
    pub gave_up: AtomicU64,
    /// Messages held back, waiting or being delivered.
    pub in_flight: AtomicU64,
}

impl Figures {
    /// Adds the figures to those of an upstream.
    pub(crate) fn write(&self, status: &mut Value) {
        for (name, figure) in [
            ("sent", &self.sent),
            ("accepted", &self.accepted),
            ("retried", &self.retried),
            ("forged", &self.forged),
            ("refused_401", &self.refused_401),
            ("forged_accepted", &self.forged_accepted),
            ("gave_up", &self.gave_up),
            ("in_flight", &self.in_flight),
        ] {
            status[name] = figure.load(Relaxed).into();
        }
    }
}

/// Delivers letters to one receiver.
#[derive(Debug)]
pub struct Courier {
    client: reqwest::Client,
    url: String,
    secret: Secret,
    forger: Secret,
    now: fn() -> Timestamp,
    slots: Semaphore,
    /// Readable at any time.
    pub figures: Figures,
}

enum Answer {
    Accepted,
    Refused,
    TryAgain(Option<Duration>),
}

impl Courier {
    /// A courier to `url`; `now` dates each attempt.
    pub fn new(
        url: String,
        secret: Secret,
        now: fn() -> Timestamp,
    ) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(20))
            .build()?;
        let forger = secret.forged();
        Ok(Self {
            client,
            url,
            secret,
            forger,
            now,
            slots: Semaphore::new(CONCURRENCY),
            figures: Figures::default(),
        })
    }

    /// True when nothing is under way and nothing was given up.
    pub(crate) fn settled(&self) -> bool {
        self.figures.in_flight.load(Relaxed) == 0 && self.figures.gave_up.load(Relaxed) == 0
    }

    /// Starts delivering one letter in the background.
    pub fn post(self: &Arc<Self>, letter: Letter) {
        self.figures.in_flight.fetch_add(1, Relaxed);
        let courier = Arc::clone(self);
        tokio::spawn(async move {
            if !letter.delay.is_zero() {
                tokio::time::sleep(letter.delay).await;
            }
            if let Ok(_slot) = courier.slots.acquire().await {
                courier.deliver(&letter).await;
            }
            courier.figures.in_flight.fetch_sub(1, Relaxed);
        });
    }

    async fn deliver(&self, letter: &Letter) {
        let figures = &self.figures;
        if letter.forged {
            &figures.forged
        } else {
            &figures.sent
        }
        .fetch_add(1, Relaxed);
        let first = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let asked = match self.attempt(letter).await {
                Answer::Accepted => {
                    if letter.forged {
                        &figures.forged_accepted
                    } else {
                        &figures.accepted
                    }
                    .fetch_add(1, Relaxed);
                    return;
                }
                Answer::Refused if letter.forged => {
                    figures.refused_401.fetch_add(1, Relaxed);
                    return;
                }
                Answer::Refused => None,
                Answer::TryAgain(asked) => asked,
            };
            if first.elapsed() > GIVE_UP {
                figures.gave_up.fetch_add(1, Relaxed);
                return;
            }
            tokio::time::sleep(asked.map_or(pause, |asked| asked.min(LONGEST_ASKED))).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            figures.retried.fetch_add(1, Relaxed);
        }
    }

    async fn attempt(&self, letter: &Letter) -> Answer {
        let timestamp = (self.now)().as_second();
        let key = if letter.forged {
            &self.forger
        } else {
            &self.secret
        };
        let sent = self
            .client
            .post(&self.url)
            .header("content-type", "application/json")
            .header("webhook-id", &letter.id)
            .header("webhook-timestamp", timestamp.to_string())
            .header(
                "webhook-signature",
                key.sign(&letter.id, timestamp, &letter.body),
            )
            .body(letter.body.to_vec())
            .send()
            .await;
        match sent {
            Ok(answer) if answer.status().is_success() => Answer::Accepted,
            Ok(answer) if answer.status() == StatusCode::UNAUTHORIZED => Answer::Refused,
            Ok(answer) => Answer::TryAgain(retry_after(&answer)),
            Err(_) => Answer::TryAgain(None),
        }
    }
}

fn retry_after(answer: &reqwest::Response) -> Option<Duration> {
    let seconds: f64 = answer
        .headers()
        .get("retry-after")?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}
