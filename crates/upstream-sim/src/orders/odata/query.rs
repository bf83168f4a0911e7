//! Query options and opaque tokens.

use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use uuid::Uuid;

use crate::orders::order_book::Position;
use crate::stamp::ticks;

const DEFAULT_PAGE: usize = 20_000;

/// One request for sales orders.
#[derive(Debug)]
pub(super) struct Query {
    /// The query string without its token, to be repeated verbatim in links.
    kept: String,
    /// Ticks of `lastModifiedDateTime ge`; the beginning of time without a filter.
    pub(super) from: i64,
    pub(super) expand: bool,
    pub(super) ids_only: bool,
    pub(super) page_size: usize,
    /// `Prefer: odata.track-changes`.
    pub(super) track: bool,
    /// The request itself is a delta link.
    pub(super) is_delta: bool,
    pub(super) token: Option<Token>,
}

/// What `$skiptoken` and `$deltatoken` hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// Continue after a position; `log` is where tracking of changes began.
    Page {
        position: Position,
        size: usize,
        log: Option<usize>,
    },
    /// Changes between two ends of the log, from an offset on; equal ends stand for "up to now".
    Delta {
        run: u64,
        from: usize,
        to: usize,
        offset: usize,
        size: usize,
    },
    /// Not one of ours.
    UnknownDelta,
}

impl Query {
    pub(super) fn parse(raw: &str, headers: &HeaderMap) -> Result<Self, String> {
        let mut query = Self {
            kept: String::new(),
            from: i64::MIN,
            expand: false,
            ids_only: false,
            page_size: DEFAULT_PAGE,
            track: false,
            is_delta: false,
            token: None,
        };
        query.preferences(headers);
        for pair in raw.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name), decoded(value));
            if query.option(&name, &value)? {
                if !query.kept.is_empty() {
                    query.kept.push('&');
                }
                query.kept.push_str(pair);
            }
        }
        Ok(query)
    }

    fn preferences(&mut self, headers: &HeaderMap) {
        let values = headers
            .get_all("prefer")
            .iter()
            .filter_map(|value| value.to_str().ok());
        for preference in values
            .flat_map(|value| value.split([',', ';']))
            .map(str::trim)
        {
            if let Some(size) = preference.strip_prefix("odata.maxpagesize=") {
                self.page_size = size
                    .parse()
                    .ok()
                    .filter(|size| *size > 0)
                    .unwrap_or(DEFAULT_PAGE);
            }
            self.track |= preference == "odata.track-changes";
        }
    }

    /// Takes one option in; false for a token, which links replace.
    fn option(&mut self, name: &str, value: &str) -> Result<bool, String> {
        match name {
            "$filter" => self.from = filter(value)?,
            "$expand" if value == "salesOrderLines" => self.expand = true,
            "$select" if value == "id" => self.ids_only = true,
            "$orderby" if value.replace(", ", ",") == "lastModifiedDateTime,id" => {}
            "$skiptoken" => {
                self.token = Some(Token::parse(value).ok_or("the skip token is not valid")?);
                return Ok(false);
            }
            "$deltatoken" => {
                self.is_delta = true;
                self.token = Some(Token::parse(value).unwrap_or(Token::UnknownDelta));
                return Ok(false);
            }
            "aid" => return Ok(false),
            _ if name.starts_with('$') => {
                return Err(format!("not supported here: {name}={value}"));
            }
            _ => {}
        }
        Ok(true)
    }

    /// A link to `address` with the options of this request and a token.
    pub(super) fn link(&self, address: &str, option: &str, token: &Token) -> String {
        let separator = if self.kept.is_empty() { "" } else { "&" };
        format!(
            "{address}?{}{separator}aid=FIN&{option}={}",
            self.kept,
            token.text()
        )
    }
}

