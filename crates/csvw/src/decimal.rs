//! Exact decimals.

use std::{cmp::Ordering, fmt};

use thiserror::Error;

/// An exact decimal: `unscaled / 10^scale`. The scale is the number of written decimals, so `1.50` stays `1.50`.
///
/// Comparison is by value; equality is by form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// The digits without the decimal point.
    pub unscaled: i128,
    /// How many of them are decimals.
    pub scale: u32,
}

/// Why a text is not a number that can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NumberFault {
    /// A separator between groups of digits: `1,234` and `1.234` are a thousand times apart, so none is taken.
    #[error("a thousands separator is refused")]
    ThousandsSeparator,
    /// More digits than 38.
    #[error("more than 38 digits")]
    TooManyDigits,
    /// Anything else.
    #[error("not a number")]
    NotANumber,
}

/// How numbers of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Notation {
    pub(crate) decimal_char: char,
    pub(crate) exponent: bool,
}

impl Decimal {
    /// Reads a decimal with a point: `-12.50`.
    ///
    /// # Errors
    /// `NumberFault` for every other notation.
    pub fn parse(text: &str) -> Result<Self, NumberFault> {
        Self::parse_with(
            text,
            Notation {
                decimal_char: '.',
                exponent: false,
            },
        )
    }

    pub(crate) fn parse_with(text: &str, notation: Notation) -> Result<Self, NumberFault> {
        if let Some(number) = u8::try_from(notation.decimal_char)
            .ok()
            .filter(u8::is_ascii)
            .and_then(|c| short(text, c))
        {
            return Ok(number);
        }
        plain(text, notation).map_err(|fault| match fault {
            NumberFault::NotANumber if has_groups(text, notation) => {
                NumberFault::ThousandsSeparator
            }
            other => other,
        })
    }

    /// Compares by value: `1.50` and `1.5` are equal here.
    pub fn compare(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        match (self.at_scale(scale), other.at_scale(scale)) {
            (Some(a), Some(b)) => a.cmp(&b),
            // What cannot be written at the larger scale has the larger magnitude; the sign decides.
            (None, _) => self.unscaled.cmp(&0),
            (_, None) => 0.cmp(&other.unscaled),
        }
    }

    /// The digits at another scale, where no digit is lost and none overflows.
    pub fn at_scale(&self, scale: u32) -> Option<i128> {
        match scale.checked_sub(self.scale) {
            Some(up) => 10_i128
                .checked_pow(up)
                .and_then(|factor| self.unscaled.checked_mul(factor))
                .or((self.unscaled == 0).then_some(0)),
            None => {
                let factor = 10_i128.checked_pow(self.scale - scale)?;
                (self.unscaled % factor == 0).then(|| self.unscaled / factor)
            }
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = usize::try_from(self.scale).unwrap_or(usize::MAX);
        if scale == 0 {
            return write!(f, "{}", self.unscaled);
        }
        let digits = format!(
            "{:0>width$}",
            self.unscaled.unsigned_abs(),
            width = scale + 1
        );
        let (whole, decimals) = digits.split_at(digits.len() - scale);
        write!(
            f,
            "{}{whole}.{decimals}",
            if self.unscaled < 0 { "-" } else { "" }
        )
    }
}

/// Digits that fit into 64 bits whatever they are.
const SHORT_DIGITS: usize = 18;

/// What nearly every number is: a sign, at most 18 digits, a decimal character.
fn short(text: &str, decimal_char: u8) -> Option<Decimal> {
    let (negative, unsigned) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if unsigned.is_empty() || unsigned.len() > SHORT_DIGITS {
        return None;
    }
    let (mut value, mut scale) = (0_i64, None);
    for &byte in unsigned {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            value = value * 10 + i64::from(digit);
            scale = scale.map(|decimals: u32| decimals + 1);
        } else if byte == decimal_char && scale.is_none() && unsigned.len() > 1 {
            scale = Some(0);
        } else {
            return None;
        }
    }
    let unscaled = i128::from(if negative { -value } else { value });
    Some(Decimal {
        unscaled,
        scale: scale.unwrap_or(0),
    })
}

fn plain(text: &str, notation: Notation) -> Result<Decimal, NumberFault> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) if notation.exponent => (
            &text[..at],
            text[at + 1..]
                .parse::<i32>()
                .map_err(|_| NumberFault::NotANumber)?,
        ),
        _ => (text, 0),
    };
    let (negative, unsigned) = match mantissa.as_bytes() {
        [b'-', ..] => (true, &mantissa[1..]),
        [b'+', ..] => (false, &mantissa[1..]),
        _ => (false, mantissa),
    };
    let (mut unscaled, mut scale, mut digits, mut after_point) = (0_i128, 0_i32, 0_usize, false);
    for c in unsigned.chars() {
        if c == notation.decimal_char && !after_point {
            after_point = true;
            continue;
        }
        let digit = c.to_digit(10).ok_or(NumberFault::NotANumber)?;
        unscaled = unscaled
            .checked_mul(10)
            .and_then(|n| n.checked_add(digit.into()))
            .ok_or(NumberFault::TooManyDigits)?;
        digits += 1;
        scale += i32::from(after_point);
    }
    if digits == 0 {
        return Err(NumberFault::NotANumber);
    }
    let unscaled = if negative { -unscaled } else { unscaled };
    rescaled(
        unscaled,
        scale
            .checked_sub(exponent)
            .ok_or(NumberFault::TooManyDigits)?,
    )
}

