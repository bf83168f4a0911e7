//! The newest of everything, as the systems would hand it over at night.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::{Reports, Row, cell::text};

/// One thing that a system knows, in its newest version.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) entity: String,
    pub(crate) key: String,
    pub(crate) source: String,
    pub(crate) version: String,
    pub(crate) modified_at: i64,
    pub(crate) is_tombstone: bool,
    pub(crate) references: Vec<Stated>,
    pub(crate) row: Row,
}

/// A number that a record states, or states to hold no more.
#[derive(Debug, Clone)]
pub(crate) struct Stated {
    pub(crate) kind: String,
    pub(crate) issuer: Option<String>,
    pub(crate) value: String,
    pub(crate) is_replaced: bool,
}

/// Everything that all systems know.
#[derive(Debug, Default)]
pub(crate) struct Extract {
    pub(crate) known: BTreeMap<(String, String), Known>,
    deleted: BTreeSet<(String, String)>,
}

/// The table of each entity.
const TABLES: [(&str, &str); 14] = [
    ("order", "rpt_order"),
    ("order_line", "rpt_order_line"),
    ("shipment", "rpt_shipment"),
    ("stop", "rpt_stop"),
    ("milestone", "rpt_milestone"),
    ("inventory_movement", "rpt_inventory_movement"),
    ("inventory_snapshot", "rpt_inventory_snapshot"),
    ("vehicle_position", "rpt_vehicle_position"),
    ("vehicle", "rpt_vehicle"),
    ("freight_invoice", "rpt_freight_invoice"),
    ("freight_invoice_line", "rpt_freight_invoice_line"),
    ("container", "rpt_container"),
    ("handling_unit", "rpt_handling_unit"),
    ("edi_ack", "rpt_edi_ack"),
];

/// Columns that are told apart from the rest of their record, each group in its newest version of all that carry it.
const GROUPS: [(&str, &str, &[&str]); 6] = [
    ("stop", "planned", &["planned_arrive", "planned_depart"]),
    ("stop", "projected", &["projected_arrive"]),
    ("stop", "actual", &["actual_arrive", "actual_depart"]),
    ("container", "iso_type", &["iso_type"]),
    ("container", "gate_in_at", &["gate_in_at"]),
    ("container", "gate_out_at", &["gate_out_at"]),
];

/// How certain a stop's times are; the later in the list outranks the earlier, whenever it was said.
const LIFECYCLES: [&str; 5] = ["requested", "planned", "projected", "actual", "realized"];

impl Extract {
    pub(crate) fn of(documents: &[Value]) -> Self {
        let documents: Vec<Value> = documents.iter().map(plain).collect();
        let mut documents: Vec<&Value> = documents.iter().collect();
        // Oldest first, so that what comes later replaces what came before.
        documents.sort_by_key(|document| {
            (
                string(document, "version"),
                string(document, "content_hash"),
            )
        });
        let mut extract = Self::default();
        for document in &documents {
            let known = known(document);
            extract
                .known
                .insert((known.entity.clone(), known.key.clone()), known);
        }
        for (entity, group, columns) in GROUPS {
            extract.fill(&documents, entity, group, columns);
        }
        let deleted = extract
            .known
            .iter()
            .filter(|(_, known)| extract.is_deleted(known));
        extract.deleted = deleted.map(|(id, _)| id.clone()).collect();
        extract
    }

    /// The rows of an entity that are not deleted.
    pub(crate) fn live<'e>(&'e self, entity: &'e str) -> impl Iterator<Item = &'e Known> {
        let from = self.known.range((entity.to_owned(), String::new())..);
        let of_entity = from.take_while(move |(id, _)| id.0 == entity);
        of_entity
            .filter(|(id, _)| !self.deleted.contains(id))
            .map(|(_, known)| known)
    }

    /// The stops of a shipment that are not deleted.
    pub(crate) fn stops(&self, shipment_no: &str) -> impl Iterator<Item = &Row> {
        let first = format!("{shipment_no}|");
        let from = self.known.range(("stop".to_owned(), first.clone())..);
        let own = from.take_while(move |(id, _)| id.0 == "stop" && id.1.starts_with(&first));
        own.filter(|(id, _)| !self.deleted.contains(*id))
            .map(|(_, known)| &known.row)
    }

    pub(crate) fn get(&self, entity: &str, key: &str) -> Option<&Known> {
        self.known.get(&(entity.to_owned(), key.to_owned()))
    }

    pub(crate) fn tables(&self) -> Reports {
        let rows = |entity: &str| self.live(entity).map(|known| known.row.clone()).collect();
        TABLES
            .into_iter()
            .map(|(entity, table)| (table, rows(entity)))
            .collect()
    }

