//! What the host says beside the trigger's value.

use std::str::FromStr;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::DecodeError;
use crate::envelope::Entries;
use crate::unescape::innermost;

/// The `Metadata` of an invocation.
///
/// The host copies the top-level properties of a JSON message over its own entries, without regard to case: `Id` may
/// be the `id` inside a queue message. Read what the message says from the trigger, never from here.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Metadata {
    /// The entry that is always there.
    pub sys: Sys,
    /// Which attempt this is; present when function.json has a `retry` policy, from the first attempt on.
    pub retry: Option<RetryContext>,
    entries: Vec<(String, Box<RawValue>)>,
}

/// `Metadata.sys`; empty texts when the host left it out.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sys {
    /// Name of the function.
    pub method_name: String,
    /// When the host began this attempt, RFC 3339 as the host wrote it.
    pub utc_now: String,
    /// A random id, new with every attempt.
    pub rand_guid: String,
}

/// Which attempt at the same trigger value this is. All attempts share one invocation id.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryContext {
    /// How many attempts have failed before this one; 0 at first.
    pub retry_count: u64,
    /// After how many retries the host gives up; `None` is for ever (`-1`).
    pub max_retry_count: Option<u64>,
    /// How the attempt before this one failed.
    pub exception: Option<RetryException>,
}

/// How an attempt failed, as the host saw it: mostly just that the status was not 2xx.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryException {
    /// The .NET class of the exception.
    pub class_name: String,
    /// Its message.
    pub message: String,
}

impl Metadata {
    pub(crate) fn decode(entries: &Entries<'_>) -> Result<Self, DecodeError> {
        // A message with a `sys` of its own takes the name; the host's is then called `$sys`.
        let sys = entries.get("$sys").or_else(|| entries.get("sys"));
        let retry = entries
            .get("RetryContext")
            .filter(|value| value.get() != "null");
        Ok(Self {
            sys: sys.map(Sys::decode).unwrap_or_default(),
            retry: retry.map(RetryContext::decode).transpose()?,
            entries: entries
                .0
                .iter()
                .map(|(key, value)| (key.to_string(), (*value).to_owned()))
                .collect(),
        })
    }

    /// An entry as the host wrote it. Names match without regard to case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&RawValue> {
        self.entries
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_ref())
    }

    /// The text of an entry without the JSON strings around it; `None` when it is absent or null.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        let (text, _) = innermost(self.get(name)?.get()).ok()?;
        (text != "null").then_some(text)
    }

    /// A number, also when the host wrote it as a string; `None` when it is absent or no such number.
    #[must_use]
    pub fn number<N: FromStr>(&self, name: &str) -> Option<N> {
        self.text(name)?.trim().parse().ok()
    }

    /// A truth value, also as `"True"`; `None` when it is absent or neither.
    #[must_use]
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.text(name)?.trim().to_ascii_lowercase().parse().ok()
    }

    /// An entry as JSON, with the JSON strings around it taken off.
    ///
    /// # Errors
    /// When the entry is there and is not a `T`.
    pub fn json<T: DeserializeOwned>(&self, name: &str) -> Option<Result<T, serde_json::Error>> {
        Some(serde_json::from_str(&self.text(name)?))
    }
}

impl Sys {
    fn decode(value: &RawValue) -> Self {
        let entries: Entries<'_> = serde_json::from_str(value.get()).unwrap_or_default();
        Self {
            method_name: entries.text("MethodName").unwrap_or_default(),
            utc_now: entries.text("UtcNow").unwrap_or_default(),
            rand_guid: entries.text("RandGuid").unwrap_or_default(),
        }
    }
}

impl RetryContext {
    fn decode(value: &RawValue) -> Result<Self, DecodeError> {
        let wrong = |expected| DecodeError::Unexpected {
            binding: "Metadata.RetryContext".to_owned(),
            expected,
        };
        let (text, _) = innermost(value.get()).map_err(|_unreadable| wrong("readable"))?;
        let entries: Entries<'_> =
            serde_json::from_str(&text).map_err(|_not_json| wrong("an object"))?;
        let number = |name| {
            let (text, _) = innermost(entries.get(name)?.get()).ok()?;
            text.trim().parse::<i64>().ok()
        };
        let retry_count = number("RetryCount").and_then(|count| u64::try_from(count).ok());
        Ok(Self {
            retry_count: retry_count.ok_or_else(|| wrong("an object with a `RetryCount`"))?,
            max_retry_count: number("MaxRetryCount").and_then(|count| u64::try_from(count).ok()),
            exception: entries.get("Exception").and_then(RetryException::decode),
        })
    }
}

impl RetryException {
    fn decode(value: &RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        #[derive(Default)]
        struct Exception {
            class_name: Option<String>,
            message: Option<String>,
        }
        let exception: Option<Exception> = serde_json::from_str(value.get()).unwrap_or_default();
        exception.map(|exception| Self {
            class_name: exception.class_name.unwrap_or_default(),
            message: exception.message.unwrap_or_default(),
        })
    }
}
