//! Containers, ships, places.

use identifiers::{Container, ImoNumber, InvalidContainer, InvalidImo, InvalidLocode, Locode};
use proptest::prelude::*;

#[test]
fn containers_compare_without_their_check_digit() {
    // The example of ISO 6346 and of its encyclopedic descriptions.
    let container = Container::parse("CSQU3054383").unwrap();
    assert_eq!(
        (
            container.owner_and_serial(),
            container.owner(),
            container.check_digit()
        ),
        ("CSQU305438", "CSQU", '3')
    );
    assert_eq!(container.full(), "CSQU3054383");
    for same in ["CSQU305438", "csqu 305438-3", " CSQU 305438 3 "] {
        assert_eq!(Container::parse(same), Ok(container), "{same}");
    }
    for (owner, number) in [
        ("CSQU", "305438"),
        ("csqu", "3054383"),
        (" CSQU ", "305438-3"),
    ] {
        assert_eq!(
            Container::from_parts(owner, number),
            Ok(container),
            "{owner} {number}"
        );
    }
    assert_eq!(
        Container::from_parts("CSQU", "5438").unwrap(),
        Container::parse("CSQU005438").unwrap()
    );
    assert_eq!(
        Container::parse("CSQU3054384"),
        Err(InvalidContainer::CheckDigit {
            stated: '4',
            computed: '3'
        })
    );
    for bad in [
        "",
        "CSQ3054383",
        "CSQA3054383",
        "CSQU30543",
        "CSQU30543831",
        "CSQU30543X3",
        "1SQU3054383",
        "CSQÜ305438",
    ] {
        assert_eq!(Container::parse(bad), Err(InvalidContainer::Form), "{bad}");
    }
    for (owner, number) in [
        ("", "305438"),
        ("CSQ", "305438"),
        ("CSQU", ""),
        ("CSQU", "30543834"),
    ] {
        assert_eq!(
            Container::from_parts(owner, number),
            Err(InvalidContainer::Form),
            "{owner} {number}"
        );
    }
}

#[test]
fn more_published_containers() {
    // Numbers in public use; the last is of our own samples.
    for full in ["MSKU9070323", "TGHU7599330", "APZU4812090", "TSTU9044179"] {
        assert_eq!(Container::parse(&full[..10]).unwrap().full(), full);
    }
}

#[test]
fn ships_and_places() {
    for imo in ["9074729", "IMO 9074729", "imo9074729", "IMO9176187"] {
        assert!(ImoNumber::parse(imo).is_ok(), "{imo}");
    }
    assert_eq!(
        ImoNumber::parse("9074728"),
        Err(InvalidImo::CheckDigit {
            stated: '8',
            computed: '9'
        })
    );
    for bad in ["", "IMO", "907472", "90747290", "IMO 907472A", "иМО9074729"] {
        assert_eq!(ImoNumber::parse(bad), Err(InvalidImo::Form), "{bad}");
    }
    for (text, code) in [
        ("USNYC", "USNYC"),
        ("US NYC", "USNYC"),
        ("de-ham", "DEHAM"),
        ("US 2RI", "US2RI"),
    ] {
        assert_eq!(Locode::parse(text).unwrap().code(), code);
    }
    assert_eq!(Locode::parse("NLRTM").unwrap().country(), "NL");
    for bad in ["", "USNY", "USNYCX", "U1NYC", "USNY0", "USNY1", "ÜSNYC"] {
        assert_eq!(Locode::parse(bad), Err(InvalidLocode), "{bad}");
    }
}

/// Remainder modulo 11 before it becomes a digit.
fn remainder(container: &str) -> u32 {
    // The table of the standard, written out.
    const LETTERS: [u32; 26] = [
        10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 34, 35,
        36, 37, 38,
    ];
    let letter = |c: char| LETTERS[usize::try_from(u32::from(c) - u32::from('A')).unwrap()];
    let value = |c: char| c.to_digit(10).unwrap_or_else(|| letter(c));
    container
        .chars()
        .zip(0..)
        .map(|(c, place)| value(c) << place)
        .sum::<u32>()
        % 11
}

proptest! {
    /// ISO 6346 writes remainders 0 and 10 alike; every other wrong digit is found.
    #[test]
    fn wrong_digits_of_a_container_are_found(owner in "[A-Z]{3}[UJZ]", serial in "[0-9]{6}", at in 4_usize..10, by in 1_u8..10) {
        let right = Container::parse(&format!("{owner}{serial}")).unwrap();
        let mut wrong = right.full().into_bytes();
        wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
        let wrong = String::from_utf8(wrong).unwrap();
        let pair = (remainder(right.owner_and_serial()), remainder(&wrong[..10]));
        let alike = matches!(pair, (0, 10) | (10, 0));
        prop_assert_eq!(Container::parse(&wrong).is_err(), !alike);
    }

    #[test]
    fn a_wrong_check_digit_is_found(owner in "[A-Z]{3}[UJZ]", serial in "[0-9]{6}", by in 1_u8..10) {
        let right = Container::parse(&format!("{owner}{serial}")).unwrap();
        let mut wrong = right.full().into_bytes();
        wrong[10] = b'0' + (wrong[10] - b'0' + by) % 10;
        prop_assert!(Container::parse(std::str::from_utf8(&wrong).unwrap()).is_err());
    }

    /// Weights 7 and 3 and the check digit itself find every wrong digit; 6, 5, 4 and 2 share factors with 10.
    #[test]
    fn wrong_digits_of_a_ship_are_found_where_the_weights_allow(body in "[0-9]{6}", at in 0_usize..7, by in 1_u32..10) {
        let right = (0..10).map(|check| format!("{body}{check}")).find(|imo| ImoNumber::parse(imo).is_ok()).unwrap();
        let mut digits: Vec<u32> = right.chars().map(|c| c.to_digit(10).unwrap()).collect();
        let before = digits[at];
        digits[at] = (before + by) % 10;
        let wrong: String = digits.iter().map(u32::to_string).collect();
        let weight = [7, 6, 5, 4, 3, 2, 1][at];
        let unseen = weight * before % 10 == weight * digits[at] % 10;
        prop_assert_eq!(ImoNumber::parse(&wrong).is_ok(), unseen);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,20}") {
        prop_assert!(Container::parse(&text).map_or(true, |c| c.full().len() == 11));
        prop_assert!(Container::from_parts(&text, &text).is_err());
        prop_assert!(ImoNumber::parse(&text).map_or(true, |imo| imo.digits().len() == 7));
        prop_assert!(Locode::parse(&text).map_or(true, |place| place.code().len() == 5));
    }
}
