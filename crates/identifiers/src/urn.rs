//! EPC URNs: `urn:epc:id:sscc:0614141.0000007001` (GS1 EPC Tag Data Standard, section 6).

use std::borrow::Cow;

use crate::{
    ascii, check_digit,
    gs1::{Gs1Key, Gtin, InvalidGs1, checked, unescaped},
    sscc::Sscc,
};

/// Reads what follows `urn:epc:`.
pub(crate) fn parse(rest: &str) -> Result<Gs1Key<'_>, InvalidGs1> {
    let (space, rest) = rest.split_once(':').ok_or(InvalidGs1::UnknownForm)?;
    let (scheme, value) = rest.split_once(':').ok_or(InvalidGs1::UnknownForm)?;
    match (
        space.to_ascii_lowercase().as_str(),
        scheme.to_ascii_lowercase().as_str(),
    ) {
        ("id", "sscc") => sscc(value),
        ("id", "sgtin") => {
            let (gtin, serial) = item(value)?;
            Ok(Gs1Key::Sgtin(gtin, text(serial, 20, "serial number")?))
        }
        ("class", "lgtin") => {
            let (gtin, lot) = item(value)?;
            Ok(Gs1Key::Lgtin(gtin, text(lot, 20, "lot")?))
        }
        // A pattern over all serial numbers is the kind of item itself.
        ("idpat", "sgtin") => match item(value)? {
            (gtin, "*") => Ok(Gs1Key::Gtin(gtin)),
            _ => Err(InvalidGs1::UnknownForm),
        },
        ("id", "grai") => {
            let (asset, serial) = thirteen(value, "asset type")?;
            let serial = text(serial, 16, "serial number")?;
            Ok(Gs1Key::Grai(Cow::Owned(format!("0{asset}{serial}"))))
        }
        ("id", "giai") => giai(value),
        ("id", "sgln") => {
            let (place, extension) = thirteen(value, "location number")?;
            // Extension 0 says that there is none.
            let extension = if extension == "0" {
                None
            } else {
                Some(text(extension, 20, "extension")?)
            };
            Ok(Gs1Key::Sgln(Cow::Owned(place), extension))
        }
        _ => Err(InvalidGs1::UnknownForm),
    }
}

fn sscc(value: &str) -> Result<Gs1Key<'_>, InvalidGs1> {
    let (prefix, serial) = company(value)?;
    // The extension digit stands first in the number and first in the serial part.
    let (extension, reference) = serial
        .split_at_checked(1)
        .ok_or(InvalidGs1::Part("serial reference"))?;
    let body = ascii::digits(&format!("{extension}{prefix}{reference}"))
        .ok_or(InvalidGs1::Part("serial reference"))?;
    Ok(Gs1Key::Sscc(Sscc::from_body(body)))
}

fn giai(value: &str) -> Result<Gs1Key<'_>, InvalidGs1> {
    let (prefix, reference) = company(value)?;
    let reference = text(reference, 30, "asset reference")?;
    checked(
        Cow::Owned(format!("{prefix}{reference}")),
        30,
        "asset number",
    )
    .map(Gs1Key::Giai)
}

/// `prefix.item.rest` of 13 digits before the last dot.
fn item(value: &str) -> Result<(Gtin, &str), InvalidGs1> {
    let (prefix, rest) = company(value)?;
    let (item, rest) = rest
        .split_once('.')
        .ok_or(InvalidGs1::Part("item reference"))?;
    let (indicator, reference) = item
        .split_at_checked(1)
        .ok_or(InvalidGs1::Part("item reference"))?;
    let body = ascii::digits(&format!("{indicator}{prefix}{reference}"))
        .ok_or(InvalidGs1::Part("item reference"))?;
    Ok((Gtin::from_body(body), rest))
}

/// `prefix.reference.rest` of 12 digits before the last dot, with their check digit.
fn thirteen<'a>(value: &'a str, part: &'static str) -> Result<(String, &'a str), InvalidGs1> {
    let (prefix, rest) = company(value)?;
    let (reference, rest) = rest.split_once('.').ok_or(InvalidGs1::Part(part))?;
    let body: [u8; 12] =
        ascii::digits(&format!("{prefix}{reference}")).ok_or(InvalidGs1::Part(part))?;
    Ok((
        format!(
            "{}{}",
            ascii::text(&body),
            char::from(check_digit::gs1(&body))
        ),
        rest,
    ))
}

/// The company prefix, 6 to 12 digits, and what follows it.
fn company(value: &str) -> Result<(&str, &str), InvalidGs1> {
    let (prefix, rest) = value
        .split_once('.')
        .ok_or(InvalidGs1::Part("company prefix"))?;
    let good = (6..=12).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_digit());
    if good {
        Ok((prefix, rest))
    } else {
        Err(InvalidGs1::Part("company prefix"))
    }
}

fn text<'a>(value: &'a str, most: usize, part: &'static str) -> Result<Cow<'a, str>, InvalidGs1> {
    checked(unescaped(value).ok_or(InvalidGs1::Part(part))?, most, part)
}
