//! GS1 keys in their application identifier (AI) form.

use std::{borrow::Cow, fmt};

use thiserror::Error;

use crate::{ascii, check_digit, digital_link, element, sscc::Sscc, urn};

/// Why a text is not a GS1 key that is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidGs1 {
    /// Neither digits, nor an element string, nor an EPC URN, nor a Digital Link of a known key.
    #[error("not a known GS1 key in any of its forms")]
    UnknownForm,
    /// A good key of another kind than the one asked for.
    #[error("a GS1 key of another kind")]
    AnotherKey,
    /// A part that is too short, too long, or not of digits.
    #[error("the {0} has a wrong length or wrong characters")]
    Part(&'static str),
    /// The check digit does not fit.
    #[error("check digit {stated}, computed {computed}")]
    CheckDigit {
        /// The digit in the text.
        stated: char,
        /// The digit that the others make.
        computed: char,
    },
}

impl InvalidGs1 {
    pub(crate) fn check_digit(stated: u8, computed: u8) -> Self {
        Self::CheckDigit {
            stated: stated.into(),
            computed: computed.into(),
        }
    }
}

/// A trade item number of 14 digits whose check digit is right.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gtin([u8; 14]);

impl Gtin {
    /// Reads 8, 12, 13 or 14 digits.
    ///
    /// # Errors
    /// Another length, other characters, or a wrong check digit.
    pub fn parse(text: &str) -> Result<Self, InvalidGs1> {
        let right_length = matches!(text.len(), 8 | 12 | 13 | 14)
            && text.bytes().all(|byte| byte.is_ascii_digit());
        if !right_length {
            return Err(InvalidGs1::Part("GTIN"));
        }
        let mut digits = [b'0'; 14];
        digits[14 - text.len()..].copy_from_slice(text.as_bytes());
        let computed = check_digit::gs1(&digits[..13]);
        if digits[13] == computed {
            Ok(Self(digits))
        } else {
            Err(InvalidGs1::check_digit(digits[13], computed))
        }
    }

    /// Adds the check digit to 13 ASCII digits.
    pub(crate) fn from_body(body: [u8; 13]) -> Self {
        let mut digits = [0; 14];
        digits[..13].copy_from_slice(&body);
        digits[13] = check_digit::gs1(&body);
        Self(digits)
    }

    /// The 14 digits.
    pub fn digits(&self) -> &str {
        ascii::text(&self.0)
    }
}

impl fmt::Display for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.digits())
    }
}

impl fmt::Debug for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gtin({self})")
    }
}

