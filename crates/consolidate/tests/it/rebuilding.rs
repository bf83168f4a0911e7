//! The report is made anew from the feed while readers read and writers write.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

use consolidate::{Ask, Consolidate, RebuildError};
use emulator_process::Emulator;
use feed::Feed;
use jiff::Timestamp;
use record::{
    Body, Classifier, EpochMillis, Milestone, MilestoneCode, Provenance, Record, Reference,
    ReferenceKind, Shipment, Source, SourceVersion, Text, TimeBasis, TimePrecision,
};
use reporting::{MergeError, Rebuild, RebuildState, Removals, Store, Table, View};
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::measuring::{at, publish, stop, take};

const POSTGRES: &str = "CROSSDOCK_TEST_POSTGRES";

/// A report on either engine.
struct Report {
    store: Store,
    url: String,
    _directory: Option<tempfile::TempDir>,
}

impl Report {
    async fn sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", directory.path().join("report.db").display());
        Self {
            store: reporting::recreate(&url).await.unwrap(),
            url,
            _directory: Some(directory),
        }
    }

    async fn postgres(test: &str) -> Option<Self> {
        static SCHEMAS: AtomicU32 = AtomicU32::new(0);
        let Ok(cluster) = std::env::var(POSTGRES) else {
            println!("skipped on PostgreSQL: {test} ({POSTGRES} is not set)");
            return None;
        };
        let number = SCHEMAS.fetch_add(1, Ordering::Relaxed);
        let separator = if cluster.contains('?') { '&' } else { '?' };
        let process = std::process::id();
        let url =
            format!("{cluster}{separator}options=-c%20search_path%3Drebuilding_{process}_{number}");
        Some(Self {
            store: reporting::recreate(&url).await.unwrap(),
            url,
            _directory: None,
        })
    }

    /// Runs a statement past the store.
    async fn execute(&self, sql: &str) {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query(sql).execute(&mut connection).await.unwrap();
        }
    }

    /// A number, read past the store.
    async fn number(&self, sql: &str) -> i64 {
        let sql = AssertSqlSafe(sql.to_owned());
        if self.url.starts_with("sqlite") {
            let mut connection = SqliteConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await
        } else {
            let mut connection = PgConnection::connect(&self.url).await.unwrap();
            sqlx::query_scalar(sql).fetch_one(&mut connection).await
        }
        .unwrap()
    }

    /// Everything that analysts see, but for when a row was written.
    async fn picture(&self) -> BTreeMap<String, Vec<Map<String, Value>>> {
        let mut all = BTreeMap::new();
        for table in Table::ALL {
            let rows = self.store.rows(table).await.unwrap();
            all.insert(table.name().to_owned(), rows);
        }
        for view in View::ALL {
            let mut rows = self.store.view(view).await.unwrap();
            for row in &mut rows {
                row.remove("applied_at");
            }
            all.insert(format!("{view:?}"), rows);
        }
        all
    }

    /// Sees that analysts see this.
    async fn is(&self, before: &BTreeMap<String, Vec<Map<String, Value>>>) {
        for (name, rows) in self.picture().await {
            assert_eq!(rows, before[&name], "{name}");
        }
    }
}

macro_rules! on_both_engines {
    ($($test:ident,)+) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(super::Report::sqlite().await).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                if let Some(report) = super::Report::postgres(stringify!($test)).await {
                    super::$test(report).await;
                }
            })+
        }
    };
}

on_both_engines! {
    a_report_that_was_tampered_with_is_what_the_feed_leads_to,
    a_report_that_is_right_is_left_as_it_is,
    who_dies_in_the_middle_is_gone_on_from,
    readers_notice_nothing_and_what_is_written_meanwhile_is_there,
    it_stops_before_it_takes_too_much_away,
    what_the_feed_does_not_hold_any_more_is_kept_on_demand,
    one_that_is_given_up_leaves_the_report_alone,
}

/// Later than all that the test publishes, by so much that none of it is on its way any more.
fn afterwards() -> EpochMillis {
    EpochMillis(Timestamp::now().as_millisecond() + 3 * 60_000)
}

fn now() -> EpochMillis {
    EpochMillis::from(Timestamp::now())
}

