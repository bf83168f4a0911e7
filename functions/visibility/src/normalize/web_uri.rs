//! GS1 identifiers as canonical GS1 Digital Links, the form in which an event hash takes them.
//!
//! Apart from `identifiers`, which checks and knows the keys of logistics: a hash takes every scheme of the EPC Tag Data
//! Standard, checks nothing, and keeps a wrong identifier as it came.

/// Where canonical Digital Links live.
const DOMAIN: &str = "https://id.gs1.org";

/// Keys of Digital Links, and the keys that narrow them down, the finest first.
const KEYS: [(&str, &[&str]); 15] = [
    ("00", &[]),
    ("01", &["21", "235", "10"]),
    ("253", &[]),
    ("255", &[]),
    ("401", &[]),
    ("402", &[]),
    ("414", &["254"]),
    ("417", &[]),
    ("8003", &[]),
    ("8004", &[]),
    ("8006", &["21", "10"]),
    ("8010", &["8011"]),
    ("8017", &[]),
    ("8018", &[]),
    ("8013", &[]),
];

/// The canonical Digital Link of an EPC URN, class, pattern or Digital Link; None for any other text.
pub(super) fn web_uri(text: &str) -> Option<String> {
    if let Some(urn) = text.strip_prefix("urn:epc:") {
        let path = of_urn(urn)?;
        return Some(format!("{DOMAIN}/{path}"));
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return of_link(text);
    }
    None
}

fn of_urn(urn: &str) -> Option<String> {
    let (class, rest) = urn.split_once(':')?;
    let (scheme, value) = rest.split_once(':')?;
    let (prefix, rest) = value.split_once('.')?;
    if !prefix.bytes().all(|byte| byte.is_ascii_digit()) || !(6..=12).contains(&prefix.len()) {
        return None;
    }
    let parts: Vec<&str> = rest.splitn(part_count(scheme), '.').collect();
    let pattern = class == "idpat";
    if !(class == "id" || class == "class" || pattern) {
        return None;
    }
    let serial = |index: usize| {
        let part = *parts.get(index)?;
        Some(if pattern && part == "*" {
            None
        } else {
            Some(escaped(part))
        })
    };
    let under = |key: String, name: &str, serial: Option<String>| match serial {
        Some(serial) => format!("{key}/{name}/{serial}"),
        None => key,
    };
    let first = *parts.first()?;
    Some(match scheme {
        "sgtin" => under(format!("01/{}", gtin(prefix, first)?), "21", serial(1)?),
        "lgtin" => under(format!("01/{}", gtin(prefix, first)?), "10", serial(1)?),
        "upui" => under(format!("01/{}", gtin(prefix, first)?), "235", serial(1)?),
        "itip" => {
            let (piece, total) = (*parts.get(1)?, *parts.get(2)?);
            let key = format!("8006/{}{piece}{total}", gtin(prefix, first)?);
            under(key, "21", serial(3)?)
        }
        "sscc" => {
            let (extension, reference) = first.split_at_checked(1)?;
            format!(
                "00/{}",
                checked(&format!("{extension}{prefix}{reference}"), 17)?
            )
        }
        "sgln" => {
            let key = format!("414/{}", checked(&format!("{prefix}{first}"), 12)?);
            under(key, "254", serial(1)?.filter(|extension| extension != "0"))
        }
        "pgln" => format!("417/{}", checked(&format!("{prefix}{first}"), 12)?),
        "grai" => {
            let asset = checked(&format!("{prefix}{first}"), 12)?;
            format!("8003/0{asset}{}", serial(1)?.unwrap_or_default())
        }
        "gdti" => {
            let document = checked(&format!("{prefix}{first}"), 12)?;
            format!("253/{document}{}", serial(1)?.unwrap_or_default())
        }
        "sgcn" => {
            let coupon = checked(&format!("{prefix}{first}"), 12)?;
            format!("255/{coupon}{}", serial(1)?.unwrap_or_default())
        }
        "giai" => format!("8004/{prefix}{}", escaped(rest)),
        "ginc" => format!("401/{prefix}{}", escaped(rest)),
        "gsin" => format!("402/{}", checked(&format!("{prefix}{first}"), 16)?),
        "gsrn" => format!("8018/{}", checked(&format!("{prefix}{first}"), 17)?),
        "gsrnp" => format!("8017/{}", checked(&format!("{prefix}{first}"), 17)?),
        "cpi" => under(
            format!("8010/{prefix}{}", escaped(first)),
            "8011",
            serial(1)?,
        ),
        _ => return None,
    })
}

