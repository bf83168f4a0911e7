//! What moves stock, as rows say it.

use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};

use crate::stamp::Decimal;
use crate::warehouse::site::Site;

/// Kind of a movement, as files write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Receipt,
    Putaway,
    Pick,
    Ship,
    Adjust,
    TransferIn,
    TransferOut,
    Count,
    Return,
}

impl Kind {
    /// The token of the file.
    pub(super) const fn token(self) -> &'static str {
        match self {
            Self::Receipt => "RECEIPT",
            Self::Putaway => "PUTAWAY",
            Self::Pick => "PICK",
            Self::Ship => "SHIP",
            Self::Adjust => "ADJUST",
            Self::TransferIn => "TRANSFER_IN",
            Self::TransferOut => "TRANSFER_OUT",
            Self::Count => "COUNT",
            Self::Return => "RETURN",
        }
    }
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// The site's own clock, without an offset.
    Local,
    /// With the offset of the site's clock.
    Offset,
}

/// One movement, as one row states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Movement {
    /// None: the file gives no ids.
    pub(super) id: Option<u64>,
    pub(super) kind: Kind,
    /// Epoch seconds.
    pub(super) at: i64,
    pub(super) clock: Clock,
    pub(super) order_no: Option<String>,
    pub(super) line_no: Option<i64>,
    pub(super) sku: String,
    pub(super) lot: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) qty: Decimal,
    pub(super) uom: &'static str,
    pub(super) sscc: Option<String>,
    pub(super) load_ref: Option<String>,
    pub(super) reason: Option<&'static str>,
    pub(super) bin_from: Option<String>,
    pub(super) bin_to: Option<String>,
    pub(super) status: Option<&'static str>,
    pub(super) user: &'static str,
}

/// Who works in the warehouses; the report does not name them.
pub(super) const USERS: [&str; 5] = [
    "ops1",
    "ops2",
    "Núñez, \"Chema\"",
    "J. Weiß; Tor 3",
    "scanner-07",
];

/// Titles of `MOVE` files in two spellings.
const MOVE: [&[&str]; 2] = [
    &[
        "movement_id",
        "warehouse",
        "movement_type",
        "movement_ts",
        "order_no",
        "line_no",
        "sku",
        "lot",
        "serial",
        "qty",
        "uom",
        "sscc",
        "load_ref",
        "reason",
        "user",
        "from_bin",
        "status",
        "to_bin",
    ],
    &[
        "movement_id",
        "site",
        "type",
        "Timestamp",
        "Order No.",
        "line_no",
        "item",
        "lot",
        "serial",
        "Qty",
        "uom",
        "sscc",
        "load_ref",
        "reason",
        "user",
        "from_bin",
        "status",
        "to_bin",
    ],
];

/// Titles of `SHIP` files: despatch lines have no ids.
const SHIP: [&[&str]; 2] = [
    &[
        "warehouse",
        "movement_type",
        "despatch_ts",
        "order_no",
        "line_no",
        "sku",
        "lot",
        "serial",
        "qty",
        "uom",
        "sscc",
        "load_ref",
        "reason",
        "user",
        "from_bin",
        "status",
    ],
    &[
        "site",
        "type",
        "Timestamp",
        "Order No.",
        "line_no",
        "item",
        "lot",
        "serial",
        "Qty",
        "uom",
        "sscc",
        "load_ref",
        "reason",
        "user",
        "from_bin",
        "status",
    ],
];

/// The header of a file of movements.
pub(super) fn titles(spelling: usize, with_ids: bool) -> &'static [&'static str] {
    let spellings = if with_ids { &MOVE } else { &SHIP };
    spellings[spelling % spellings.len()]
}

impl Movement {
    /// The cells of its row, in the order of the titles.
    pub(super) fn cells(&self, site: &Site, with_ids: bool) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let mut cells = vec![
            self.id.map(|id| id.to_string()).unwrap_or_default(),
            site.code.to_owned(),
            self.kind.token().to_owned(),
            self.written_at(&site.zone),
            text(&self.order_no),
            self.line_no
                .map(|line| line.to_string())
                .unwrap_or_default(),
            self.sku.clone(),
            text(&self.lot),
            text(&self.serial),
            self.qty.text(),
            self.uom.to_owned(),
            text(&self.sscc),
            text(&self.load_ref),
            self.reason.unwrap_or_default().to_owned(),
            self.user.to_owned(),
            text(&self.bin_from),
            self.status.unwrap_or_default().to_owned(),
            text(&self.bin_to),
        ];
        if !with_ids {
            cells.remove(0);
            cells.pop();
        }
        cells
    }

    fn written_at(&self, zone: &TimeZone) -> String {
        let at = Timestamp::from_second(self.at).unwrap_or(Timestamp::UNIX_EPOCH);
        let local = at.to_zoned(zone.clone());
        match self.clock {
            Clock::Local => local.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Clock::Offset if local.offset() == offset(0) => {
                local.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
            }
            Clock::Offset => local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        }
    }
}
