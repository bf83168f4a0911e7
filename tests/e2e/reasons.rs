//! Each reason is produced on purpose, through the processes as they are. Those of an outage leave no letter. Each of the
//! others leaves one, which is corrected and replayed until its row is in the reports.

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use e2e::{
    Proxy,
    files::File,
    postgres, send_trip,
    story::{Proxies, Story, json_of, until},
};
use feed::Reason;
use record::{Body, EpochMillis, Provenance, Record, Source, SourceVersion, Stop, Text};
use reporting::Table;
use serde_json::{Value, json};

const TRIP: &str = include_str!("../../functions/transport/fixtures/trip_planned.json");
const LOAD: &str = "L-2026-55013";
const CHANGED: &str = r#""lastModified":"2026-11-08T10:00:00Z""#;
const WHY: &str = "INC-9: each reason once";
const MOVEMENTS: &str =
    "movement_id;warehouse;movement_type;movement_ts;order_no;line_no;sku;qty;uom\n";

/// How often a waiting test looks again.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Deliveries of a queue message before the host gives it up, as in host.json.
const DELIVERIES_MAX: u32 = 5;

/// Name of what a reason's test speaks of.
fn named(reason: Reason) -> String {
    format!("L-TEST-{}", reason.code())
}

/// A sound trip of that name.
fn trip(reason: Reason) -> String {
    let number: String = reason.code().chars().skip(1).collect();
    let id = format!("b0000000-0000-4000-8000-{number:0>12}");
    TRIP.replace(LOAD, &named(reason))
        .replace("b0000000-0000-4000-8000-000000055013", &id)
}

/// A page with one order of one line, described like this.
fn order(reason: Reason, description: &str) -> Result<Value> {
    let mut page = json_of("orders/page1.json")?;
    let orders = page["value"].as_array_mut().context("a list")?;
    orders.truncate(1);
    let order = &mut orders[0];
    order["number"] = named(reason).into();
    let lines = order["salesOrderLines"].as_array_mut().context("a list")?;
    lines.truncate(1);
    lines[0]["description"] = description.into();
    Ok(page)
}

/// A file of one movement, whose order has that name.
fn movement(reason: Reason) -> (String, Vec<u8>) {
    let number = reason.code().replace('E', "9900");
    let row = format!(
        "{number};DC3;RECEIPT;2026-11-09 14:58:07;{};10000;OLV-1L;1;CS\n",
        named(reason)
    );
    let name = format!("MOVE_DC3_20261109T2030Z_{number}.csv");
    (name, format!("{MOVEMENTS}{row}").into_bytes())
}

/// The document of a stop, 91 degrees north.
fn stop(reason: Reason) -> Result<record::Document> {
    let body = Body::Stop(Stop {
        shipment_no: Text::from(named(reason)),
        stop_id: Text::from("001"),
        lat_e6: Some(91_000_000),
        ..Stop::default()
    });
    let at = EpochMillis(1_793_610_922_417);
    let provenance = Provenance::new("m", "0af7651916cd43dd8448eb211c80319c", at, at);
    let version = SourceVersion::new(1, 0);
    Ok(Record::upsert(Source::Transport, body, version, provenance)?.to_document())
}

struct Bench {
    story: Story,
    upstreams: Proxy,
    blobs: Proxy,
    /// None where there is no database that could be cut off.
    store: Option<Proxy>,
}

impl Bench {
    async fn start() -> Result<Self> {
        let (upstreams, blobs) = (Proxy::start().await?, Proxy::start().await?);
        let mut proxies = Proxies {
            upstreams: Some(upstreams.clone()),
            blobs: Some(blobs.clone()),
            ..Proxies::default()
        };
        let mut store = None;
        if let Some(url) = postgres("the outage of the store among all reasons") {
            let proxy = Proxy::start().await?;
            let schema = |url: &str| format!("{url}?options=-csearch_path%3De2e_reasons");
            proxies.reporting_url_of_consolidator = Some(schema(&proxy.in_front_of(&url)));
            proxies.reporting_url = Some(schema(&url));
            store = Some(proxy);
        }
        let story = Story::start_between(proxies).await?;
        Ok(Self {
            story,
            upstreams,
            blobs,
            store,
        })
    }

