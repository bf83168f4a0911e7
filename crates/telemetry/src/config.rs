//! What an app says about itself and where its telemetry goes.

use std::{fmt, time::Duration};

/// How often metrics are sent without a setting.
const METRICS_EVERY: Duration = Duration::from_secs(60);

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
    /// The part of all traces that is sent; failures, dead letters and replays are sent in any case.
    pub sample_ratio: f64,
    /// How often metrics are sent.
    pub metrics_every: Duration,
}

impl Config {
    /// Reads the settings of the platform through `lookup`. An empty setting is no setting.
    ///
    /// `APPLICATIONINSIGHTS_CONNECTION_STRING`, `APPLICATIONINSIGHTS_AUTHENTICATION_STRING`, `LOG_FILTER`,
    /// `TELEMETRY_SAMPLE_RATIO`, `TELEMETRY_METRICS_SECONDS` and `WEBSITE_INSTANCE_ID`. A number that is none is kept as
    /// one that [`init`](crate::init) refuses.
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
            sample_ratio: setting("TELEMETRY_SAMPLE_RATIO")
                .map_or(1.0, |ratio| ratio.trim().parse().unwrap_or(f64::NAN)),
            metrics_every: setting("TELEMETRY_METRICS_SECONDS")
                .and_then(|seconds| seconds.trim().parse().ok())
                .filter(|seconds| *seconds > 0)
                .map_or(METRICS_EVERY, Duration::from_secs),
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
