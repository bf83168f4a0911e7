//! Writing a dead letter.

use std::borrow::Cow;

use record::EpochMillis;
use serde::{Deserialize, Serialize};
use serde_json::{Map, value::RawValue};

use crate::{
    Attempt, Buried, Cause, DeadLetter, DeadLetterId, Feed, FeedError, Fingerprint, KeptBytes,
    Letter, Personal, ReasonClass, Seal, Seen, Status,
    arrival::{clip, without_secrets},
    field_path, letter_bytes,
    letters::LETTERS,
    shelf::{read_item, replace_item},
};

/// Version of the document form.
pub(crate) const SCHEMA_VERSION: u16 = 2;

// Together with what is kept in the letter of the bytes, and with its history, far below the 2 MB of a document.

/// Most bytes, as JSON, of `place`, `record_key`, `message_id`, `correlation_id`, `traceparent` and the like, each.
const NAME_BYTES_MAX: usize = 2_048;
/// Most bytes, as JSON, of `detail`.
const DETAIL_BYTES_MAX: usize = 8_192;
/// Most bytes, as JSON, of the offending value.
const VALUE_BYTES_MAX: usize = 512;
/// Most bytes, as JSON, of the store's row.
const STORE_ROW_BYTES_MAX: usize = 65_536;
/// Most bytes, as JSON, of what went wrong in an attempt.
const ATTEMPT_BYTES_MAX: usize = 1_024;
/// Most attempts kept: the last ones.
const ATTEMPTS_MAX: usize = 16;

/// A unit that fails again is noted this often at most: an upstream that is pulled with an overlap delivers it each time.
const NOTED_AGAIN_AFTER_MS: i64 = 60_000;

impl Feed {
    /// Stores a dead letter, once. `Ok` means that it is durable, with all of its bytes.
    ///
    /// The same unit failing again for the same reason is an attempt more on the letter that is there, at most one a
    /// minute. It does not open a letter that was closed: the decision was about these very bytes.
    ///
    /// # Errors
    /// When the feed does not carry it out, or the reason is an outage; then nothing may be acknowledged.
    pub async fn dead_letter(&self, letter: &DeadLetter<'_>) -> Result<Buried, FeedError> {
        if letter.reason.class() == ReasonClass::Outage {
            let detail = "an outage makes no dead letters";
            return Err(FeedError::local("dead letter", 503, detail));
        }
        // The bytes first: a letter never tells of bytes that are not there.
        let document = self.document_of(letter).await?;
        let json = to_json(&document)?;
        let buried = self.guard.run(|| self.bury(&document, &json)).await?;
        if buried == Buried::AlreadyThere {
            self.note_again(&document).await;
        }
        Ok(buried)
    }

    async fn bury(&self, letter: &Letter, json: &RawValue) -> Result<Buried, FeedError> {
        let letters = LETTERS(&self.containers).open().await?;
        let created = letters.create_item(letter.partition.clone(), letter.id.as_str(), json, None);
        match Box::pin(created).await {
            Ok(_) => Ok(Buried::Created),
            Err(error) if error.status().is_conflict() => Ok(Buried::AlreadyThere),
            Err(error) => Err(FeedError::of("dead letter", &error)),
        }
    }

    /// Adds an attempt to the letter that is there. That it is there is what counts: a note that cannot be made, or that
    /// somebody else makes at the same time, is not worth the message.
    async fn note_again(&self, again: &Letter) {
        if let Err(error) = self.try_note_again(again).await {
            tracing::debug!(event = "attempt_not_noted", dead_letter_id = again.id.as_str(), %error);
        }
    }

