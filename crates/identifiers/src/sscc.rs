//! Serial Shipping Container Code: the number of a pallet or a parcel.

use std::fmt;

use crate::{
    ascii, check_digit,
    gs1::{Gs1Key, InvalidGs1},
};

/// An SSCC of 18 digits whose check digit is right.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sscc([u8; 18]);

impl Sscc {
    /// Reads any form: 18 digits, the element string (`00…`, `(00)…`), the EPC URN, or a GS1 Digital Link.
    ///
    /// # Errors
    /// Another key, another length, or a wrong check digit.
    pub fn parse(text: &str) -> Result<Self, InvalidGs1> {
        let text = text.trim();
        if let Some(digits) = ascii::digits(text) {
            return Self::from_digits(digits);
        }
        match Gs1Key::parse(text)? {
            Gs1Key::Sscc(sscc) => Ok(sscc),
            _ => Err(InvalidGs1::AnotherKey),
        }
    }

    /// Takes 18 ASCII digits.
    pub(crate) fn from_digits(digits: [u8; 18]) -> Result<Self, InvalidGs1> {
        let (stated, computed) = (digits[17], check_digit::gs1(&digits[..17]));
        if stated == computed {
            Ok(Self(digits))
        } else {
            Err(InvalidGs1::check_digit(stated, computed))
        }
    }

    /// Adds the check digit to 17 ASCII digits.
    pub(crate) fn from_body(body: [u8; 17]) -> Self {
        let mut digits = [0; 18];
        digits[..17].copy_from_slice(&body);
        digits[17] = check_digit::gs1(&body);
        Self(digits)
    }

    /// The 18 digits.
    pub fn digits(&self) -> &str {
        ascii::text(&self.0)
    }

    /// The normal form: application identifier 00 and the 18 digits, 20 characters.
    pub fn ai_form(&self) -> String {
        format!("00{}", self.digits())
    }
}

impl fmt::Display for Sscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits())
    }
}

impl fmt::Debug for Sscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sscc({self})")
    }
}
