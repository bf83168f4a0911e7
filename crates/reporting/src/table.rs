//! The tables and their columns, once for both engines.

use record::Entity;

/// A table of the reporting store, one per entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// `rpt_order`
    Order,
    /// `rpt_order_line`
    OrderLine,
    /// `rpt_shipment`
    Shipment,
    /// `rpt_stop`
    Stop,
    /// `rpt_milestone`
    Milestone,
}

/// What a column holds. Each engine stores a kind in its own way; see the migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Bool,
    /// Epoch milliseconds.
    Instant,
    /// `yyyy-mm-dd`.
    Date,
    Decimal,
    /// A JSON array.
    List,
}

/// Columns that are written together, under one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// The primary key, the same in every version.
    Key,
    /// Everything that the record's own version covers.
    Description,
    /// A stop's planned times, under `planned_version`.
    Planned,
    /// A stop's forecast times, under `projected_version`.
    Projected,
    /// A stop's observed times, under `actual_version`.
    Actual,
}

impl Group {
    /// The groups that have a version of their own beside the record's.
    pub(crate) const TIMES: [Self; 3] = [Self::Planned, Self::Projected, Self::Actual];

    /// Names of the two columns that guard the group.
    pub(crate) const fn guard(self) -> (&'static str, &'static str) {
        match self {
            Self::Key | Self::Description => ("version", "content_hash"),
            Self::Planned => ("planned_version", "planned_hash"),
            Self::Projected => ("projected_version", "projected_hash"),
            Self::Actual => ("actual_version", "actual_hash"),
        }
    }
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) group: Group,
    /// Whether reports are about it; the others say where the row came from.
    pub(crate) business: bool,
}

const fn key(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        kind,
        group: Group::Key,
        business: true,
    }
}

const fn business(name: &'static str, kind: Kind) -> Column {
    times(name, kind, Group::Description)
}

const fn times(name: &'static str, kind: Kind, group: Group) -> Column {
    Column {
        name,
        kind,
        group,
        business: true,
    }
}

const fn lineage(name: &'static str, kind: Kind, group: Group) -> Column {
    Column {
        name,
        kind,
        group,
        business: false,
    }
}

use Group::{Actual, Description, Planned, Projected};
use Kind::{Bool, Date, Decimal, Instant, Integer, List, Text};

const ORDER: &[Column] = &[
    key("company", Text),
    key("order_no", Text),
    business("source_id", Text),
    business("customer_no", Text),
    business("customer_name", Text),
    business("customer_po", Text),
    business("order_date", Date),
    business("requested_delivery_date", Date),
    business("status", Text),
    business("currency", Text),
    business("amount_ex_tax_minor", Integer),
    business("amount_inc_tax_minor", Integer),
    business("ship_to_name", Text),
    business("ship_to_line1", Text),
    business("ship_to_city", Text),
    business("ship_to_region", Text),
    business("ship_to_postcode", Text),
    business("ship_to_country", Text),
    business("fully_shipped", Bool),
    business("line_sequences", List),
];

const ORDER_LINE: &[Column] = &[
    key("company", Text),
    key("order_no", Text),
    key("sequence", Integer),
    business("line_type", Text),
    business("item_no", Text),
    business("description", Text),
    business("uom", Text),
    business("qty", Decimal),
    business("shipped_qty", Decimal),
    business("invoiced_qty", Decimal),
    business("unit_price", Decimal),
    business("planned_ship_date", Date),
];

const SHIPMENT: &[Column] = &[
    key("shipment_no", Text),
    business("source_id", Text),
    business("status", Text),
    business("mode", Text),
    business("carrier_scac", Text),
    business("carrier_name", Text),
    business("pro", Text),
    business("bol", Text),
    business("booking_no", Text),
    business("container_no", Text),
    business("customer_po", Text),
    business("order_nos", List),
    business("vehicle_ref", Text),
    business("vehicle_plate", Text),
    business("vehicle_vin", Text),
    business("driver", Text),
    business("planned_cost_minor", Integer),
    business("currency", Text),
    business("planned_start", Instant),
    business("planned_end", Instant),
    business("stop_ids", List),
];

