//! Rows of `rpt_milestone` as each way takes them.

/// Columns and their types in PostgreSQL.
pub(crate) const COLUMNS: [(&str, &str); 27] = [
    ("milestone_id", "text"),
    ("scope", "text"),
    ("scope_ref", "text"),
    ("shipment_no", "text"),
    ("order_no", "text"),
    ("container_no", "text"),
    ("stop_id", "text"),
    ("code", "text"),
    ("classifier", "text"),
    ("event_time", "timestamptz"),
    ("time_precision", "text"),
    ("tz_basis", "text"),
    ("place_code", "text"),
    ("lat_e6", "bigint"),
    ("lon_e6", "bigint"),
    ("reason_code", "text"),
    ("source_code", "text"),
    ("source", "text"),
    ("record_key", "text"),
    ("version", "text"),
    ("content_hash", "text"),
    ("document_id", "text"),
    ("correlation_id", "text"),
    ("source_modified_at", "timestamptz"),
    ("applied_at", "timestamptz"),
    ("dq", "jsonb"),
    ("tombstone", "boolean"),
];

/// One cell.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Text(String),
    Number(i64),
    Bool(bool),
    Null,
}

/// `n` milestones with keys from `first` on.
pub(crate) fn rows(first: usize, n: usize) -> Vec<Vec<Cell>> {
    (first..first + n).map(row).collect()
}

fn row(number: usize) -> Vec<Cell> {
    let text = |text: String| Cell::Text(text);
    let key = format!("L-2026-{number:08}|stop-1|pickup_arrived|ACT");
    vec![
        text(key.clone()),
        text("stop".into()),
        text(format!("L-2026-{number:08}|stop-1")),
        text(format!("L-2026-{number:08}")),
        text("SO-104577".into()),
        Cell::Null,
        text("stop-1".into()),
        text("pickup_arrived".into()),
        text("ACT".into()),
        Cell::Number(1_793_610_922_417),
        text("second".into()),
        text("offset".into()),
        text("DC-DALLAS".into()),
        Cell::Number(32_776_665),
        Cell::Number(-96_796_989),
        Cell::Null,
        text("otm:actual:start".into()),
        text("transport".into()),
        text(key),
        text("000.01793610922417000000.00000000000000000007".into()),
        text(format!("{number:032x}")),
        text(format!("{number:032x}")),
        text("0af7651916cd43dd8448eb211c80319c".into()),
        Cell::Number(1_793_610_922_417),
        Cell::Number(1_793_610_923_000),
        text("[]".into()),
        Cell::Bool(false),
    ]
}

/// The names, separated by commas.
pub(crate) fn names() -> String {
    COLUMNS.map(|(name, _)| name).join(", ")
}

/// The end of every statement here: the guard.
pub(crate) fn on_conflict() -> String {
    let sets: Vec<String> = COLUMNS[1..]
        .iter()
        .map(|(name, _)| format!("{name} = excluded.{name}"))
        .collect();
    format!(
        "ON CONFLICT (milestone_id) DO UPDATE SET {} \
         WHERE (stored.version, stored.content_hash) < (excluded.version, excluded.content_hash) RETURNING record_key",
        sets.join(", ")
    )
}
