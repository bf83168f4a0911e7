//! One bad record stops nobody.

use anyhow::Result;
use e2e::World;

#[tokio::test(flavor = "multi_thread")]
async fn bad_records_among_good_ones_become_dead_letters_and_the_rest_goes_on() -> Result<()> {
    let world = World::of_seconds(6)
        .fault("invalid_order", 0.3)
        .fault("invalid_trip", 0.3)
        .start()
        .await?;
    world.until_applied_more_than(0).await?;
    let verdict = world.end().await?;
    for source in ["orders", "transport"] {
        let expected = verdict.dead_letters_expected[source];
        assert!(expected > 0, "the world had no bad {source}");
        assert_eq!(
            verdict
                .accounts
                .dead_letters
                .get(source)
                .copied()
                .unwrap_or_default() as u64,
            expected
        );
    }
    Ok(())
}
