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

/// One message to deliver.
#[derive(Debug, Clone, Default)]
pub struct Letter {
    /// `webhook-id`, the same for every attempt.
    pub id: String,
    /// What follows the courier's address.
    pub path: &'static str,
    /// Headers besides those that the seal adds.
    pub headers: Vec<(&'static str, String)>,
    /// The exact bytes to sign and send.
    pub body: Arc<[u8]>,
    /// Held back this long before the first attempt.
    pub delay: Duration,
    /// Signed with a key the receiver does not know: must be refused with 401.
    pub forged: bool,
    /// What the receiver must say when it accepts.
    pub expected: Expected,
}

/// What an accepting answer must look like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Expected {
    /// Any 2xx.
    #[default]
    Anything,
    /// 204.
    NoContent,
    /// Feedback elements of severity ERROR under exactly these JSON paths or below them.
    Errors(Vec<String>),
    /// 202 and the location of a capture job, which says whether everything was captured.
    Job {
        /// Whether all events were good.
        success: bool,
    },
}

/// Makes messages trustworthy, attempt by attempt.
pub trait Seal: std::fmt::Debug + Send + Sync {
    /// The headers that prove where `letter` comes from, at `timestamp` (unix seconds); of somebody else if it is forged.
    fn headers(&self, letter: &Letter, timestamp: i64) -> Vec<(&'static str, String)>;
}

/// Signs as Standard Webhooks do.
#[derive(Debug)]
struct Standard {
    secret: Secret,
    forger: Secret,
}

impl Seal for Standard {
    fn headers(&self, letter: &Letter, timestamp: i64) -> Vec<(&'static str, String)> {
        let key = if letter.forged {
            &self.forger
        } else {
            &self.secret
        };
        standard(key, letter, timestamp)
    }
}

/// The three headers of Standard Webhooks.
pub(crate) fn standard(
    key: &Secret,
    letter: &Letter,
    timestamp: i64,
) -> Vec<(&'static str, String)> {
    vec![
        ("webhook-id", letter.id.clone()),
        ("webhook-timestamp", timestamp.to_string()),
        (
            "webhook-signature",
            key.sign(&letter.id, timestamp, &letter.body),
        ),
    ]
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
    /// Messages accepted with an answer that says something else than it must.
    pub wrong_answers: AtomicU64,
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
            ("wrong_answers", &self.wrong_answers),
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
    seal: Arc<dyn Seal>,
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
    /// A courier to `url` that signs as Standard Webhooks do; `now` dates each attempt.
    pub fn new(
        url: String,
        secret: Secret,
        now: fn() -> Timestamp,
    ) -> Result<Self, reqwest::Error> {
        let forger = secret.forged();
        Self::with_seal(url, Arc::new(Standard { secret, forger }), now)
    }

    /// A courier with a seal of its own.
    pub fn with_seal(
        url: String,
        seal: Arc<dyn Seal>,
        now: fn() -> Timestamp,
    ) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(20))
            .build()?;
        Ok(Self {
            client,
            url,
            seal,
            now,
            slots: Semaphore::new(CONCURRENCY),
            figures: Figures::default(),
        })
    }

    /// True when nothing is under way, nothing was given up, and all answers were right.
    pub(crate) fn settled(&self) -> bool {
        let Figures {
            in_flight,
            gave_up,
            wrong_answers,
            ..
        } = &self.figures;
        [in_flight, gave_up, wrong_answers]
            .iter()
            .all(|figure| figure.load(Relaxed) == 0)
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
        let mut request = self
            .client
            .post(format!("{}{}", self.url, letter.path))
            .header("content-type", "application/json");
        let sealed = self.seal.headers(letter, timestamp);
        for (name, value) in letter.headers.iter().chain(&sealed) {
            request = request.header(*name, value);
        }
        match request.body(letter.body.to_vec()).send().await {
            Ok(answer) if answer.status().is_success() => {
                if !letter.forged && !self.is_right(letter, answer, timestamp).await {
                    self.figures.wrong_answers.fetch_add(1, Relaxed);
                }
                Answer::Accepted
            }
            Ok(answer) if answer.status() == StatusCode::UNAUTHORIZED => Answer::Refused,
            Ok(answer) => Answer::TryAgain(retry_after(&answer)),
            Err(_) => Answer::TryAgain(None),
        }
    }

    /// Whether an accepting answer says what it must; one that does not is told on stderr.
    async fn is_right(&self, letter: &Letter, answer: reqwest::Response, timestamp: i64) -> bool {
        let status = answer.status();
        let (right, said) = match &letter.expected {
            Expected::Anything => (true, String::new()),
            Expected::NoContent => (status == StatusCode::NO_CONTENT, String::new()),
            Expected::Errors(places) => match answer.text().await {
                Ok(body) => (errors_are(places, &body), body),
                // The reply broke off. It said yes; what else it said nobody knows.
                Err(_) => (true, String::new()),
            },
            Expected::Job { success } => match self.job(letter, &answer, timestamp).await {
                Some(body) => (
                    status == StatusCode::ACCEPTED && body["success"] == *success,
                    body.to_string(),
                ),
                None => (false, "no job".to_owned()),
            },
        };
        if !right {
            let line = serde_json::json!({"level": "ERROR", "event": "wrong_answer", "path": letter.path,
                "message_id": letter.id, "status": status.as_u16(), "expected": format!("{:?}", letter.expected), "said": said});
            eprintln!("{line}");
        }
        right
    }

    /// The capture job that an answer names. Asked for again as long as it does not answer.
    async fn job(
        &self,
        letter: &Letter,
        answer: &reqwest::Response,
        timestamp: i64,
    ) -> Option<Value> {
        let place = answer.headers().get("location")?.to_str().ok()?;
        let url = answer.url().join(place).ok()?;
        let mut pause = FIRST_PAUSE;
        let first = Instant::now();
        while first.elapsed() < GIVE_UP {
            let mut request = self.client.get(url.clone());
            for (name, value) in self.seal.headers(letter, timestamp) {
                request = request.header(name, value);
            }
            if let Ok(job) = request.send().await
                && job.status().is_success()
                && let Ok(body) = job.bytes().await
            {
                return serde_json::from_slice(&body).ok();
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        None
    }
}

/// Whether feedback names errors under exactly these paths.
fn errors_are(places: &[String], body: &str) -> bool {
    let Ok(answer) = serde_json::from_str::<Value>(body) else {
        return false;
    };
    let Some(elements) = answer["feedbackElements"].as_array() else {
        return false;
    };
    let stated: Vec<&str> = elements
        .iter()
        .filter(|element| element["severity"] == "ERROR")
        .filter_map(|element| element["propertyPath"].as_str())
        .collect();
    let under = |path: &str, place: &str| {
        path.strip_prefix(place)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    places
        .iter()
        .all(|place| stated.iter().any(|path| under(path, place)))
        && stated
            .iter()
            .all(|path| places.iter().any(|place| under(path, place)))
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