    /// Has the feed do this to the next writes; `{}` ends it.
    async fn faults(&self, faults: Value) -> Result<()> {
        let url = format!("{}_faults", self.story.pipeline().feed_url());
        let request = reqwest::Client::new().put(url).json(&faults);
        request.send().await?.error_for_status()?;
        Ok(())
    }

    async fn trip(&self, id: &str, body: impl Into<Vec<u8>>) -> Result<()> {
        let status = send_trip(self.story.pipeline(), id, body).await?;
        ensure!(status == 202, "{id} is answered {status}");
        Ok(())
    }

    /// Whether a row of the table names this.
    async fn has_row(&self, table: Table, name: &str) -> Result<bool> {
        let rows = self.story.pipeline().store().rows(table).await?;
        let names = |value: &Value| value.as_str().is_some_and(|text| text.contains(name));
        Ok(rows.iter().any(|row| row.values().any(names)))
    }

    /// Letters of this reason, whatever became of them.
    async fn letters(&self, app: &str, reason: Reason) -> Result<Vec<Value>> {
        let list = ["--app", app, "letters", "list", "--reason", reason.code()];
        let listed = self.story.on_call().well("ada", &list).await?;
        Ok(listed.as_array().cloned().unwrap_or_default())
    }

    /// Takes one of the things away that an app needs, until somebody has asked for it in vain.
    async fn outage(
        &self,
        away: &Proxy,
        meanwhile: impl AsyncFnOnce() -> Result<()>,
    ) -> Result<()> {
        away.cut();
        meanwhile().await?;
        until(LOOK_EVERY, || async { Ok(away.refused() > 0) }).await?;
        away.restore();
        Ok(())
    }

    /// Has the feed answer the next writes with this status, and sees that it did.
    async fn feed_answers(&self, reason: Reason, status: u16) -> Result<()> {
        let fault = json!({ "code": status, "count": 3, "retry_after_ms": 50 });
        self.faults(json!({ "container": "records", "status": fault }))
            .await?;
        self.trip(reason.code(), trip(reason)).await?;
        let url = format!("{}_faults", self.story.pipeline().feed_url());
        let left: Value = reqwest::get(url).await?.json().await?;
        ensure!(left["status"]["count"] == 0, "the feed answered {left}");
        Ok(())
    }

    /// An outage; the row that was under way in it, once it is over.
    async fn transient(&self, reason: Reason) -> Result<Option<(Table, String)>> {
        let row = (Table::Shipment, named(reason));
        match reason {
            Reason::UpstreamAway => {
                let meanwhile = async || {
                    self.story.outside().show_orders(order(reason, "oil")?);
                    let orders = self.story.pipeline().host("orders");
                    orders.run_function("ingest").await
                };
                self.outage(&self.upstreams, meanwhile).await?;
                self.story.pulled("orders").await?;
                return Ok(Some((Table::Order, named(reason))));
            }
            Reason::FeedAway => self.feed_answers(reason, 503).await?,
            Reason::Throttled => self.feed_answers(reason, 429).await?,
            Reason::StoreAway => {
                let Some(store) = &self.store else {
                    return Ok(None);
                };
                let meanwhile = async || self.trip(reason.code(), trip(reason)).await;
                self.outage(store, meanwhile).await?;
            }
            Reason::StorageAway => {
                let (name, bytes) = movement(reason);
                let (app, name) = ("warehouse", name.as_str());
                let (file, pipeline) = (File { app, name }, self.story.pipeline());
                let length = bytes.len();
                let etag = file.put(pipeline, bytes).await?;
                let meanwhile = async || file.tell(pipeline, &etag, length).await;
                self.outage(&self.blobs, meanwhile).await?;
                return Ok(Some((Table::InventoryMovement, named(reason))));
            }
            other => bail!("{} is no outage that is known here", other.code()),
        }
        Ok(Some(row))
    }