fn rescaled(unscaled: i128, scale: i32) -> Result<Decimal, NumberFault> {
    match u32::try_from(scale) {
        Ok(scale) if scale <= 1_000 => Ok(Decimal { unscaled, scale }),
        Ok(_) => Err(NumberFault::TooManyDigits),
        Err(_) => 10_i128
            .checked_pow(scale.unsigned_abs())
            .and_then(|factor| unscaled.checked_mul(factor))
            .map(|unscaled| Decimal { unscaled, scale: 0 })
            .ok_or(NumberFault::TooManyDigits),
    }
}

/// True when the text is a number once separators between digits are taken out.
fn has_groups(text: &str, notation: Notation) -> bool {
    const SEPARATORS: [char; 7] = [',', '.', ' ', '\'', '\u{a0}', '\u{2019}', '\u{202f}'];
    let separates = |c: char| SEPARATORS.contains(&c) && c != notation.decimal_char;
    let digits_around = text
        .split(separates)
        .all(|part| part.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '+'));
    let without: String = text.chars().filter(|&c| !separates(c)).collect();
    digits_around && without.len() < text.len() && plain(&without, notation).is_ok()
}

#[cfg(test)]
mod tests {
    use super::{Decimal, Notation, NumberFault};

    const COMMA: Notation = Notation {
        decimal_char: ',',
        exponent: false,
    };

    #[test]
    fn digits_are_kept_exactly() {
        for text in [
            "0",
            "120",
            "-2.50",
            "0.0001",
            "12345678901234567890.123456789",
            "-0.5",
        ] {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Decimal::parse("+7.").unwrap().to_string(), "7");
        assert_eq!(Decimal::parse(".5").unwrap().to_string(), "0.5");
        assert_eq!(
            Decimal::parse_with("1,5", COMMA).unwrap(),
            Decimal {
                unscaled: 15,
                scale: 1
            }
        );
    }

    #[test]
    fn groups_are_refused_by_name() {
        for text in ["1,234", "1 234.5", "1'234", "1,234,567.00"] {
            assert_eq!(
                Decimal::parse(text),
                Err(NumberFault::ThousandsSeparator),
                "{text}"
            );
        }
        assert_eq!(
            Decimal::parse_with("1.234,5", COMMA),
            Err(NumberFault::ThousandsSeparator)
        );
        for text in [
            "", "-", ".", "1..2", "12 CS", "1e3", "NaN", "--1", "1-2", "٣",
        ] {
            let fault = Decimal::parse(text).unwrap_err();
            assert!(
                matches!(
                    fault,
                    NumberFault::NotANumber | NumberFault::ThousandsSeparator
                ),
                "{text} {fault}"
            );
        }
        assert_eq!(
            Decimal::parse(&"9".repeat(40)),
            Err(NumberFault::TooManyDigits)
        );
    }

    #[test]
    fn short_and_long_numbers_are_read_alike() {
        for text in [
            "0",
            "-0",
            "00120",
            "12.50",
            ".5",
            "5.",
            "-.25",
            "123456789012345678",
            "1.",
            ".",
        ] {
            let long = super::plain(
                text,
                Notation {
                    decimal_char: '.',
                    exponent: false,
                },
            );
            assert_eq!(super::short(text, b'.'), long.ok(), "{text}");
        }
    }

    #[test]
    fn exponents_move_the_point() {
        let number = |text| {
            Decimal::parse_with(
                text,
                Notation {
                    decimal_char: '.',
                    exponent: true,
                },
            )
        };
        assert_eq!(number("1.25e3").unwrap().to_string(), "1250");
        assert_eq!(number("125E-4").unwrap().to_string(), "0.0125");
        assert_eq!(number("1e99"), Err(NumberFault::TooManyDigits));
        assert_eq!(number("1e-2147483648"), Err(NumberFault::TooManyDigits));
    }

    #[test]
    fn comparison_is_by_value() {
        use std::cmp::Ordering;
        let of = |text| Decimal::parse(text).unwrap();
        assert_eq!(of("1.50").compare(&of("1.5")), Ordering::Equal);
        assert_eq!(
            of("-3").compare(&of("0.00000000000000000000000000000000001")),
            Ordering::Less
        );
        let huge = Decimal {
            unscaled: i128::MAX,
            scale: 0,
        };
        assert_eq!(
            huge.compare(&Decimal {
                unscaled: 1,
                scale: 30
            }),
            Ordering::Greater
        );
        assert_eq!(
            Decimal {
                unscaled: 1,
                scale: 30
            }
            .compare(&huge),
            Ordering::Less
        );
    }
}
