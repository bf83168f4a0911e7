//! One list of tests, run on both engines.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "in a test a failed step is a failed test, and a skipped one says so"
)]

mod fixture;
mod world;

mod concurrent;
mod convergence;
mod deployment;
mod expansion;
mod freshness;
mod other_sources;
mod reads;
mod resolution;
mod scale;
mod story;
mod writes;

/// Runs each test on a fresh SQLite file and on a fresh PostgreSQL schema.
macro_rules! on_both_engines {
    ($($test:ident,)+) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                super::$test($crate::fixture::Fixture::sqlite().await).await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                if let Some(fixture) = $crate::fixture::Fixture::postgres(stringify!($test)).await {
                    super::$test(fixture).await;
                }
            })+
        }
    };
}
pub(crate) use on_both_engines;
