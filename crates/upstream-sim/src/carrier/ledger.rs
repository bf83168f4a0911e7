//! What the report must say about the carriers, folded from the sets that are accepted.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::carrier::answers::Answers;
use crate::carrier::sets::Fact;
use crate::truth::Report;

/// Which of two statements is newer: what the sender's clock showed, interchange control number, set.
pub(super) type Version = (i64, u32, usize);

/// Keeps the newest statement about each thing.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    milestones: BTreeMap<String, (Version, Value)>,
    invoices: BTreeMap<String, (Version, Value, Vec<Value>)>,
    answers: BTreeMap<String, (Version, Value)>,
}

fn keep<T>(held: &mut BTreeMap<String, T>, key: &str, newer: impl FnOnce(&T) -> bool, value: T) {
    if held.get(key).is_none_or(newer) {
        held.insert(key.to_owned(), value);
    }
}

impl Ledger {
    /// Takes in a fact; the order of calls does not matter.
    pub(super) fn fact(&mut self, fact: &Fact, version: Version) {
        match fact {
            Fact::Milestone(key, row) => {
                keep(
                    &mut self.milestones,
                    key,
                    |held| held.0 < version,
                    (version, row.clone()),
                );
            }
            Fact::Invoice(key, row, lines) => {
                let value = (version, row.clone(), lines.clone());
                keep(&mut self.invoices, key, |held| held.0 < version, value);
            }
            Fact::Answer(key, row) => {
                keep(
                    &mut self.answers,
                    key,
                    |held| held.0 < version,
                    (version, row.clone()),
                );
            }
        }
    }

    /// Writes all rows. Our answers have the control numbers that partners found on them.
    pub(super) fn write(&self, report: &mut Report<'_>, answers: Option<&Answers>) {
        for (_, row) in self.milestones.values() {
            report.row("rpt_milestone", row);
        }
        for (_, row, lines) in self.invoices.values() {
            report.row("rpt_freight_invoice", row);
            lines
                .iter()
                .for_each(|line| report.row("rpt_freight_invoice_line", line));
        }
        for (_, row) in self.answers.values() {
            let mut row = row.clone();
            if let (Some(answers), "sent") = (answers, text(&row, "direction")) {
                let control = answers.control(text(&row, "partner"), text(&row, "gs06"));
                row["control_no"] = control.into();
            }
            report.row("rpt_edi_ack", &row);
        }
    }
}

fn text<'a>(row: &'a Value, column: &str) -> &'a str {
    row[column].as_str().unwrap_or_default()
}
