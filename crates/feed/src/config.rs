//! Where the feed is.

/// A variable that has no default.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("variable {0} is not set")]
pub struct MissingVariable(pub &'static str);

/// Where the feed is and who we are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The account's URL: `https://NAME.documents.azure.com:443/`, or an emulator on this machine.
    pub endpoint: String,
    /// Client id of a user-assigned identity; without it the app's own.
    pub client_id: Option<String>,
}

/// Named as the Functions host wants it for an identity-based connection called `FEED`.
const ENDPOINT: &str = "FEED__accountEndpoint";
const CLIENT_ID: &str = "FEED__clientId";

impl Config {
    /// Reads `FEED__accountEndpoint` and `FEED__clientId`. An empty value counts as not set.
    ///
    /// # Errors
    /// Without an endpoint.
    pub fn from_vars(vars: &dyn Fn(&str) -> Option<String>) -> Result<Self, MissingVariable> {
        let var = |name| vars(name).filter(|value: &String| !value.trim().is_empty());
        Ok(Self {
            endpoint: var(ENDPOINT).ok_or(MissingVariable(ENDPOINT))?,
            client_id: var(CLIENT_ID),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_enough() {
        let config = Config::from_vars(&|name| {
            (name == "FEED__accountEndpoint").then(|| "http://127.0.0.1:1/".to_owned())
        });
        assert_eq!(
            config,
            Ok(Config {
                endpoint: "http://127.0.0.1:1/".to_owned(),
                client_id: None
            })
        );
    }

    #[test]
    fn no_endpoint_is_named_in_the_error() {
        let error = Config::from_vars(&|_| Some(" ".to_owned())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "variable FEED__accountEndpoint is not set"
        );
    }
}
