//! The app settings that each app gets on this machine, in the form of a `local.settings.json`.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

/// Name under which the simulated ERP keeps its books; part of every order's key.
pub(crate) const COMPANY: &str = "CRONUS";
/// Id of that company in the API.
pub(crate) const COMPANY_ID: &str = "11111111-2222-3333-4444-555555555555";
/// The webhook secret that simulator and app share. It protects nothing: both ends are on this machine.
pub const WEBHOOK_SECRET: &str = "whsec_bG9jYWwtcGlwZWxpbmUtc2VjcmV0LTMyLWJ5dGVzISE=";

/// Where the parts of the stack are.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    pub(crate) feed: String,
    pub(crate) reporting: String,
    pub(crate) orders_api: String,
    /// Signed URLs of the storage account, where there is one.
    pub(crate) storage: Option<StorageUris>,
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
    let mut values = Map::new();
    let mut set =
        |name: &str, value: &str| drop(values.insert(name.to_owned(), Value::from(value)));
    set("FUNCTIONS_WORKER_RUNTIME", "custom");
    set("FEED__accountEndpoint", &endpoints.feed);
    match app {
        "orders" => {
            set("ORDERS_API_URL", &endpoints.orders_api);
            set("ORDERS_COMPANY", COMPANY);
            set("ORDERS_COMPANY_ID", COMPANY_ID);
            set("ORDERS_CURSOR", "watermark");
            // A local world is seconds old, so an overlap of minutes would read all of it again at each pull.
            set("ORDERS_OVERLAP_SECONDS", "15");
            set("ORDERS_PAGE_SIZE", "500");
            set("ORDERS_SCHEDULE", "*/2 * * * * *");
        }
        "transport" => set("TRANSPORT_WEBHOOK_SECRETS", WEBHOOK_SECRET),
        "consolidator" => set("REPORTING_URL", &endpoints.reporting),
        _ => {}
    }
    if let Some(storage) = &endpoints.storage
        && reads_queue
    {
        set("DROPS__blobServiceUri", &storage.blobs);
        set("DROPS__queueServiceUri", &storage.queues);
        // A person watches: an empty queue is looked into again soon, and a failed message comes back soon.
        let queues = "AzureFunctionsJobHost__extensions__queues";
        set(&format!("{queues}__maxPollingInterval"), "00:00:00.3");
        set(&format!("{queues}__visibilityTimeout"), "00:00:01");
    }
    let file = json!({ "IsEncrypted": false, "Values": values });
    fs::write(path, format!("{file:#}\n"))
        .with_context(|| format!("cannot write {}", path.display()))
}
