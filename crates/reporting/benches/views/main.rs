//! How long the questions take that analysts ask of the views, and whether an index answers them.
//!
//! `CROSSDOCK_BENCH_SHIPMENTS=1000000 cargo bench -p reporting --bench views`; 10,000 where nothing is said. PostgreSQL only,
//! where `CROSSDOCK_TEST_POSTGRES` names a throw-away cluster. A million shipments take a quarter of an hour to make.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and stops at the first failure"
)]

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection, PgConnection, Row};

const POSTGRES: &str = "CROSSDOCK_TEST_POSTGRES";
const SHIPMENTS: &str = "CROSSDOCK_BENCH_SHIPMENTS";
const FILL: &str = include_str!("fill.sql");
const QUESTIONS: &str = include_str!("questions.sql");
/// What every question is to be answered in.
const WITHIN: Duration = Duration::from_millis(200);
/// Each question is asked this often, of different things; the first time warms up.
const TIMES: usize = 6;

#[tokio::main]
async fn main() {
    let Ok(cluster) = std::env::var(POSTGRES) else {
        println!("skipped: {POSTGRES} is not set");
        return;
    };
    let shipments = std::env::var(SHIPMENTS).ok();
    let shipments: usize = shipments.map_or(10_000, |number| number.parse().unwrap());
    let separator = if cluster.contains('?') { '&' } else { '?' };
    let url =
        format!("{cluster}{separator}options=-c%20search_path%3Dbench_views%20-c%20jit%3Doff");
    reporting::recreate(&url).await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let start = Instant::now();
    for statement in statements(FILL) {
        let statement = statement.replace("{n}", &shipments.to_string());
        run(&mut connection, &statement).await;
    }
    println!("{shipments} shipments made in {:.0?}", start.elapsed());
    for question in statements(QUESTIONS) {
        ask(&mut connection, question, shipments).await;
    }
}

/// The statements of a file, without its comments.
fn statements(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines();
    lines.filter(|line| !line.starts_with("--") && !line.is_empty())
}

async fn run(connection: &mut PgConnection, statement: &str) {
    let statement = sqlx::query(AssertSqlSafe(statement.to_owned()));
    statement.execute(connection).await.unwrap();
}

async fn ask(connection: &mut PgConnection, question: &str, shipments: usize) {
    let mut times = Vec::new();
    for number in 1..=TIMES {
        let asked = question.replace("{k}", &(number * 7919 % shipments).to_string());
        let start = Instant::now();
        run(connection, &asked).await;
        times.push(start.elapsed());
    }
    times.remove(0);
    times.sort_unstable();
    let half = times[times.len() / 2];
    let asked = question.replace("{k}", &(7919 % shipments).to_string());
    let plan = sqlx::query(AssertSqlSafe(format!("EXPLAIN {asked}")));
    let plan = plan.fetch_all(connection).await.unwrap();
    let plan: Vec<String> = plan.iter().map(|line| line.get(0)).collect();
    let scanned: Vec<&str> = plan
        .iter()
        .filter_map(|line| line.split_once("Seq Scan on ")?.1.split_whitespace().next())
        .filter(|table| table.starts_with("rpt_"))
        .collect();
    let verdict = if half <= WITHIN { "" } else { ", TOO SLOW" };
    println!("{half:>9.1?}{verdict}, whole tables read: {scanned:?}: {question}");
}
