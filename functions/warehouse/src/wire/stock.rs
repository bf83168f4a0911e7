//! A row of a stock file.

use csvw::{Row, RowError};
use record::NO_PART;
use rust_decimal::Decimal;

use super::{
    Contract, Field,
    lines::{check_key, check_site, quantity, text},
};
use crate::config::Site;

/// What lies in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockLine {
    /// Item, lot, bin and status, joined with `|`; what is missing is `-`.
    pub place: String,
    /// The quantity as written.
    pub qty: Decimal,
    /// Unit of measure as written.
    pub uom: String,
}

/// A row that cannot be taken.
#[derive(Debug)]
pub struct StockProblem {
    /// What is wrong with it.
    pub error: RowError,
    /// The place that it is about, if that much could be read: its stock is not known, which is not the same as gone.
    pub place: Option<String>,
}

/// Reads a row.
///
/// # Errors
/// The first cell that breaks the contract.
pub fn stock_line(
    row: &Row<'_>,
    contract: &Contract,
    site: &Site,
) -> Result<StockLine, StockProblem> {
    let place = match place(row, contract, site) {
        Ok(place) => place,
        Err(error) => return Err(StockProblem { error, place: None }),
    };
    let values = || -> Result<(Decimal, String), RowError> {
        let column = contract.text(Field::Uom);
        let uom = text(row, column)?.unwrap_or_default();
        Ok((quantity(row, contract.qty)?, uom.trim().to_owned()))
    };
    match values() {
        Ok((qty, uom)) => Ok(StockLine { place, qty, uom }),
        Err(error) => Err(StockProblem {
            error,
            place: Some(place),
        }),
    }
}

fn place(row: &Row<'_>, contract: &Contract, site: &Site) -> Result<String, RowError> {
    check_site(row, contract, site)?;
    let columns = [
        contract.text(Field::Sku),
        contract.text(Field::Lot),
        contract.bin,
        contract.text(Field::Status),
    ];
    let mut place = String::with_capacity(48);
    for (index, column) in columns.into_iter().enumerate() {
        let part = text(row, column)?.unwrap_or_default();
        check_key(row, column, &part)?;
        if index > 0 {
            place.push('|');
        }
        place.push_str(match part.trim() {
            "" => NO_PART,
            part => part,
        });
    }
    Ok(place)
}
