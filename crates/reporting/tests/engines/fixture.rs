//! A fresh, empty store on either engine.

use std::sync::atomic::{AtomicU32, Ordering};

use record::EpochMillis;
use reporting::{Change, Outcome, Rebuild, RebuildState, Store, Table};
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

/// Url of a throw-away PostgreSQL cluster.
const POSTGRES: &str = "CROSSDOCK_TEST_POSTGRES";

/// When all tests write.
pub(crate) const NOW: EpochMillis = EpochMillis(1_793_610_930_000);

/// Everything that a reader can see.
#[derive(Debug, PartialEq)]
pub(crate) struct Report {
    rows: Vec<Vec<Map<String, Value>>>,
    vehicles: Vec<Map<String, Value>>,
    quality: Vec<(String, String)>,
}

const RESOLUTION: &str = "SELECT entity || ' ' || record_key || ': ' || coalesce(shipment_no, '-') || ' ' || match_rule \
    || CASE WHEN order_no IS NULL THEN '' ELSE ' of ' || order_no END \
    || CASE WHEN stub OR anchored THEN '' ELSE ' ~' || CAST(match_confidence AS text) END \
    || CASE WHEN doubt IS NULL THEN '' ELSE ' ' || doubt END || ' in ' || coalesce(group_id, '-') FROM rpt_resolution";
const ORDER_SHIPMENT: &str = "SELECT order_no || ' on ' || shipment_no || ': ' || match_rule || ' ' \
    || CAST(match_confidence AS text) FROM rpt_order_shipment";
const CONFLICT: &str = "SELECT 'conflict ' || shipment_no || ' in ' || group_id || ': ' \
    || replace(CAST(shared AS text), ', ', ',') FROM rpt_xref_conflict";

pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) url: String,
    _directory: Option<tempfile::TempDir>,
}

impl Fixture {
    pub(crate) async fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("report.db").display());
        Self {
            store: reporting::recreate(&url).await.unwrap(),
            url,
            _directory: Some(directory),
        }
    }

    /// A schema of its own for the test of this name.
    pub(crate) async fn postgres(test: &str) -> Option<Self> {
        static SCHEMAS: AtomicU32 = AtomicU32::new(0);
        let Ok(cluster) = std::env::var(POSTGRES) else {
            println!("skipped on PostgreSQL: {test} ({POSTGRES} is not set)");
            return None;
        };
        let number = SCHEMAS.fetch_add(1, Ordering::Relaxed);
        let separator = if cluster.contains('?') { '&' } else { '?' };
        let process = std::process::id();
        let url = format!("{cluster}{separator}options=-c%20search_path%3Dtest_{process}_{number}");
        Some(Self {
            store: reporting::recreate(&url).await.unwrap(),
            url,
            _directory: None,
        })
    }

    /// The same place, recreated.
    pub(crate) fn with(&self, store: Store) -> Self {
        Self {
            store,
            url: self.url.clone(),
            _directory: None,
        }
    }

    pub(crate) async fn apply(&self, changes: &[Change<'static>]) -> Vec<Outcome> {
        self.store.apply(changes, NOW).await.unwrap()
    }

    pub(crate) async fn rows(&self, table: Table) -> Vec<Map<String, Value>> {
        self.store.rows(table).await.unwrap()
    }

    /// A column of texts, read past the store, in ascending order.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql.to_owned());
        let mut texts: Vec<String> = if self.url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            let rows = sqlx::query_scalar(sql).fetch_all(&mut connection).await;
            rows.unwrap()
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            let rows = sqlx::query_scalar(sql).fetch_all(&mut connection).await;
            rows.unwrap()
        };
        texts.sort();
        texts
    }

    /// Runs a statement past the store.
    pub(crate) async fn execute(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
    }

    /// What every record is about, which orders are on which shipments, and what is in doubt.
    pub(crate) async fn resolved(&self) -> Vec<String> {
        let drained = self.store.resolve(NOW).await.unwrap();
        assert!(!drained.is_elsewhere);
        let mut texts = self.texts(RESOLUTION).await;
        texts.extend(self.texts(ORDER_SHIPMENT).await);
        texts.extend(self.texts(CONFLICT).await);
        texts
    }

    /// What one record is about.
    pub(crate) async fn resolution(&self, entity: &str, key: &str) -> Option<String> {
        let start = format!("{entity} {key}: ");
        let resolved = self.resolved().await;
        let mut found = resolved.iter().filter_map(|text| text.strip_prefix(&start));
        found.next().map(str::to_owned)
    }

    /// All rows of all tables, what is derived from them, and the doubts about them.
    pub(crate) async fn report(&self) -> Report {
        let mut rows = Vec::new();
        for table in Table::ALL {
            rows.push(self.rows(table).await);
        }
        Report {
            rows,
            vehicles: self.store.vehicle_latest().await.unwrap(),
            quality: self.all_quality().await,
        }
    }

    /// The doubts about the row with this key, of whatever table.
    pub(crate) async fn quality(&self, key: &str) -> Vec<String> {
        let rows = self.all_quality().await;
        let mut found = rows.into_iter().filter(|(found, _)| found == key);
        let (_, dq) = found.next().unwrap();
        serde_json::from_str(&dq).unwrap()
    }

    /// Key and doubts of every row of every table, read past the store.
    async fn all_quality(&self) -> Vec<(String, String)> {
        let mut quality = Vec::new();
        if self.url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            for table in Table::ALL {
                let sql = format!("SELECT record_key, dq FROM {} ORDER BY 1", table.name());
                let rows = sqlx::query_as(AssertSqlSafe(sql));
                quality.extend(rows.fetch_all(&mut connection).await.unwrap());
            }
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            for table in Table::ALL {
                let sql = format!(
                    "SELECT record_key, replace(dq::text, ', ', ',') FROM {} ORDER BY record_key COLLATE \"C\"",
                    table.name()
                );
                let rows = sqlx::query_as(AssertSqlSafe(sql));
                quality.extend(rows.fetch_all(&mut connection).await.unwrap());
            }
        }
        quality
    }
}

/// One that has just begun.
pub(crate) fn rebuild() -> Rebuild {
    Rebuild {
        id: "one".to_owned(),
        state: RebuildState::Filling,
        who: "ada".to_owned(),
        why: "a test".to_owned(),
        asked_at: NOW,
        feed_from: NOW,
        filled_until: NOW,
        documents: 0,
        dead_lettered: 0,
        stepped_at: NOW,
        merged: None,
    }
}
