//! One file of a warehouse: its name, its rows, its bytes.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::stamp::Decimal;
use crate::warehouse::csv::{self, Dialect, Text};
use crate::warehouse::movement::{Movement, titles};
use crate::warehouse::site::{Place, Site};

/// Which of two statements of the files is newer: minute of the cutoff since 1970, sequence, row.
pub(super) type Version = (i64, u32, usize);

/// What a file reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// Movements with ids.
    Move,
    /// Despatch lines, without ids.
    Ship,
    /// All stock.
    Stock,
}

impl Subject {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Move => "MOVE",
            Self::Ship => "SHIP",
            Self::Stock => "STOCK",
        }
    }
}

/// A file before it is bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sheet {
    pub(super) subject: Subject,
    pub(super) site: &'static str,
    /// Minutes since 1970.
    pub(super) cutoff: i64,
    pub(super) sequence: u32,
    pub(super) dialect: Dialect,
    pub(super) titles: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

const STOCK_TITLES: [[&str; 7]; 2] = [
    ["warehouse", "sku", "lot", "bin", "status", "qty", "uom"],
    ["site", "item", "lot", "bin", "status", "Qty", "uom"],
];

impl Sheet {
    /// A file of movements; with ids or without, but not mixed.
    pub(super) fn of_movements(
        site: &mut Site,
        movements: &[Movement],
        dialect: Dialect,
        now: Timestamp,
    ) -> Self {
        let with_ids = movements
            .first()
            .is_none_or(|movement| movement.id.is_some());
        let rows = movements
            .iter()
            .map(|movement| movement.cells(site, with_ids))
            .collect();
        let subject = if with_ids {
            Subject::Move
        } else {
            Subject::Ship
        };
        Self {
            subject,
            site: site.code,
            cutoff: minute(now),
            sequence: site.next_sequence(),
            dialect,
            titles: titles(dialect.spelling, with_ids).to_vec(),
            rows,
        }
    }

    /// A file of all stock.
    pub(super) fn of_stock(
        site: &mut Site,
        stock: &[(Place, Decimal, &str)],
        dialect: Dialect,
        now: Timestamp,
    ) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let rows = stock
            .iter()
            .map(|((sku, lot, bin, status), qty, uom)| {
                vec![
                    site.code.to_owned(),
                    sku.clone(),
                    text(lot),
                    text(bin),
                    status.unwrap_or_default().to_owned(),
                    qty.text(),
                    (*uom).to_owned(),
                ]
            })
            .collect();
        Self {
            subject: Subject::Stock,
            site: site.code,
            cutoff: minute(now),
            sequence: site.next_sequence(),
            dialect,
            titles: STOCK_TITLES[dialect.spelling % STOCK_TITLES.len()].to_vec(),
            rows,
        }
    }

    /// The version of its row at a position.
    pub(super) fn version(&self, row: usize) -> Version {
        (self.cutoff, self.sequence, row)
    }

    /// `MOVE_DC3_20261109T2030Z_0042.csv`.
    pub(super) fn name(&self) -> String {
        let at = Timestamp::from_second(self.cutoff * 60).unwrap_or(Timestamp::UNIX_EPOCH);
        format!(
            "{}_{}_{}_{:04}.csv",
            self.subject.prefix(),
            self.site,
            at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%MZ"),
            self.sequence
        )
    }

    pub(super) fn text(&self) -> Text {
        csv::write(&self.dialect, &self.titles, &self.rows)
    }
}

fn minute(now: Timestamp) -> i64 {
    now.as_second().div_euclid(60)
}
