//! The tables and their columns, once for both engines.

mod column;
mod columns;

use record::Entity;

pub(crate) use self::column::{Column, Group, Kind, plain};

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
    /// `rpt_inventory_movement`
    InventoryMovement,
    /// `rpt_inventory_snapshot`
    InventorySnapshot,
    /// `rpt_vehicle_position`
    VehiclePosition,
    /// `rpt_vehicle`
    Vehicle,
    /// `rpt_freight_invoice`
    FreightInvoice,
    /// `rpt_freight_invoice_line`
    FreightInvoiceLine,
    /// `rpt_container`
    Container,
    /// `rpt_handling_unit`
    HandlingUnit,
    /// `rpt_edi_ack`
    EdiAck,
    /// `rpt_canary`
    Canary,
}

impl Table {
    /// Every table, parents before children.
    pub const ALL: [Self; 15] = [
        Self::Order,
        Self::OrderLine,
        Self::Shipment,
        Self::Stop,
        Self::Milestone,
        Self::InventoryMovement,
        Self::InventorySnapshot,
        Self::VehiclePosition,
        Self::Vehicle,
        Self::FreightInvoice,
        Self::FreightInvoiceLine,
        Self::Container,
        Self::HandlingUnit,
        Self::EdiAck,
        Self::Canary,
    ];

    /// Whether it holds what the sources say, rather than what the pipeline says about itself.
    #[must_use]
    pub const fn is_report(self) -> bool {
        !matches!(self, Self::Canary)
    }

    /// The table that holds the records of an entity.
    #[must_use]
    pub const fn of(entity: Entity) -> Self {
        match entity {
            Entity::Order => Self::Order,
            Entity::OrderLine => Self::OrderLine,
            Entity::Shipment => Self::Shipment,
            Entity::Stop => Self::Stop,
            Entity::Milestone => Self::Milestone,
            Entity::InventoryMovement => Self::InventoryMovement,
            Entity::InventorySnapshot => Self::InventorySnapshot,
            Entity::VehiclePosition => Self::VehiclePosition,
            Entity::Vehicle => Self::Vehicle,
            Entity::FreightInvoice => Self::FreightInvoice,
            Entity::FreightInvoiceLine => Self::FreightInvoiceLine,
            Entity::Container => Self::Container,
            Entity::HandlingUnit => Self::HandlingUnit,
            Entity::EdiAck => Self::EdiAck,
            Entity::Canary => Self::Canary,
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
            Self::InventoryMovement => "rpt_inventory_movement",
            Self::InventorySnapshot => "rpt_inventory_snapshot",
            Self::VehiclePosition => "rpt_vehicle_position",
            Self::Vehicle => "rpt_vehicle",
            Self::FreightInvoice => "rpt_freight_invoice",
            Self::FreightInvoiceLine => "rpt_freight_invoice_line",
            Self::Container => "rpt_container",
            Self::HandlingUnit => "rpt_handling_unit",
            Self::EdiAck => "rpt_edi_ack",
            Self::Canary => "rpt_canary",
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
            Self::InventoryMovement => "v_inventory_movement",
            Self::InventorySnapshot => "v_inventory_snapshot",
            Self::VehiclePosition => "v_vehicle_position",
            Self::Vehicle => "v_vehicle",
            Self::FreightInvoice => "v_freight_invoice",
            Self::FreightInvoiceLine => "v_freight_invoice_line",
            Self::Container => "v_container",
            Self::HandlingUnit => "v_handling_unit",
            Self::EdiAck => "v_edi_ack",
            Self::Canary => "v_canary",
        }
    }

    /// The columns of the entity itself, key first.
    const fn own_columns(self) -> &'static [Column] {
        match self {
            Self::Order => columns::ORDER,
            Self::OrderLine => columns::ORDER_LINE,
            Self::Shipment => columns::SHIPMENT,
            Self::Stop => columns::STOP,
            Self::Milestone => columns::MILESTONE,
            Self::InventoryMovement => columns::INVENTORY_MOVEMENT,
            Self::InventorySnapshot => columns::INVENTORY_SNAPSHOT,
            Self::VehiclePosition => columns::VEHICLE_POSITION,
            Self::Vehicle => columns::VEHICLE,
            Self::FreightInvoice => columns::FREIGHT_INVOICE,
            Self::FreightInvoiceLine => columns::FREIGHT_INVOICE_LINE,
            Self::Container => columns::CONTAINER,
            Self::HandlingUnit => columns::HANDLING_UNIT,
            Self::EdiAck => columns::EDI_ACK,
            Self::Canary => columns::CANARY,
        }
    }

    /// The columns that say where a row came from.
    pub(crate) fn lineage_columns(self) -> &'static [Column] {
        if self == Self::Milestone {
            &columns::LINEAGE[1..]
        } else {
            columns::LINEAGE
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

    /// The columns that reports are about.
    pub(crate) fn business_columns(self) -> impl Iterator<Item = &'static Column> + Clone {
        self.columns().filter(|column| column.business)
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
    pub(crate) const fn own_groups(self) -> &'static [Group] {
        match self {
            Self::Stop => &Group::STOP,
            Self::Container => &Group::CONTAINER,
            Self::Order
            | Self::OrderLine
            | Self::Shipment
            | Self::Milestone
            | Self::InventoryMovement
            | Self::InventorySnapshot
            | Self::VehiclePosition
            | Self::Vehicle
            | Self::FreightInvoice
            | Self::FreightInvoiceLine
            | Self::HandlingUnit
            | Self::EdiAck
            | Self::Canary => &[],
        }
    }
}

/// The columns of `v_vehicle_latest`, key first.
pub(crate) fn vehicle_latest() -> impl Iterator<Item = &'static Column> + Clone {
    columns::VEHICLE_LATEST.iter()
}
