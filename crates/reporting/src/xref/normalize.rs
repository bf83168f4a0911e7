//! Numbers in the form in which they are compared. What is stored beside it is what the source wrote.

use record::ReferenceKind;

/// Longest number that is compared, in bytes; no system gives longer ones, and an index has its limits.
const NUMBER_BYTES_MAX: usize = 100;

/// A number as it is compared; `None` where there is nothing to compare.
///
/// Upper case, no blanks around it. Where systems write one number in groups or not, blanks and dashes do not count; a
/// PRO is the same with and without leading zeros; a container is its owner code and serial number, without check digit.
pub(super) fn normalized(kind: ReferenceKind, number: &str) -> Option<String> {
    use ReferenceKind as R;
    let grouped = matches!(
        kind,
        R::Bol | R::Pro | R::Booking | R::Container | R::Sscc | R::Vehicle
    );
    let counts = |c: &char| !c.is_control() && !(grouped && (c.is_whitespace() || *c == '-'));
    let number: String = number.chars().filter(counts).collect();
    let number = number.trim().to_uppercase();
    let number = match kind {
        R::Pro => without_leading_zeros(&number),
        R::Container => without_check_digit(&number),
        // The application identifier of an SSCC may stand before it.
        R::Sscc if number.len() == 20 => number.strip_prefix("00").unwrap_or(&number),
        _ => &number,
    };
    (!number.is_empty() && number.len() <= NUMBER_BYTES_MAX).then(|| number.to_owned())
}

/// What the source wrote, fit for a column.
pub(super) fn written(number: &str) -> String {
    let plain = number.chars().filter(|c| !c.is_control());
    plain.take(NUMBER_BYTES_MAX).collect()
}

fn without_leading_zeros(number: &str) -> &str {
    let rest = number.trim_start_matches('0');
    if rest.is_empty() && !number.is_empty() {
        "0"
    } else {
        rest
    }
}

fn without_check_digit(number: &str) -> &str {
    let is_container = number.len() == 11
        && number.bytes().enumerate().all(|(index, byte)| match index {
            0..4 => byte.is_ascii_uppercase(),
            _ => byte.is_ascii_digit(),
        });
    if is_container { &number[..10] } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_is_one_however_it_is_written() {
        use ReferenceKind as R;
        let same = [
            (R::Bol, "bol-5501 300", "BOL5501300"),
            (R::Pro, "0447-120931", "447120931"),
            (R::Pro, "000", "0"),
            (R::Container, "TSTU 904417-9", "TSTU904417"),
            (R::Container, "tstu904417", "TSTU904417"),
            (R::Sscc, "00006141410000070015", "006141410000070015"),
            (R::Vehicle, "XK-1180", "XK1180"),
            (R::ShipmentNo, " l-2026-55013 ", "L-2026-55013"),
            (R::CustomerPo, "PO 7\u{0}", "PO 7"),
        ];
        for (kind, as_written, expected) in same {
            assert_eq!(normalized(kind, as_written).as_deref(), Some(expected));
        }
    }

    #[test]
    fn what_is_no_number_is_not_compared() {
        let long = "9".repeat(101);
        for nothing in ["", "  ", "\u{7}", "- -", &long] {
            assert_eq!(normalized(ReferenceKind::Bol, nothing), None);
        }
    }
}
