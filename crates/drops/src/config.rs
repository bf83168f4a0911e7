//! Where the files are.

/// A variable that has no default.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("variable {0} is not set")]
pub struct MissingVariable(pub &'static str);

/// Where the files are and who we are there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// URL of the blob service: `https://NAME.blob.core.windows.net`, or one with a shared access signature.
    pub blob_service: String,
    /// URL of the queue service, likewise.
    pub queue_service: String,
    /// Client id of a user-assigned identity; without it the app's own.
    pub client_id: Option<String>,
}

/// Named as the Functions host wants it for an identity-based connection called `DROPS`.
const BLOB_SERVICE: &str = "DROPS__blobServiceUri";
const QUEUE_SERVICE: &str = "DROPS__queueServiceUri";
const CLIENT_ID: &str = "DROPS__clientId";

impl Config {
    /// Reads `DROPS__blobServiceUri`, `DROPS__queueServiceUri` and `DROPS__clientId`. An empty value counts as not set.
    ///
    /// # Errors
    /// Without one of the services.
    pub fn from_vars(vars: &dyn Fn(&str) -> Option<String>) -> Result<Self, MissingVariable> {
        let var = |name| vars(name).filter(|value: &String| !value.trim().is_empty());
        let required = |name| var(name).ok_or(MissingVariable(name));
        Ok(Self {
            blob_service: required(BLOB_SERVICE)?,
            queue_service: required(QUEUE_SERVICE)?,
            client_id: var(CLIENT_ID),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_services_are_enough_and_their_absence_is_named() {
        let config = Config::from_vars(&|name| name.ends_with("Uri").then(|| name.to_lowercase()));
        let expected = Config {
            blob_service: "drops__blobserviceuri".to_owned(),
            queue_service: "drops__queueserviceuri".to_owned(),
            client_id: None,
        };
        assert_eq!(config, Ok(expected));
        let error = Config::from_vars(&|_| Some(" ".to_owned())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "variable DROPS__blobServiceUri is not set"
        );
    }
}
