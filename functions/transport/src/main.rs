//! The function app `transport`.

use std::sync::Arc;

use feed::{Feed, Seal};
use ingest::Ingest;
use transport::{APP, Deps, VERSION, app, config::Config, contract::CONTRACT};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let var = |name: &str| std::env::var(name).ok();
    let telemetry = Arc::new(telemetry::init(&telemetry::Config::from_vars(
        var, APP, VERSION,
    ))?);
    let config = Config::from_vars(&var)?;
    let feed = Box::pin(Feed::connect(&config.feed)).await?;
    let feed = feed.with_seal(Seal::from_vars(&var)?);
    let deps = Deps {
        ingest: Ingest::new(feed, APP, VERSION).under(CONTRACT)?,
        secrets: config.webhook_secrets,
        now: Arc::new(jiff::Timestamp::now),
        flush: Arc::new({
            let telemetry = Arc::clone(&telemetry);
            move || telemetry.flush()
        }),
    };
    let served = app(deps).run().await;
    telemetry.shutdown().await;
    Ok(served?)
}
