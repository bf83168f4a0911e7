//! The app between its providers and a feed.

use std::{sync::Arc, time::Duration};

use emulator_process::Emulator;
use feed::Feed;
use ingest::Ingest;
use jiff::Timestamp;
use retry::Policy;
use serde_json::Value;
use telematics::{
    APP, Deps, VERSION,
    config::{self, Config, Stream},
    contract::CONTRACT,
    upstream::{Geotab, Samsara},
};

use crate::gateway::Gateway;

pub(crate) const NOW: &str = "2026-11-10T08:00:00Z";

pub(crate) struct Stack {
    pub(crate) gateway: Gateway,
    pub(crate) feed: Feed,
    pub(crate) deps: Deps,
    pub(crate) emulator: Emulator,
}

impl Stack {
    pub(crate) async fn new(streams: &[Stream]) -> Self {
        let (emulator, gateway) = (Emulator::start(), Gateway::start().await);
        let feed = emulator.sealing_feed().await;
        let config = config(&gateway.origin);
        let now: Arc<dyn Fn() -> Timestamp + Send + Sync> = Arc::new(|| NOW.parse().unwrap());
        let policy = Policy::new(
            3,
            Duration::from_millis(1),
            Duration::from_millis(5),
            Duration::from_secs(1),
        )
        .unwrap();
        let samsara = Samsara::new(config.samsara.as_ref().unwrap(), now.clone()).unwrap();
        let samsara = Arc::new(samsara.with_policy(policy));
        let geotab = Geotab::new(config.geotab.unwrap(), now.clone()).unwrap();
        let geotab = Arc::new(geotab.with_policy(policy, Duration::ZERO));
        let cursor = |stream: &Stream| match stream.provider() {
            config::Provider::Samsara => samsara.cursor(*stream),
            config::Provider::Geotab => geotab.cursor(*stream),
        };
        let deps = Deps {
            ingest: Ingest::new(feed.clone(), APP, VERSION)
                .under(CONTRACT)
                .unwrap(),
            cursors: streams.iter().map(cursor).collect(),
            time_budget: config.time_budget,
            start: None,
            now,
            flush: Arc::new(|| ()),
        };
        Self {
            gateway,
            feed,
            deps,
            emulator,
        }
    }

    /// Entity and key of all documents, sorted.
    pub(crate) async fn documents(&self) -> Vec<String> {
        let entries = self.feed.documents().collect().await.unwrap();
        let show = |entry: &feed::FeedEntry| format!("{}:{}", entry.entity, entry.key);
        let mut documents: Vec<_> = entries.iter().map(show).collect();
        documents.sort();
        documents
    }

    /// Reason code and place of all dead letters, sorted.
    pub(crate) async fn letters(&self) -> Vec<String> {
        let entries = self.feed.dead_letters().collect().await.unwrap();
        let mut letters: Vec<_> = entries
            .iter()
            .map(|entry| format!("{} {}", entry.reason, entry.place))
            .collect();
        letters.sort();
        letters
    }

    /// The stored position of a stream.
    pub(crate) async fn position(&self, stream: Stream) -> Value {
        let name = format!("telematics:{stream}");
        let stored = self.feed.checkpoint::<Value>(&name).await.unwrap();
        stored.map_or(Value::Null, |stored| stored.value["position"].clone())
    }
}

fn config(origin: &str) -> Config {
    let var = |name: &str| {
        let value = match name {
            "FEED__accountEndpoint" => "http://127.0.0.1:1/",
            "TELEMATICS_SAMSARA_URL" | "TELEMATICS_GEOTAB_URL" => origin,
            "TELEMATICS_SAMSARA_TOKEN" => "samsara-token",
            "TELEMATICS_GEOTAB_DATABASE" => "exampledb",
            "TELEMATICS_GEOTAB_USER" => "user@example.com",
            "TELEMATICS_GEOTAB_PASSWORD" => "geotab-password",
            "TELEMATICS_GEOTAB_RESULTS_LIMIT" => "2",
            _ => return None,
        };
        Some(value.to_owned())
    };
    Config::from_vars(&var).unwrap()
}
