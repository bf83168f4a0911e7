//! The app settings that each app gets on this machine, in the form of a `local.settings.json`.
//!
//! The secrets here protect nothing: both ends are on this machine.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Name under which the ERP keeps its books; part of every order's key.
pub const COMPANY: &str = "CRONUS";
/// Id of that company in the API.
pub const COMPANY_ID: &str = "11111111-2222-3333-4444-555555555555";
/// The secret with which transport's webhooks are signed.
pub const TRANSPORT_SECRET: &str = "whsec_bG9jYWwtcGlwZWxpbmUtc2VjcmV0LTMyLWJ5dGVzISE=";
/// The key that visibility's pushes bear.
pub const VISIBILITY_KEY: &str = "local-visibility-bearer-key";
/// The secret with which a push may be signed besides.
pub const VISIBILITY_WEBHOOK_SECRET: &str = "whsec_bG9jYWwtdmlzaWJpbGl0eS1zZWNyZXQtMzItYnl0ZXM=";
/// The subscription of visibility's DCSA 2.2 notifications.
pub const VISIBILITY_SUBSCRIPTION: &str = "local-subscription";
/// The secret, in base64, with which these notifications are signed.
pub const VISIBILITY_SECRET: &str = "bG9jYWwtc3Vic2NyaXB0aW9uLXNlY3JldC1ieXRlcyE=";
/// The token that Samsara is asked with.
pub const SAMSARA_TOKEN: &str = "local-samsara-token";
/// Geotab's database.
pub const GEOTAB_DATABASE: &str = "crossdock";
/// Who signs in at Geotab.
pub const GEOTAB_USER: &str = "crossdock@localhost";
/// With which password.
pub const GEOTAB_PASSWORD: &str = "local-geotab-password";

/// Names a component that is only here.
const INSTRUMENTATION_KEY: &str = "00000000-0000-0000-0000-000000000001";

const TELEMATICS_STREAMS: &str =
    "samsara:gps,samsara:odometer,geotab:LogRecord,geotab:StatusData,geotab:Device";

/// The simulated warehouses and their clocks.
const WAREHOUSE_SITES: &str =
    "DC3=America/New_York,OM1=America/Chicago,RT7=Europe/Amsterdam,GO2=Europe/Stockholm";
/// The simulated carriers: SCAC, which is their interchange id too, clock and currency.
const CARRIERS: [[&str; 3]; 6] = [
    ["TSTL", "America/New_York", "USD"],
    ["NRHL", "Europe/Stockholm", "SEK"],
    ["BGFT", "Europe/Berlin", "EUR"],
    ["KSTR", "Europe/London", "GBP"],
    ["RVRB", "Europe/Amsterdam", "EUR"],
    ["WGON", "Europe/Paris", "EUR"],
];

/// Where the parts of the stack are.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    pub(crate) feed: String,
    pub(crate) reporting: String,
    /// URL below which the upstreams are that are pulled from, without a slash at the end.
    pub(crate) upstreams: String,
    /// Signed URLs of the storage account, where there is one.
    pub(crate) storage: Option<StorageUris>,
    /// Where telemetry goes, without a slash at the end.
    pub(crate) telemetry: String,
    /// No reading is older.
    pub(crate) telematics_start: Timestamp,
}

/// Where blobs and queues are.
#[derive(Debug, Clone)]
pub(crate) struct StorageUris {
    pub(crate) blobs: String,
    pub(crate) queues: String,
}

/// Writes the settings file of `app`: no setting of one app is seen by another.
pub(crate) fn write(
    path: &Path,
    app: &str,
    endpoints: &Endpoints,
    reads_queue: bool,
) -> Result<()> {
    let mut values = vec![
        ("FUNCTIONS_WORKER_RUNTIME", "custom".to_owned()),
        ("FEED__accountEndpoint", endpoints.feed.clone()),
        (
            "APPLICATIONINSIGHTS_CONNECTION_STRING",
            format!(
                "InstrumentationKey={INSTRUMENTATION_KEY};IngestionEndpoint={}/",
                endpoints.telemetry
            ),
        ),
        // A person watches: a minute would be the whole of a run.
        ("TELEMETRY_METRICS_SECONDS", "5".to_owned()),
    ];
    values.extend(seal_key(app).map(|key| ("FEED__sealKeys", key.to_owned())));
    values.extend(of_app(app, endpoints));
    if let Some(storage) = endpoints.storage.as_ref().filter(|_| reads_queue) {
        values.extend(of_drops(storage));
    }
    let values: Map<String, Value> = values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    let file = json!({ "IsEncrypted": false, "Values": values });
    fs::write(path, format!("{file:#}\n"))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// A key of its own for each app whose letters hold personal fields: base64 of 32 bytes.
fn seal_key(app: &str) -> Option<&'static str> {
    match app {
        "orders" => Some("bG9jYWwtc2VhbC1rZXktb2Ytb3JkZXJzLTAwMDAwMDA="),
        "transport" => Some("bG9jYWwtc2VhbC1rZXktb2YtdHJhbnNwb3J0LTAwMDA="),
        "telematics" => Some("bG9jYWwtc2VhbC1rZXktb2YtdGVsZW1hdGljcy0wMDA="),
        "warehouse" => Some("bG9jYWwtc2VhbC1rZXktb2Ytd2FyZWhvdXNlLTAwMDA="),
        "carrier" => Some("bG9jYWwtc2VhbC1rZXktb2YtY2Fycmllci0wMDAwMDA="),
        "consolidator" => Some("bG9jYWwtc2VhbC1rZXktb2YtY29uc29saWRhdG9yLTA="),
        _ => None,
    }
}

