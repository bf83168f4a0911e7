//! function.json: one trigger, its outputs, its retry policy.

use std::time::Duration;

use serde_json::{Map, Value};

use super::fields::Fields;
use super::{Settings, time_span};
use crate::front::Template;
use crate::keys::AuthLevel;
use crate::trigger::Schedule;

/// A function that loads.
#[derive(Debug)]
pub(crate) struct Function {
    /// Folder name; also the path that the handler is called with.
    pub(crate) name: String,
    /// Name of the trigger binding: the key in `Data`.
    pub(crate) binding: String,
    pub(crate) trigger: Trigger,
    pub(crate) retry: Option<RetryPolicy>,
}

#[derive(Debug)]
pub(crate) enum Trigger {
    Http(HttpTrigger),
    Timer(TimerTrigger),
    CosmosDb(CosmosDbTrigger),
    Queue(QueueTrigger),
}

#[derive(Debug)]
pub(crate) struct HttpTrigger {
    pub(crate) route: Template,
    /// Upper-case methods; empty takes all.
    pub(crate) methods: Vec<String>,
    pub(crate) level: AuthLevel,
    /// Name of the http output binding, `$return` included.
    pub(crate) output: Option<String>,
    /// Exactly one http trigger and one http output: only then is the request forwarded as it is.
    pub(crate) is_pure: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct TimerTrigger {
    pub(crate) schedule: Schedule,
    pub(crate) run_on_startup: bool,
    pub(crate) use_monitor: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct QueueTrigger {
    pub(crate) connection: String,
    pub(crate) queue: String,
}

#[derive(Debug, Clone)]
pub(crate) struct CosmosDbTrigger {
    pub(crate) connection: String,
    pub(crate) database: String,
    pub(crate) container: String,
    pub(crate) lease_connection: String,
    pub(crate) lease_database: String,
    pub(crate) lease_container: String,
    pub(crate) lease_prefix: String,
    pub(crate) max_items: u32,
    pub(crate) poll_delay: Duration,
    pub(crate) start_from_beginning: bool,
    pub(crate) acquire_interval: Duration,
    pub(crate) expiration_interval: Duration,
    pub(crate) renew_interval: Duration,
}

/// `retry` of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RetryPolicy {
    /// Retries after the first run; `None` goes on for ever.
    pub(crate) max_retries: Option<u64>,
    pub(crate) strategy: RetryStrategy,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RetryStrategy {
    Fixed(Duration),
    Exponential {
        minimum: Duration,
        maximum: Duration,
    },
}

impl Function {
    pub(super) fn parse(name: &str, text: &[u8], settings: &Settings) -> Result<Self, String> {
        if !is_function_name(name) {
            return Err(format!("{name:?} is no function name"));
        }
        let file: Map<String, Value> =
            serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let bindings = file
            .get("bindings")
            .and_then(Value::as_array)
            .ok_or("bindings is missing")?;
        let bindings: Vec<Fields<'_>> = bindings
            .iter()
            .map(|binding| {
                binding
                    .as_object()
                    .map(|object| Fields { object, settings })
                    .ok_or("a binding must be an object")
            })
            .collect::<Result<_, _>>()?;
        let is_trigger =
            |fields: &&Fields<'_>| kind(fields).is_ok_and(|kind| kind.ends_with("trigger"));
        let mut triggers = bindings.iter().filter(is_trigger);
        let (Some(trigger), None) = (triggers.next(), triggers.next()) else {
            return Err("a function needs exactly one trigger".to_owned());
        };
        let mut names: Vec<String> = Vec::new();
        for binding in &bindings {
            let name = binding.required("name")?;
            if !is_binding_name(&name)
                || names.iter().any(|other| other.eq_ignore_ascii_case(&name))
            {
                return Err(format!(
                    "binding name {name:?} is not allowed or not unique"
                ));
            }
            names.push(name);
        }
        let output = output_of(&bindings, &kind(trigger)?)?;
        let retry = match file.get("retry") {
            None | Some(Value::Null) => None,
            Some(Value::Object(object)) => Some(RetryPolicy::parse(Fields { object, settings })?),
            Some(_) => return Err("retry must be an object".to_owned()),
        };
        let parsed = parse_trigger(name, trigger, bindings.len(), output)?;
        // A queue delivers again by itself, up to maxDequeueCount.
        if retry.is_some() && matches!(parsed, Trigger::Http(_) | Trigger::Queue(_)) {
            return Err(format!(
                "retry is not supported for {}",
                trigger.required("type")?
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            binding: trigger.required("name")?,
            trigger: parsed,
            retry,
        })
    }
}

fn parse_trigger(
    name: &str,
    fields: &Fields<'_>,
    bindings: usize,
    output: Option<String>,
) -> Result<Trigger, String> {
    match kind(fields)?.as_str() {
        "httptrigger" => HttpTrigger::parse(name, fields, bindings, output).map(Trigger::Http),
        "timertrigger" => TimerTrigger::parse(fields).map(Trigger::Timer),
        "cosmosdbtrigger" => CosmosDbTrigger::parse(fields).map(Trigger::CosmosDb),
        "queuetrigger" => QueueTrigger::parse(fields).map(Trigger::Queue),
        _ => Err(format!("not supported yet: {}", fields.required("type")?)),
    }
}

impl HttpTrigger {
    fn parse(
        name: &str,
        fields: &Fields<'_>,
        bindings: usize,
        output: Option<String>,
    ) -> Result<Self, String> {
        let route = fields.text("route")?.unwrap_or_else(|| name.to_owned());
        let lower = route.to_ascii_lowercase();
        if lower.starts_with("admin") || lower.starts_with("runtime") {
            return Err(format!(
                "route {route:?} conflicts with one or more built in routes"
            ));
        }
        let level = match fields
            .text("authLevel")?
            .map(|level| level.to_ascii_lowercase())
            .as_deref()
        {
            None | Some("function") => AuthLevel::Function,
            Some("anonymous") => AuthLevel::Anonymous,
            Some("admin") => AuthLevel::Admin,
            Some(other) => {
                return Err(format!("authLevel {other:?} is not supported by this host"));
            }
        };
        let methods = fields.list("methods")?.unwrap_or_default();
        Ok(Self {
            route: Template::parse(&route)?,
            methods: methods
                .iter()
                .map(|method| method.to_ascii_uppercase())
                .collect(),
            level,
            is_pure: bindings == 2 && output.is_some(),
            output,
        })
    }
}

impl TimerTrigger {
    fn parse(fields: &Fields<'_>) -> Result<Self, String> {
        let schedule = Schedule::parse(&fields.required("schedule")?)?;
        // The monitor is of no use, and off, for schedules more often than once a minute.
        let use_monitor =
            fields.parsed("useMonitor", true)? && !schedule.is_shorter_than_a_minute();
        Ok(Self {
            schedule,
            run_on_startup: fields.parsed("runOnStartup", false)?,
            use_monitor,
        })
    }
}

impl QueueTrigger {
    fn parse(fields: &Fields<'_>) -> Result<Self, String> {
        if let Some(data_type) = fields.text("dataType")?
            && !data_type.eq_ignore_ascii_case("string")
        {
            return Err(format!(
                "dataType {data_type:?} is not supported by this host"
            ));
        }
        let connection = fields.text("connection")?;
        Ok(Self {
            // Looked up as AzureWebJobsStorage.
            connection: connection.unwrap_or_else(|| "Storage".to_owned()),
            queue: fields.required("queueName")?.to_ascii_lowercase(),
        })
    }
}

impl CosmosDbTrigger {
    fn parse(fields: &Fields<'_>) -> Result<Self, String> {
        for old in [
            "connectionStringSetting",
            "collectionName",
            "leaseCollectionName",
        ] {
            if fields.text(old)?.is_some() {
                return Err(format!(
                    "{old} belongs to extension 3.x and is not recognised"
                ));
            }
        }
        if fields.text("startFromTime")?.is_some() {
            return Err(
                "startFromTime is not supported: the emulator ignores points in time".to_owned(),
            );
        }
        let connection = fields
            .text("connection")?
            .unwrap_or_else(|| "CosmosDB".to_owned());
        let (database, container) = (
            fields.required("databaseName")?,
            fields.required("containerName")?,
        );
        let lease_container = fields
            .text("leaseContainerName")?
            .unwrap_or_else(|| "leases".to_owned());
        let lease_database = fields
            .text("leaseDatabaseName")?
            .unwrap_or_else(|| database.clone());
        if (&database, &container) == (&lease_database, &lease_container) {
            return Err("the lease container must differ from the monitored container".to_owned());
        }
        let max_items = fields.parsed("maxItemsPerInvocation", 100_u32)?;
        if max_items == 0 {
            return Err("maxItemsPerInvocation must be greater than 0".to_owned());
        }
        let millis = |name, default| fields.parsed(name, default).map(Duration::from_millis);
        Ok(Self {
            lease_connection: fields
                .text("leaseConnection")?
                .unwrap_or_else(|| connection.clone()),
            connection,
            database,
            container,
            lease_database,
            lease_container,
            lease_prefix: fields.text("leaseContainerPrefix")?.unwrap_or_default(),
            max_items,
            poll_delay: millis("feedPollDelay", 5_000)?,
            start_from_beginning: fields.parsed("startFromBeginning", false)?,
            acquire_interval: millis("leaseAcquireInterval", 13_000)?,
            expiration_interval: millis("leaseExpirationInterval", 60_000)?,
            renew_interval: millis("leaseRenewInterval", 17_000)?,
        })
    }
}

impl RetryPolicy {
    fn parse(fields: Fields<'_>) -> Result<Self, String> {
        let count = fields.required("maxRetryCount")?;
        let max_retries = match count.parse::<i64>() {
            Ok(-1) => None,
            Ok(count) => {
                Some(u64::try_from(count).map_err(|_| "maxRetryCount must be -1 or more")?)
            }
            Err(_) => return Err(format!("maxRetryCount: {count:?} is no number")),
        };
        let span = |name| {
            let text = fields.required(name)?;
            time_span::parse(&text).ok_or_else(|| format!("{name}: {text:?} is no time span"))
        };
        let strategy = match fields.required("strategy")?.to_ascii_lowercase().as_str() {
            "fixeddelay" => RetryStrategy::Fixed(span("delayInterval")?),
            "exponentialbackoff" => {
                let (minimum, maximum) = (span("minimumInterval")?, span("maximumInterval")?);
                if minimum > maximum {
                    return Err("minimumInterval is longer than maximumInterval".to_owned());
                }
                RetryStrategy::Exponential { minimum, maximum }
            }
            other => return Err(format!("retry strategy {other:?} is unknown")),
        };
        Ok(Self {
            max_retries,
            strategy,
        })
    }
}

/// The http output of an http function; other outputs are not for this host.
fn output_of(bindings: &[Fields<'_>], trigger: &str) -> Result<Option<String>, String> {
    let mut output = None;
    for binding in bindings {
        match kind(binding)?.as_str() {
            "http" if trigger == "httptrigger" && output.is_none() => {
                output = Some(binding.required("name")?)
            }
            kind if kind == trigger => {}
            other => {
                return Err(format!(
                    "not supported by this host: binding type {other:?} beside {trigger}"
                ));
            }
        }
    }
    Ok(output)
}

fn kind(fields: &Fields<'_>) -> Result<String, String> {
    fields
        .required("type")
        .map(|kind| kind.to_ascii_lowercase())
}

fn is_function_name(name: &str) -> bool {
    is_name(name, 128, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
    }) && !name.eq_ignore_ascii_case("host")
}

fn is_binding_name(name: &str) -> bool {
    name == "$return" || is_name(name, 128, |byte| byte.is_ascii_alphanumeric())
}

fn is_name(name: &str, longest: usize, allowed: impl Fn(u8) -> bool) -> bool {
    name.len() <= longest
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(allowed)
}

#[cfg(test)]
mod tests;
