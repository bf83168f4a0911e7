//! The columns of the tables that resolution keeps for itself. They are no report of a source's records, so that they are
//! not among [`Table`](crate::Table).

use crate::table::{
    Column,
    Kind::{self, Bool, Decimal, Instant, Integer, Text},
    plain,
};

/// `rpt_xref`
pub(super) const EDGE: &[Column] = &[
    plain("entity", Text),
    plain("record_key", Text),
    plain("kind", Text),
    plain("issuer", Text),
    plain("value", Text),
    plain("written", Text),
    plain("identity", Bool),
    plain("candidate", Bool),
    plain("replaced", Bool),
    plain("said_at", Instant),
    plain("from_at", Instant),
    plain("until_at", Instant),
    plain("source", Text),
    plain("version", Text),
];

/// What a reader of edges needs of `rpt_xref`.
pub(super) const EDGE_READ: &[Column] = EDGE.split_at(12).0;

/// An edge that only hints, with what became of its record.
pub(super) const CARRIER: &[Column] = &[
    plain("entity", Text),
    plain("record_key", Text),
    plain("kind", Text),
    plain("issuer", Text),
    plain("value", Text),
    plain("candidate", Bool),
    plain("replaced", Bool),
    plain("said_at", Instant),
    plain("from_at", Instant),
    plain("until_at", Instant),
    plain("shipment_no", Text),
    plain("anchored", Bool),
    plain("stub", Bool),
];

/// A number.
pub(super) const NODE: &[Column] = &[
    plain("kind", Text),
    plain("issuer", Text),
    plain("value", Text),
];

/// A record.
pub(super) const RECORD: &[Column] = EDGE.split_at(2).0;

/// `rpt_xref_touched`
pub(super) const TOUCHED: &[Column] = &[
    plain("touched_id", Integer),
    plain("kind", Text),
    plain("issuer", Text),
    plain("value", Text),
];

/// Ids of touched rows.
pub(super) const TOUCHED_ID: &[Column] = TOUCHED.split_at(1).0;

/// A number and how many records have it.
pub(super) const DEGREE: &[Column] = &[
    plain("kind", Text),
    plain("issuer", Text),
    plain("value", Text),
    plain("degree", Integer),
];

/// `rpt_resolution`
pub(super) const RESOLUTION: &[Column] = &[
    plain("entity", Text),
    plain("record_key", Text),
    plain("group_id", Text),
    plain("shipment_no", Text),
    plain("order_no", Text),
    plain("match_rule", Text),
    plain("match_confidence", Decimal),
    plain("stub", Bool),
    plain("anchored", Bool),
    plain("doubt", Text),
    plain("resolved_at", Instant),
];

/// `rpt_order_shipment`
pub(super) const ORDER_SHIPMENT: &[Column] = &[
    plain("company", Text),
    plain("order_no", Text),
    plain("shipment_no", Text),
    plain("match_rule", Text),
    plain("match_confidence", Decimal),
    plain("resolved_at", Instant),
];

/// An order.
pub(super) const ORDER: &[Column] = ORDER_SHIPMENT.split_at(2).0;

/// `rpt_xref_conflict`
pub(super) const CONFLICT: &[Column] = &[
    plain("shipment_no", Text),
    plain("group_id", Text),
    plain("doubt", Text),
    plain("shipments", Kind::List),
    plain("shared", Kind::List),
];

/// A shipment.
pub(super) const SHIPMENT: &[Column] = CONFLICT.split_at(1).0;

/// A table that resolution keeps, with how many columns its key has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static [Column],
    pub(crate) key_columns: usize,
}

/// What resolution keeps beside its marks.
pub(crate) const KEPT: [Kept; 5] = [
    Kept {
        name: "rpt_xref",
        columns: EDGE,
        key_columns: 5,
    },
    Kept {
        name: "rpt_resolution",
        columns: RESOLUTION,
        key_columns: 2,
    },
    Kept {
        name: "rpt_order_shipment",
        columns: ORDER_SHIPMENT,
        key_columns: 3,
    },
    Kept {
        name: "rpt_xref_conflict",
        columns: CONFLICT,
        key_columns: 1,
    },
    Kept {
        name: "rpt_xref_common",
        columns: NODE,
        key_columns: 3,
    },
];
