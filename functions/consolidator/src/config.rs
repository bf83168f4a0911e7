//! The app's variables, read once at the start.

use std::fmt;

use settings::{Invalid, Reader};

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
    pub fn from_vars(vars: &dyn Fn(&str) -> Option<String>) -> Result<Self, Invalid> {
        let mut reader = Reader::new(vars);
        let feed = reader.part(feed::Config::from_vars(vars));
        let reporting_url = reader.required_text(REPORTING_URL);
        reader.finish(|| {
            Some(Self {
                feed: feed?,
                reporting_url: reporting_url?,
            })
        })
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