/// A key of one thing, or of a kind of thing, whatever form it arrived in. Two spellings of one key are equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Gs1Key<'a> {
    /// A logistic unit, AI 00.
    Sscc(Sscc),
    /// A kind of trade item, AI 01.
    Gtin(Gtin),
    /// One trade item, AI 01 and 21.
    Sgtin(Gtin, Cow<'a, str>),
    /// A batch of trade items, AI 01 and 10.
    Lgtin(Gtin, Cow<'a, str>),
    /// A returnable asset, AI 8003: a zero, 13 digits with their check digit, then a serial number or none.
    Grai(Cow<'a, str>),
    /// An individual asset, AI 8004.
    Giai(Cow<'a, str>),
    /// A place, AI 414, and its extension, AI 254.
    Sgln(Cow<'a, str>, Option<Cow<'a, str>>),
}

impl<'a> Gs1Key<'a> {
    /// Reads an element string (with or without brackets), an EPC URN, or an uncompressed GS1 Digital Link of any domain.
    ///
    /// # Errors
    /// Another form or key, a part of a wrong length, or a wrong check digit.
    pub fn parse(text: &'a str) -> Result<Self, InvalidGs1> {
        let text = text.trim();
        if let Some(urn) = text
            .get(..8)
            .filter(|start| start.eq_ignore_ascii_case("urn:epc:"))
        {
            return urn::parse(&text[urn.len()..]);
        }
        if text.contains("://") {
            return digital_link::parse(text);
        }
        element::parse(text)
    }

    /// The normal form: application identifiers and values without brackets, `01` before `10` or `21`.
    pub fn ai_form(&self) -> String {
        match self {
            Gs1Key::Sscc(sscc) => sscc.ai_form(),
            Gs1Key::Gtin(gtin) => format!("01{gtin}"),
            Gs1Key::Sgtin(gtin, serial) => format!("01{gtin}21{serial}"),
            Gs1Key::Lgtin(gtin, lot) => format!("01{gtin}10{lot}"),
            Gs1Key::Grai(value) => format!("8003{value}"),
            Gs1Key::Giai(value) => format!("8004{value}"),
            Gs1Key::Sgln(place, None) => format!("414{place}"),
            Gs1Key::Sgln(place, Some(extension)) => format!("414{place}254{extension}"),
        }
    }
}

/// A key by its application identifier and value, with those that narrow it down.
pub(crate) fn by_ai<'a>(
    ai: &str,
    value: Cow<'a, str>,
    narrower: &[(&str, Cow<'a, str>)],
) -> Result<Gs1Key<'a>, InvalidGs1> {
    let narrowed = |ai: &str| {
        narrower
            .iter()
            .find(|(other, _)| *other == ai)
            .map(|(_, value)| value.clone())
    };
    match ai {
        "00" => Sscc::from_digits(ascii::digits(&value).ok_or(InvalidGs1::Part("SSCC"))?)
            .map(Gs1Key::Sscc),
        "01" => {
            let gtin = Gtin::parse(&value)?;
            match (narrowed("21"), narrowed("10")) {
                (Some(serial), _) => {
                    checked(serial, 20, "serial number").map(|serial| Gs1Key::Sgtin(gtin, serial))
                }
                (None, Some(lot)) => checked(lot, 20, "lot").map(|lot| Gs1Key::Lgtin(gtin, lot)),
                (None, None) => Ok(Gs1Key::Gtin(gtin)),
            }
        }
        "8003" => grai(value),
        "8004" => checked(value, 30, "asset number").map(Gs1Key::Giai),
        "414" => {
            check_thirteen(&value, "location number")?;
            let extension = narrowed("254")
                .map(|extension| checked(extension, 20, "extension"))
                .transpose()?;
            Ok(Gs1Key::Sgln(value, extension))
        }
        _ => Err(InvalidGs1::UnknownForm),
    }
}

fn grai(value: Cow<'_, str>) -> Result<Gs1Key<'_>, InvalidGs1> {
    let asset = value
        .get(1..14)
        .filter(|_| value.starts_with('0'))
        .ok_or(InvalidGs1::Part("asset type"))?;
    check_thirteen(asset, "asset type")?;
    checked(value, 30, "asset number").map(Gs1Key::Grai)
}

fn check_thirteen(text: &str, part: &'static str) -> Result<(), InvalidGs1> {
    let digits = ascii::digits::<13>(text).ok_or(InvalidGs1::Part(part))?;
    let computed = check_digit::gs1(&digits[..12]);
    if digits[12] == computed {
        Ok(())
    } else {
        Err(InvalidGs1::check_digit(digits[12], computed))
    }
}

/// A value of 1 to `most` characters of the set that GS1 allows (General Specifications, figure 7.11-1).
pub(crate) fn checked<'a>(
    value: Cow<'a, str>,
    most: usize,
    part: &'static str,
) -> Result<Cow<'a, str>, InvalidGs1> {
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!\"%&'()*+,-./:;<=>?_".contains(&byte);
    if (1..=most).contains(&value.len()) && value.bytes().all(allowed) {
        Ok(value)
    } else {
        Err(InvalidGs1::Part(part))
    }
}

/// The text behind `%2F` and the like; `None` where an escape is broken or not ASCII.
pub(crate) fn unescaped(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let mut parts = text.split('%');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        let code = part
            .get(..2)
            .filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        let byte = u8::from_str_radix(code, 16).ok().filter(u8::is_ascii)?;
        plain.push(char::from(byte));
        plain.push_str(&part[2..]);
    }
    Some(Cow::Owned(plain))
}