fn record(source: Source, body: Body<'static>, version: u64) -> Record<'static> {
    let now = EpochMillis::from(Timestamp::now());
    let provenance = Provenance::new("m", format!("{version:032x}"), now, now);
    Record::upsert(source, body, SourceVersion::new(version, 0), provenance).unwrap()
}

/// Shipments in two versions, a stop, and a carrier's milestone that names the bill of lading only.
fn story(from: usize, until: usize) -> Vec<Record<'static>> {
    let mut records = Vec::new();
    for number in from..until {
        let bol = Reference {
            kind: ReferenceKind::Bol,
            issuer: None,
            value: Text::from(format!("B{number}")),
        };
        for (version, status) in [(1, "confirmed"), (2, "in_transit")] {
            let shipment = Body::Shipment(Shipment {
                shipment_no: Text::from(format!("L-{number}")),
                status: Some(Text::from(status)),
                ..Shipment::default()
            });
            let record = record(Source::Transport, shipment, version);
            records.push(record.with_references(vec![bol.clone()]));
        }
        records.push(record(Source::Transport, stop(number, 1), 3));
        let milestone = record(Source::Carrier, milestone(number), 4);
        records.push(milestone.with_references(vec![bol]));
    }
    records
}

fn milestone(number: usize) -> Body<'static> {
    Body::Milestone(Milestone {
        scope: Text::from("shipment"),
        scope_ref: Text::from(format!("status-{number}")),
        event_id: None,
        shipment_no: None,
        order_no: None,
        container_no: None,
        stop_id: None,
        code: MilestoneCode::Delivered,
        classifier: Classifier::Actual,
        event_time: EpochMillis(1_793_610_922_000),
        time_precision: TimePrecision::Minute,
        tz_basis: TimeBasis::Offset,
        place_code: None,
        lat_e6: None,
        lon_e6: None,
        reason_code: None,
        source_code: Text::from("D1"),
    })
}

fn ask(step: Duration) -> Ask {
    Ask {
        who: "ada".to_owned(),
        why: Some("a test".to_owned()),
        id: None,
        step,
        removals: Removals::Few,
        keep_before: None,
    }
}

const LONG: Duration = Duration::from_secs(60);

async fn rebuilt(consolidate: &Consolidate) -> Rebuild {
    let rebuild = consolidate.rebuild(&ask(LONG)).await.unwrap();
    assert_eq!(rebuild.state, RebuildState::Swapped);
    rebuild
}

