//! The body that the host posts: `{"Data":{…},"Metadata":{…}}`.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::UnescapeError;

/// Why a request is not an invocation of this trigger. The host is answered 400 with this text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The body is not the JSON object that the host sends.
    #[error("the body is not {{\"Data\":{{..}},\"Metadata\":{{..}}}}: {0}")]
    Body(#[source] serde_json::Error),
    /// `Data` has no entry.
    #[error("`Data` has no value for the trigger")]
    NoTrigger,
    /// The trigger's value has another form than this trigger's.
    #[error("`{binding}` is not {expected}")]
    Unexpected {
        /// Name of the binding, or of the metadata entry.
        binding: String,
        /// What it should have been.
        expected: &'static str,
    },
    /// The trigger's value is JSON, with other fields than this trigger's.
    #[error("`{binding}` is not {expected}: {source}")]
    Json {
        /// Name of the binding, or of the metadata entry.
        binding: String,
        /// What it should have been.
        expected: &'static str,
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// The text inside the trigger's string cannot be read.
    #[error("the string in `{binding}` cannot be read: {source}")]
    Unescape {
        /// Name of the binding, or of the metadata entry.
        binding: String,
        /// What is wrong with it.
        #[source]
        source: UnescapeError,
    },
}

/// The body, split into its values without copying or reading any of them.
#[derive(Debug, Default)]
pub(crate) struct Envelope<'a> {
    /// The bindings in the host's order; the trigger is the first.
    pub(crate) data: Entries<'a>,
    pub(crate) metadata: Entries<'a>,
}

impl<'a> Envelope<'a> {
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, DecodeError> {
        serde_json::from_slice(body).map_err(DecodeError::Body)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Envelope<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts;
        impl<'de> Visitor<'de> for Parts {
            type Value = Envelope<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with `Data` and `Metadata`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut envelope = Envelope::default();
                while let Some(Key(key)) = map.next_key()? {
                    if key.eq_ignore_ascii_case("data") {
                        envelope.data = map.next_value::<Option<_>>()?.unwrap_or_default();
                    } else if key.eq_ignore_ascii_case("metadata") {
                        envelope.metadata = map.next_value::<Option<_>>()?.unwrap_or_default();
                    } else {
                        map.next_value::<serde::de::IgnoredAny>()?;
                    }
                }
                Ok(envelope)
            }
        }
        deserializer.deserialize_map(Parts)
    }
}

/// An object as its names and unread values. Names match without regard to case, as they do in the host.
#[derive(Debug, Default)]
pub(crate) struct Entries<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Entries<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }

    /// The text of a string entry; `None` when it is absent, null or no string.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    entries.push((key, value));
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
