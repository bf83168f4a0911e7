//! The function app `visibility`.

use std::sync::Arc;

use feed::Feed;
use ingest::Ingest;
use visibility::{
    APP, Deps, VERSION, app,
    config::{Config, Events, REPAIR_BUDGET},
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let var = |name: &str| std::env::var(name).ok();
    let telemetry = Arc::new(telemetry::init(&telemetry::Config::from_vars(
        var, APP, VERSION,
    ))?);
    let config = Config::from_vars(&var)?;
    let feed = Box::pin(Feed::connect(&config.feed)).await?;
    let deps = Deps {
        ingest: Ingest::new(feed, APP, VERSION),
        senders: Arc::new(config.senders),
        producer: config
            .events
            .map(Events::producer)
            .transpose()?
            .map(Arc::new),
        repair_budget: REPAIR_BUDGET,
        now: Arc::new(jiff::Timestamp::now),
        flush: Arc::new(move || telemetry.flush()),
    };
    Ok(app(deps).run().await?)
}