/// Publishes, and takes in as the change feed brings it.
async fn live(report: &Report, feed: &Feed, records: &[Record<'static>]) {
    publish(feed, records).await;
    take(&at(&report.store, feed, afterwards()), records).await;
}

async fn a_report_that_was_tampered_with_is_what_the_feed_leads_to(report: Report) {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    live(&report, &feed, &story(0, 6)).await;
    let before = report.picture().await;
    for sql in [
        "UPDATE rpt_shipment SET status = 'wrong' WHERE shipment_no = 'L-1'",
        "DELETE FROM rpt_stop WHERE stop_id = '002'",
        "DELETE FROM rpt_xref WHERE record_key = 'L-3'",
        "UPDATE rpt_resolution SET shipment_no = 'L-9' WHERE record_key LIKE 'status-4%'",
        "UPDATE rpt_milestone SET milestone_id = 'bogus', record_key = 'bogus' WHERE milestone_id LIKE 'status-5%'",
    ] {
        report.execute(sql).await;
    }
    assert_ne!(report.picture().await, before);

    let consolidate = at(&report.store, &feed, afterwards());
    let merged = rebuilt(&consolidate).await.merged.unwrap();
    let expected = [
        "rpt_shipment: 0 removed, 0 added, 1 replaced",
        "rpt_stop: 0 removed, 1 added, 0 replaced",
        "rpt_milestone: 1 removed, 1 added, 0 replaced",
        "rpt_xref: 0 removed, 1 added, 0 replaced",
        "rpt_resolution: 0 removed, 0 added, 1 replaced",
    ];
    let differences: Vec<&str> = merged.differences.iter().map(String::as_str).collect();
    // The bill of lading, and whatever else the record was found by.
    assert_eq!(differences[..3], expected[..3]);
    assert_eq!(differences[4], expected[4]);
    assert_eq!((merged.removed, merged.replaced), (1, 2));
    report.is(&before).await;
    // The account of it is in the report, and nothing of it in the ledger of what came.
    let known = report.store.rebuilds().await.unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!(
        (known[0].who.as_str(), known[0].why.as_str()),
        ("ada", "a test")
    );
    assert_eq!(known[0].merged.as_ref(), Some(&merged));
    assert_eq!(known[0].documents, 24);
    let fresh = report.store.freshness().await.unwrap();
    let applied: i64 = fresh.iter().map(|fresh| fresh.applied).sum();
    assert_eq!(
        applied, 18,
        "of 24 documents six are older in the same batch"
    );
}

async fn a_report_that_is_right_is_left_as_it_is(report: Report) {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    live(&report, &feed, &story(0, 5)).await;
    let before = report.picture().await;
    let written = "SELECT count(DISTINCT applied_at) FROM rpt_shipment";
    // Applied by another clock than the rebuild's, which would show.
    let consolidate = at(&report.store, &feed, EpochMillis(afterwards().0 + 60_000));
    let merged = rebuilt(&consolidate).await.merged.unwrap();
    assert_eq!((merged.removed, merged.added, merged.replaced), (0, 0, 0));
    assert_eq!(merged.differences, [""; 0]);
    assert_eq!(report.number(written).await, 1);
    report.is(&before).await;
}

async fn who_dies_in_the_middle_is_gone_on_from(report: Report) {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    live(&report, &feed, &story(0, 5)).await;
    let before = report.picture().await;
    report.execute("DELETE FROM rpt_stop").await;
    let consolidate = at(&report.store, &feed, afterwards());
    // Some die on the way: whatever they had written is there, and how far they were may not be.
    let mut killed = 0;
    for wait_ms in [1, 4, 16, 64, 128] {
        let other = at(&report.store, &feed, afterwards());
        let asked = ask(Duration::ZERO);
        let step = tokio::spawn(async move { other.rebuild(&asked).await });
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        step.abort();
        killed += usize::from(step.await.is_err());
    }
    println!("{killed} of 5 died within a step");
    // Asked for with no time at all, it fills one window and ends: each call is another process.
    let first = consolidate.rebuild(&ask(Duration::ZERO)).await.unwrap();
    assert_eq!(first.state, RebuildState::Filling);
    assert_eq!(report.store.rebuilds().await.unwrap().len(), 1);
    assert_eq!(report.store.rows(Table::Stop).await.unwrap().len(), 0);
    let swapped = rebuilt(&consolidate).await;
    assert_eq!(swapped.id, first.id, "it went on and did not begin anew");
    assert_eq!(swapped.merged.unwrap().added, 5);
    report.is(&before).await;

    // The same where what is beside is gone: it begins anew, under its name.
    report.execute("DELETE FROM rpt_stop").await;
    let second = consolidate.rebuild(&ask(Duration::ZERO)).await.unwrap();
    report.store.beside().unwrap().empty().await.unwrap();
    let swapped = rebuilt(&consolidate).await;
    assert_eq!(swapped.id, second.id);
    report.is(&before).await;
    // Who asks for one by name that has ended is told so, and starts nothing.
    let by_name = Ask {
        id: Some(second.id),
        ..ask(LONG)
    };
    assert_eq!(
        consolidate.rebuild(&by_name).await.unwrap().state,
        RebuildState::Swapped
    );
    assert_eq!(report.store.rebuilds().await.unwrap().len(), 2);
}

async fn readers_notice_nothing_and_what_is_written_meanwhile_is_there(report: Report) {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    live(&report, &feed, &story(0, 20)).await;
    // All rows are different, so that all are taken over.
    report
        .execute("UPDATE rpt_shipment SET status = 'wrong'")
        .await;
    let done = std::sync::Arc::new(AtomicBool::new(false));
    let (reader, reading) = (Store::connect(&report.url).unwrap(), done.clone());
    let reader = tokio::spawn(async move {
        let (mut reads, mut seen) = (0, std::collections::BTreeSet::new());
        while !reading.load(Ordering::Acquire) {
            let rows = reader.rows(Table::Shipment).await.unwrap();
            assert!(rows.len() >= 20, "{} rows", rows.len());
            let wrong = rows.iter().filter(|row| row["status"] == "wrong").count();
            // All as it was, or all as it is.
            assert!(wrong == 0 || wrong == 20, "{wrong} are wrong");
            seen.insert(wrong);
            reads += 1;
        }
        (reads, seen)
    });
    let (store, other) = (report.store.clone(), feed.clone());
    let writer = tokio::spawn(async move {
        let consolidate = at(&store, &other, now());
        for number in 20..60 {
            let records = story(number, number + 1);
            publish(&other, &records).await;
            // As the host does: what is not taken in comes again.
            let documents: Vec<_> = records.iter().map(Record::to_document).collect();
            let documents: Vec<&str> = documents.iter().map(record::Document::json).collect();
            let page = consolidate::Page {
                documents: &documents,
                arrival: &[],
            };
            while consolidate.take(&page).await.is_err() {}
        }
    });
    // By the real clock: what comes now is still on its way, and is looked at once writers are held.
    let consolidate = at(&report.store, &feed, now());
    let merged = rebuilt(&consolidate).await.merged.unwrap();
    writer.await.unwrap();
    done.store(true, Ordering::Release);
    let (reads, seen) = reader.await.unwrap();
    println!("{reads} reads; merged {merged:?}");
    assert!(seen.contains(&20) || reads > 0);
    assert_eq!((merged.removed, merged.replaced), (0, 20));
    consolidate.resolve().await;
    let incremental = report.picture().await;
    assert_eq!(incremental["rpt_shipment"].len(), 60);
    // Nothing was lost: made anew once more, it is the same.
    let again = rebuilt(&at(&report.store, &feed, afterwards()))
        .await
        .merged
        .unwrap();
    assert_eq!((again.removed, again.added, again.replaced), (0, 0, 0));
}

async fn it_stops_before_it_takes_too_much_away(report: Report) {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    // The report has what the feed does not hold.
    let all = story(0, 40);
    take(&at(&report.store, &feed, afterwards()), &all).await;
    publish(&feed, &story(0, 2)).await;
    let before = report.picture().await;
    let consolidate = at(&report.store, &feed, afterwards());
    let error = consolidate.rebuild(&ask(LONG)).await.unwrap_err();
    let RebuildError::Merge(MergeError::TooMany {
        table,
        removed,
        rows,
    }) = error
    else {
        panic!("{error}")
    };
    assert_eq!((table, removed, rows), ("rpt_shipment", 38, 40));
    report.is(&before).await;
    let accepted = Ask {
        removals: Removals::Any,
        ..ask(LONG)
    };
    let rebuild = consolidate.rebuild(&accepted).await.unwrap();
    assert_eq!(rebuild.state, RebuildState::Swapped);
    assert_eq!(report.store.rows(Table::Shipment).await.unwrap().len(), 2);
}

async fn what_the_feed_does_not_hold_any_more_is_kept_on_demand(report: Report) {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    take(&at(&report.store, &feed, EpochMillis(1_000)), &story(0, 30)).await;
    live(&report, &feed, &story(30, 32)).await;
    let before = report.picture().await;
    let consolidate = at(&report.store, &feed, afterwards());
    let keeping = Ask {
        keep_before: Some(EpochMillis(2_000)),
        ..ask(LONG)
    };
    let merged = consolidate.rebuild(&keeping).await.unwrap().merged.unwrap();
    assert_eq!(merged.differences, [""; 0]);
    report.is(&before).await;
}

async fn one_that_is_given_up_leaves_the_report_alone(report: Report) {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    live(&report, &feed, &story(0, 3)).await;
    report.execute("DELETE FROM rpt_stop").await;
    let consolidate = at(&report.store, &feed, afterwards());
    let unreasoned = Ask {
        why: None,
        ..ask(LONG)
    };
    let error = consolidate.rebuild(&unreasoned).await.unwrap_err();
    assert!(matches!(error, RebuildError::NoReason), "{error}");
    let begun = consolidate.rebuild(&ask(Duration::ZERO)).await.unwrap();
    let ended = consolidate.cancel_rebuild(&begun.id).await.unwrap();
    assert_eq!(ended.state, RebuildState::Cancelled);
    let by_name = Ask {
        id: Some(begun.id),
        ..ask(LONG)
    };
    assert_eq!(
        consolidate.rebuild(&by_name).await.unwrap().state,
        RebuildState::Cancelled
    );
    assert_eq!(report.store.rows(Table::Stop).await.unwrap().len(), 0);
    let next = rebuilt(&consolidate).await;
    assert_eq!(next.merged.unwrap().added, 3);
}