impl Token {
    fn text(&self) -> String {
        let plain = match self {
            Self::Page {
                position: (ticks, id),
                size,
                log,
            } => {
                format!(
                    "p|{ticks}|{id}|{size}|{}",
                    log.map_or_else(String::new, |log| log.to_string())
                )
            }
            Self::Delta {
                run,
                from,
                to,
                offset,
                size,
            } => format!("d|{run}|{from}|{to}|{offset}|{size}"),
            Self::UnknownDelta => String::new(),
        };
        URL_SAFE_NO_PAD.encode(plain)
    }

    fn parse(text: &str) -> Option<Self> {
        let plain = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let parts: Vec<&str> = plain.split('|').collect();
        match parts[..] {
            ["p", ticks, id, size, log] => Some(Self::Page {
                position: (ticks.parse().ok()?, id.parse::<Uuid>().ok()?),
                size: size.parse().ok()?,
                log: if log.is_empty() {
                    None
                } else {
                    Some(log.parse().ok()?)
                },
            }),
            ["d", run, from, to, offset, size] => Some(Self::Delta {
                run: run.parse().ok()?,
                from: from.parse().ok()?,
                to: to.parse().ok()?,
                offset: offset.parse().ok()?,
                size: size.parse().ok()?,
            }),
            _ => None,
        }
    }
}

/// `lastModifiedDateTime ge <instant>` (or `gt`) as the first tick that matches.
fn filter(text: &str) -> Result<i64, String> {
    let unsupported =
        || format!("only lastModifiedDateTime ge <instant> is supported, not: {text}");
    let mut words = text.split_whitespace();
    let (field, operator, value) = (
        words.next(),
        words.next(),
        words.next().ok_or_else(unsupported)?,
    );
    let at: Timestamp = value.parse().map_err(|_| unsupported())?;
    match (field, operator, words.next()) {
        (Some("lastModifiedDateTime"), Some("ge"), None) => Ok(ticks(at)),
        (Some("lastModifiedDateTime"), Some("gt"), None) => Ok(ticks(at) + 1),
        _ => Err(unsupported()),
    }
}

/// Percent-decoding, with `+` as a blank.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        let byte = hex
            .filter(|_| bytes[at] == b'%')
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(byte.unwrap_or(if bytes[at] == b'+' { b' ' } else { bytes[at] }));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_and_kept_for_links() {
        let raw = "$expand=salesOrderLines&%24filter=lastModifiedDateTime%20ge%202026-11-02T09:15:22.5Z&$skiptoken=bad";
        assert!(Query::parse(raw, &HeaderMap::new()).is_err());
        let token = Token::Page {
            position: (7, Uuid::from_u128(9)),
            size: 3,
            log: None,
        };
        let raw = raw.replace("bad", &token.text());
        let mut headers = HeaderMap::new();
        headers.insert(
            "prefer",
            "odata.maxpagesize=3, odata.track-changes".parse().unwrap(),
        );
        let query = Query::parse(&raw, &headers).unwrap();
        assert!(query.expand && query.track);
        assert_eq!(query.page_size, 3);
        assert_eq!(query.from, ticks("2026-11-02T09:15:22.5Z".parse().unwrap()));
        assert_eq!(query.token, Some(token.clone()));
        let link = query.link("http://h/x", "$skiptoken", &token);
        assert!(
            link.starts_with(
                "http://h/x?$expand=salesOrderLines&%24filter=lastModifiedDateTime%20ge%20"
            ),
            "{link}"
        );
    }

    #[test]
    fn filters_take_whole_and_fractional_instants() {
        assert_eq!(
            filter("lastModifiedDateTime ge 1970-01-01T00:00:01Z"),
            Ok(10_000_000)
        );
        assert_eq!(
            filter("lastModifiedDateTime gt 1970-01-01T00:00:01.5Z"),
            Ok(15_000_001)
        );
        assert!(filter("number eq 'SO-1'").is_err());
        assert!(filter("lastModifiedDateTime ge yesterday").is_err());
    }

    #[test]
    fn a_foreign_delta_token_is_unknown() {
        let query = Query::parse("$deltatoken=919058%2111", &HeaderMap::new()).unwrap();
        assert_eq!(query.token, Some(Token::UnknownDelta));
    }
}
