//! What the report must hold because of the events that were said.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::event::{Event, Subject};
use crate::truth::{Age, Report};
use crate::world::iso6346_check_digit;

/// Precedence, nanoseconds, tie-break: the greatest one stands.
pub(super) type Version = (u8, i64, i64);

/// The newest value and how old it is.
#[derive(Debug)]
struct Newest<V>(Option<(Age, V)>);

impl<V> Default for Newest<V> {
    fn default() -> Self {
        Self(None)
    }
}

impl<V> Newest<V> {
    fn offer(&mut self, age: Age, value: Option<V>) {
        if let Some(value) = value
            && self.0.as_ref().is_none_or(|(held, _)| *held < age)
        {
            self.0 = Some((age, value));
        }
    }

    fn get(&self) -> Option<&V> {
        self.0.as_ref().map(|(_, value)| value)
    }
}

/// A container: its newest event, and what only some events tell of it.
#[derive(Debug, Default)]
struct ContainerFold {
    event: Newest<Value>,
    iso_type: Newest<&'static str>,
    gate_in: Newest<i64>,
    gate_out: Newest<i64>,
}

/// Folds versions, in whatever order they are said.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    milestones: BTreeMap<String, (Version, Option<Value>)>,
    containers: BTreeMap<String, ContainerFold>,
    /// By SSCC.
    units: BTreeMap<String, (Age, Value)>,
}

impl Ledger {
    /// A milestone, or none where it is taken back.
    pub(super) fn milestone(&mut self, key: String, version: Version, row: Option<Value>) {
        let held = self.milestones.get(&key);
        if held.is_none_or(|(held, _)| *held < version) {
            self.milestones.insert(key, (version, row));
        }
    }

    /// An event about a load.
    pub(super) fn event(&mut self, subject: &Subject, event: &Event) {
        if let Some(row) = subject.milestone(event) {
            let version = (0, event.updated.unwrap_or(0) * 1_000_000, 0);
            self.milestone(subject.key(event), version, Some(row));
        }
        if event.what.classifier == "ACT" && event.is_about_container() {
            self.container(subject, event);
        }
    }

    fn container(&mut self, subject: &Subject, event: &Event) {
        let key = subject.container_key();
        let age = (event.happens * 1_000_000_000, event.updated.unwrap_or(0));
        let at = event.happens * 1000;
        let what = event.what;
        let code = match what.milestone {
            None | Some("other") => format!("{}:{}", what.kind, what.code),
            Some(code) => code.to_owned(),
        };
        let row = json!({
            "container_no": key,
            "check_digit": iso6346_check_digit(key).to_string(),
            "iso_type": null,
            "laden": event.laden,
            "last_code": code,
            "last_place": event.place_code(),
            "last_event_time": at,
            "shipment_no": subject.shipment_no,
            "booking_no": subject.booking,
            "gate_in_at": null,
            "gate_out_at": null,
        });
        let fold = self.containers.entry(key.to_owned()).or_default();
        fold.event.offer(age, Some(row));
        fold.iso_type
            .offer(age, event.with_type.then_some(subject.iso_type));
        fold.gate_in.offer(age, (what.code == "GTIN").then_some(at));
        fold.gate_out
            .offer(age, (what.code == "GTOT").then_some(at));
    }

    /// A scan of a logistic unit.
    pub(super) fn unit(&mut self, sscc: &str, age: Age, row: Value) {
        let held = self.units.get(sscc);
        if held.is_none_or(|(held, _)| *held < age) {
            self.units.insert(sscc.to_owned(), (age, row));
        }
    }

    pub(super) fn rows(&self, report: &mut Report<'_>) {
        for (_, row) in self.milestones.values() {
            if let Some(row) = row {
                report.row("rpt_milestone", row);
            }
        }
        for fold in self.containers.values() {
            let Some(mut row) = fold.event.get().cloned() else {
                continue;
            };
            row["iso_type"] = fold.iso_type.get().copied().into();
            row["gate_in_at"] = fold.gate_in.get().copied().into();
            row["gate_out_at"] = fold.gate_out.get().copied().into();
            report.row("rpt_container", &row);
        }
        for (sscc, (age, row)) in &self.units {
            report.newest("rpt_handling_unit", sscc.clone(), *age, row.clone());
        }
    }
}
