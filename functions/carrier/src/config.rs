//! The app's variables, read once at the start.

mod partners;
mod zones;

use settings::{Invalid, Reader};

pub use partners::{InvalidPartners, Partner, Partners};
pub use zones::{Region, ZoneMissing, Zones};

/// JSON list of the partners that send to us.
const PARTNERS: &str = "CARRIER_PARTNERS";

/// What the app is told by its environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the feed is.
    pub feed: feed::Config,
    /// Where the files are.
    pub drops: drops::Config,
    /// Who sends, and how each is taken.
    pub partners: Partners,
}

impl Config {
    /// Reads all variables.
    ///
    /// # Errors
    /// Every mistake, not only the first.
    pub fn from_vars(vars: &dyn Fn(&str) -> Option<String>) -> Result<Self, Invalid> {
        let mut reader = Reader::new(vars);
        let feed = reader.part(feed::Config::from_vars(vars));
        let drops = reader.part(drops::Config::from_vars(vars));
        let listed = reader.text(PARTNERS).unwrap_or_default();
        let partners = Partners::parse(&listed).map_err(|error| format!("{PARTNERS}: {error}"));
        let partners = reader.part(partners);
        reader.finish(|| {
            Some(Self {
                feed: feed?,
                drops: drops?,
                partners: partners?,
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_told() {
        let vars =
            |name: &str| (name == PARTNERS).then(|| r#"[{"sender":"A","zone":"Mars"}]"#.to_owned());
        assert_eq!(
            Config::from_vars(&vars).unwrap_err().to_string(),
            "variable FEED__accountEndpoint is not set; \
             variable DROPS__blobServiceUri is not set; \
             CARRIER_PARTNERS: partner 1: `Mars` is no time zone"
        );
    }
}
