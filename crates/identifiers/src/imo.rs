//! IMO ship identification numbers.

use std::fmt;

use thiserror::Error;

use crate::{ascii, check_digit};

/// Why a text is not an IMO number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidImo {
    /// Not seven digits, perhaps behind `IMO`.
    #[error("not seven digits")]
    Form,
    /// The check digit does not fit.
    #[error("check digit {stated}, computed {computed}")]
    CheckDigit {
        /// The digit in the text.
        stated: char,
        /// The digit that the others make.
        computed: char,
    },
}

/// A ship: seven digits whose check digit is right. The check finds most wrong digits, not all of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImoNumber([u8; 7]);

impl ImoNumber {
    /// Reads seven digits, alone or behind `IMO`.
    ///
    /// # Errors
    /// Another form or a wrong check digit.
    pub fn parse(text: &str) -> Result<Self, InvalidImo> {
        let text = text.trim();
        let number = match text.get(..3) {
            Some(prefix) if prefix.eq_ignore_ascii_case("IMO") => text[3..].trim_start(),
            _ => text,
        };
        let digits: [u8; 7] = ascii::digits(number).ok_or(InvalidImo::Form)?;
        let [body @ .., stated] = digits;
        let computed = check_digit::imo(&body);
        if stated == computed {
            Ok(Self(digits))
        } else {
            Err(InvalidImo::CheckDigit {
                stated: stated.into(),
                computed: computed.into(),
            })
        }
    }

    /// The seven digits.
    pub fn digits(&self) -> &str {
        ascii::text(&self.0)
    }
}

impl fmt::Display for ImoNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits())
    }
}

impl fmt::Debug for ImoNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ImoNumber({self})")
    }
}
