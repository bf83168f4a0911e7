//! The columns of each kind of file, by the schemas under `schemas/`.

use std::sync::Arc;

use csvw::{Options, Schema, SchemaError, TrailerRule};

use super::Kind;

/// The text columns of a movement file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as the columns are")]
pub enum Field {
    MovementId,
    MovementType,
    OrderNo,
    Sku,
    Lot,
    Serial,
    Uom,
    Sscc,
    LoadRef,
    Reason,
    FromBin,
    ToBin,
    Status,
}

impl Field {
    /// All of them, in the order in which a line holds their texts.
    pub const ALL: [Self; 13] = [
        Self::MovementId,
        Self::MovementType,
        Self::OrderNo,
        Self::Sku,
        Self::Lot,
        Self::Serial,
        Self::Uom,
        Self::Sscc,
        Self::LoadRef,
        Self::Reason,
        Self::FromBin,
        Self::ToBin,
        Self::Status,
    ];

    const fn column(self) -> &'static str {
        match self {
            Self::MovementId => "movement_id",
            Self::MovementType => "movement_type",
            Self::OrderNo => "order_no",
            Self::Sku => "sku",
            Self::Lot => "lot",
            Self::Serial => "serial",
            Self::Uom => "uom",
            Self::Sscc => "sscc",
            Self::LoadRef => "load_ref",
            Self::Reason => "reason",
            Self::FromBin => "from_bin",
            Self::ToBin => "to_bin",
            Self::Status => "status",
        }
    }
}

/// Stands for a column that a kind of file does not have; its value is always none.
const NO_COLUMN: usize = usize::MAX;

/// How one kind of file is read.
#[derive(Debug)]
pub struct Contract {
    pub(crate) schema: Arc<Schema>,
    pub(crate) options: Options,
    pub(super) texts: [usize; Field::ALL.len()],
    pub(super) warehouse: usize,
    pub(super) time: usize,
    pub(super) line_no: usize,
    pub(super) qty: usize,
    pub(super) bin: usize,
}

/// A schema of ours that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("schemas/{kind}.csvw.json: {source}")]
pub struct InvalidContract {
    /// Which kind of file it is for.
    kind: &'static str,
    /// What is wrong with it.
    source: SchemaError,
}

impl Contract {
    fn parse(kind: Kind, json: &[u8], trailer: Option<&str>) -> Result<Self, InvalidContract> {
        let kind = kind.as_str();
        let schema = Schema::parse(json).map_err(|source| InvalidContract { kind, source })?;
        let column = |name: &str| schema.column(name).unwrap_or(NO_COLUMN);
        let time = match column("movement_ts") {
            NO_COLUMN => column("despatch_ts"),
            time => time,
        };
        Ok(Self {
            texts: Field::ALL.map(|field| column(field.column())),
            warehouse: column("warehouse"),
            time,
            line_no: column("line_no"),
            qty: column("qty"),
            bin: column("bin"),
            options: Options {
                trailer: trailer.map(TrailerRule::new),
                ..Options::default()
            },
            schema: Arc::new(schema),
        })
    }

    pub(super) const fn text(&self, field: Field) -> usize {
        self.texts[field as usize]
    }

    /// What a reader of such a file is made with.
    #[must_use]
    pub fn reader(&self) -> (Arc<Schema>, Options) {
        (Arc::clone(&self.schema), self.options.clone())
    }
}

/// The contracts of all kinds of files.
#[derive(Debug)]
pub struct Contracts {
    movements: Contract,
    stock: Contract,
    despatches: Contract,
}

impl Contracts {
    /// Those that the app is delivered with. With a `trailer` every file ends with a row whose first cell is that text.
    ///
    /// # Errors
    /// Never, while the tests pass.
    pub fn embedded(trailer: Option<&str>) -> Result<Self, InvalidContract> {
        let contract = |kind, json: &[u8]| Contract::parse(kind, json, trailer);
        Ok(Self {
            movements: contract(Kind::Move, include_bytes!("../../schemas/MOVE.csvw.json"))?,
            stock: contract(Kind::Stock, include_bytes!("../../schemas/STOCK.csvw.json"))?,
            despatches: contract(Kind::Ship, include_bytes!("../../schemas/SHIP.csvw.json"))?,
        })
    }

    /// The one for a kind of file.
    #[must_use]
    pub const fn of(&self, kind: Kind) -> &Contract {
        match kind {
            Kind::Move => &self.movements,
            Kind::Stock => &self.stock,
            Kind::Ship => &self.despatches,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_has_the_columns_that_are_read() {
        let contracts = Contracts::embedded(None).unwrap();
        for kind in [Kind::Move, Kind::Ship] {
            let contract = contracts.of(kind);
            assert_eq!(contract.schema.warnings(), [], "{kind:?}");
            let missing = |column: &usize| *column == NO_COLUMN;
            let texts = contract
                .texts
                .iter()
                .filter(|column| missing(column))
                .count();
            // A despatch goes to no bin.
            assert_eq!(texts, usize::from(kind == Kind::Ship), "{kind:?}");
            let others = [
                contract.warehouse,
                contract.time,
                contract.line_no,
                contract.qty,
            ];
            assert!(!others.iter().any(missing), "{kind:?}");
        }
        let stock = contracts.of(Kind::Stock);
        assert_eq!(stock.schema.warnings(), []);
        assert!(![stock.warehouse, stock.qty, stock.bin].contains(&NO_COLUMN));
    }
}
