//! The function app `consolidator`.

use std::sync::Arc;

use consolidate::Consolidate;
use consolidator::{APP, Deps, VERSION, app, config::Config, reports};
use feed::{Feed, Seal};
use jiff::Timestamp;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let var = |name: &str| std::env::var(name).ok();
    let telemetry = Arc::new(telemetry::init(&telemetry::Config::from_vars(
        var, APP, VERSION,
    ))?);
    let config = Config::from_vars(&var)?;
    let feed = Box::pin(Feed::connect(&config.feed)).await?;
    let feed = feed.with_seal(Seal::from_vars(&var)?);
    let store = reports::connect(&config.reporting_url, config.feed.client_id.as_deref())?;
    let now = || Timestamp::now().into();
    let deps = Deps {
        consolidate: Consolidate::new(store, feed, APP, VERSION, now)?,
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
