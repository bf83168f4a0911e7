//! The app's variables, read once at the start.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::Url;
use settings::{Invalid, Reader};

/// What the app is told by its environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the feed is, and who we are there and at the API.
    pub feed: feed::Config,
    /// The API up to and with `/api/v2.0`. Tokens are sent to no other origin.
    pub api_url: Url,
    /// The company's id at the API.
    pub company_id: String,
    /// How to pull.
    pub pull: Pull,
}

/// How to pull.
#[derive(Debug, Clone)]
pub struct Pull {
    /// The company's name; part of every order's key.
    pub company: String,
    /// How what is new is found.
    pub cursor: CursorKind,
    /// How far before the watermark reading starts. An order may show up late with an older time of change, by as much
    /// as the upstream's longest transaction takes.
    pub overlap: SignedDuration,
    /// Orders asked for per page, 1 to 20,000.
    pub page_size: u32,
    /// After this no further page is begun. Less than the host's `functionTimeout`, which kills the process.
    pub time_budget: Duration,
    /// Where the first pull of all begins.
    pub start: Timestamp,
}

/// How what is new is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CursorKind {
    /// By `lastModifiedDateTime`. Does not see deletions.
    Watermark,
    /// By links that the upstream gives out for what changed since.
    Delta,
}

/// Most orders on a page; the upstream refuses more.
const PAGE_SIZE_MAX: u32 = 20_000;
/// A pull ends, whole page included, before the 300 s of the host's `functionTimeout`.
const TIME_BUDGET_SECONDS_MAX: u32 = 270;
/// A day; a longer overlap reads the same orders all day long.
const OVERLAP_SECONDS_MAX: u32 = 86_400;

impl Config {
    /// Reads all variables.
    ///
    /// # Errors
    /// Every mistake, not only the first.
    pub fn from_vars(vars: &dyn Fn(&str) -> Option<String>) -> Result<Self, Invalid> {
        let mut reader = Reader::new(vars);
        let feed = reader.part(feed::Config::from_vars(vars));
        let api_url = reader.required("ORDERS_API_URL", "an http or https URL", |text| {
            text.trim_end_matches('/')
                .parse()
                .ok()
                .filter(|url: &Url| matches!(url.scheme(), "http" | "https"))
        });
        let company_id = reader.required(
            "ORDERS_COMPANY_ID",
            "an id without blanks, / or parentheses",
            |text| {
                let odd = |c: char| c.is_whitespace() || matches!(c, '/' | '(' | ')' | '?' | '#');
                (!text.contains(odd)).then(|| text.to_owned())
            },
        );
        let company = reader.required("ORDERS_COMPANY", "a name without |", |text| {
            (!text.contains('|')).then(|| text.to_owned())
        });
        let cursor = reader.optional(
            "ORDERS_CURSOR",
            "watermark or delta",
            CursorKind::Watermark,
            |text| match text {
                "watermark" => Some(CursorKind::Watermark),
                "delta" => Some(CursorKind::Delta),
                _ => None,
            },
        );
        let overlap_seconds = reader.number("ORDERS_OVERLAP_SECONDS", 600, 0..=OVERLAP_SECONDS_MAX);
        let page_size = reader.number("ORDERS_PAGE_SIZE", 500, 1..=PAGE_SIZE_MAX);
        let time_budget =
            reader.seconds("ORDERS_TIME_BUDGET_SECONDS", 240, TIME_BUDGET_SECONDS_MAX);
        let start = reader.optional(
            "ORDERS_START",
            "an instant such as 2026-01-01T00:00:00Z",
            Timestamp::UNIX_EPOCH,
            |text| {
                text.parse()
                    .ok()
                    .filter(|start| *start >= Timestamp::UNIX_EPOCH)
            },
        );
        reader.finish(|| {
            Some(Self {
                feed: feed?,
                api_url: api_url?,
                company_id: company_id?,
                pull: Pull {
                    company: company?,
                    cursor,
                    overlap: SignedDuration::from_secs(overlap_seconds.into()),
                    page_size,
                    time_budget,
                    start,
                },
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, Invalid> {
        let var = |name: &str| {
            pairs
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Config::from_vars(&var)
    }

    const ENOUGH: [(&str, &str); 4] = [
        ("FEED__accountEndpoint", "http://127.0.0.1:1/"),
        ("ORDERS_API_URL", "http://127.0.0.1:2/api/v2.0/"),
        ("ORDERS_COMPANY_ID", "11111111-2222-3333-4444-555555555555"),
        ("ORDERS_COMPANY", "CRONUS"),
    ];

    #[test]
    fn the_rest_has_defaults() {
        let config = read(&ENOUGH).unwrap();
        assert_eq!(config.api_url.as_str(), "http://127.0.0.1:2/api/v2.0");
        assert_eq!(config.pull.cursor, CursorKind::Watermark);
        assert_eq!(
            (config.pull.page_size, config.pull.overlap.as_secs()),
            (500, 600)
        );
        assert_eq!(config.pull.start, Timestamp::UNIX_EPOCH);
    }

    #[test]
    fn every_mistake_is_told() {
        let wrong = [
            ("ORDERS_API_URL", "ftp://x"),
            ("ORDERS_COMPANY", "A|B"),
            ("ORDERS_PAGE_SIZE", "0"),
            ("ORDERS_START", "today"),
        ];
        assert_eq!(
            read(&wrong).unwrap_err().0,
            [
                "variable FEED__accountEndpoint is not set",
                "variable ORDERS_API_URL is `ftp://x`, not an http or https URL",
                "variable ORDERS_COMPANY_ID is not set",
                "variable ORDERS_COMPANY is `A|B`, not a name without |",
                "variable ORDERS_PAGE_SIZE is `0`, not a whole number from 1 to 20000",
                "variable ORDERS_START is `today`, not an instant such as 2026-01-01T00:00:00Z",
            ]
        );
    }
}
