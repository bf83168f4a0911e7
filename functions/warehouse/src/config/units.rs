//! Factors between the units of measure that files are written in and the units that stock is kept in.

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde::Deserialize;

/// The table that the app is delivered with.
const EMBEDDED: &str = include_str!("../../units.json");

/// Units of measure and their factors.
#[derive(Debug, Clone)]
pub struct Units {
    version: String,
    /// By unit in capitals; the most special rule first.
    rules: HashMap<String, Vec<Rule>>,
}

/// A quantity in its base unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Converted<'u> {
    /// The quantity.
    pub quantity: Decimal,
    /// The base unit.
    pub base: &'u str,
}

/// What is wrong with a table of units.
#[derive(Debug, thiserror::Error)]
pub enum InvalidUnits {
    /// It has not the form of one.
    #[error("variable WAREHOUSE_UNITS: {0}")]
    Form(#[from] serde_json::Error),
    /// A factor is zero or negative.
    #[error("variable WAREHOUSE_UNITS: the factor of {0} is not above zero")]
    Factor(String),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    version: String,
    units: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    unit: String,
    base: String,
    #[serde(with = "rust_decimal::serde::str")]
    factor: Decimal,
    /// Only at this site.
    site: Option<String>,
    /// Only for this item.
    sku: Option<String>,
}

#[derive(Debug, Clone)]
struct Rule {
    base: String,
    factor: Decimal,
    site: Option<String>,
    sku: Option<String>,
}

impl Rule {
    fn fits(&self, site: &str, sku: &str) -> bool {
        let fits = |wanted: &Option<String>, found: &str| {
            wanted
                .as_deref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(found))
        };
        fits(&self.site, site) && fits(&self.sku, sku)
    }

    /// Higher for a rule that says more about where it holds; the item says more than the site.
    fn speciality(&self) -> u8 {
        u8::from(self.site.is_some()) + 2 * u8::from(self.sku.is_some())
    }
}

impl Units {
    /// The table that the app is delivered with.
    ///
    /// # Errors
    /// Never, while the tests pass.
    pub fn embedded() -> Result<Self, InvalidUnits> {
        Self::parse(EMBEDDED)
    }

    /// Reads `{"version": …, "units": [{"unit", "base", "factor", "site"?, "sku"?}]}`.
    ///
    /// # Errors
    /// Another form, or a factor that is not above zero.
    pub fn parse(json: &str) -> Result<Self, InvalidUnits> {
        let table: Table = serde_json::from_str(json)?;
        let mut rules: HashMap<String, Vec<Rule>> = HashMap::new();
        for row in table.units {
            if row.factor <= Decimal::ZERO {
                return Err(InvalidUnits::Factor(row.unit));
            }
            rules
                .entry(row.unit.to_uppercase())
                .or_default()
                .push(Rule {
                    base: row.base,
                    factor: row.factor,
                    site: row.site,
                    sku: row.sku,
                });
        }
        for rules in rules.values_mut() {
            rules.sort_by_key(|rule| std::cmp::Reverse(rule.speciality()));
        }
        Ok(Self {
            version: table.version,
            rules,
        })
    }

    /// Version of the table.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The quantity in the base unit of the item; `None` for a unit that no rule knows, or a product of too many digits.
    #[must_use]
    pub fn convert(
        &self,
        quantity: Decimal,
        unit: &str,
        site: &str,
        sku: &str,
    ) -> Option<Converted<'_>> {
        // Hardly any unit is not written in capitals.
        let rules = match self.rules.get(unit) {
            Some(rules) => rules,
            None => self.rules.get(&unit.to_uppercase())?,
        };
        let rule = rules.iter().find(|rule| rule.fits(site, sku))?;
        Some(Converted {
            quantity: quantity.checked_mul(rule.factor)?,
            base: &rule.base,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_special_rule_wins() {
        let rule = |rest: &str| format!(r#"{{"unit":"CS","base":"EA",{rest}}}"#);
        let table = format!(
            r#"{{"version":"7","units":[{},{},{},{}]}}"#,
            rule(r#""factor":"12""#),
            rule(r#""factor":"10","site":"DC1""#),
            rule(r#""factor":"6","sku":"OLV-1L""#),
            rule(r#""factor":"4","site":"DC1","sku":"OLV-1L""#),
        );
        let units = Units::parse(&table).unwrap();
        for (site, sku, expected) in [
            ("DC3", "X", 24),
            ("DC1", "X", 20),
            ("DC3", "OLV-1L", 12),
            ("dc1", "OLV-1L", 8),
        ] {
            let converted = units.convert(Decimal::from(2), "cs", site, sku).unwrap();
            assert_eq!(converted.quantity, Decimal::from(expected), "{site} {sku}");
            assert_eq!(converted.base, "EA");
        }
        assert_eq!(units.convert(Decimal::ONE, "PALLET", "DC3", "X"), None);
        assert_eq!(units.convert(Decimal::MAX, "CS", "DC3", "X"), None);
    }

    #[test]
    fn a_table_is_checked() {
        assert!(Units::embedded().is_ok());
        let zero = r#"{"version":"1","units":[{"unit":"CS","base":"EA","factor":"0"}]}"#;
        let error = Units::parse(zero).unwrap_err().to_string();
        assert_eq!(
            error,
            "variable WAREHOUSE_UNITS: the factor of CS is not above zero"
        );
        assert!(Units::parse(r#"{"version":"1","units":[{"unit":"CS"}]}"#).is_err());
    }
}
