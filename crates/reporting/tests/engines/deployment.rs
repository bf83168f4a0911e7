//! Principals, grants and migrations of a deployment, as infra/scripts has them.

use std::{path::Path, process::Command};

use reporting::{Merged, Password, Removals, Store, StoreError};
use sqlx::{Connection, Executor, PgConnection, postgres::PgConnectOptions};

use crate::fixture::NOW;

/// Url of a throw-away PostgreSQL cluster.
const POSTGRES: &str = "CROSSDOCK_TEST_POSTGRES";
const CONSOLIDATOR: &str = "id-crossdock-consolidator-test";

/// A database of its own in the cluster, without the directory's functions: principals are plain roles.
struct Database {
    cluster: PgConnectOptions,
    url: String,
    name: String,
}

impl Database {
    async fn create() -> Option<Self> {
        let Ok(url) = std::env::var(POSTGRES) else {
            println!("skipped: a deployment's grants ({POSTGRES} is not set)");
            return None;
        };
        if Command::new("psql").arg("--version").output().is_err() {
            println!("skipped: a deployment's grants (there is no psql)");
            return None;
        }
        let name = format!("crossdock_grants_{}", std::process::id());
        let cluster: PgConnectOptions = url.parse().unwrap();
        let mut connection = PgConnection::connect_with(&cluster).await.unwrap();
        let create = format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}");
        for statement in create.split(';') {
            connection
                .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(statement.to_owned())))
                .await
                .unwrap();
        }
        Some(Self { cluster, url, name })
    }

    fn run(&self, script: &str) {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/scripts");
        let (base, _) = self.url.rsplit_once('/').unwrap();
        let ran = Command::new("psql")
            .args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"])
            .args(["--set", &format!("consolidator={CONSOLIDATOR}")])
            .args(["--set", "object_id=00000000-0000-0000-0000-000000000000"])
            .args(["--dbname", &format!("{base}/{}", self.name)])
            .arg("--file")
            .arg(scripts.join(script))
            .output()
            .unwrap();
        assert!(ran.status.success(), "{script}: {ran:?}");
    }

    fn url_as(&self, user: &str) -> String {
        let (_, host) = self.url.rsplit_once('@').unwrap();
        let (host, _) = host.rsplit_once('/').unwrap();
        format!(
            "postgres://{user}@{host}/{}?options=-c%20search_path%3Dreporting",
            self.name
        )
    }

    async fn refused_as(&self, role: &str, sql: &'static str) -> bool {
        let options = self.cluster.clone().database(&self.name);
        let mut connection = PgConnection::connect_with(&options).await.unwrap();
        let role = format!("SET ROLE \"{role}\"");
        connection
            .execute(sqlx::raw_sql(sqlx::AssertSqlSafe(role)))
            .await
            .unwrap();
        let ran = connection.execute(sql).await;
        match ran {
            Ok(_) => false,
            Err(error) => {
                let code = error.as_database_error().and_then(|error| error.code());
                assert_eq!(code.as_deref(), Some("42501"), "{sql}: {error}");
                true
            }
        }
    }
}

#[tokio::test]
async fn grants_run_twice_and_give_no_more_than_is_needed() {
    let Some(database) = Database::create().await else {
        return;
    };
    let (_, user) = database.url.split_once("//").unwrap();
    let (administrator, _) = user.split_once('@').unwrap();
    for _again in 0..2 {
        database.run("principals.sql");
        database.run("grants.sql");
        let store = Store::connect(&database.url_as(administrator)).unwrap();
        store.migrate().await.unwrap();
        store.prepare_beside().await.unwrap();
    }
    database.run("grants.sql");

    let store = Store::connect(&database.url_as(CONSOLIDATOR)).unwrap();
    store.check_schema().await.unwrap();
    store
        .account_dead_letters(record::Source::Orders, 1, NOW)
        .await
        .unwrap();
    // It makes the report anew without making a table.
    let beside = store.prepare_beside().await.unwrap();
    beside.empty().await.unwrap();
    let rebuild = crate::fixture::rebuild();
    store.note_rebuild(&rebuild).await.unwrap();
    let held = store.hold().await.unwrap();
    let merged = held.merge(&store, &beside, &rebuild, Removals::Few, NOW);
    assert_eq!(merged.await.unwrap(), Merged::default());
    for sql in [
        "CREATE TABLE reporting.other (id int)",
        "CREATE TABLE reporting_rebuild.other (id int)",
        "DROP TABLE reporting.rpt_order",
        "CREATE TABLE public.other (id int)",
    ] {
        assert!(database.refused_as(CONSOLIDATOR, sql).await, "{sql}");
    }
    let read = "SELECT count(*) FROM reporting.rpt_consolidation";
    assert!(!database.refused_as("reporting_reader", read).await);
    let beside = "SELECT count(*) FROM reporting_rebuild.rpt_order";
    assert!(database.refused_as("reporting_reader", beside).await);
    let write = "DELETE FROM reporting.rpt_consolidation";
    assert!(database.refused_as("reporting_reader", write).await);
}

#[tokio::test]
async fn a_password_is_asked_for_and_without_one_the_store_is_away() {
    let Ok(url) = std::env::var(POSTGRES) else {
        println!("skipped: a password that changes ({POSTGRES} is not set)");
        return;
    };
    let (asked, mut asking) = tokio::sync::mpsc::unbounded_channel();
    let password = Password::new(move || {
        asked.send(()).unwrap();
        async { Ok("trusted anyway".to_owned()) }
    });
    let store = Store::connect(&url).unwrap().with_password(password);
    // Whether the table is there is another matter.
    drop(store.freshness_since(NOW).await);
    assert!(asking.try_recv().is_ok());

    let broken = Password::new(|| async { Err("the directory is away".into()) });
    let store = Store::connect(&url).unwrap().with_password(broken);
    let error = store.freshness_since(NOW).await.unwrap_err();
    let is_away = |error: &sqlx::Error| matches!(error, sqlx::Error::Io(_));
    assert!(
        matches!(&error, StoreError::Database(error) if is_away(error)),
        "{error}"
    );
}