/// How many parts of a URN's value follow the company prefix; the last one may hold points.
fn part_count(scheme: &str) -> usize {
    match scheme {
        "itip" => 4,
        "sscc" | "gsrn" | "gsrnp" | "gsin" | "pgln" => 1,
        _ => 2,
    }
}

/// A trade item number of 14 digits: indicator, company, item and check digit.
fn gtin(prefix: &str, item: &str) -> Option<String> {
    let (indicator, item) = item.split_at_checked(1)?;
    checked(&format!("{indicator}{prefix}{item}"), 13)
}

/// The digits with their check digit, if there are as many as there must be.
fn checked(digits: &str, length: usize) -> Option<String> {
    if digits.len() != length || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| u32::from(byte - b'0') * if index % 2 == 0 { 3 } else { 1 })
        .sum();
    Some(format!("{digits}{}", (10 - sum % 10) % 10))
}

/// Characters that a URN may hold and a Digital Link must write as escapes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '!' => escaped.push_str("%21"),
            '(' => escaped.push_str("%28"),
            ')' => escaped.push_str("%29"),
            '*' => escaped.push_str("%2A"),
            '+' => escaped.push_str("%2B"),
            ',' => escaped.push_str("%2C"),
            ':' => escaped.push_str("%3A"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A Digital Link of any domain without query and with the finest key only.
fn of_link(link: &str) -> Option<String> {
    let path = link.split(['?', '#']).next()?;
    let segments: Vec<&str> = path.split('/').skip(3).collect();
    let (index, (key, narrower)) = segments.iter().enumerate().find_map(|(index, segment)| {
        let key = KEYS.iter().find(|(key, _)| key == segment)?;
        // The value begins with digits; `/10/` may well be a folder.
        let value = segments.get(index + 1)?;
        let digits = value.bytes().take(4).filter(u8::is_ascii_digit).count();
        (digits == 4 && value.len() >= 8).then_some((index, key))
    })?;
    let value = segments[index + 1];
    let value = if *key == "01" {
        format!("{value:0>14}")
    } else {
        value.to_owned()
    };
    let rest = &segments[index + 2..];
    let finest = narrower.iter().find_map(|name| {
        let at = rest.iter().step_by(2).position(|segment| segment == name)?;
        Some((name, rest.get(at * 2 + 1)?))
    });
    Some(match finest {
        Some((name, narrowed)) => format!("{DOMAIN}/{key}/{value}/{name}/{narrowed}"),
        None => format!("{DOMAIN}/{key}/{value}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scheme_has_its_canonical_link() {
        // As the reference implementation of the event hash gives them.
        for (text, link) in [
            (
                "urn:epc:id:sscc:0614141.1234567890",
                "/00/106141412345678908",
            ),
            (
                "urn:epc:id:sgtin:0614141.107346.2017",
                "/01/10614141073464/21/2017",
            ),
            (
                "urn:epc:class:lgtin:4012345.012345.998877",
                "/01/04012345123456/10/998877",
            ),
            ("urn:epc:idpat:sgtin:4012345.098765.*", "/01/04012345987652"),
            ("urn:epc:id:sgln:0614141.00777.0", "/414/0614141007776"),
            (
                "urn:epc:id:sgln:0614141.07346.1234",
                "/414/0614141073467/254/1234",
            ),
            (
                "urn:epc:id:gdti:0614141.06012.4500091822",
                "/253/06141410601224500091822",
            ),
            (
                "https://id.gs1.org/01/70614141123451/10/998877",
                "/01/70614141123451/10/998877",
            ),
            (
                "https://example.com/x/01/614141123452/22/2A/10/L1/21/S?k=v",
                "/01/00614141123452/21/S",
            ),
        ] {
            assert_eq!(
                web_uri(text).as_deref(),
                Some(&*format!("{DOMAIN}{link}")),
                "{text}"
            );
        }
    }

    #[test]
    fn other_texts_are_let_be() {
        for text in [
            "http://transaction.acme.com/po/12345678",
            "urn:epcglobal:cbv:bt:0614141073467:1152",
            "urn:epc:id:sscc:0614141.1",
            "urn:epc:id:sgtin:",
            "20",
        ] {
            assert_eq!(web_uri(text), None, "{text}");
        }
    }
}
