//! The function app `carrier`.

use std::sync::Arc;

use carrier::{APP, Deps, VERSION, app, config::Config, contract::CONTRACT};
use drops::{Deliveries, DropQueue, Drops, LETTER_BYTES, LetterBytes};
use feed::{Feed, Seal};
use ingest::Ingest;
use record::Source;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let var = |name: &str| std::env::var(name).ok();
    let telemetry = Arc::new(telemetry::init(&telemetry::Config::from_vars(
        var, APP, VERSION,
    ))?);
    let config = Config::from_vars(&var)?;
    let drops = Drops::connect(&config.drops)?;
    let bytes = Arc::new(LetterBytes::new(drops.clone(), LETTER_BYTES));
    let feed = Box::pin(Feed::connect(&config.feed)).await?;
    let feed = feed.with_seal(Seal::from_vars(&var)?).with_blobs(bytes);
    let ingest = Ingest::new(feed, APP, VERSION).under(CONTRACT)?;
    let queue = DropQueue::connect(&config.drops, carrier::upstream::QUEUE)?;
    let deps = Deps {
        deliveries: Deliveries::new(queue, ingest.clone(), Source::Carrier),
        drops,
        ingest,
        partners: Arc::new(config.partners),
        now: Arc::new(jiff::Timestamp::now),
        flush: Arc::new({
            let telemetry = Arc::clone(&telemetry);
            move || telemetry.flush()
        }),
        limits: carrier::upstream::Limits::default(),
    };
    let served = app(deps).run().await;
    telemetry.shutdown().await;
    Ok(served?)
}
