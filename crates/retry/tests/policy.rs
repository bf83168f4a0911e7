//! A run stays within its policy, on a clock that stands still until somebody waits.

use std::{cell::Cell, time::Duration};

use proptest::prelude::*;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use retry::{Class, Classify, Exhausted, GaveUp, InvalidPolicy, Policy};
use tokio::time::Instant;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("refused")]
struct Refused(Class);

impl Classify for Refused {
    fn class(&self) -> Class {
        self.0
    }
}

fn asks_for(retry_after: Duration) -> Refused {
    Refused(Class::Transient {
        retry_after: Some(retry_after),
    })
}

/// Fails with `failure` until `succeeds_at`, then gives the number of the attempt.
async fn run(
    policy: Policy,
    failure: Refused,
    succeeds_at: u32,
) -> (Result<u32, Exhausted<Refused>>, Duration) {
    let started = Instant::now();
    let attempts = Cell::new(0);
    let result = policy
        .run(|| {
            attempts.set(attempts.get() + 1);
            let attempt = attempts.get();
            async move {
                if attempt == succeeds_at {
                    Ok(attempt)
                } else {
                    Err(failure)
                }
            }
        })
        .await;
    if let Err(exhausted) = &result {
        assert_eq!(exhausted.attempts, attempts.get());
    }
    (result, started.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_success_at_first_waits_for_nothing() {
    let (result, waited) = run(Policy::feed_write(), Refused(Class::TRANSIENT), 1).await;
    assert_eq!((result, waited), (Ok(1), Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_transient_failure_is_tried_again() {
    let (result, _) = run(Policy::feed_write(), Refused(Class::TRANSIENT), 3).await;
    assert_eq!(result, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn a_permanent_failure_is_not_tried_again() {
    let (result, waited) = run(Policy::upstream_call(), Refused(Class::Permanent), 2).await;
    let exhausted = result.unwrap_err();
    assert_eq!(
        (exhausted.attempts, exhausted.gave_up, waited),
        (1, GaveUp::Permanent, Duration::ZERO)
    );
    assert_eq!(exhausted.class(), Class::Permanent);
}

#[tokio::test(start_paused = true)]
async fn the_wait_asked_for_is_kept_to_the_fraction() {
    let policy = Policy::new(
        3,
        Duration::from_millis(1),
        Duration::from_millis(1),
        Duration::from_secs(10),
    )
    .unwrap();
    let (result, waited) = run(policy, asks_for(Duration::from_millis(1_250)), 3).await;
    assert_eq!(result, Ok(3));
    // The clock of tokio counts whole milliseconds and rounds a sleep up.
    assert!((2_500..=2_502).contains(&waited.as_millis()), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_does_not_fit_is_not_begun() {
    let (result, waited) = run(Policy::store_write(), asks_for(Duration::from_secs(6)), 2).await;
    let exhausted = result.unwrap_err();
    assert_eq!(waited, Duration::ZERO);
    assert_eq!(
        exhausted.gave_up,
        GaveUp::RetryAfterTooLong {
            retry_after: Duration::from_secs(6),
            left: Duration::from_secs(5)
        }
    );
    assert_eq!(exhausted.attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn the_error_tells_what_happened() {
    let policy = Policy::new(
        1,
        Duration::from_secs(1),
        Duration::from_secs(1),
        Duration::ZERO,
    )
    .unwrap();
    let (result, _) = run(policy, Refused(Class::TRANSIENT), 9).await;
    let exhausted = result.unwrap_err();
    assert_eq!(
        exhausted.to_string(),
        "gave up after 1 attempts and 0ns of waiting: all attempts were used"
    );
    assert_eq!(
        std::error::Error::source(&exhausted).unwrap().to_string(),
        "refused"
    );
}

#[test]
fn figures_that_make_no_policy_are_refused() {
    let (short, long) = (Duration::from_millis(1), Duration::from_secs(1));
    assert_eq!(
        Policy::new(0, short, long, long),
        Err(InvalidPolicy::NoAttempts)
    );
    assert_eq!(
        Policy::new(1, Duration::ZERO, long, long),
        Err(InvalidPolicy::NoDelay)
    );
    assert_eq!(
        Policy::new(1, long, short, long),
        Err(InvalidPolicy::DelaysReversed {
            delay_min: long,
            delay_max: short
        })
    );
}

#[test]
fn delays_are_spread_over_the_whole_range() {
    let policy = Policy::upstream_call();
    let firsts: Vec<_> = (0..200)
        .filter_map(|seed| policy.delays(ChaCha8Rng::seed_from_u64(seed)).next())
        .collect();
    assert_eq!(firsts.len(), 200);
    assert!(
        firsts
            .iter()
            .any(|delay| *delay < Duration::from_millis(50)),
        "none is short"
    );
    assert!(
        firsts
            .iter()
            .any(|delay| *delay > Duration::from_millis(450)),
        "none is long"
    );
}

prop_compose! {
    fn policies()(attempts in 1u32..80, min in 1u64..5_000, more in 0u64..100_000, total in 0u64..200_000) -> Policy {
        let min = Duration::from_millis(min);
        Policy::new(attempts, min, min + Duration::from_millis(more), Duration::from_millis(total)).expect("at least one attempt, a delay, in order")
    }
}

proptest! {
    #[test]
    fn the_delays_stay_within_the_policy(
        attempts in 1u32..80, min in 1u64..5_000, more in 0u64..100_000, total in 0u64..200_000, seed: u64,
    ) {
        let (min, max, total) =
            (Duration::from_millis(min), Duration::from_millis(min + more), Duration::from_millis(total));
        let policy = Policy::new(attempts, min, max, total).unwrap();
        let delays: Vec<Duration> = policy.delays(ChaCha8Rng::seed_from_u64(seed)).collect();
        prop_assert!(delays.len() < attempts as usize);
        prop_assert!(delays.iter().sum::<Duration>() <= total);
        for (nth, delay) in (0u32..).zip(&delays) {
            let ceiling = min.saturating_mul(2u32.saturating_pow(nth)).min(max);
            prop_assert!(*delay <= ceiling, "delay {nth} is {delay:?}, ceiling {ceiling:?}");
        }
    }

    #[test]
    fn a_run_that_never_succeeds_ends_within_its_policy(
        policy in policies(), asked in proptest::option::of(0u64..10_000),
    ) {
        let failure = Refused(Class::Transient { retry_after: asked.map(Duration::from_millis) });
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (result, elapsed) = runtime.block_on(run(policy, failure, u32::MAX));
        let exhausted = result.unwrap_err();
        prop_assert!(exhausted.attempts <= policy.attempts_max());
        prop_assert!(exhausted.waited <= policy.wait_total());
        // A sleep is rounded up to the next millisecond of the clock.
        let rounding = Duration::from_millis(u64::from(exhausted.attempts));
        prop_assert!(elapsed >= exhausted.waited && elapsed <= exhausted.waited + rounding);
    }
}

/// Who retries what stands in one table, whose figures are those of the code.
#[test]
fn the_table_of_who_retries_what_has_the_figures_of_the_code() {
    let page = include_str!("../../../ARCHITECTURE.md");
    let says = |text: &str| {
        let mut rows = page.lines().filter(|line| line.starts_with("| "));
        assert!(rows.any(|row| row.contains(text)), "no row says `{text}`");
    };
    for (name, policy) in [
        ("feed_write", Policy::feed_write()),
        ("upstream_call", Policy::upstream_call()),
        ("store_write", Policy::store_write()),
    ] {
        let (attempts, wait) = (policy.attempts_max(), policy.wait_total().as_secs());
        says(&format!(
            "`Policy::{name}`: {attempts} attempts, {wait} s |"
        ));
        assert_eq!(policy.deadline(), Duration::from_secs(5 * 60), "{name}");
    }
    let trigger = include_str!("../../../functions/consolidator/consolidate/function.json");
    for setting in [
        r#""maxRetryCount": -1"#,
        r#""minimumInterval": "00:00:01""#,
        r#""maximumInterval": "00:01:00""#,
    ] {
        assert!(trigger.contains(setting), "{setting}");
    }
    says("(`maxRetryCount: -1`, 1 s to 60 s)");
    assert!(page.contains("No attempt begins later than five\n  minutes after the first"));
}