    /// Makes a letter of this reason. Returns its app, what corrects it, and the row that it is kept from.
    async fn permanent(&self, reason: Reason) -> Result<(&'static str, Vec<String>, Table)> {
        let patch = |path: &str, value: Value| {
            let patch = json!([{ "op": "replace", "path": path, "value": value }]);
            vec!["--patch".to_owned(), patch.to_string()]
        };
        let good = trip(reason);
        Ok(match reason {
            Reason::MalformedMessage => {
                self.trip(reason.code(), &good[..good.len() / 2]).await?;
                let whole = vec!["--replacement".to_owned(), good];
                ("transport", whole, Table::Shipment)
            }
            Reason::InvalidUnit => {
                let bad = good.replace(CHANGED, r#""lastModified":"soon""#);
                self.trip(reason.code(), bad).await?;
                let correction = patch("/lastModified", "2026-11-08T10:00:00Z".into());
                ("transport", correction, Table::Shipment)
            }
            Reason::Unsupported => {
                let bad = good.replace("trip.updated", "trip.teleported");
                self.trip(reason.code(), bad).await?;
                let correction = patch("/type", "trip.updated".into());
                ("transport", correction, Table::Shipment)
            }
            Reason::FeedRefusedRecord => {
                let page = order(reason, &"oil ".repeat(600_000))?;
                self.story.outside().show_orders(page);
                self.story.pulled("orders").await?;
                (
                    "orders",
                    patch("/description", "oil".into()),
                    Table::OrderLine,
                )
            }
            Reason::PoisonMessage => {
                self.poison(reason).await?;
                ("warehouse", Vec::new(), Table::InventoryMovement)
            }
            Reason::FileGone => {
                let (name, bytes) = movement(reason);
                let (app, name) = ("warehouse", name.as_str());
                let (file, pipeline) = (File { app, name }, self.story.pipeline());
                file.tell(pipeline, "\"0x0\"", bytes.len()).await?;
                file.dealt_with(pipeline).await?;
                // The partner puts it there again, and nobody tells of that.
                let etag = file.put(pipeline, bytes).await?;
                let correction = patch("/data/eTag", etag.into());
                (app, correction, Table::InventoryMovement)
            }
            Reason::StoreRefusedRecord => {
                let feed = self.story.pipeline().feed().await?;
                let published = feed.publish(vec![stop(reason)?]).await;
                ensure!(published.outcomes.len() == 1, "{published:?}");
                ("consolidator", patch("/body/lat_e6", 1.into()), Table::Stop)
            }
            Reason::UnreadableDocument => {
                self.written_by_hand(reason).await?;
                let correction = [patch("/schema", 1.into()), patch("/body/lat_e6", 1.into())];
                let operations: Vec<Value> = correction
                    .iter()
                    .filter_map(|patch| serde_json::from_str::<Value>(&patch[1]).ok())
                    .map(|mut patch| patch[0].take())
                    .collect();
                let patch = Value::from(operations).to_string();
                (
                    "consolidator",
                    vec!["--patch".to_owned(), patch],
                    Table::Stop,
                )
            }
            other => bail!("nobody knows how to produce {}", other.code()),
        })
    }

    /// Tells of a file, and kills the app each time that it is at work on it, until the host gives the message up.
    async fn poison(&self, reason: Reason) -> Result<()> {
        let (name, bytes) = movement(reason);
        let (app, name) = ("warehouse", name.as_str());
        let (file, pipeline) = (File { app, name }, self.story.pipeline());
        let length = bytes.len();
        // No write ends before the kill.
        self.faults(json!({ "container": "records", "latency_ms": 60_000 }))
            .await?;
        let etag = file.put(pipeline, bytes).await?;
        file.tell(pipeline, &etag, length).await?;
        let host = pipeline.host(app);
        for _ in 0..DELIVERIES_MAX {
            until(LOOK_EVERY, || async {
                Ok(host.status().await.is_ok_and(|status| status.is_at_work()))
            })
            .await
            .context("the app is not at work")?;
            let killed = host.kill_handler().await?;
            until(LOOK_EVERY, || async {
                let now = host.status().await.ok().and_then(|now| now.handler_pid);
                Ok(now.is_some() && now != killed)
            })
            .await
            .context("the app is not started again")?;
        }
        self.faults(json!({})).await
    }

    /// Writes a document of a later form into the feed, past our own code.
    async fn written_by_hand(&self, reason: Reason) -> Result<()> {
        let document = stop(reason)?;
        let later = document.json().replace("\"schema\":1", "\"schema\":2");
        let feed = self.story.pipeline().feed_url();
        let request = reqwest::Client::new()
            .post(format!("{feed}dbs/crossdock/colls/records/docs"))
            .header("x-ms-version", "2020-07-15")
            .header(
                "x-ms-documentdb-partitionkey",
                json!([document.partition().as_str()]).to_string(),
            )
            .header("content-type", "application/json");
        request.body(later).send().await?.error_for_status()?;
        Ok(())
    }

    /// What the consolidator tells a client that waits for the stop's document: no more than that it is a dead letter, also
    /// where the letter's bytes are sealed.
    async fn waited_for(&self, reason: Reason) -> Result<Value> {
        let document = stop(reason)?;
        let form: Value = serde_json::from_str(document.json())?;
        let target = json!({
            "entity": form["entity"], "key": form["key"], "version": form["version"], "hash": form["content_hash"],
            "document": form["id"], "partition": document.partition().as_str(),
        });
        let letter = json!({ "chunk": 0, "letter": "0".repeat(32), "targets": [target] });
        let host = self.story.pipeline().host("consolidator").url();
        let request = reqwest::Client::new()
            .post(format!("{host}/api/operate/observe"))
            .header("x-functions-key", "local-master-key")
            .header("x-operator", "ada")
            .json(&json!({ "letters": [letter], "look_for_letters": true }));
        let answer: Value = request.send().await?.error_for_status()?.json().await?;
        Ok(answer["observed"][0].clone())
    }

    /// Corrects a letter, plans, looks at and runs its replay.
    async fn replayed(&self, app: &str, letter: &str, correction: &[String]) -> Result<Value> {
        let ada = self.story.on_call();
        if !correction.is_empty() {
            let mut edit = vec!["--app", app, "letters", "edit", letter, "--why", WHY];
            edit.extend(correction.iter().map(String::as_str));
            ada.well("ada", &edit).await?;
        }
        let plan = ["--app", app, "replay", "plan", letter, "--why", WHY];
        let plan = ada.well("ada", &plan).await?;
        let text = |name: &str| plan[name].as_str().unwrap_or_default();
        let (id, digest) = (text("id"), text("digest"));
        let foretold = ada.well("ada", &["replay", "dry-run", id]).await?;
        ensure!(foretold["counts"]["applied"] == 1, "{foretold:#}");
        let run = ["replay", "run", id, "--digest", digest, "--why", WHY];
        ada.well("ada", &run).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_reason_is_produced_on_purpose_and_each_letter_of_one_replayed_to_its_row()
-> Result<()> {
    let bench = Bench::start().await?;
    if bench.story.pipeline().storage().is_none() {
        eprintln!("each_reason_is_produced is skipped: files need Node");
        bench.story.stop().await;
        return Ok(());
    }
    let is_outage = |reason: &&Reason| reason.code().starts_with("E3");
    let mut rows = Vec::new();
    for reason in Reason::ALL.iter().filter(is_outage) {
        let row = bench.transient(*reason).await;
        rows.extend(row.with_context(|| format!("{} was not produced", reason.code()))?);
    }
    for (table, name) in &rows {
        until(LOOK_EVERY, || bench.has_row(*table, name))
            .await
            .with_context(|| format!("no row of {name} after the outage"))?;
    }
    let all = ["letters", "list"];
    let letters = bench.story.on_call().well("ada", &all).await?;
    ensure!(letters == json!([]), "an outage made letters: {letters:#}");

    for reason in Reason::ALL.iter().filter(|reason| !is_outage(reason)) {
        let (code, name) = (reason.code(), named(*reason));
        let made = bench.permanent(*reason).await;
        let (app, correction, table) = made.with_context(|| format!("{code} was not produced"))?;
        until(LOOK_EVERY, || async {
            Ok(!bench.letters(app, *reason).await?.is_empty())
        })
        .await
        .with_context(|| format!("no letter of {code}"))?;
        let letters = bench.letters(app, *reason).await?;
        ensure!(letters.len() == 1, "{code}: {letters:#?}");
        ensure!(!bench.has_row(table, &name).await?, "{code} has its row");
        let letter = letters[0]["id"].as_str().unwrap_or_default();
        if app == "consolidator" {
            let outcome = bench.waited_for(*reason).await?;
            let told = (&outcome["outcome"], &outcome["reason"]);
            ensure!(told == (&"failed_again".into(), &code.into()), "{outcome}");
        }
        let run = bench.replayed(app, letter, &correction).await;
        let run = run.with_context(|| format!("the replay of {code}"))?;
        ensure!(run["counts"]["applied"] == 1, "{code}: {run:#}");
        ensure!(bench.has_row(table, &name).await?, "{code}: {run:#}");
    }
    let left = bench.story.on_call().well("ada", &all).await?;
    ensure!(left == json!([]), "every letter is closed: {left:#}");
    bench.story.stop().await;
    Ok(())
}
