//! The app's variables, read once at the start.

use std::fmt;

/// Where the reporting store is.
const REPORTING_URL: &str = "REPORTING_URL";

/// What the app is told by its environment.
#[derive(Clone)]
pub struct Config {
    /// Where the dead letters go.
    pub feed: feed::Config,
    /// Url of the reporting store; holds a password.
    pub reporting_url: String,
}

/// One missing variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("variable {0} is not set")]
pub struct Missing(pub &'static str);

/// Everything that is missing from the environment, so that it is put right in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidConfig(pub Vec<Missing>);

impl fmt::Display for InvalidConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, missing) in self.0.iter().enumerate() {
            write!(f, "{}{missing}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidConfig {}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("feed", &self.feed)
            .finish_non_exhaustive()
    }
}

impl Config {
    /// Reads all variables. An empty value counts as not set.
    ///
    /// # Errors
    /// Every variable that is missing, not only the first.
    pub fn from_vars(vars: &dyn Fn(&str) -> Option<String>) -> Result<Self, InvalidConfig> {
        let feed = feed::Config::from_vars(vars).map_err(|missing| Missing(missing.0));
        let reporting_url = vars(REPORTING_URL)
            .filter(|url| !url.trim().is_empty())
            .ok_or(Missing(REPORTING_URL));
        match (feed, reporting_url) {
            (Ok(feed), Ok(reporting_url)) => Ok(Self {
                feed,
                reporting_url,
            }),
            (feed, url) => Err(InvalidConfig(
                [feed.err(), url.err()].into_iter().flatten().collect(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_is_told() {
        let error = Config::from_vars(&|_| Some(" ".to_owned())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "variable FEED__accountEndpoint is not set; variable REPORTING_URL is not set"
        );
    }

    #[test]
    fn the_password_is_never_shown() {
        let vars = |name: &str| {
            let value = match name {
                REPORTING_URL => "postgres://user:s3cret@host/database",
                _ => "http://127.0.0.1:1/",
            };
            Some(value.to_owned())
        };
        let config = Config::from_vars(&vars).unwrap();
        assert!(!format!("{config:?}").contains("s3cret"));
    }
}
