//! What an app says about itself and where its telemetry goes.

use std::fmt;

/// What an app says about itself and where its telemetry goes.
#[derive(Clone)]
pub struct Config {
    /// The app's name; `crossdock.<app>` is its role in Application Insights.
    pub app: &'static str,
    /// The app's version; Application Insights shows failures per version.
    pub version: &'static str,
    /// Application Insights' connection string. Without one nothing is exported.
    pub connection_string: Option<String>,
    /// The host's own setting for sending with an identity: `Authorization=AAD`, or `ClientId=<id>;Authorization=AAD`.
    pub authentication_string: Option<String>,
    /// What reaches stdout, in the syntax of `EnvFilter`; `info` without one.
    pub log_filter: Option<String>,
    /// Which instance of the app this is, where there are several.
    pub instance: Option<String>,
}

impl Config {
    /// Reads the settings of the platform through `lookup`. An empty setting is no setting.
    ///
    /// `APPLICATIONINSIGHTS_CONNECTION_STRING`, `APPLICATIONINSIGHTS_AUTHENTICATION_STRING`, `LOG_FILTER` and
    /// `WEBSITE_INSTANCE_ID`.
    pub fn from_vars(
        lookup: impl Fn(&str) -> Option<String>,
        app: &'static str,
        version: &'static str,
    ) -> Self {
        let setting = |name| lookup(name).filter(|value| !value.trim().is_empty());
        Self {
            app,
            version,
            connection_string: setting("APPLICATIONINSIGHTS_CONNECTION_STRING"),
            authentication_string: setting("APPLICATIONINSIGHTS_AUTHENTICATION_STRING"),
            log_filter: setting("LOG_FILTER"),
            instance: setting("WEBSITE_INSTANCE_ID"),
        }
    }
}

impl fmt::Debug for Config {
    /// Leaves the connection string out: with its key anyone may write to the component.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("app", &self.app)
            .field("version", &self.version)
            .field("exports", &self.connection_string.is_some())
            .field("log_filter", &self.log_filter)
            .field("instance", &self.instance)
            .finish_non_exhaustive()
    }
}
