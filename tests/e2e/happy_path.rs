//! What happens upstream is in the reports.

use anyhow::Result;
use e2e::{World, postgres};

/// What the two systems fill; the other tables are equal to the truth by being empty.
const TABLES: [&str; 5] = [
    "rpt_order",
    "rpt_order_line",
    "rpt_shipment",
    "rpt_stop",
    "rpt_milestone",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_two_systems_say_is_what_sqlite_reports() -> Result<()> {
    let verdict = World::of_seconds(5).start().await?.end().await?;
    assert_eq!(verdict.store, "sqlite");
    for table in TABLES {
        assert!(verdict.rows[table] > 0, "{table} is empty: {verdict:#?}");
    }
    assert!(
        verdict.sources.iter().all(|source| source.applied > 0),
        "{verdict:#?}"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_systems_say_is_what_postgresql_reports() -> Result<()> {
    let Some(url) = postgres("what_two_systems_say_is_what_postgresql_reports") else {
        return Ok(());
    };
    let verdict = World::of_seconds(5)
        .postgres(&url, "e2e_happy_path")
        .start()
        .await?
        .end()
        .await?;
    assert_eq!(verdict.store, "postgres");
    for table in TABLES {
        assert!(verdict.rows[table] > 0, "{table} is empty: {verdict:#?}");
    }
    Ok(())
}
