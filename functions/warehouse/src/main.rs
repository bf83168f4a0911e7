//! The function app `warehouse`.

use std::sync::Arc;

use drops::{Deliveries, DropQueue, Drops, LETTER_BYTES, LetterBytes};
use feed::{Feed, Seal};
use ingest::Ingest;
use jiff::Timestamp;
use record::Source;
use warehouse::{
    APP, Deps, VERSION, app,
    config::Config,
    contract::CONTRACT,
    upstream::{GROUP_BYTES, QUEUE},
    wire::Contracts,
};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let var = |name: &str| std::env::var(name).ok();
    let telemetry = Arc::new(telemetry::init(&telemetry::Config::from_vars(
        var, APP, VERSION,
    ))?);
    let config = Config::from_vars(&var)?;
    let contracts = Contracts::embedded(config.trailer.as_deref())?;
    let drops = Drops::connect(&config.drops)?;
    let queue = DropQueue::connect(&config.drops, QUEUE)?;
    let bytes = Arc::new(LetterBytes::new(drops.clone(), LETTER_BYTES));
    let feed = Box::pin(Feed::connect(&config.feed)).await?;
    let feed = feed.with_seal(Seal::from_vars(&var)?).with_blobs(bytes);
    let ingest = Ingest::new(feed.clone(), APP, VERSION).under(CONTRACT)?;
    let deps = Deps {
        deliveries: Deliveries::new(queue, ingest.clone(), Source::Warehouse),
        ingest,
        feed,
        drops,
        contracts: Arc::new(contracts),
        sites: Arc::new(config.sites),
        units: Arc::new(config.units),
        partial_wait: config.partial_wait,
        time_budget: config.time_budget,
        group_bytes: GROUP_BYTES,
        now: Arc::new(Timestamp::now),
        flush: Arc::new({
            let telemetry = Arc::clone(&telemetry);
            move || telemetry.flush()
        }),
    };
    let served = app(deps).run().await;
    telemetry.shutdown().await;
    Ok(served?)
}
