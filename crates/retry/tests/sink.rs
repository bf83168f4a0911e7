//! Many calls to one side: never more requests than the bound, one probe at a time, and no call waits for ever.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use proptest::prelude::*;
use retry::{
    Away, Class, Classify, Exhausted, FAILURES_MAX, FRESHNESS_PROMISE, GaveUp, Guard, Policy,
    RESERVE,
};

/// How a call of the tests fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Failure {
    Outage,
    Throttled,
    Refused,
    NotAsked,
}

impl Classify for Failure {
    fn class(&self) -> Class {
        match self {
            Self::Refused => Class::Permanent,
            Self::Throttled => Class::Transient {
                retry_after: Some(Duration::from_millis(10)),
            },
            Self::Outage | Self::NotAsked => Class::TRANSIENT,
        }
    }

    fn is_throttled(&self) -> bool {
        *self == Self::Throttled
    }
}

impl Away for Failure {
    fn away(_: &'static str) -> Self {
        Self::NotAsked
    }
}

/// The other side: answers by the script, then as its last line says; counts requests, and how many at a time.
#[derive(Debug, Default)]
struct Side {
    script: Vec<Result<(), Failure>>,
    requests: AtomicU64,
    now: AtomicU32,
    most: AtomicU32,
}

impl Side {
    fn of(script: Vec<Result<(), Failure>>) -> Arc<Self> {
        Arc::new(Self {
            script,
            ..Self::default()
        })
    }

    fn always(answer: Result<(), Failure>) -> Arc<Self> {
        Self::of(vec![answer])
    }

    async fn ask(&self) -> Result<(), Failure> {
        let request = self.requests.fetch_add(1, Ordering::SeqCst);
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(3)).await;
        self.now.fetch_sub(1, Ordering::SeqCst);
        let line = usize::try_from(request).unwrap_or(usize::MAX);
        self.script[line.min(self.script.len() - 1)]
    }

    fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn calls(
    guard: &Guard,
    side: &Arc<Side>,
    calls: u64,
    apart: Duration,
) -> Vec<Result<(), Exhausted<Failure>>> {
    let mut running = Vec::new();
    for _ in 0..calls {
        let (guard, side) = (guard.clone(), Arc::clone(side));
        running.push(tokio::spawn(async move { guard.run(|| side.ask()).await }));
        tokio::time::sleep(apart).await;
    }
    let mut ended = Vec::new();
    for call in running {
        ended.push(call.await.unwrap());
    }
    ended
}

