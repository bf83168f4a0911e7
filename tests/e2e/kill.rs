//! A handler may be killed at any instruction.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use e2e::{World, postgres};
use local::Host;

/// Kills of one run, the promise of the README.
const KILLS: usize = 21;

#[tokio::test(flavor = "multi_thread")]
async fn every_handler_killed_again_and_again_loses_nothing_on_sqlite() -> Result<()> {
    let world = World::of_seconds(40)
        .rates(4.0, 6.0)
        .fault("twice", 0.1)
        .fault("late", 0.2)
        .start()
        .await?;
    killed_again_and_again(world).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_handler_killed_again_and_again_loses_nothing_on_postgresql() -> Result<()> {
    let Some(url) = postgres("every_handler_killed_again_and_again_loses_nothing_on_postgresql")
    else {
        return Ok(());
    };
    let world = World::of_seconds(40)
        .rates(4.0, 6.0)
        .fault("twice", 0.1)
        .fault("late", 0.2);
    killed_again_and_again(world.postgres(&url, "e2e_kill").start().await?).await
}

/// Kills the handlers in turn, each as soon as records flow again and the handler is in the middle of an invocation.
async fn killed_again_and_again(world: World) -> Result<()> {
    let mut applied = world.until_applied_more_than(0).await?;
    let (mut in_flight, mut hit) = (0, BTreeSet::new());
    let apps: Vec<&str> = world.stack().pipeline().hosts().map(Host::app).collect();
    for (number, app) in apps.iter().copied().cycle().take(KILLS).enumerate() {
        if world.kill_in_flight(app).await? {
            in_flight += 1;
            hit.insert(app);
        }
        applied = world.until_applied_more_than(applied).await?;
        ensure!(
            world.stack().pipeline().host(app).starts() < 100,
            "kill {number}: the host of {app} does not stay up"
        );
    }
    // A kill that hits an idle process proves little.
    ensure!(
        in_flight * 2 > KILLS,
        "only {in_flight} of {KILLS} kills hit a handler at work"
    );
    let idle: Vec<&&str> = apps.iter().filter(|app| !hit.contains(*app)).collect();
    ensure!(idle.is_empty(), "{idle:?} were never hit at work");
    world.end().await?;
    Ok(())
}
