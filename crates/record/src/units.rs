//! Amounts, quantities and coordinates that stay exact on their way.

use std::{fmt, str::FromStr};

use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A decimal written as text, without trailing zeros, because the host sends JSON fractions through binary floats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ExactDecimal(Decimal);

impl From<Decimal> for ExactDecimal {
    fn from(value: Decimal) -> Self {
        Self(value.normalize())
    }
}

impl From<ExactDecimal> for Decimal {
    fn from(value: ExactDecimal) -> Self {
        value.0
    }
}

impl FromStr for ExactDecimal {
    type Err = rust_decimal::Error;

    /// Reads a JSON number's own text, exponent included, without passing through a binary float.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let value = if text.contains(['e', 'E']) {
            Decimal::from_scientific(text)
        } else {
            Decimal::from_str_exact(text)
        };
        value.map(Self::from)
    }
}

impl fmt::Display for ExactDecimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for ExactDecimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ExactDecimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DecimalText;
        impl de::Visitor<'_> for DecimalText {
            type Value = ExactDecimal;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal number as text")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<ExactDecimal, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(DecimalText)
    }
}

/// An amount that its currency cannot express.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{amount} does not fit {digits} minor digits")]
pub struct NotMinorUnits {
    /// The amount as the source gave it.
    pub amount: Decimal,
    /// Digits after the point that the currency has.
    pub digits: u32,
}

/// Digits after the point of a currency, by ISO 4217; 2 where the source names none.
#[must_use]
pub fn minor_digits(currency: Option<&str>) -> u32 {
    match currency {
        Some(
            "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
            | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF",
        ) => 0,
        Some("BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND") => 3,
        _ => 2,
    }
}

/// The amount in the currency's minor units: 740.00 USD is 74000.
///
/// An amount with more digits than the currency has is refused rather than rounded: which way to round is the source's
/// decision, not ours.
pub fn to_minor_units(amount: Decimal, currency: Option<&str>) -> Result<i64, NotMinorUnits> {
    let digits = minor_digits(currency);
    let refused = || NotMinorUnits { amount, digits };
    let scaled = amount
        .checked_mul(Decimal::from(10_i64.pow(digits)))
        .ok_or_else(refused)?;
    if scaled.is_integer() {
        scaled.to_i64().ok_or_else(refused)
    } else {
        Err(refused())
    }
}

/// A coordinate in integer microdegrees (about 0.1 m), rounded half away from zero; `None` outside ±`limit_degrees`.
#[must_use]
pub fn microdegrees(degrees: f64, limit_degrees: f64) -> Option<i64> {
    if !degrees.is_finite() || degrees.abs() > limit_degrees {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most 180 million, checked above"
    )]
    Some((degrees * 1e6).round() as i64)
}
