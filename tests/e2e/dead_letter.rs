//! One bad record stops nobody.

use anyhow::Result;
use e2e::World;

#[tokio::test(flavor = "multi_thread")]
async fn bad_records_among_good_ones_become_dead_letters_and_the_rest_goes_on() -> Result<()> {
    let world = World::of_seconds(8)
        .fault("invalid_order", 0.3)
        .fault("warehouse_bad_row", 1.0)
        .fault("invalid_trip", 0.3)
        .fault("carrier_mismatched", 0.3)
        .fault("telematics_invalid", 0.3)
        .fault("visibility_invalid", 0.5)
        .start()
        .await?;
    let verdict = world.end().await?;
    for source in &verdict.sources {
        let name = &source.source;
        let expected = verdict.dead_letters_expected[name];
        assert!(expected > 0, "the world had nothing bad in {name}");
        let found = verdict.accounts.dead_letters.get(name).copied();
        assert_eq!(found.unwrap_or_default() as u64, expected, "{name}");
        assert!(source.applied > 0, "{source:#?}");
    }
    Ok(())
}
