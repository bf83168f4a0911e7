//! The app's variables, read once at the start.

mod partners;
mod zones;

use std::fmt;

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

/// One wrong variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// The feed's address is missing.
    #[error(transparent)]
    Feed(#[from] feed::MissingVariable),
    /// The storage account is missing.
    #[error(transparent)]
    Drops(#[from] drops::MissingVariable),
    /// The partners cannot be read.
    #[error("{PARTNERS}: {0}")]
    Partners(#[from] InvalidPartners),
}

/// Everything that is wrong with the environment, so that it is put right in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidConfig(pub Vec<Mistake>);

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.0.iter().enumerate() {
            write!(f, "{}{mistake}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidConfig {}

impl Config {
    /// Reads all variables.
    ///
    /// # Errors
    /// Every mistake, not only the first.
    pub fn from_vars(vars: &dyn Fn(&str) -> Option<String>) -> Result<Self, InvalidConfig> {
        let mut mistakes = Vec::new();
        let feed = feed::Config::from_vars(vars).map_err(|error| mistakes.push(error.into()));
        let drops = drops::Config::from_vars(vars).map_err(|error| mistakes.push(error.into()));
        let listed = vars(PARTNERS).unwrap_or_default();
        let partners = Partners::parse(&listed).map_err(|error| mistakes.push(error.into()));
        match (feed, drops, partners) {
            (Ok(feed), Ok(drops), Ok(partners)) => Ok(Self {
                feed,
                drops,
                partners,
            }),
            _ => Err(InvalidConfig(mistakes)),
        }
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