    /// A part goes with its whole: when the whole is gone, or lists it no more, in a newer version.
    fn is_deleted(&self, known: &Known) -> bool {
        let cell = |column| text(&known.row, column).unwrap_or_default();
        let (whole, list, part) = match known.entity.as_str() {
            "order_line" => (
                format!("{}|{}", cell("company"), cell("order_no")),
                "line_sequences",
                "sequence",
            ),
            "stop" => (cell("shipment_no").to_owned(), "stop_ids", "stop_id"),
            "milestone" => (cell("shipment_no").to_owned(), "stop_ids", "stop_id"),
            "freight_invoice_line" => (
                format!("{}|{}|{}", cell("scac"), cell("invoice_no"), cell("kind")),
                "line_numbers",
                "line_no",
            ),
            _ => return known.is_tombstone,
        };
        let entity = match known.entity.as_str() {
            "order_line" => "order",
            "freight_invoice_line" => "freight_invoice",
            _ => "shipment",
        };
        let Some(whole) = self.get(entity, &whole) else {
            return known.is_tombstone;
        };
        // What a carrier saw stays true when the planner drops the load.
        let knows_better = whole.version > known.version && whole.source == known.source;
        let listed = whole.row.get(list).and_then(Value::as_array);
        let lists_it = known
            .row
            .get(part)
            .is_none_or(|part| listed.is_some_and(|listed| listed.contains(part)));
        known.is_tombstone || knows_better && (whole.is_tombstone || !lists_it)
    }

    fn fill(&mut self, documents: &[&Value], entity: &str, group: &str, columns: &[&str]) {
        let mut newest: BTreeMap<String, (String, &Value)> = BTreeMap::new();
        for document in documents
            .iter()
            .filter(|document| document["entity"] == entity)
        {
            let told = &document["body"][group];
            if told.is_null() {
                continue;
            }
            let lifecycle = LIFECYCLES
                .iter()
                .position(|name| told["lifecycle"] == *name);
            let version = format!(
                "{}{}",
                lifecycle.unwrap_or_default(),
                string(document, "version")
            );
            let known = newest
                .entry(string(document, "key"))
                .or_insert((version.clone(), told));
            if version >= known.0 {
                *known = (version, told);
            }
        }
        for (key, (_, told)) in newest {
            let Some(known) = self.known.get_mut(&(entity.to_owned(), key)) else {
                continue;
            };
            for column in columns {
                let cell = column.rsplit('_').next().unwrap_or_default();
                let value = if told.is_object() { &told[cell] } else { told };
                if !value.is_null() {
                    known.row.insert((*column).to_owned(), value.clone());
                }
            }
        }
    }
}

/// Texts as their source wrote them: the feed puts `~` before those that the Functions host would take for a date.
fn plain(value: &Value) -> Value {
    match value {
        Value::String(text) => text.strip_prefix('~').unwrap_or(text).into(),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, field)| (name.clone(), plain(field)));
            Value::Object(fields.collect())
        }
        other => other.clone(),
    }
}

fn string(document: &Value, field: &str) -> String {
    document[field].as_str().unwrap_or_default().to_owned()
}

fn known(document: &Value) -> Known {
    let provenance = &document["provenance"];
    let (entity, key) = (string(document, "entity"), string(document, "key"));
    let mut row: Map<String, Value> = document["body"].as_object().cloned().unwrap_or_default();
    row.retain(|column, value| {
        !value.is_object()
            && !GROUPS
                .iter()
                .any(|group| group.2.contains(&column.as_str()))
    });
    if entity == "milestone" {
        row.insert("milestone_id".to_owned(), json!(key));
    }
    row.insert("record_key".to_owned(), json!(key));
    row.insert(
        "correlation_id".to_owned(),
        provenance["correlation_id"].clone(),
    );
    Known {
        source: string(document, "source"),
        version: string(document, "version"),
        modified_at: provenance["source_modified_at"]
            .as_i64()
            .unwrap_or_default(),
        is_tombstone: document["deleted"] == true,
        references: [("references", false), ("replaced", true)]
            .into_iter()
            .flat_map(|(field, is_replaced)| stated(&document[field], is_replaced))
            .collect(),
        entity,
        key,
        row,
    }
}

fn stated(references: &Value, is_replaced: bool) -> Vec<Stated> {
    let stated = |reference: &Value| Stated {
        kind: string(reference, "kind"),
        issuer: reference["issuer"].as_str().map(str::to_owned),
        value: string(reference, "value"),
        is_replaced,
    };
    references
        .as_array()
        .into_iter()
        .flatten()
        .map(stated)
        .collect()
}
