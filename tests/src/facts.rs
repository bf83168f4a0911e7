//! What the story's expected timeline says, compared with the reports.

mod pictures;

use anyhow::{Context as _, Result};
use jiff::{Timestamp, civil::Date};
use local::Pipeline;
use reporting::{Table, View};
use serde_json::{Map, Value};

type Row = Map<String, Value>;

/// The rows of every report, and of every view over all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reports {
    tables: Vec<(Table, Vec<Row>)>,
    views: Vec<(View, Vec<Row>)>,
}

/// Columns that say when or in which order we answered, not what happened.
const OURS: [&str; 9] = [
    "sent_at",
    "control_no",
    "correlation_id",
    // Of a dropped file it is when it was dropped.
    "source_modified_at",
    "applied_at",
    "waiting_since",
    "age_min",
    "latency_min_p50",
    "latency_min_p90",
];

impl Reports {
    /// Reads all reports as they are now.
    pub async fn read(pipeline: &Pipeline) -> Result<Self> {
        let (mut tables, mut views) = (Vec::new(), Vec::new());
        // Canaries are sent by the clock, not by the story.
        for table in Table::ALL.into_iter().filter(|table| table.is_report()) {
            tables.push((table, theirs(pipeline.store().rows(table).await?)));
        }
        for view in View::ALL {
            views.push((view, theirs(pipeline.store().view(view).await?)));
        }
        Ok(Self { tables, views })
    }

    /// The rows of one view.
    fn view(&self, view: View) -> impl Iterator<Item = &Row> {
        let found = self.views.iter().filter(move |(known, _)| *known == view);
        found.flat_map(|(_, rows)| rows)
    }

    /// The rows of one report.
    pub fn rows(&self, table: Table) -> &[Row] {
        let report = self.tables.iter().find(|(known, _)| *known == table);
        report.map_or(&[], |(_, rows)| rows)
    }

    /// Rows that are in one of the two and not in the other, in words.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        let named = |reports: &'_ Self| -> Vec<(&'static str, Vec<Row>)> {
            let tables = reports.tables.iter();
            let tables = tables.map(|(table, rows)| (table.name(), rows.clone()));
            let views = reports.views.iter();
            tables
                .chain(views.map(|(view, rows)| (view.name(), rows.clone())))
                .collect()
        };
        let (ours, theirs) = (named(self), named(other));
        for ((name, ours), (_, theirs)) in ours.iter().zip(&theirs) {
            let lacking = |rows: &[Row], row: &Row| !rows.contains(row);
            let more = ours.iter().filter(|row| lacking(theirs, row));
            differences.extend(more.map(|row| format!("+ {name} {}", Value::from(row.clone()))));
            let less = theirs.iter().filter(|row| lacking(ours, row));
            differences.extend(less.map(|row| format!("- {name} {}", Value::from(row.clone()))));
        }
        differences
    }

    fn the_only(&self, table: Table) -> Result<&Row> {
        match self.rows(table) {
            [row] => Ok(row),
            rows => anyhow::bail!("{} has {} rows, not one", table.name(), rows.len()),
        }
    }

    fn milestones(&self, source: &str, code: &str) -> Vec<&Row> {
        let words = words_of(source);
        let rows = self.rows(Table::Milestone).iter();
        rows.filter(|row| {
            let source_code = row["source_code"].as_str().unwrap_or_default();
            row["code"] == code && words.iter().any(|word| source_code.starts_with(word))
        })
        .collect()
    }
}

/// The columns that are about what happened.
fn theirs(mut rows: Vec<Row>) -> Vec<Row> {
    for row in &mut rows {
        row.retain(|column, _| !OURS.contains(&column.as_str()));
    }
    rows
}

/// How the source codes of a source begin.
fn words_of(source: &str) -> &'static [&'static str] {
    match source {
        "transport" => &["otm:"],
        "visibility" => &["dcsa:", "epcis:"],
        "carrier" => &["AT701:", "AT703:", "B104:"],
        "warehouse" => &["wms:"],
        _ => &[],
    }
}

/// What is otherwise than the expected timeline says, as far as `sources` can say it; empty is good.
pub fn differences(reports: &Reports, expected: &Value, sources: &[&str]) -> Result<Vec<String>> {
    let mut facts = Facts {
        reports,
        expected,
        differences: Vec::new(),
    };
    facts.order()?;
    facts.shipment()?;
    facts.stops()?;
    facts.timeline(sources)?;
    if sources.contains(&"carrier") {
        facts.freight()?;
    }
    if sources.contains(&"warehouse") {
        facts.stock()?;
    }
    facts.nothing_twice(sources)?;
    facts.pictures(sources)?;
    Ok(facts.differences)
}

