//! host.json, with overrides from `AzureFunctionsJobHost__...` settings.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::Settings;
use super::queue_options::{self, QueueOptions};
use super::time_span;

/// What the host uses of host.json.
#[derive(Debug)]
pub(crate) struct HostJson {
    /// Prefix of every HTTP route, `api` by default.
    pub(crate) route_prefix: String,
    /// Deadline of one invocation; `None` is unlimited.
    pub(crate) function_timeout: Option<Duration>,
    /// Budget for the handler to answer `GET /`.
    pub(crate) initialization_timeout: Duration,
    /// How pure HTTP functions are served.
    pub(crate) http_mode: HttpMode,
    /// The command line of the handler.
    pub(crate) executable: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) working_directory: Option<String>,
    pub(crate) worker_directory: Option<String>,
    /// How queues are read.
    pub(crate) queues: QueueOptions,
    /// Allow-list of functions.
    pub(crate) functions: Option<Vec<String>>,
}

/// How a pure HTTP function reaches the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HttpMode {
    /// As a JSON payload, like every other trigger.
    Payload,
    /// `enableForwardingHttpRequest`: the request itself, its body only with a Content-Length.
    Forwarding,
    /// `enableProxyingHttpRequest`: the request itself, streamed.
    Proxying,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    version: Value,
    function_timeout: Option<String>,
    #[serde(default)]
    extensions: Extensions,
    custom_handler: Option<CustomHandler>,
    functions: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Extensions {
    http: Http,
    queues: queue_options::Wire,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Http {
    route_prefix: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CustomHandler {
    description: Description,
    #[serde(default)]
    enable_forwarding_http_request: Flag,
    #[serde(default)]
    enable_proxying_http_request: Flag,
    initialization_timeout: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Description {
    default_executable_path: String,
    #[serde(default)]
    arguments: Vec<String>,
    working_directory: Option<String>,
    worker_directory: Option<String>,
}

/// A boolean, or its text when it comes from a setting.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Flag {
    Value(bool),
    Text(String),
    #[default]
    Absent,
}

impl Flag {
    fn is_set(&self) -> bool {
        match self {
            Self::Value(value) => *value,
            Self::Text(text) => text.eq_ignore_ascii_case("true"),
            Self::Absent => false,
        }
    }
}

impl HostJson {
    pub(super) fn parse(text: &[u8], settings: &Settings) -> Result<Self, String> {
        let mut value: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        for (name, setting) in settings.iter() {
            if let Some(path) = name.strip_prefix("AzureFunctionsJobHost__") {
                set(&mut value, path, setting);
            }
        }
        let wire: Wire = serde_json::from_value(value).map_err(|error| error.to_string())?;
        if wire.version != "2.0" {
            return Err(format!(
                "version is {}, the host takes only \"2.0\"",
                wire.version
            ));
        }
        let handler = wire
            .custom_handler
            .ok_or("customHandler is missing: this host runs custom handlers only")?;
        let http_mode = match (
            &handler.enable_proxying_http_request,
            &handler.enable_forwarding_http_request,
        ) {
            (proxying, _) if proxying.is_set() => HttpMode::Proxying,
            (_, forwarding) if forwarding.is_set() => HttpMode::Forwarding,
            _ => HttpMode::Payload,
        };
        let expand = |text: &str| settings.expand(text);
        Ok(Self {
            route_prefix: wire
                .extensions
                .http
                .route_prefix
                .unwrap_or_else(|| "api".to_owned()),
            function_timeout: function_timeout(wire.function_timeout.as_deref())?,
            initialization_timeout: span(
                "initializationTimeout",
                handler.initialization_timeout.as_deref(),
                30,
            )?,
            http_mode,
            executable: expand(&handler.description.default_executable_path)?,
            arguments: handler
                .description
                .arguments
                .iter()
                .map(|text| expand_loosely(text, settings))
                .collect(),
            working_directory: handler
                .description
                .working_directory
                .filter(|text| !text.is_empty()),
            worker_directory: handler
                .description
                .worker_directory
                .filter(|text| !text.is_empty()),
            queues: QueueOptions::new(&wire.extensions.queues)?,
            functions: wire.functions,
        })
    }
}

/// Sets one value by its `a__b__c` path, without regard to case.
fn set(value: &mut Value, path: &str, setting: &str) {
    let (head, tail) = path
        .split_once("__")
        .map_or((path, None), |(head, tail)| (head, Some(tail)));
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let Some(object) = value.as_object_mut() else {
        return;
    };
    let known = object
        .keys()
        .find(|key| key.eq_ignore_ascii_case(head))
        .cloned();
    let slot = object
        .entry(known.unwrap_or_else(|| head.to_owned()))
        .or_insert(Value::Null);
    match tail {
        Some(tail) => set(slot, tail, setting),
        None => *slot = Value::String(setting.to_owned()),
    }
}

/// Arguments lose a `%NAME%` that no setting resolves.
fn expand_loosely(text: &str, settings: &Settings) -> String {
    let mut parts = text.split('%');
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    while let (Some(name), Some(rest)) = (parts.next(), parts.next()) {
        expanded.push_str(settings.get(name).unwrap_or_default());
        expanded.push_str(rest);
    }
    expanded
}

fn function_timeout(text: Option<&str>) -> Result<Option<Duration>, String> {
    match text {
        Some("-1" | "-1.00:00:00") => Ok(None),
        text => span("functionTimeout", text, 30 * 60).map(Some),
    }
}

fn span(name: &str, text: Option<&str>, default_seconds: u64) -> Result<Duration, String> {
    match text {
        None => Ok(Duration::from_secs(default_seconds)),
        Some(text) => {
            time_span::parse(text).ok_or_else(|| format!("{name}: {text:?} is no time span"))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const TEXT: &str = r#"{"version":"2.0","functionTimeout":"00:10:00","extensions":{"http":{"routePrefix":"v1"}},
        "customHandler":{"description":{"defaultExecutablePath":"handler","arguments":["-p","%P%","x%NONE%y"]},
        "enableProxyingHttpRequest":true}}"#;

    fn parse(text: &str, settings: &[(&str, &str)]) -> Result<HostJson, String> {
        let values: BTreeMap<_, _> = settings
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        HostJson::parse(text.as_bytes(), &Settings::new(values, BTreeMap::new()))
    }

    #[test]
    fn what_is_used() {
        let host = parse(TEXT, &[("P", "7")]).unwrap();
        assert_eq!(
            (host.route_prefix.as_str(), host.http_mode),
            ("v1", HttpMode::Proxying)
        );
        assert_eq!(host.function_timeout, Some(Duration::from_secs(600)));
        assert_eq!(host.initialization_timeout, Duration::from_secs(30));
        assert_eq!(host.arguments, ["-p", "7", "xy"]);
    }

    #[test]
    fn a_setting_overrides_a_value() {
        let settings = [
            ("AzureFunctionsJobHost__functionTimeout", "-1"),
            ("AzureFunctionsJobHost__extensions__http__routeprefix", ""),
            (
                "AzureFunctionsJobHost__customHandler__enableProxyingHttpRequest",
                "false",
            ),
        ];
        let host = parse(TEXT, &settings).unwrap();
        assert_eq!(
            (host.function_timeout, host.route_prefix.as_str()),
            (None, "")
        );
        assert_eq!(host.http_mode, HttpMode::Payload);
    }

    #[test]
    fn only_version_two_and_custom_handlers() {
        assert!(parse(r#"{"version":2.0}"#, &[]).is_err_and(|message| message.contains("version")));
        assert!(
            parse(r#"{"version":"2.0"}"#, &[])
                .is_err_and(|message| message.contains("customHandler"))
        );
    }
}