fn of_app(app: &str, endpoints: &Endpoints) -> Vec<(&'static str, String)> {
    let upstreams = &endpoints.upstreams;
    match app {
        "orders" => vec![
            ("ORDERS_API_URL", format!("{upstreams}/api/v2.0")),
            ("ORDERS_COMPANY", COMPANY.to_owned()),
            ("ORDERS_COMPANY_ID", COMPANY_ID.to_owned()),
            ("ORDERS_CURSOR", "watermark".to_owned()),
            // A local world is seconds old, so an overlap of minutes would read all of it again at each pull; what shows up
            // late there is three seconds late.
            ("ORDERS_OVERLAP_SECONDS", "8".to_owned()),
            ("ORDERS_PAGE_SIZE", "500".to_owned()),
            ("ORDERS_SCHEDULE", "*/2 * * * * *".to_owned()),
        ],
        "transport" => vec![("TRANSPORT_WEBHOOK_SECRETS", TRANSPORT_SECRET.to_owned())],
        "telematics" => vec![
            // As often as Samsara allows.
            ("TELEMATICS_SCHEDULE", "*/5 * * * * *".to_owned()),
            ("TELEMATICS_SAMSARA_URL", upstreams.clone()),
            ("TELEMATICS_SAMSARA_TOKEN", SAMSARA_TOKEN.to_owned()),
            ("TELEMATICS_GEOTAB_URL", upstreams.clone()),
            ("TELEMATICS_GEOTAB_DATABASE", GEOTAB_DATABASE.to_owned()),
            ("TELEMATICS_GEOTAB_USER", GEOTAB_USER.to_owned()),
            ("TELEMATICS_GEOTAB_PASSWORD", GEOTAB_PASSWORD.to_owned()),
            // The usual ones, and what Geotab's vehicles are called.
            ("TELEMATICS_STREAMS", TELEMATICS_STREAMS.to_owned()),
            // Without it Geotab would begin with the first pull, some seconds after the world has.
            ("TELEMATICS_START", endpoints.telematics_start.to_string()),
        ],
        "visibility" => vec![
            ("VISIBILITY_BEARER_KEYS", VISIBILITY_KEY.to_owned()),
            (
                "VISIBILITY_WEBHOOK_SECRETS",
                VISIBILITY_WEBHOOK_SECRET.to_owned(),
            ),
            (
                "VISIBILITY_SUBSCRIPTIONS",
                format!("{VISIBILITY_SUBSCRIPTION}:{VISIBILITY_SECRET}"),
            ),
        ],
        "warehouse" => vec![
            ("WAREHOUSE_SITES", WAREHOUSE_SITES.to_owned()),
            // A torn upload is repeated after two seconds at most; what is cut for good is to be seen in a run of seconds.
            ("WAREHOUSE_PARTIAL_WAIT_SECONDS", "6".to_owned()),
        ],
        "carrier" => vec![("CARRIER_PARTNERS", carrier_partners())],
        "consolidator" => vec![("REPORTING_URL", endpoints.reporting.clone())],
        _ => Vec::new(),
    }
}

fn carrier_partners() -> String {
    let partners = CARRIERS.map(|[scac, zone, currency]| {
        json!({ "sender": scac, "scac": scac, "zone": zone, "currency": currency })
    });
    Value::from(partners.to_vec()).to_string()
}

fn of_drops(storage: &StorageUris) -> Vec<(&'static str, String)> {
    vec![
        ("DROPS__blobServiceUri", storage.blobs.clone()),
        ("DROPS__queueServiceUri", storage.queues.clone()),
        // A person watches: an empty queue is looked into again soon, and a failed message comes back soon.
        (
            "AzureFunctionsJobHost__extensions__queues__maxPollingInterval",
            "00:00:00.3".to_owned(),
        ),
        (
            "AzureFunctionsJobHost__extensions__queues__visibilityTimeout",
            "00:00:01".to_owned(),
        ),
    ]
}
