//! Text that survives the host.

use std::{borrow::Cow, fmt, ops::Deref};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Put in front of a text that the host would take for a date.
const MARK: char = '~';

/// Text from a source, borrowed from the message where possible.
///
/// The Functions host reads each document with a JSON library that turns every string of the form of an ISO 8601
/// date-time, or `/Date(0)/`, into a date and writes it back in another form. A text that could be taken for one (a
/// description may well be `2026-11-02T09:15:22.500Z`) is therefore stored with a leading `~`, which reading removes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text<'a>(Cow<'a, str>);

impl<'a> Text<'a> {
    /// The text as the source wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same text, owning its bytes.
    #[must_use]
    pub fn into_owned(self) -> Text<'static> {
        Text(Cow::Owned(self.0.into_owned()))
    }

    /// The text, unless it is empty or blank.
    #[must_use]
    pub fn non_blank(text: impl Into<Cow<'a, str>>) -> Option<Self> {
        let text = text.into();
        (!text.trim().is_empty()).then_some(Self(text))
    }
}

/// Whether the host could take `text` for a date, or whether it starts like a marked text.
///
/// Wider than the host's own rule on purpose: a mark too many costs one byte, a mark too few changes the text.
fn needs_mark(text: &str) -> bool {
    match text.chars().next() {
        Some(MARK) => true,
        Some('/') => text.starts_with("/Date("),
        Some(first) => first.is_numeric() && text.len() >= 19 && text.contains('T'),
        None => false,
    }
}

impl Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl<'a> From<Cow<'a, str>> for Text<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self(text)
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if needs_mark(&self.0) {
            serializer.collect_str(&format_args!("{MARK}{}", self.0))
        } else {
            serializer.serialize_str(&self.0)
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Marked;
        impl<'de> de::Visitor<'de> for Marked {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text.strip_prefix(MARK).unwrap_or(text))))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(
                    text.strip_prefix(MARK).unwrap_or(text).to_owned(),
                )))
            }
        }
        deserializer.deserialize_str(Marked)
    }
}
