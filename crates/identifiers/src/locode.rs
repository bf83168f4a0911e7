//! UN/LOCODE: places of trade and transport.

use std::fmt;

use thiserror::Error;

use crate::ascii;

/// Not two letters of a country and three characters of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not two letters and three letters or digits from 2 to 9")]
pub struct InvalidLocode;

/// A place code in its form of five characters. Whether the place is listed is not known here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Locode([u8; 5]);

impl Locode {
    /// Reads `USNYC`, `US NYC` or `us-nyc`.
    ///
    /// # Errors
    /// Another form.
    pub fn parse(text: &str) -> Result<Self, InvalidLocode> {
        let (code, length) = ascii::compact::<5>(text).ok_or(InvalidLocode)?;
        let country = code[..2].iter().all(u8::is_ascii_uppercase);
        let place = code[2..]
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'2'..=b'9'));
        if length == 5 && country && place {
            Ok(Self(code))
        } else {
            Err(InvalidLocode)
        }
    }

    /// The five characters.
    pub fn code(&self) -> &str {
        ascii::text(&self.0)
    }

    /// The country, two letters of ISO 3166-1.
    pub fn country(&self) -> &str {
        ascii::text(&self.0[..2])
    }
}

impl fmt::Display for Locode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Locode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Locode({self})")
    }
}
