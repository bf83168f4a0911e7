//! The report that grew record by record is the one that the feed leads to at once.

use anyhow::{Result, ensure};
use e2e::{World, WorldBuilder, postgres};
use reporting::Table;
use serde_json::json;

const WHY: &str = "INC-10: is the report what the feed says?";

async fn made_anew(world: WorldBuilder) -> Result<()> {
    let world = world.faults("hard").start().await?;
    world.judge().await?;
    let rebuild = ["rebuild", "run", "--why", WHY];
    let rebuilt = world.crossdock_well("ada", &rebuild).await?;
    let rebuilt = &rebuilt[0];
    ensure!(
        rebuilt["state"] == "swapped" && rebuilt["differences"] == json!([]),
        "the report grew to something else: {rebuilt:#}"
    );
    ensure!(rebuilt["documents"].as_i64() > Some(0), "{rebuilt:#}");

    let listed = world.crossdock_well("bob", &["rebuild", "list"]).await?;
    ensure!(
        (&listed[0]["who"], &listed[0]["why"]) == (&"ada".into(), &WHY.into()),
        "{listed:#}"
    );
    let store = world.stack().pipeline().store();
    ensure!(!store.rows(Table::Shipment).await?.is_empty(), "no rows");
    world.stop().await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_made_anew_is_the_same_in_sqlite() -> Result<()> {
    made_anew(World::of_seconds(6)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_made_anew_is_the_same_in_postgresql() -> Result<()> {
    let Some(url) = postgres("a_report_made_anew_is_the_same_in_postgresql") else {
        return Ok(());
    };
    made_anew(World::of_seconds(6).postgres(&url, "e2e_rebuild")).await
}
