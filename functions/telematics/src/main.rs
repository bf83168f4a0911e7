//! The function app `telematics`.

use std::sync::Arc;

use feed::{Feed, Seal};
use ingest::Ingest;
use jiff::Timestamp;
use telematics::{APP, Deps, VERSION, app, config::Config, contract::CONTRACT, upstream::cursors};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let var = |name: &str| std::env::var(name).ok();
    let telemetry = Arc::new(telemetry::init(&telemetry::Config::from_vars(
        var, APP, VERSION,
    ))?);
    let config = Config::from_vars(&var)?;
    let now = Arc::new(Timestamp::now);
    let cursors = cursors(&config, now.clone())?;
    let feed = Box::pin(Feed::connect(&config.feed)).await?;
    let feed = feed.with_seal(Seal::from_vars(&var)?);
    let deps = Deps {
        ingest: Ingest::new(feed, APP, VERSION).under(CONTRACT)?,
        cursors,
        time_budget: config.time_budget,
        start: config.start,
        now,
        flush: Arc::new({
            let telemetry = Arc::clone(&telemetry);
            move || telemetry.flush()
        }),
    };
    let served = app(deps).run().await;
    telemetry.shutdown().await;
    Ok(served?)
}