const STOP: &[Column] = &[
    key("shipment_no", Text),
    key("stop_id", Text),
    business("seq", Integer),
    business("kind", Text),
    business("place_code", Text),
    business("place_name", Text),
    business("lat_e6", Integer),
    business("lon_e6", Integer),
    business("window_start", Instant),
    business("window_end", Instant),
    times("planned_arrive", Instant, Planned),
    times("planned_depart", Instant, Planned),
    times("projected_arrive", Instant, Projected),
    times("actual_arrive", Instant, Actual),
    times("actual_depart", Instant, Actual),
    lineage("planned_version", Text, Planned),
    lineage("planned_hash", Text, Planned),
    lineage("projected_version", Text, Projected),
    lineage("projected_hash", Text, Projected),
    lineage("actual_version", Text, Actual),
    lineage("actual_hash", Text, Actual),
];

const MILESTONE: &[Column] = &[
    key("milestone_id", Text),
    business("scope", Text),
    business("scope_ref", Text),
    business("shipment_no", Text),
    business("order_no", Text),
    business("container_no", Text),
    business("stop_id", Text),
    business("code", Text),
    business("classifier", Text),
    business("event_time", Instant),
    business("time_precision", Text),
    business("tz_basis", Text),
    business("place_code", Text),
    business("lat_e6", Integer),
    business("lon_e6", Integer),
    business("reason_code", Text),
    business("source_code", Text),
];

/// Written for every table. `event_time` comes first, since the milestone has it as a business column.
const LINEAGE: &[Column] = &[
    lineage("event_time", Instant, Description),
    lineage("source", Text, Description),
    lineage("record_key", Text, Description),
    lineage("version", Text, Description),
    lineage("content_hash", Text, Description),
    lineage("document_id", Text, Description),
    lineage("correlation_id", Text, Description),
    lineage("source_modified_at", Instant, Description),
    lineage("applied_at", Instant, Description),
    lineage("dq", List, Description),
    lineage("tombstone", Bool, Description),
];

impl Table {
    /// Every table, parents before children.
    pub const ALL: [Self; 5] = [
        Self::Order,
        Self::OrderLine,
        Self::Shipment,
        Self::Stop,
        Self::Milestone,
    ];

    /// The table that holds the records of an entity.
    #[must_use]
    pub const fn of(entity: Entity) -> Self {
        match entity {
            Entity::Order => Self::Order,
            Entity::OrderLine => Self::OrderLine,
            Entity::Shipment => Self::Shipment,
            Entity::Stop => Self::Stop,
            Entity::Milestone => Self::Milestone,
        }
    }

    /// The table's name: `rpt_order`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Order => "rpt_order",
            Self::OrderLine => "rpt_order_line",
            Self::Shipment => "rpt_shipment",
            Self::Stop => "rpt_stop",
            Self::Milestone => "rpt_milestone",
        }
    }

    /// The view that adds `deleted`: `v_order`.
    #[must_use]
    pub const fn view(self) -> &'static str {
        match self {
            Self::Order => "v_order",
            Self::OrderLine => "v_order_line",
            Self::Shipment => "v_shipment",
            Self::Stop => "v_stop",
            Self::Milestone => "v_milestone",
        }
    }

    /// The columns of the entity itself, key first.
    const fn own_columns(self) -> &'static [Column] {
        match self {
            Self::Order => ORDER,
            Self::OrderLine => ORDER_LINE,
            Self::Shipment => SHIPMENT,
            Self::Stop => STOP,
            Self::Milestone => MILESTONE,
        }
    }

    /// The columns that say where a row came from.
    pub(crate) fn lineage_columns(self) -> &'static [Column] {
        if self == Self::Milestone {
            &LINEAGE[1..]
        } else {
            LINEAGE
        }
    }

    /// Names of the columns that make up the primary key.
    pub fn key(self) -> impl Iterator<Item = &'static str> {
        self.key_columns().map(|column| column.name)
    }

    /// All columns in the order in which rows are built.
    pub(crate) fn columns(self) -> impl Iterator<Item = &'static Column> + Clone {
        self.own_columns().iter().chain(self.lineage_columns())
    }

    /// The primary key, which always stands first.
    pub(crate) fn key_columns(self) -> impl Iterator<Item = &'static Column> + Clone {
        self.own_columns()
            .iter()
            .take_while(|column| column.group == Group::Key)
    }

    /// Position of a column that the table is known to have.
    pub(crate) fn position(self, name: &str) -> usize {
        self.columns()
            .position(|column| column.name == name)
            .expect("asked only for columns that every table of its kind has")
    }

    /// The groups of columns with a version of their own.
    pub(crate) const fn times_groups(self) -> &'static [Group] {
        match self {
            Self::Stop => &Group::TIMES,
            Self::Order | Self::OrderLine | Self::Shipment | Self::Milestone => &[],
        }
    }
}
