//! Check digits.

/// Check digit of a GS1 key (GS1 General Specifications, section 7.9): weights 3 and 1 in turn from the right, modulo 10.
pub(crate) fn gs1(digits: &[u8]) -> u8 {
    let weighted = digits
        .iter()
        .rev()
        .zip([3, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight);
    ascii_digit((10 - weighted.sum::<u32>() % 10) % 10)
}

/// Check digit of a container number (ISO 6346): powers of two, modulo 11, and 10 is written 0.
pub(crate) fn iso6346(owner_and_serial: &[u8; 10]) -> u8 {
    let weighted = owner_and_serial
        .iter()
        .zip(0_u32..)
        .map(|(&byte, place)| letter_value(byte) << place);
    ascii_digit(weighted.sum::<u32>() % 11 % 10)
}

/// Check digit of an IMO ship number: weights 7 to 2, modulo 10.
pub(crate) fn imo(digits: &[u8; 6]) -> u8 {
    let weighted = digits
        .iter()
        .zip([7, 6, 5, 4, 3, 2])
        .map(|(digit, weight)| u32::from(digit - b'0') * weight);
    ascii_digit(weighted.sum::<u32>() % 10)
}

/// Letters count from 10 and leave out the multiples of 11.
fn letter_value(byte: u8) -> u32 {
    if byte.is_ascii_digit() {
        return u32::from(byte - b'0');
    }
    let place = u32::from(byte - b'A');
    10 + place + place.div_ceil(10)
}

fn ascii_digit(value: u32) -> u8 {
    b'0' + u8::try_from(value).expect("a remainder of ten")
}

#[cfg(test)]
mod tests {
    use super::letter_value;

    #[test]
    fn letters_skip_multiples_of_eleven() {
        let values: Vec<u32> = (b'A'..=b'Z').map(letter_value).collect();
        assert_eq!(values[..3], [10, 12, 13]);
        assert_eq!(
            (values[10], values[11], values[20], values[21], values[25]),
            (21, 23, 32, 34, 38)
        );
        assert!(values.iter().all(|value| value % 11 != 0));
    }
}
