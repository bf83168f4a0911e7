//! The function app `orders`.

use std::sync::Arc;

use feed::{Feed, Seal};
use ingest::Ingest;
use jiff::Timestamp;
use orders::{APP, Deps, VERSION, app, config::Config, contract::CONTRACT, upstream::Client};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let var = |name: &str| std::env::var(name).ok();
    let telemetry = Arc::new(telemetry::init(&telemetry::Config::from_vars(
        var, APP, VERSION,
    ))?);
    let Config {
        feed,
        api_url,
        company_id,
        pull,
    } = Config::from_vars(&var)?;
    let credential = credential::for_endpoint(api_url.as_str(), feed.client_id.as_deref())?;
    let now = Arc::new(Timestamp::now);
    let client = Client::new(
        &api_url,
        &company_id,
        pull.page_size,
        credential,
        now.clone(),
    )?;
    let feed = Box::pin(Feed::connect(&feed)).await?;
    let feed = feed.with_seal(Seal::from_vars(&var)?);
    let deps = Deps {
        ingest: Ingest::new(feed, APP, VERSION).under(CONTRACT)?,
        client: Arc::new(client),
        pull,
        company_id,
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
