//! What a column is.

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
    /// A container's size and type, under `iso_type_version`.
    IsoType,
    /// When a container last entered, under `gate_in_version`.
    GateIn,
    /// When a container last left, under `gate_out_version`.
    GateOut,
}

impl Group {
    /// The groups of a stop that have a version of their own beside the record's.
    pub(super) const STOP: [Self; 3] = [Self::Planned, Self::Projected, Self::Actual];
    /// Those of a container.
    pub(super) const CONTAINER: [Self; 3] = [Self::IsoType, Self::GateIn, Self::GateOut];

    /// Names of the two columns that guard the group.
    pub(crate) const fn guard(self) -> (&'static str, &'static str) {
        match self {
            Self::Key | Self::Description => ("version", "content_hash"),
            Self::Planned => ("planned_version", "planned_hash"),
            Self::Projected => ("projected_version", "projected_hash"),
            Self::Actual => ("actual_version", "actual_hash"),
            Self::IsoType => ("iso_type_version", "iso_type_hash"),
            Self::GateIn => ("gate_in_version", "gate_in_hash"),
            Self::GateOut => ("gate_out_version", "gate_out_hash"),
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

pub(super) const fn key(name: &'static str, kind: Kind) -> Column {
    Column {
        name,
        kind,
        group: Group::Key,
        business: true,
    }
}

pub(super) const fn business(name: &'static str, kind: Kind) -> Column {
    grouped(name, kind, Group::Description)
}

pub(super) const fn grouped(name: &'static str, kind: Kind, group: Group) -> Column {
    Column {
        name,
        kind,
        group,
        business: true,
    }
}

pub(super) const fn lineage(name: &'static str, kind: Kind, group: Group) -> Column {
    Column {
        name,
        kind,
        group,
        business: false,
    }
}

/// A column of a table that is no report of a source's records.
pub(crate) const fn plain(name: &'static str, kind: Kind) -> Column {
    business(name, kind)
}
