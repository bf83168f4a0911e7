//! What is kept of how a message arrived.

use std::borrow::Cow;

use crate::raw::escaped_len;

/// Headers that are, or open, a secret. A signature is none by itself, but lets anyone repeat the message as its sender.
const SECRET_NAMES: &[&str] = &[
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "webhook-signature",
    "x-api-key",
    "x-functions-key",
];

/// Endings of names that hold a secret in most systems.
const SECRET_ENDINGS: &[&str] = &["-secret", "-signature", "-token", "password"];

/// Says that there was more.
const MORE: char = '…';

/// Most bytes of one name or value.
const VALUE_BYTES_MAX: usize = 2_048;
/// Most bytes of all names and values together; a request has some two thousand.
const ARRIVAL_BYTES_MAX: usize = 32_768;

/// The pairs without secrets, in their order. URLs lose their query, where function keys travel.
pub(crate) fn without_secrets(arrival: &[(String, String)]) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
    let mut bytes = 0;
    arrival
        .iter()
        .filter(|(name, _)| !is_secret(name))
        .map(|(name, value)| {
            let value = without_query(name, value);
            (clip(name, VALUE_BYTES_MAX), clip(value, VALUE_BYTES_MAX))
        })
        .take_while(|(name, value)| {
            bytes += escaped_len(name) + escaped_len(value);
            bytes <= ARRIVAL_BYTES_MAX
        })
        .collect()
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_NAMES.contains(&name.as_str())
        || SECRET_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn without_query<'a>(name: &str, value: &'a str) -> &'a str {
    let name = name.to_ascii_lowercase();
    let is_url = name.ends_with("url") || name.ends_with("uri") || name == "referer";
    match value.split_once('?') {
        Some((path, _)) if is_url || value.starts_with("http") => path,
        _ => value,
    }
}

/// The text, or its first part with a sign that there was more; at most this many bytes as JSON.
pub(crate) fn clip(text: &str, bytes_max: usize) -> Cow<'_, str> {
    if escaped_len(text) <= bytes_max {
        return Cow::Borrowed(text);
    }
    let mut left = bytes_max.saturating_sub(MORE.len_utf8());
    let mut kept: String = text
        .chars()
        .take_while(|c| {
            let len = escaped_len(c.encode_utf8(&mut [0; 4]));
            let fits = len <= left;
            left = left.saturating_sub(len);
            fits
        })
        .collect();
    kept.push(MORE);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(name: &str, value: &str) -> Option<String> {
        let arrival = [(name.to_owned(), value.to_owned())];
        let kept = without_secrets(&arrival);
        kept.first().map(|(_, value)| value.to_string())
    }

    #[test]
    fn secrets_are_dropped_whatever_their_case() {
        for name in [
            "Authorization",
            "X-Functions-Key",
            "webhook-signature",
            "X-Hub-Token",
            "Cookie",
        ] {
            assert_eq!(kept(name, "s3cret"), None, "{name}");
        }
    }

    #[test]
    fn what_tells_about_the_message_is_kept() {
        assert_eq!(kept("webhook-id", "msg_1").as_deref(), Some("msg_1"));
        assert_eq!(
            kept("content-type", "application/json").as_deref(),
            Some("application/json")
        );
    }

    #[test]
    fn a_url_loses_its_query() {
        for name in ["x-original-url", "page", "Referer"] {
            let value = "https://host/api/x?code=k3y";
            assert_eq!(
                kept(name, value).as_deref(),
                Some("https://host/api/x"),
                "{name}"
            );
        }
        assert_eq!(
            kept("x-original-url", "/api/x?code=k").as_deref(),
            Some("/api/x")
        );
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        assert_eq!(clip("aéé", 4), "a…");
        assert_eq!(clip("aéé", 5), "aéé");
        assert_eq!(clip("\u{1}\u{1}\u{1}", 15), "\u{1}\u{1}…");
    }
}