    async fn try_note_again(&self, again: &Letter) -> Result<(), FeedError> {
        let (partition, id) = (again.partition.clone(), &again.id);
        let there: Option<Seen<Letter>> = read_item(self, LETTERS, partition, id.as_str()).await?;
        let Some(Seen {
            value: mut letter,
            etag,
        }) = there
        else {
            return Ok(());
        };
        if again.at.since(letter.last_failed_at) < NOTED_AGAIN_AFTER_MS {
            return Ok(());
        }
        add_attempt(
            &mut letter,
            &Attempt {
                at: again.at,
                error: again.detail.clone(),
                app_version: again.app_version.clone(),
                plan: None,
            },
        );
        let json = to_json(&letter)?;
        replace_item(self, LETTERS, &letter.partition, id.as_str(), &json, &etag).await?;
        Ok(())
    }

    async fn document_of(&self, letter: &DeadLetter<'_>) -> Result<Letter, FeedError> {
        let evidence = &letter.evidence;
        let seal = match (evidence.personal, &self.seal) {
            (Personal::Nothing, _) => None,
            (_, Some(seal)) => Some(&**seal),
            (_, None) => {
                let detail = "no key to seal personal fields with";
                return Err(FeedError::local("dead letter", 503, detail));
            }
        };
        let message = evidence.message;
        let message = message.filter(|message| message.len() != letter.raw.0.len());
        let mut document = Letter {
            raw: self.keep(letter.app, letter.raw.0, seal).await?,
            message: match message {
                Some(message) => Some(self.keep(letter.app, message, seal).await?),
                None => None,
            },
            normalized: match &evidence.normalized {
                Some(normalized) => Some(self.keep(letter.app, normalized, seal).await?),
                None => None,
            },
            ..without_bytes(letter)
        };
        if let (Personal::BytesAndValue, Some(seal)) = (evidence.personal, seal) {
            seal_value(&mut document, seal)?;
        }
        Ok(document)
    }

    async fn keep(
        &self,
        app: &str,
        bytes: &[u8],
        seal: Option<&Seal>,
    ) -> Result<KeptBytes, FeedError> {
        match seal {
            Some(seal) => letter_bytes::keep_sealed(self, seal, app, bytes).await,
            None => letter_bytes::keep(self, app, bytes).await,
        }
    }
}

/// What stands where something is sealed.
pub const SEALED: &str = "sealed: it is about a personal field";

/// Detail and value of a letter, as they are sealed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SealedText {
    pub(crate) detail: String,
    pub(crate) value: Option<String>,
}

/// Moves detail and value, which quote the field, under the seal. Place, reason and fingerprint stay, so that grouping does.
fn seal_value(letter: &mut Letter, seal: &Seal) -> Result<(), FeedError> {
    let text = SealedText {
        detail: std::mem::replace(&mut letter.detail, SEALED.to_owned()),
        value: letter.value.take(),
    };
    let json = serde_json::to_vec(&text)
        .map_err(|error| FeedError::local("dead letter", 400, error.to_string()))?;
    letter.sealed = Some(seal.seal(letter.id.as_str(), &json));
    for attempt in &mut letter.attempts {
        SEALED.clone_into(&mut attempt.error);
    }
    Ok(())
}

/// Adds an attempt and counts it; the last ones are kept.
pub(crate) fn add_attempt(letter: &mut Letter, attempt: &Attempt) {
    letter.last_failed_at = letter.last_failed_at.max(attempt.at);
    letter.failures += 1;
    letter.attempts.push(clipped(attempt));
    let surplus = letter.attempts.len().saturating_sub(ATTEMPTS_MAX);
    letter.attempts.drain(..surplus);
}

/// What letters are listed by: a text that sorts by time, then by id.
pub(crate) fn order_of(at: EpochMillis, id: &DeadLetterId) -> String {
    format!("{:016}-{id}", at.0.max(0))
}

pub(crate) fn to_json(letter: &Letter) -> Result<Box<RawValue>, FeedError> {
    serde_json::value::to_raw_value(letter)
        .map_err(|error| FeedError::local("dead letter", 400, error.to_string()))
}

