//! The app's variables, read once at the start.

mod sites;
mod units;

use std::{fmt, time::Duration};

pub use sites::{InvalidSites, Site, Sites};
pub use units::{Converted, InvalidUnits, Units};

/// What the app is told by its environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the feed is, and who we are there.
    pub feed: feed::Config,
    /// Where the files and the queue are, and who we are there.
    pub drops: drops::Config,
    /// The sites and their time zones.
    pub sites: Sites,
    /// The factors between units of measure.
    pub units: Units,
    /// First cell of the trailer row that every file ends with; none where files have no trailer.
    pub trailer: Option<String>,
    /// How long a file that stops inside a row may still grow, counted from the time of the blob.
    pub partial_wait: Duration,
    /// After this an invocation ends at its next checkpoint. Less than the host's `functionTimeout`.
    pub time_budget: Duration,
}

/// An invocation ends, last batch included, before the 300 s of the host's `functionTimeout`.
const TIME_BUDGET_SECONDS_MAX: u64 = 240;
const TIME_BUDGET_SECONDS: u64 = 180;
/// Ten minutes leave five of the fifteen that reports may lag.
const PARTIAL_WAIT_SECONDS: u64 = 600;
const PARTIAL_WAIT_SECONDS_MAX: u64 = 86_400;

/// Everything that is wrong with the environment, so that it is put right in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidConfig(pub Vec<String>);

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for InvalidConfig {}

impl Config {
    /// Reads all variables. An empty value counts as not set.
    ///
    /// # Errors
    /// Every mistake, not only the first.
    pub fn from_vars(vars: &dyn Fn(&str) -> Option<String>) -> Result<Self, InvalidConfig> {
        let mut mistakes = Vec::new();
        let text = |name: &str| {
            vars(name)
                .map(|text| text.trim().to_owned())
                .filter(|text| !text.is_empty())
        };
        let feed = noted(&mut mistakes, feed::Config::from_vars(vars));
        let drops = noted(&mut mistakes, drops::Config::from_vars(vars));
        let sites = match text("WAREHOUSE_SITES") {
            Some(text) => noted(&mut mistakes, text.parse::<Sites>()),
            None => noted(&mut mistakes, Err("variable WAREHOUSE_SITES is not set")),
        };
        let units = match text("WAREHOUSE_UNITS") {
            Some(json) => noted(&mut mistakes, Units::parse(&json)),
            None => noted(&mut mistakes, Units::embedded()),
        };
        let mut seconds = |name: &str, default: u64, most: u64| {
            let Some(text) = text(name) else {
                return Duration::from_secs(default);
            };
            let number = text
                .parse()
                .ok()
                .filter(|number| (1..=most).contains(number));
            if number.is_none() {
                mistakes.push(format!(
                    "variable {name} is `{text}`, not a whole number from 1 to {most}"
                ));
            }
            Duration::from_secs(number.unwrap_or(default))
        };
        let partial_wait = seconds(
            "WAREHOUSE_PARTIAL_WAIT_SECONDS",
            PARTIAL_WAIT_SECONDS,
            PARTIAL_WAIT_SECONDS_MAX,
        );
        let time_budget = seconds(
            "WAREHOUSE_TIME_BUDGET_SECONDS",
            TIME_BUDGET_SECONDS,
            TIME_BUDGET_SECONDS_MAX,
        );
        match (feed, drops, sites, units) {
            (Some(feed), Some(drops), Some(sites), Some(units)) if mistakes.is_empty() => {
                Ok(Self {
                    feed,
                    drops,
                    sites,
                    units,
                    trailer: text("WAREHOUSE_TRAILER"),
                    partial_wait,
                    time_budget,
                })
            }
            _ => Err(InvalidConfig(mistakes)),
        }
    }
}

fn noted<T, E: fmt::Display>(mistakes: &mut Vec<String>, result: Result<T, E>) -> Option<T> {
    result
        .map_err(|error| mistakes.push(error.to_string()))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, InvalidConfig> {
        Config::from_vars(&|name: &str| {
            let pair = pairs.iter().find(|(known, _)| *known == name);
            pair.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_rest_has_defaults() {
        let config = read(&[
            ("FEED__accountEndpoint", "http://127.0.0.1:1/"),
            ("DROPS__blobServiceUri", "https://a.blob.core.windows.net"),
            ("DROPS__queueServiceUri", "https://a.queue.core.windows.net"),
            ("WAREHOUSE_SITES", "DC3=America/New_York"),
        ])
        .unwrap();
        assert_eq!(config.partial_wait, Duration::from_secs(600));
        assert_eq!(config.time_budget, Duration::from_secs(180));
        assert_eq!(config.trailer, None);
        assert_eq!(config.units.version(), "2026-11-01");
    }

    #[test]
    fn every_mistake_is_told() {
        let mistakes = read(&[
            ("FEED__accountEndpoint", "http://127.0.0.1:1/"),
            ("DROPS__queueServiceUri", "https://a.queue.core.windows.net"),
            ("WAREHOUSE_SITES", "DC3=America/Nowhere"),
            ("WAREHOUSE_UNITS", "[]"),
            ("WAREHOUSE_TIME_BUDGET_SECONDS", "300"),
        ])
        .unwrap_err()
        .0;
        assert_eq!(mistakes.len(), 4, "{mistakes:?}");
        assert_eq!(mistakes[0], "variable DROPS__blobServiceUri is not set");
        assert_eq!(
            mistakes[1],
            "variable WAREHOUSE_SITES: `America/Nowhere` is no time zone"
        );
        assert!(
            mistakes[2].starts_with("variable WAREHOUSE_UNITS: "),
            "{mistakes:?}"
        );
    }
}
