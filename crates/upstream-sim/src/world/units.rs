//! Logistic units: the pallets that an order's goods travel on. All systems that scan know them by the same SSCC.

use crate::order::{Line, Order};
use crate::world::World;

/// Extension digit and GS1 company prefix of the shipper.
const EXTENSION: &str = "0";
const COMPANY_PREFIX: &str = "0614141";
/// Pallets of a line at most.
const UNITS_MAX: i64 = 3;
/// A pallet holds this much of a line, in hundred-thousandths of its unit.
const UNIT_HOLDS: i64 = 150 * 100_000;

impl World {
    /// The pallets of an order's line, by their SSCC: none for what has no quantity, else one to three. They are a
    /// function of order, line and quantity alone; a line that grows gets another one, no line loses one's number.
    pub(crate) fn handling_units(&self, order: usize, line: &Line) -> Vec<String> {
        let pallets = match line.qty.units {
            ..=0 => 0,
            units => ((units + UNIT_HOLDS - 1) / UNIT_HOLDS).min(UNITS_MAX),
        };
        (0..pallets)
            .map(|pallet| sscc(order, line.sequence, pallet))
            .collect()
    }

    /// All pallets of an order.
    pub(crate) fn order_units(&self, order: usize) -> Vec<String> {
        let Order { lines, .. } = self.order(order);
        lines
            .iter()
            .flat_map(|line| self.handling_units(order, line))
            .collect()
    }
}

/// 18 digits, the last of them the check digit.
fn sscc(order: usize, sequence: i64, pallet: i64) -> String {
    let body = format!(
        "{EXTENSION}{COMPANY_PREFIX}{:06}{:02}{pallet}",
        order % 1_000_000,
        sequence / 5_000 % 100
    );
    let check = check_digit(&body);
    format!("{body}{check}")
}

/// The GS1 check digit of any number: weights 3 and 1 from the right.
pub(crate) fn check_digit(body: &str) -> u32 {
    let sum: u32 = body
        .chars()
        .rev()
        .filter_map(|digit| digit.to_digit(10))
        .zip([3, 1].into_iter().cycle())
        .map(|(digit, weight)| digit * weight)
        .sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_published_examples() {
        assert_eq!(check_digit("00614141000007001"), 5);
        assert_eq!(check_digit("61414112345"), 2);
        assert_eq!(sscc(7, 20_000, 1).len(), 18);
    }
}