/// Rule, field path and version of the format: what kind of failure it is.
fn kind_of(letter: &DeadLetter<'_>) -> (Option<String>, String, String) {
    let evidence = &letter.evidence;
    let field_path = match &evidence.field_path {
        Some(path) => name(path),
        None => field_path(&letter.place, &letter.detail),
    };
    let schema_version = match &*evidence.schema_version {
        "" => "1".to_owned(),
        version => name(version),
    };
    let rule = evidence.rule.as_deref().map(name);
    (rule, field_path, schema_version)
}

impl DeadLetter<'_> {
    /// What it has in common with letters of the same cause.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let (rule, field_path, schema_version) = kind_of(self);
        let cause = Cause {
            reason: self.reason,
            rule: rule.as_deref(),
            field_path: &field_path,
            source: self.source,
            schema_version: &schema_version,
        };
        cause.fingerprint()
    }
}

fn without_bytes(letter: &DeadLetter<'_>) -> Letter {
    let (id, evidence) = (letter.id(), &letter.evidence);
    let (rule, field_path, schema_version) = kind_of(letter);
    let fingerprint = letter.fingerprint();
    let skipped = letter.attempts.len().saturating_sub(ATTEMPTS_MAX - 1);
    let earlier = letter.attempts[skipped..].iter().map(clipped);
    let this = Attempt {
        at: letter.at,
        error: letter.detail.clone(),
        app_version: letter.app_version.to_owned(),
        plan: None,
    };
    Letter {
        partition: letter.partition(),
        schema: SCHEMA_VERSION,
        order: order_of(letter.at, &id),
        app: letter.app.to_owned(),
        app_version: name(letter.app_version),
        source: letter.source,
        stage: letter.stage,
        reason: letter.reason,
        reason_name: letter.reason.name().to_owned(),
        reason_class: letter.reason.class().as_str().to_owned(),
        place: name(&letter.place),
        detail: clip(&letter.detail, DETAIL_BYTES_MAX).into_owned(),
        value: evidence
            .value
            .as_deref()
            .map(|value| clip(value, VALUE_BYTES_MAX).into_owned()),
        fingerprint,
        rule,
        field_path,
        schema_version,
        raw: nothing(),
        message: None,
        normalized: None,
        origin: evidence.origin.clone(),
        arrival: without_secrets(letter.arrival)
            .into_iter()
            .map(owned)
            .collect(),
        document_id: evidence.document_id.as_deref().map(name),
        store_row: evidence.store_row.clone().filter(is_small),
        message_id: letter.message_id.as_deref().map(name),
        record_key: letter.record_key.as_deref().map(name),
        correlation_id: name(&letter.correlation_id),
        traceparent: letter.traceparent.as_deref().map(name),
        sealed: None,
        at: letter.at,
        last_failed_at: letter.at,
        failures: letter.attempts.len() as u64 + 1,
        attempts: earlier.chain([clipped(&this)]).collect(),
        status: Status::Open { since: letter.at },
        edited: false,
        edits: Vec::new(),
        history: Vec::new(),
        other: Map::new(),
        id,
    }
}

fn clipped(attempt: &Attempt) -> Attempt {
    Attempt {
        at: attempt.at,
        error: clip(&attempt.error, ATTEMPT_BYTES_MAX).into_owned(),
        app_version: name(&attempt.app_version),
        plan: attempt.plan.as_deref().map(name),
    }
}

fn name(text: &str) -> String {
    clip(text, NAME_BYTES_MAX).into_owned()
}

fn owned((name, value): (Cow<'_, str>, Cow<'_, str>)) -> (String, String) {
    (name.into_owned(), value.into_owned())
}

fn is_small(row: &serde_json::Value) -> bool {
    row.to_string().len() <= STORE_ROW_BYTES_MAX
}

fn nothing() -> KeptBytes {
    KeptBytes {
        bytes: 0,
        sha256: String::new(),
        sealed: false,
        truncated: false,
        at: crate::Place::Letter {
            encoding: crate::Encoding::Utf8,
            text: String::new(),
        },
    }
}
