//! The drops: files in a real storage account, told of in its queues, saying what the truth says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use azurite::Server;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde_json::Value;
use upstream_sim::faults::FaultProfile;
use upstream_sim::sim::{Settings, Sim};
use upstream_sim::storage::Account;
use upstream_sim::{carrier, warehouse};

use crate::{noon, settings, truth_of};

/// Where the two among the six upstreams are that drop files.
const WAREHOUSE: usize = 2;
const CARRIER: usize = 3;

fn with_drops(account: &Account, now: fn() -> Timestamp, settings: Settings) -> Settings {
    Settings {
        warehouse: Some(warehouse::Settings {
            account: account.clone(),
            rate: 0.0,
            now,
        }),
        carrier: Some(carrier::Settings {
            account: account.clone(),
            rate: 0.0,
            now,
        }),
        ..settings
    }
}

/// A world of some hundred trip messages, reported all along and to the end.
fn play(sim: &Sim) {
    for at in 0..600 {
        sim.emit_order();
        sim.emit_trip(false);
        if at % 8 == 0 {
            sim.act(WAREHOUSE);
            sim.act(CARRIER);
        }
    }
    sim.finish();
}

/// The truth of a world against a clock that stands still and a storage account that nobody keeps.
fn truth(seed: u64, faults: FaultProfile) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let _inside = runtime.enter();
    let account = Account::new("http://127.0.0.1:9/a?sig=x", "http://127.0.0.1:9/a?sig=x").unwrap();
    let settings = with_drops(
        &account,
        noon,
        Settings {
            faults,
            ..settings(seed)
        },
    );
    let sim = Sim::new(settings, noon);
    play(&sim);
    truth_of(&sim)
}

fn rows<'a>(truth: &'a Value, table: &str) -> &'a Vec<Value> {
    truth[table].as_array().unwrap()
}

#[test]
fn the_same_seed_drops_the_same_facts() {
    for faults in [FaultProfile::default(), FaultProfile::hard()] {
        let first = truth(7, faults);
        assert_eq!(first, truth(7, faults));
        assert_ne!(first, truth(8, faults));
    }
}

#[test]
fn drops_change_nothing_for_the_other_systems() {
    let with = truth(7, FaultProfile::hard());
    let without = truth(7, FaultProfile::default());
    for table in ["rpt_order", "rpt_order_line"] {
        assert_eq!(with[table], without[table], "{table}");
    }
    assert_eq!(without["dead_letters"]["warehouse"], 0);
    assert_eq!(without["dead_letters"]["carrier"], 0);
    assert!(with["dead_letters"]["warehouse"].as_u64().unwrap() > 10);
    assert!(with["dead_letters"]["carrier"].as_u64().unwrap() > 10);
}

#[test]
fn the_facts_are_of_all_kinds() {
    let truth = truth(7, FaultProfile::hard());
    let has = |table: &str, column: &str, wanted: &str| {
        let found = rows(&truth, table).iter().any(|row| row[column] == wanted);
        assert!(found, "no {table}.{column} = {wanted}");
    };
    for kind in [
        "receipt",
        "putaway",
        "pick",
        "ship",
        "adjust",
        "transfer_in",
        "transfer_out",
        "count",
        "return",
    ] {
        has("rpt_inventory_movement", "movement_type", kind);
    }
    for code in [
        "tender_accepted",
        "tender_declined",
        "pickup_appointment",
        "pickup_arrived",
        "loading_done",
        "pickup_departed",
        "in_transit",
        "eta_updated",
        "delivery_arrived",
        "delivered",
        "delivery_departed",
        "delayed",
        "exception",
        "other",
        "received_in_wms",
    ] {
        has("rpt_milestone", "code", code);
    }
    for basis in [
        "offset",
        "named_zone",
        "local_place",
        "partner_default",
        "site",
    ] {
        has("rpt_milestone", "tz_basis", basis);
    }
    for kind in ["original", "balance_due", "adjustment"] {
        has("rpt_freight_invoice", "kind", kind);
    }
    for status in ["A", "E", "P", "R"] {
        has("rpt_edi_ack", "status", status);
    }
    has("rpt_edi_ack", "direction", "received");
    has("rpt_inventory_snapshot", "stock_status", "DAMAGED");
    assert!(!rows(&truth, "rpt_handling_unit").is_empty());
    let keys: BTreeSet<_> = rows(&truth, "rpt_milestone")
        .iter()
        .map(|row| row["milestone_id"].to_string())
        .collect();
    assert_eq!(keys.len(), rows(&truth, "rpt_milestone").len());
}

