//! How many records per second reach the report, and which way into each engine is the faster one.
//!
//! `cargo bench -p reporting`; PostgreSQL where `CROSSDOCK_TEST_POSTGRES` names a throw-away cluster.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first failure"
)]

mod rows;
mod stores;
mod ways;

#[tokio::main]
async fn main() {
    let directory = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}", directory.path().join("bench.db").display());
    stores::measure("sqlite", &sqlite).await;
    ways::sqlite(&sqlite).await;
    let Ok(cluster) = std::env::var("CROSSDOCK_TEST_POSTGRES") else {
        println!("skipped on PostgreSQL: CROSSDOCK_TEST_POSTGRES is not set");
        return;
    };
    let separator = if cluster.contains('?') { '&' } else { '?' };
    let postgres = format!("{cluster}{separator}options=-c%20search_path%3Dbench");
    stores::measure("postgres", &postgres).await;
    ways::postgres(&postgres).await;
}
