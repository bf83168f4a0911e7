//! The app's variables, read once at the start.

mod sites;
mod units;

use std::time::Duration;

use settings::{Invalid, Reader};

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
const TIME_BUDGET_SECONDS_MAX: u32 = 240;
const TIME_BUDGET_SECONDS: u32 = 180;
/// Ten minutes leave five of the fifteen that reports may lag.
const PARTIAL_WAIT_SECONDS: u32 = 600;
const PARTIAL_WAIT_SECONDS_MAX: u32 = 86_400;

impl Config {
    /// Reads all variables. An empty value counts as not set.
    ///
    /// # Errors
    /// Every mistake, not only the first.
    pub fn from_vars(vars: &dyn Fn(&str) -> Option<String>) -> Result<Self, Invalid> {
        let mut reader = Reader::new(vars);
        let feed = reader.part(feed::Config::from_vars(vars));
        let drops = reader.part(drops::Config::from_vars(vars));
        let sites = match reader.text("WAREHOUSE_SITES") {
            Some(text) => reader.part(text.parse::<Sites>()),
            None => reader.part(Err("variable WAREHOUSE_SITES is not set")),
        };
        let units = match reader.text("WAREHOUSE_UNITS") {
            Some(json) => reader.part(Units::parse(&json)),
            None => reader.part(Units::embedded()),
        };
        let partial_wait = reader.seconds(
            "WAREHOUSE_PARTIAL_WAIT_SECONDS",
            PARTIAL_WAIT_SECONDS,
            PARTIAL_WAIT_SECONDS_MAX,
        );
        let time_budget = reader.seconds(
            "WAREHOUSE_TIME_BUDGET_SECONDS",
            TIME_BUDGET_SECONDS,
            TIME_BUDGET_SECONDS_MAX,
        );
        let trailer = reader.text("WAREHOUSE_TRAILER");
        reader.finish(|| {
            Some(Self {
                feed: feed?,
                drops: drops?,
                sites: sites?,
                units: units?,
                trailer,
                partial_wait,
                time_budget,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, Invalid> {
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