/// Everything that a world dropped into a storage account.
struct Dropped {
    sim: Arc<Sim>,
    messages: BTreeMap<&'static str, Vec<String>>,
    files: BTreeMap<&'static str, BTreeMap<String, Vec<u8>>>,
}

/// Plays a world against Azurite; `None`, after printing why, where Node is missing.
async fn dropped(faults: &[&str]) -> Option<Dropped> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let server = Server::for_test(&root)?;
    for (container, queue) in [
        ("warehouse", "warehouse-drops"),
        ("carrier", "carrier-drops"),
    ] {
        server.create_container(container).unwrap();
        server.create_queue(queue).unwrap();
    }
    let account = Account::new(&server.blob_service_uri(), &server.queue_service_uri()).unwrap();
    let mut settings = with_drops(&account, Timestamp::now, settings(7));
    faults
        .iter()
        .for_each(|fault| settings.faults.set(fault).unwrap());
    let sim = Sim::new(settings, Timestamp::now);
    play(&sim);
    let quiet = async {
        while sim.status()["finished"] != true {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), quiet)
        .await
        .unwrap_or_else(|_| panic!("not all drops are taken: {}", sim.status()));
    let (mut messages, mut files) = (BTreeMap::new(), BTreeMap::new());
    for (container, queue) in [
        ("warehouse", "warehouse-drops"),
        ("carrier", "carrier-drops"),
    ] {
        messages.insert(container, received(&server, queue).await);
        let mut all = BTreeMap::new();
        for name in account.list(container, "").await.unwrap() {
            let bytes = account.get(container, &name).await.unwrap().unwrap();
            all.insert(name, bytes);
        }
        files.insert(container, all);
    }
    Some(Dropped {
        sim,
        messages,
        files,
    })
}

/// All messages of a queue, out of their base64.
async fn received(server: &Server, queue: &str) -> Vec<String> {
    let uri = server.queue_service_uri();
    let (base, signature) = uri.split_once('?').unwrap();
    let url = format!("{base}/{queue}/messages?numofmessages=32&visibilitytimeout=600&{signature}");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut messages = Vec::new();
    loop {
        let answer = client.get(&url).send().await.unwrap().text().await.unwrap();
        let texts: Vec<_> = answer
            .split("<MessageText>")
            .skip(1)
            .map(|rest| rest.split_once('<').unwrap().0.to_owned())
            .collect();
        if texts.is_empty() {
            return messages;
        }
        let decoded = texts
            .iter()
            .map(|text| String::from_utf8(BASE64_STANDARD.decode(text).unwrap()).unwrap());
        messages.extend(decoded);
    }
}

