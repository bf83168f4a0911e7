//! Texts and free values, borrowed from the message.

use std::{borrow::Cow, fmt, ops::Deref};

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

/// A JSON string. Borrowed unless it holds an escape, also inside an `Option`, where a plain `Cow` would be copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireText<'a>(pub Cow<'a, str>);

impl Deref for WireText<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for WireText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowed;
        impl<'de> de::Visitor<'de> for Borrowed {
            type Value = WireText<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(WireText(Cow::Borrowed(text)))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(WireText(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Borrowed)
    }
}

/// A JSON value of any type: the sender's own fields are strings at one sender and numbers at the next.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub struct Scalar<'a>(#[serde(borrow)] pub &'a RawValue);

impl<'a> Scalar<'a> {
    /// The text of a string, number or boolean, unless blank. A number keeps its own digits. None for other types.
    #[must_use]
    pub fn text(self) -> Option<Cow<'a, str>> {
        let token = self.0.get();
        let text = match token.as_bytes().first()? {
            b'"' => serde_json::from_str::<WireText<'a>>(token).ok()?.0,
            b'{' | b'[' | b'n' => return None,
            _ => Cow::Borrowed(token),
        };
        (!text.trim().is_empty()).then_some(text)
    }

    /// The texts of a list, or the one text of a single value.
    #[must_use]
    pub fn texts(self) -> Vec<Cow<'a, str>> {
        if self.0.get().starts_with('[') {
            serde_json::from_str::<Vec<Scalar<'a>>>(self.0.get())
                .unwrap_or_default()
                .into_iter()
                .filter_map(Scalar::text)
                .collect()
        } else {
            Vec::from_iter(self.text())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(json: &str) -> Scalar<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_string_without_escapes_is_borrowed() {
        let text: Option<WireText<'_>> = serde_json::from_str(r#""Port Newark""#).unwrap();
        assert!(matches!(text.unwrap().0, Cow::Borrowed("Port Newark")));
        let text: Option<WireText<'_>> = serde_json::from_str(r#""~\u00e9""#).unwrap();
        assert_eq!(&*text.unwrap(), "~é");
    }

    #[test]
    fn a_number_keeps_its_digits() {
        assert_eq!(scalar("740.00").text().as_deref(), Some("740.00"));
        assert_eq!(scalar(r#""7""#).text().as_deref(), Some("7"));
        assert_eq!(scalar(r#"" ""#).text(), None);
        assert_eq!(scalar("{}").text(), None);
    }

    #[test]
    fn one_value_is_a_list_of_one() {
        assert_eq!(scalar(r#"["SO-1", 2, null, {}]"#).texts(), ["SO-1", "2"]);
        assert_eq!(scalar(r#""SO-1""#).texts(), ["SO-1"]);
    }
}