struct Facts<'a> {
    reports: &'a Reports,
    expected: &'a Value,
    differences: Vec<String>,
}

impl Facts<'_> {
    fn equal(&mut self, what: &str, found: &Value, expected: &Value) {
        if found != expected {
            let difference = format!("{what} is {found}, should be {expected}");
            self.differences.push(difference);
        }
    }

    fn order(&mut self) -> Result<()> {
        let (order, expected) = (self.reports.the_only(Table::Order)?, self.expected);
        self.equal("order_no", &order["order_no"], &expected["order_no"]);
        self.equal("order's po", &order["customer_po"], &expected["refs"]["po"]);
        let lines = self.reports.rows(Table::OrderLine);
        let items = lines.iter().filter(|line| line["line_type"] == "item");
        let ordered: Vec<&Value> = items.map(|line| &line["qty"]).collect();
        let ordered = ordered.first().copied().cloned().unwrap_or_default();
        let quantity = Value::from(expected["ordered_qty"].to_string());
        self.equal("ordered_qty", &ordered, &quantity);
        Ok(())
    }

    fn shipment(&mut self) -> Result<()> {
        let (shipment, expected) = (self.reports.the_only(Table::Shipment)?, self.expected);
        let refs = &expected["refs"];
        for (column, expected) in [
            ("shipment_no", &expected["shipment_no"]),
            ("bol", &refs["bol"]),
            ("pro", &refs["pro"]),
            ("carrier_scac", &refs["scac"]),
            ("customer_po", &refs["po"]),
            ("container_no", &refs["container"]),
            ("booking_no", &refs["booking"]),
        ] {
            self.equal(column, &shipment[column], expected);
        }
        let planned = minor_units(&expected["freight_cost"]["planned"])?;
        self.equal("planned cost", &shipment["planned_cost_minor"], &planned);
        Ok(())
    }

    /// On time, and how long at the doors.
    fn stops(&mut self) -> Result<()> {
        for (kind, on_time, dwell) in [
            ("pickup", "otp", "dwell_pickup_min"),
            ("delivery", "otd", "dwell_delivery_min"),
        ] {
            let mut stops = self.reports.rows(Table::Stop).iter();
            let stop = stops
                .find(|stop| stop["kind"] == kind)
                .with_context(|| format!("there is no {kind}"))?;
            let instant = |column: &str| {
                let instant = stop[column].as_i64();
                instant.with_context(|| format!("the {kind} has no {column}"))
            };
            let (arrived, departed) = (instant("actual_arrive")?, instant("actual_depart")?);
            let was_on_time = Value::from(arrived <= instant("window_end")?);
            self.equal(on_time, &was_on_time, &self.expected[on_time]);
            let minutes = Value::from((departed - arrived) / 60_000);
            self.equal(dwell, &minutes, &self.expected[dwell]);
        }
        Ok(())
    }

    fn timeline(&mut self, running: &[&str]) -> Result<()> {
        let milestones = self.expected["milestones_utc"].as_array();
        for milestone in milestones.context("there is a timeline")? {
            let text = |index: usize| milestone[index].as_str().unwrap_or_default();
            let (code, instant) = (text(0), text(1));
            if code == "order_created" {
                // No field of an order tells when it was made but the date: what is left of it is the day.
                let day = Value::from(instant.split('T').next().unwrap_or_default());
                let order = self.reports.the_only(Table::Order)?;
                self.equal("order_date", &order["order_date"], &day);
                continue;
            }
            let sources = text(2).split('+').filter(|source| running.contains(source));
            for source in sources {
                self.milestone(source, code, instant)?;
            }
        }
        Ok(())
    }

    fn milestone(&mut self, source: &str, code: &str, instant: &str) -> Result<()> {
        let (time, precision) = match instant.parse::<Timestamp>() {
            Ok(instant) => (instant.as_millisecond(), None),
            Err(_) => (midnight(instant)?, Some("day")),
        };
        let mut told = self.reports.milestones(source, code);
        told.sort_by_key(|row| row["event_time"].as_i64());
        if source == "warehouse" {
            // Goods are received pallet by pallet; the timeline has the first.
            told.truncate(1);
        }
        let told: Vec<String> = told
            .iter()
            .filter(|row| row["classifier"] == "ACT")
            .filter(|row| {
                row["event_time"] != time
                    || precision.is_some_and(|precision| row["time_precision"] != precision)
            })
            .map(|row| format!("{source} tells {code} as {}", Value::from((*row).clone())))
            .collect();
        if self.reports.milestones(source, code).is_empty() {
            self.differences.push(format!("{source} tells no {code}"));
        }
        self.differences.extend(told);
        Ok(())
    }

    fn freight(&mut self) -> Result<()> {
        let invoice = self.reports.the_only(Table::FreightInvoice)?;
        let cost = &self.expected["freight_cost"];
        let (invoiced, planned) = (
            minor_units(&cost["invoiced"])?,
            minor_units(&cost["planned"])?,
        );
        self.equal("invoiced", &invoice["net_minor"], &invoiced);
        self.equal("sum_ok", &invoice["sum_ok"], &Value::from(true));
        let variance = invoiced.as_i64().zip(planned.as_i64()).map(|(a, b)| a - b);
        self.equal(
            "variance",
            &variance.into(),
            &minor_units(&cost["variance"])?,
        );
        for (column, expected) in [
            ("shipment_no", &self.expected["shipment_no"]),
            ("scac", &self.expected["refs"]["scac"]),
            ("pro", &self.expected["refs"]["pro"]),
            ("bol", &self.expected["refs"]["bol"]),
        ] {
            self.equal(&format!("invoice's {column}"), &invoice[column], expected);
        }
        Ok(())
    }

    fn stock(&mut self) -> Result<()> {
        let total = |kind: &str, reason: Option<&str>| {
            let rows = self.reports.rows(Table::InventoryMovement).iter();
            let rows = rows.filter(|row| {
                let reasons = reason.is_none_or(|reason| row["reason"] == reason);
                let kinds = row["movement_type"].as_str();
                kinds.is_some_and(|found| found.eq_ignore_ascii_case(kind)) && reasons
            });
            let quantities = rows.map(|row| row["qty"].as_str()?.parse::<i64>().ok());
            quantities.sum::<Option<i64>>().map(i64::abs)
        };
        let (received, damaged) = (total("receipt", None), total("adjust", Some("DAMAGED")));
        self.equal(
            "received_qty",
            &received.into(),
            &self.expected["received_qty"],
        );
        self.equal(
            "damaged_qty",
            &damaged.into(),
            &self.expected["damaged_qty"],
        );
        Ok(())
    }

    /// What was taken back is not there, and what was said twice is there once.
    fn nothing_twice(&mut self, running: &[&str]) -> Result<()> {
        let retracted = self.expected["retracted_events"].as_array();
        for event in retracted.context("events were retracted")? {
            let event = event.as_str().unwrap_or_default();
            let rows = self.reports.rows(Table::Milestone).iter();
            let mut ids = rows.filter_map(|row| row["milestone_id"].as_str());
            if let Some(id) = ids.find(|id| id.ends_with(event)) {
                self.differences.push(format!("{id} was retracted"));
            }
        }
        let mut once = vec![(
            "reading of 15:31:00.250",
            self.readings("2026-11-09T15:31:00.250Z")?,
        )];
        if running.contains(&"carrier") {
            let arrivals = self.reports.milestones("carrier", "delivery_arrived");
            once.push(("214 X1", arrivals.len()));
        }
        if running.contains(&"warehouse") {
            let rows = self.reports.rows(Table::InventoryMovement).iter();
            let count = rows.filter(|row| row["movement_id"] == "884122").count();
            once.push(("movement 884122", count));
        }
        for (what, count) in once.into_iter().filter(|(_, count)| *count != 1) {
            let difference = format!("{what} is there {count} times");
            self.differences.push(difference);
        }
        Ok(())
    }

    fn readings(&self, instant: &str) -> Result<usize> {
        let time = instant.parse::<Timestamp>()?.as_millisecond();
        let rows = self.reports.rows(Table::VehiclePosition).iter();
        let rows = rows.filter(|row| row["reading_time"] == time && row["stream"] == "gps");
        Ok(rows.count())
    }
}

/// The beginning of a day where the carrier is, which is the only one that tells a day.
fn midnight(date: &str) -> Result<i64> {
    let date: Date = date.parse()?;
    let midnight = date.at(0, 0, 0, 0).in_tz("America/New_York")?;
    Ok(midnight.timestamp().as_millisecond())
}

fn minor_units(amount: &Value) -> Result<Value> {
    let digits = amount.as_str().unwrap_or_default().replace('.', "");
    Ok(Value::from(digits.parse::<i64>()?))
}
