//! Two ways into each engine, with the same guard and the same rows of one table, beside the same rows without any guard.

use std::{str::FromStr, time::Instant};

use sqlx::{
    AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use crate::rows::{COLUMNS, Cell, names, on_conflict, rows};

const RECORDS: usize = 20_000;
/// Each way runs this often, in turn; the best run counts.
const ROUNDS: usize = 3;
pub(crate) const SIZES: [usize; 3] = [100, 1000, 10_000];

fn per_second(start: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some ten thousand")]
    let records = RECORDS as f64;
    records / start.elapsed().as_secs_f64()
}

/// One JSON text through `json_each` against a prepared statement per row.
pub(crate) async fn sqlite(url: &str) {
    for size in SIZES {
        let (mut json, mut prepared, mut plain) = (0_f64, 0_f64, 0_f64);
        for _ in 0..ROUNDS {
            reporting::recreate(url).await.unwrap();
            json = json.max(sqlite_json(&mut open(url).await, size).await);
            reporting::recreate(url).await.unwrap();
            let guard = on_conflict();
            prepared = prepared.max(sqlite_prepared(&mut open(url).await, size, &guard).await);
            reporting::recreate(url).await.unwrap();
            let bare = "RETURNING record_key";
            plain = plain.max(sqlite_prepared(&mut open(url).await, size, bare).await);
        }
        let (ratio, guarded) = (json / prepared, prepared / plain);
        println!(
            "sqlite, batches of {size}: json_each {json:.0}, prepared per row {prepared:.0} rows/s, ratio {ratio:.2}; \
             without guard {plain:.0} rows/s, guarded / without {guarded:.2}"
        );
    }
}

async fn open(url: &str) -> SqliteConnection {
    let options = SqliteConnectOptions::from_str(url)
        .unwrap()
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn sqlite_json(connection: &mut SqliteConnection, size: usize) -> f64 {
    let cells: Vec<String> = (0..COLUMNS.len())
        .map(|index| format!("json_extract(input.value, '$[{index}]')"))
        .collect();
    let sql: std::sync::Arc<str> = format!(
        "INSERT INTO rpt_milestone AS stored ({}) SELECT {} FROM json_each(?1) AS input WHERE true {}",
        names(),
        cells.join(", "),
        on_conflict()
    )
    .into();
    let start = Instant::now();
    for first in (0..RECORDS).step_by(size) {
        let batch = json(&rows(first, size));
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let written = sqlx::query(AssertSqlSafe(sql.clone()))
            .bind(batch)
            .fetch_all(&mut *transaction)
            .await
            .unwrap();
        assert_eq!(written.len(), size);
        transaction.commit().await.unwrap();
    }
    per_second(start)
}

fn json(rows: &[Vec<Cell>]) -> String {
    let cell = |cell: &Cell| match cell {
        Cell::Text(text) => serde_json::Value::from(text.as_str()),
        Cell::Number(number) => (*number).into(),
        Cell::Bool(value) => (*value).into(),
        Cell::Null => serde_json::Value::Null,
    };
    let rows: Vec<Vec<_>> = rows
        .iter()
        .map(|row| row.iter().map(cell).collect())
        .collect();
    serde_json::to_string(&rows).unwrap()
}

async fn sqlite_prepared(connection: &mut SqliteConnection, size: usize, end: &str) -> f64 {
    let marks = vec!["?"; COLUMNS.len()].join(", ");
    let sql: std::sync::Arc<str> = format!(
        "INSERT INTO rpt_milestone AS stored ({}) VALUES ({marks}) {end}",
        names(),
    )
    .into();
    let start = Instant::now();
    for first in (0..RECORDS).step_by(size) {
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
        for row in rows(first, size) {
            let mut query = sqlx::query(AssertSqlSafe(sql.clone()));
            for cell in row {
                query = match cell {
                    Cell::Text(text) => query.bind(text),
                    Cell::Number(number) => query.bind(number),
                    Cell::Bool(value) => query.bind(value),
                    Cell::Null => query.bind(None::<String>),
                };
            }
            query.fetch_one(&mut *transaction).await.unwrap();
        }
        transaction.commit().await.unwrap();
    }
    per_second(start)
}

/// Arrays through UNNEST against a binary COPY into a temporary table.
pub(crate) async fn postgres(url: &str) {
    for size in SIZES {
        let (mut arrays, mut copied, mut plain) = (0_f64, 0_f64, 0_f64);
        for _ in 0..ROUNDS {
            reporting::recreate(url).await.unwrap();
            let mut connection = PgConnection::connect(url).await.unwrap();
            arrays = arrays.max(postgres_arrays(&mut connection, size).await);
            reporting::recreate(url).await.unwrap();
            copied = copied.max(postgres_copy(&mut connection, size).await);
            reporting::recreate(url).await.unwrap();
            plain = plain.max(postgres_plain_copy(&mut connection, size).await);
        }
        let (ratio, guarded) = (arrays / copied, arrays / plain);
        println!(
            "postgres, batches of {size}: UNNEST {arrays:.0}, COPY and insert {copied:.0} rows/s, ratio {ratio:.2}; \
             plain COPY {plain:.0} rows/s, guarded UNNEST / plain COPY {guarded:.2}"
        );
    }
}

async fn postgres_arrays(connection: &mut PgConnection, size: usize) -> f64 {
    let (mut arrays, mut cells) = (Vec::new(), Vec::new());
    for (index, (name, kind)) in COLUMNS.iter().enumerate() {
        let number = index + 1;
        let (array, cell) = match *kind {
            "jsonb" => ("text", format!("input.{name}::jsonb")),
            "timestamptz" => (
                "bigint",
                format!("'epoch'::timestamptz + input.{name} * interval '1 ms'"),
            ),
            other => (other, format!("input.{name}")),
        };
        arrays.push(format!("${number}::{array}[]"));
        cells.push(cell);
    }
    let sql: std::sync::Arc<str> = format!(
        "INSERT INTO rpt_milestone AS stored ({names}) SELECT {} FROM UNNEST({}) AS input ({names}) {}",
        cells.join(", "),
        arrays.join(", "),
        on_conflict(),
        names = names(),
    )
    .into();
    let start = Instant::now();
    for first in (0..RECORDS).step_by(size) {
        let batch = rows(first, size);
        let mut query = sqlx::query(AssertSqlSafe(sql.clone()));
        for (index, (_, kind)) in COLUMNS.iter().enumerate() {
            let cells = batch.iter().map(|row| &row[index]);
            query = match *kind {
                "bigint" | "timestamptz" => query.bind(cells.map(number).collect::<Vec<_>>()),
                "boolean" => query.bind(cells.map(truth).collect::<Vec<_>>()),
                _ => query.bind(cells.map(text).collect::<Vec<_>>()),
            };
        }
        let mut transaction = connection.begin().await.unwrap();
        let written = query.fetch_all(&mut *transaction).await.unwrap();
        assert_eq!(written.len(), size);
        transaction.commit().await.unwrap();
    }
    per_second(start)
}

fn text(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Text(text) => Some(text),
        Cell::Number(_) | Cell::Bool(_) | Cell::Null => None,
    }
}

fn number(cell: &Cell) -> Option<i64> {
    match cell {
        Cell::Number(number) => Some(*number),
        Cell::Text(_) | Cell::Bool(_) | Cell::Null => None,
    }
}

fn truth(cell: &Cell) -> Option<bool> {
    match cell {
        Cell::Bool(value) => Some(*value),
        Cell::Text(_) | Cell::Number(_) | Cell::Null => None,
    }
}

async fn postgres_copy(connection: &mut PgConnection, size: usize) -> f64 {
    connection
        .execute("CREATE TEMPORARY TABLE IF NOT EXISTS incoming (LIKE rpt_milestone) ON COMMIT DELETE ROWS")
        .await
        .unwrap();
    let sql: std::sync::Arc<str> = format!(
        "INSERT INTO rpt_milestone AS stored ({names}) SELECT {names} FROM incoming {}",
        on_conflict(),
        names = names(),
    )
    .into();
    let copy = format!("COPY incoming ({}) FROM STDIN (FORMAT binary)", names());
    let start = Instant::now();
    for first in (0..RECORDS).step_by(size) {
        let batch = binary(&rows(first, size));
        let mut transaction = connection.begin().await.unwrap();
        let mut sink = transaction.copy_in_raw(&copy).await.unwrap();
        sink.send(batch).await.unwrap();
        sink.finish().await.unwrap();
        let written = sqlx::query(AssertSqlSafe(sql.clone()))
            .fetch_all(&mut *transaction)
            .await
            .unwrap();
        assert_eq!(written.len(), size);
        transaction.commit().await.unwrap();
    }
    per_second(start)
}

/// Straight into the table, with nothing looked at.
async fn postgres_plain_copy(connection: &mut PgConnection, size: usize) -> f64 {
    let copy = format!(
        "COPY rpt_milestone ({}) FROM STDIN (FORMAT binary)",
        names()
    );
    let start = Instant::now();
    for first in (0..RECORDS).step_by(size) {
        let batch = binary(&rows(first, size));
        let mut transaction = connection.begin().await.unwrap();
        let mut sink = transaction.copy_in_raw(&copy).await.unwrap();
        sink.send(batch).await.unwrap();
        sink.finish().await.unwrap();
        transaction.commit().await.unwrap();
    }
    per_second(start)
}

/// The rows in the binary format of COPY.
fn binary(rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut bytes = b"PGCOPY\n\xff\r\n\0".to_vec();
    bytes.extend([0; 8]);
    for row in rows {
        bytes.extend(i16::try_from(row.len()).unwrap().to_be_bytes());
        for (cell, (_, kind)) in row.iter().zip(COLUMNS) {
            match (cell, kind) {
                (Cell::Null, _) => bytes.extend((-1_i32).to_be_bytes()),
                (Cell::Text(text), "jsonb") => field(&mut bytes, &[&[1], text.as_bytes()]),
                (Cell::Text(text), _) => field(&mut bytes, &[text.as_bytes()]),
                (Cell::Number(millis), "timestamptz") => {
                    let micros = (millis - 946_684_800_000) * 1000;
                    field(&mut bytes, &[&micros.to_be_bytes()]);
                }
                (Cell::Number(number), _) => field(&mut bytes, &[&number.to_be_bytes()]),
                (Cell::Bool(value), _) => field(&mut bytes, &[&[u8::from(*value)]]),
            }
        }
    }
    bytes.extend((-1_i16).to_be_bytes());
    bytes
}

fn field(bytes: &mut Vec<u8>, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    bytes.extend(i32::try_from(length).unwrap().to_be_bytes());
    for part in parts {
        bytes.extend(*part);
    }
}
