//! Brings the schema of the reporting store up to date: a step of the deployment, by whoever administers the store. The
//! apps check the schema and never change it.
//!
//! `REPORTING_URL` says where it is; `PGPASSWORD` may hold the password.

use anyhow::{Context as _, Result};
use reporting::Store;

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::var("REPORTING_URL").context("variable REPORTING_URL is not set")?;
    let store = Store::connect(&url)?;
    store.migrate().await?;
    store.check_schema().await?;
    // The app that makes the report anew may make no tables.
    store.prepare_beside().await?;
    eprintln!("the reporting store is up to date");
    Ok(())
}