fn bound(calls: u64) -> u64 {
    calls + u64::from(RESERVE) + calls / 10
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_never_amplified_beyond_one_and_a_fifth() {
    for apart_ms in [0, 1, 50, 3_000] {
        for policy in [
            Policy::feed_write(),
            Policy::upstream_call(),
            Policy::store_write(),
        ] {
            let guard = Guard::new(policy, "side");
            let side = Side::always(Err(Failure::Outage));
            let ended = calls(&guard, &side, 400, Duration::from_millis(apart_ms)).await;
            assert!(ended.iter().all(Result::is_err));
            let requests = side.requests();
            assert!(
                requests * 10 <= 400 * 12,
                "{requests} requests for 400 calls, {apart_ms} ms apart"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn while_the_side_is_away_one_asks_at_a_time_and_the_others_wait() {
    let guard = Guard::new(Policy::feed_write(), "side");
    let side = Side::of([vec![Err(Failure::Outage); 14], vec![Ok(())]].concat());
    calls(
        &guard,
        &side,
        u64::from(FAILURES_MAX),
        Duration::from_millis(4),
    )
    .await;
    assert!(!guard.sink().is_away(), "it answers again by now");
    let side = Side::of([vec![Err(Failure::Outage); 8], vec![Ok(())]].concat());
    for _ in 0..FAILURES_MAX {
        let once = Policy::new(
            1,
            Duration::from_millis(1),
            Duration::from_millis(1),
            Duration::ZERO,
        )
        .unwrap();
        guard
            .with_policy(once)
            .run(|| side.ask())
            .await
            .unwrap_err();
    }
    assert!(guard.sink().is_away());
    side.most.store(0, Ordering::SeqCst);
    let waiting = {
        let (guard, side) = (guard.clone(), Arc::clone(&side));
        tokio::spawn(async move { calls(&guard, &side, 3, Duration::ZERO).await })
    };
    let ended = waiting.await.unwrap();
    assert!(ended.iter().all(Result::is_ok), "{ended:?}");
    assert!(!guard.sink().is_away());
    assert!(side.requests() <= 14, "{}", side.requests());
}

#[tokio::test(start_paused = true)]
async fn hundreds_that_wait_send_one_request_at_a_time() {
    let guard = Guard::new(Policy::feed_write(), "side");
    let side = Side::always(Err(Failure::Outage));
    calls(
        &guard,
        &side,
        u64::from(FAILURES_MAX),
        Duration::from_secs(60),
    )
    .await;
    assert!(guard.sink().is_away());
    side.most.store(0, Ordering::SeqCst);
    let before = side.requests();
    let ended = calls(&guard, &side, 500, Duration::ZERO).await;
    assert_eq!(side.most.load(Ordering::SeqCst), 1);
    let asked = side.requests() - before;
    assert!(asked < 60, "{asked} requests in eight seconds");
    let not_asked = ended.iter().filter(|end| {
        end.as_ref()
            .is_err_and(|error| error.gave_up == GaveUp::Away && error.error == Failure::NotAsked)
    });
    assert!(not_asked.count() > 400);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_gives_its_turn_back() {
    let guard = Guard::new(Policy::feed_write(), "side");
    let side = Side::of([vec![Err(Failure::Outage); 5], vec![Ok(())]].concat());
    for _ in 0..FAILURES_MAX {
        let once = Policy::new(
            1,
            Duration::from_millis(1),
            Duration::from_millis(1),
            Duration::ZERO,
        )
        .unwrap();
        guard
            .with_policy(once)
            .run(|| side.ask())
            .await
            .unwrap_err();
    }
    let probing = guard.run(|| async {
        std::future::pending::<()>().await;
        Ok::<(), Failure>(())
    });
    tokio::time::timeout(Duration::from_secs(3), probing)
        .await
        .unwrap_err();
    assert_eq!(guard.run(|| side.ask()).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_side_that_throttles_is_not_away_and_its_waits_cost_nothing() {
    let guard = Guard::new(Policy::feed_write(), "side");
    let side = Side::of([vec![Err(Failure::Throttled); 100], vec![Ok(())]].concat());
    let ended = calls(&guard, &side, 40, Duration::ZERO).await;
    assert!(ended.iter().all(Result::is_ok), "{ended:?}");
    assert!(!guard.sink().is_away());
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_an_answer() {
    let guard = Guard::new(Policy::feed_write(), "side");
    let side = Side::always(Err(Failure::Refused));
    let ended = calls(&guard, &side, 50, Duration::ZERO).await;
    assert!(
        ended
            .iter()
            .all(|end| end.as_ref().is_err_and(|error| error.attempts == 1))
    );
    assert!(!guard.sink().is_away());
    assert_eq!(side.requests(), 50);
}

#[tokio::test(start_paused = true)]
async fn no_attempt_begins_after_the_deadline() {
    let began = tokio::time::Instant::now();
    let slow = || async {
        tokio::time::sleep(Duration::from_secs(100)).await;
        Err::<(), _>(Failure::Outage)
    };
    let failed = Policy::upstream_call().run(slow).await.unwrap_err();
    assert_eq!(failed.gave_up, GaveUp::Deadline);
    assert!(
        began.elapsed() < FRESHNESS_PROMISE / 2,
        "{:?}",
        began.elapsed()
    );
    for policy in [
        Policy::feed_write(),
        Policy::upstream_call(),
        Policy::store_write(),
    ] {
        assert!(policy.deadline() * 3 <= FRESHNESS_PROMISE);
        assert!(policy.wait_total() < policy.deadline());
    }
}

fn answer() -> impl Strategy<Value = Result<(), Failure>> {
    prop_oneof![
        3 => Just(Ok(())),
        5 => Just(Err(Failure::Outage)),
        1 => Just(Err(Failure::Refused)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever the side answers and however the calls come: never more requests than the bound, and every call ends.
    #[test]
    fn requests_are_bounded_by_calls(
        script in prop::collection::vec(answer(), 1..60),
        number in 1u64..300,
        apart_ms in 0u64..40,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let (requests, ended) = runtime.block_on(async {
            let guard = Guard::new(Policy::feed_write(), "side");
            // The script again and again: outages come and go.
            let side = Side::of(script.iter().copied().cycle().take(3_000).collect());
            let ended = calls(&guard, &side, number, Duration::from_millis(apart_ms)).await;
            (side.requests(), ended.len() as u64)
        });
        prop_assert_eq!(ended, number);
        prop_assert!(requests <= bound(number), "{} requests for {} calls", requests, number);
    }
}