#[tokio::test]
async fn every_file_is_told_of_once_and_says_what_the_truth_says() {
    let Some(dropped) = dropped(&[]).await else {
        return;
    };
    for source in ["warehouse", "carrier"] {
        let status = &dropped.sim.status()["sources"][source];
        let (messages, files) = (&dropped.messages[source], &dropped.files[source]);
        assert_eq!(status["messages"], messages.len());
        assert_eq!(status["files"], files.len());
        let mut told: Vec<_> = messages.iter().map(|text| name_in(text, source)).collect();
        told.sort_unstable();
        assert!(told.iter().eq(files.keys()), "{source}");
    }
    let truth = truth_of(&dropped.sim);
    let rows_dropped = |prefix: &str| -> usize {
        let files = dropped.files["warehouse"].iter();
        files
            .filter(|(name, _)| name.starts_with(prefix))
            .map(|(_, bytes)| lines(bytes) - 1)
            .sum()
    };
    let movements = rows(&truth, "rpt_inventory_movement").len();
    assert_eq!(movements, rows_dropped("MOVE_") + rows_dropped("SHIP_"));
    assert!(movements > 100 && rows_dropped("STOCK_") > 100);
    let sets: Vec<String> = dropped.files["carrier"]
        .values()
        .flat_map(|bytes| sets(bytes))
        .collect();
    let count = |mark: &str| -> usize { sets.iter().map(|set| set.matches(mark).count()).sum() };
    let of = |table: &str, column: &str, wanted: &str| {
        let rows = rows(&truth, table).iter();
        rows.filter(|row| {
            row[column]
                .as_str()
                .is_some_and(|text| text.starts_with(wanted))
        })
        .count()
    };
    assert_eq!(count("\nAT7*"), of("rpt_milestone", "source_code", "AT70"));
    assert_eq!(count("\nB1*"), of("rpt_milestone", "source_code", "B104"));
    assert_eq!(count("\nAK1*"), of("rpt_edi_ack", "direction", "received"));
    assert!(count("\nAT7*") > 100 && count("\nB3*") > 5);
}

/// Line ends, since no cell of these files holds one.
fn lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

/// The transaction sets of a file, each of which has as many segments as it says.
fn sets(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let sets: Vec<String> = text.split("\nST*").skip(1).map(str::to_owned).collect();
    for set in &sets {
        let (body, rest) = set.split_once("\nSE*").unwrap();
        let said: usize = rest.split('*').next().unwrap().parse().unwrap();
        assert_eq!(said, body.matches('~').count() + 1, "{set}");
    }
    sets
}

/// Name of the blob that an event tells of; its address leads there too.
fn name_in(text: &str, container: &str) -> String {
    let event: Value = serde_json::from_str(text).unwrap();
    assert_eq!(event["eventType"], "Microsoft.Storage.BlobCreated");
    assert!(
        event["eventTime"]
            .as_str()
            .unwrap()
            .parse::<Timestamp>()
            .is_ok()
    );
    let subject = event["subject"].as_str().unwrap();
    let name = subject
        .strip_prefix(&format!(
            "/blobServices/default/containers/{container}/blobs/"
        ))
        .unwrap();
    assert!(
        event["data"]["url"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/{container}/{name}"))
    );
    name.to_owned()
}

#[tokio::test]
async fn troubled_files_come_twice_early_torn_and_among_garbage() {
    let faults = [
        "drop-twice=0.5",
        "drop-early=0.5",
        "drop-again=0.3",
        "drop-rewritten=0.3",
        "drop-torn=0.3",
        "drop-garbage=0.3",
    ];
    let Some(dropped) = dropped(&faults).await else {
        return;
    };
    let apis: Vec<String> = dropped.messages["warehouse"]
        .iter()
        .filter_map(|text| serde_json::from_str::<Value>(text).ok())
        .filter_map(|event| Some(event["data"]["api"].as_str()?.to_owned()))
        .collect();
    for api in ["PutBlob", "CreateFile", "FlushWithClose"] {
        assert!(apis.iter().any(|found| found == api), "{api}");
    }
    let status = dropped.sim.status();
    let garbage = dropped.messages["warehouse"].len() - apis.len();
    assert_eq!(status["sources"]["warehouse"]["invalid"], garbage);
    assert!(garbage > 5);
    let files = &dropped.files["warehouse"];
    let again: Vec<_> = files
        .iter()
        .filter(|(name, _)| name.starts_with("again/"))
        .collect();
    assert!(again.len() > 5);
    for (name, bytes) in again {
        assert_eq!(files[name.trim_start_matches("again/")], *bytes, "{name}");
    }
}
