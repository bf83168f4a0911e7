//! Freight container numbers of ISO 6346.

use std::fmt;

use thiserror::Error;

use crate::{ascii, check_digit};

/// Why a text is not a container number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidContainer {
    /// Not three letters, then U, J or Z, then six digits and perhaps a check digit.
    #[error("not four letters (the last of them U, J or Z) and six or seven digits")]
    Form,
    /// The check digit does not fit.
    #[error("check digit {stated}, computed {computed}")]
    CheckDigit {
        /// The digit in the text.
        stated: char,
        /// The digit that owner and serial number make.
        computed: char,
    },
}

/// A container: owner, category and serial number. The check digit is no part of its identity, because EDI messages
/// leave it out; where it was given, it was right.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Container([u8; 10]);

impl Container {
    /// Reads a number with or without its check digit, blanks and hyphens: `CSQU 305438-3`, `CSQU305438`.
    ///
    /// # Errors
    /// Another form, or a check digit that is there and wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidContainer> {
        let (bytes, length) = ascii::compact::<11>(text).ok_or(InvalidContainer::Form)?;
        Self::from_compact(&bytes[..length])
    }

    /// Reads owner and number as X12 has them apart (N7 and W2): `CSQU` and `305438`, with the check digit or without.
    ///
    /// # Errors
    /// As [`Container::parse`].
    pub fn from_parts(owner: &str, number: &str) -> Result<Self, InvalidContainer> {
        let (owner, letters) = ascii::compact::<4>(owner).ok_or(InvalidContainer::Form)?;
        let (number, digits) = ascii::compact::<7>(number).ok_or(InvalidContainer::Form)?;
        if letters != 4 || digits == 0 {
            return Err(InvalidContainer::Form);
        }
        let mut bytes = [b'0'; 11];
        bytes[..4].copy_from_slice(&owner);
        // Six digits stand alone; fewer have lost their leading zeros.
        let at = if digits == 7 { 4 } else { 10 - digits };
        bytes[at..at + digits].copy_from_slice(&number[..digits]);
        Self::from_compact(if digits == 7 { &bytes } else { &bytes[..10] })
    }

    fn from_compact(bytes: &[u8]) -> Result<Self, InvalidContainer> {
        let (number, stated) = match bytes {
            [number @ .., check] if bytes.len() == 11 => (number, Some(*check)),
            _ => (bytes, None),
        };
        let number: [u8; 10] = number.try_into().map_err(|_| InvalidContainer::Form)?;
        let formed = number[..3].iter().all(u8::is_ascii_uppercase)
            && matches!(number[3], b'U' | b'J' | b'Z')
            && number[4..].iter().chain(&stated).all(u8::is_ascii_digit);
        if !formed {
            return Err(InvalidContainer::Form);
        }
        let computed = check_digit::iso6346(&number);
        match stated {
            Some(stated) if stated != computed => Err(InvalidContainer::CheckDigit {
                stated: stated.into(),
                computed: computed.into(),
            }),
            _ => Ok(Self(number)),
        }
    }

    /// The form to compare by, 10 characters: owner code, category letter, serial number.
    pub fn owner_and_serial(&self) -> &str {
        ascii::text(&self.0)
    }

    /// Owner code and category letter, 4 letters.
    pub fn owner(&self) -> &str {
        ascii::text(&self.0[..4])
    }

    /// The computed check digit.
    pub fn check_digit(&self) -> char {
        check_digit::iso6346(&self.0).into()
    }

    /// The full number, 11 characters.
    pub fn full(&self) -> String {
        format!("{}{}", self.owner_and_serial(), self.check_digit())
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.owner_and_serial())
    }
}

impl fmt::Debug for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Container({self})")
    }
}
