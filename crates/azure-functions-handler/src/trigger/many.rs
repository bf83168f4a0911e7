//! Messages of Event Hubs and Service Bus, alone or in a batch.

use serde_json::value::RawValue;

use super::Payload;
use crate::DecodeError;
use crate::unescape::{Wrapping, innermost};

/// The messages of an invocation as texts, and their metadata by name and place.
pub(crate) struct Messages<'a> {
    payload: &'a Payload<'a>,
    many: bool,
    pub(crate) texts: Vec<String>,
}

impl<'a> Messages<'a> {
    pub(crate) fn decode(payload: &'a Payload<'a>) -> Result<Self, DecodeError> {
        let (text, wrapping) = payload.unwrapped()?;
        // A single message is a string and wrapped twice, a batch is an array and wrapped once at most. Only metadata
        // tells them apart for sure when a tool has wrapped otherwise.
        let array = text.trim_ascii_start().starts_with('[');
        let many = payload.metadata.get("SequenceNumberArray").is_some()
            || array && wrapping != Wrapping::Twice;
        let texts = if many {
            elements(payload, &text)?
        } else {
            vec![text]
        };
        Ok(Self {
            payload,
            many,
            texts,
        })
    }

    /// The metadata `name` of the message at `index`, as text.
    pub(crate) fn text(&self, name: &str, index: usize) -> Option<String> {
        if !self.many {
            return self.payload.metadata.text(name);
        }
        let array: Vec<Box<RawValue>> =
            self.payload.metadata.json(&format!("{name}Array"))?.ok()?;
        let (text, _) = innermost(array.get(index)?.get()).ok()?;
        (text != "null").then_some(text)
    }

    pub(crate) fn number<N: std::str::FromStr>(&self, name: &str, index: usize) -> Option<N> {
        self.text(name, index)?.parse().ok()
    }

    pub(crate) fn json(&self, name: &str, index: usize) -> Option<Box<RawValue>> {
        RawValue::from_string(self.text(name, index)?).ok()
    }
}

fn elements(payload: &Payload<'_>, text: &str) -> Result<Vec<String>, DecodeError> {
    let elements: Vec<&RawValue> =
        serde_json::from_str(text).map_err(|source| DecodeError::Json {
            binding: payload.binding.to_owned(),
            expected: "an array of messages",
            source,
        })?;
    // A string is the text of a message (`"dataType": "string"`), anything else a message that is JSON.
    let text = |element: &&RawValue| {
        serde_json::from_str(element.get()).unwrap_or_else(|_| element.get().to_owned())
    };
    Ok(elements.iter().map(text).collect())
}
