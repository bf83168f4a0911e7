//! Each alert rule is raised by the rows that its fault leaves, and by none that a quiet pipeline leaves.
//!
//! The rows are written here, as the endpoint would give them out; what a real quiet run leaves is asked in `telemetry.rs`.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, Result, ensure};
use e2e::kql::Kql;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Rows by table.
type Rows = BTreeMap<&'static str, Vec<Value>>;

fn ago(seconds: i64) -> String {
    (Timestamp::now() - SignedDuration::from_secs(seconds)).to_string()
}

fn metric(seconds_ago: i64, name: &str, value: f64, properties: &Value) -> Value {
    json!({
        "TimeGenerated": ago(seconds_ago), "Type": "AppMetrics", "AppRoleName": "crossdock.consolidator", "AppVersion": "1.0.0", "ItemCount": 1,
        "Properties": properties, "Name": name, "Sum": value, "Min": value, "Max": value,
    })
}

fn requests(throttled: bool) -> Value {
    json!({
        "TimeGenerated": ago(60), "Type": "AppDependencies", "AppRoleName": "crossdock.orders", "AppVersion": "1.0.0", "ItemCount": 1,
        "Properties": {}, "Name": "feed request", "Success": !throttled, "ResultCode": if throttled { "429" } else { "201" }, "DurationMs": 4.0,
    })
}

/// What a pipeline in which nothing is wrong says.
fn quiet() -> Rows {
    let orders = json!({ "source": "orders", "stream": "canary", "cause": "none" });
    let published = json!({ "source": "orders", "step": "published", "outcome": "created" });
    let letter = json!({ "source": "orders", "reason": "E102", "fingerprint": "known" });
    let metrics = vec![
        metric(60, "behind_level", 0.0, &orders),
        metric(60, "watermark_s", 45.0, &orders),
        metric(60, "records", 1000.0, &published),
        metric(7200, "dead_letters", 1.0, &letter),
        metric(60, "dead_letters", 1.0, &letter),
        metric(600, "sink_away", 1.0, &json!({ "sink": "store" })),
        metric(540, "sink_away", 0.0, &json!({ "sink": "store" })),
        metric(900, "missing", 3.0, &json!({ "source": "orders" })),
        metric(120, "missing", 0.0, &json!({ "source": "orders" })),
        metric(30, "uptime_s", 300.0, &json!({})),
    ];
    let dependencies = (0..100).map(|_| requests(false)).collect();
    Rows::from([("AppMetrics", metrics), ("AppDependencies", dependencies)])
}

/// What is said besides when the fault is there that the rule is for.
fn fault(rule: &str) -> Rows {
    let orders = |cause: &str| json!({ "source": "orders", "stream": "order", "cause": cause });
    let one = |row: Value| Rows::from([("AppMetrics", vec![row])]);
    match rule {
        "behind-5" => one(metric(60, "behind_level", 5.0, &orders("waiting"))),
        "behind-10" => one(metric(60, "behind_level", 10.0, &orders("waiting"))),
        "behind-15" => one(metric(60, "behind_level", 15.0, &orders("waiting"))),
        "canary-missing" => one(metric(
            60,
            "watermark_s",
            400.0,
            &json!({ "source": "carrier", "stream": "canary" }),
        )),
        "dead-letter-rate" => one(metric(
            60,
            "dead_letters",
            40.0,
            &json!({ "source": "orders", "reason": "E102", "fingerprint": "known" }),
        )),
        "dead-letter-new" => one(metric(
            60,
            "dead_letters",
            1.0,
            &json!({ "source": "orders", "reason": "E103", "fingerprint": "new" }),
        )),
        "breaker-open" => one(metric(300, "sink_away", 1.0, &json!({ "sink": "store" }))),
        "reconcile-gap" => one(metric(60, "missing", 2.0, &json!({ "source": "orders" }))),
        "throttling" => {
            Rows::from([("AppDependencies", (0..20).map(|_| requests(true)).collect())])
        }
        "silent-app" => {
            let mut row = metric(1800, "uptime_s", 300.0, &json!({}));
            row["AppRoleName"] = json!("crossdock.carrier");
            one(row)
        }
        other => panic!("{other} has no fault here"),
    }
}

fn store(rows: &Rows, folder: &Path) -> Result<()> {
    for (table, rows) in rows {
        let lines: Vec<String> = rows.iter().map(ToString::to_string).collect();
        std::fs::write(folder.join(format!("{table}.jsonl")), lines.join("\n"))?;
    }
    Ok(())
}

/// How often a rule is raised.
fn raised(kql: &Kql, rule: &Value, rows: &Rows) -> Result<usize> {
    let folder = tempfile::tempdir()?;
    store(rows, folder.path())?;
    let query = format!("alerts/{}", rule["query"].as_str().context("a query")?);
    let answer = kql.answer(folder.path(), &query, None)?;
    let threshold = rule["threshold"].as_f64().context("a threshold")?;
    Ok(answer
        .iter()
        .filter(|row| {
            row["Value"]
                .as_f64()
                .is_some_and(|value| value >= threshold)
        })
        .count())
}

#[test]
fn every_rule_is_raised_by_its_fault_and_by_nothing_else() -> Result<()> {
    let Some(kql) = Kql::install("every_rule_is_raised_by_its_fault_and_by_nothing_else") else {
        return Ok(());
    };
    let infra = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/alerts.json");
    let file: Value = serde_json::from_slice(&std::fs::read(infra)?)?;
    let pages = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operating.md"),
    )?;
    for rule in file["rules"].as_array().context("rules")? {
        let name = rule["name"].as_str().context("a name")?;
        ensure!(
            raised(&kql, rule, &quiet())? == 0,
            "{name} is raised by quiet"
        );
        let mut rows = quiet();
        for (table, more) in fault(name) {
            rows.entry(table).or_default().extend(more);
        }
        ensure!(
            raised(&kql, rule, &rows)? == 1,
            "{name} is not raised by its fault, once"
        );
        let page = format!("\n## {}\n", rule["page"].as_str().context("a page")?);
        ensure!(pages.contains(&page), "{name} has no page");
    }
    Ok(())
}
