//! Examples of the GS1 EPC Tag Data Standard (section 7) and of public EPCIS files.

use identifiers::{Gs1Key, Gtin, InvalidGs1, Sscc};
use proptest::prelude::*;

fn ai(text: &str) -> String {
    Gs1Key::parse(text)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .ai_form()
}

#[test]
fn urns_of_the_standard_give_its_element_strings() {
    for (urn, element) in [
        (
            "urn:epc:id:sscc:0614141.1234567890",
            "(00)106141412345678908",
        ),
        (
            "urn:epc:id:sgtin:0614141.112345.400",
            "(01)10614141123459(21)400",
        ),
        (
            "urn:epc:class:lgtin:4012345.012345.998877",
            "(01)04012345123456(10)998877",
        ),
        (
            "urn:epc:id:grai:0614141.12345.400",
            "(8003)00614141123452400",
        ),
        ("urn:epc:id:giai:0614141.12345400", "(8004)061414112345400"),
        (
            "urn:epc:id:sgln:0614141.12345.400",
            "(414)0614141123452(254)400",
        ),
        ("urn:epc:id:sgln:0614141.12345.0", "(414)0614141123452"),
        ("urn:epc:idpat:sgtin:0614141.112345.*", "(01)10614141123459"),
        (
            "URN:EPC:ID:SSCC:0614141.1234567890",
            "(00)106141412345678908",
        ),
    ] {
        assert_eq!(ai(urn), ai(element), "{urn}");
        assert_eq!(Gs1Key::parse(urn), Gs1Key::parse(element), "{urn}");
        let plain: String = element.chars().filter(|c| !"()".contains(*c)).collect();
        assert_eq!(ai(urn), plain, "{urn}");
        assert_eq!(ai(&plain), plain, "{urn}");
    }
}

#[test]
fn links_of_any_domain_are_the_same_key() {
    for (link, expected) in [
        (
            "https://id.gs1.org/00/106141412345678908",
            "00106141412345678908",
        ),
        (
            "http://pallets.example.org/a/00/b/00/106141412345678908/?x=1#y",
            "00106141412345678908",
        ),
        (
            "http://pallets.example.org/a/00/106141412345678908?x=1#y",
            "00106141412345678908",
        ),
        (
            "https://example.com/sscc/106141412345678908",
            "00106141412345678908",
        ),
        (
            "https://id.gs1.org/01/70614141123451/10/998877",
            "017061414112345110998877",
        ),
        (
            "https://id.gs1.org/01/09521141012345/21/2017",
            "0109521141012345212017",
        ),
        (
            "https://id.gs1.org/01/614141123452/21/a%2Fb",
            "010061414112345221a/b",
        ),
        (
            "https://id.gs1.org/8004/061414112345400",
            "8004061414112345400",
        ),
        (
            "https://id.gs1.org/414/0614141123452/254/400",
            "4140614141123452254400",
        ),
    ] {
        assert_eq!(ai(link), expected, "{link}");
    }
    for other in [
        "https://id.gs1.org/",
        "https://id.gs1.org/00",
        "ftp://id.gs1.org/00/106141412345678908",
        "https://example.com/99/1",
    ] {
        assert!(Gs1Key::parse(other).is_err(), "{other}");
    }
}

#[test]
fn sscc_of_the_samples_in_every_form() {
    // The joined story of the samples: one pallet in a CSV drop, a transport message and an EPCIS capture.
    let digits = "006141410000070015";
    for form in [
        digits,
        "00006141410000070015",
        "(00) 006141410000070015",
        "]C100006141410000070015",
        " urn:epc:id:sscc:0614141.0000007001 ",
    ] {
        assert_eq!(Sscc::parse(form).unwrap().digits(), digits, "{form}");
    }
    assert_eq!(
        Sscc::parse("006141410000070022").unwrap(),
        Sscc::parse("urn:epc:id:sscc:0614141.0000007002").unwrap()
    );
    assert_eq!(
        Sscc::parse("006141410000070016"),
        Err(InvalidGs1::CheckDigit {
            stated: '6',
            computed: '5'
        })
    );
    assert_eq!(
        Sscc::parse("urn:epc:id:giai:0614141.12345400"),
        Err(InvalidGs1::AnotherKey)
    );
    for bad in [
        "",
        "00",
        "6141410000070015",
        "00614141000007001X",
        "urn:epc:id:sscc:0614141.1",
        "urn:epc:id:sscc:06141.123456789012",
    ] {
        assert!(Sscc::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn serial_numbers_are_unescaped_and_limited() {
    assert_eq!(
        ai("urn:epc:id:sgtin:0614141.112345.32a%2Fb"),
        "01106141411234592132a/b"
    );
    assert_eq!(ai("01106141411234592132a/b"), "01106141411234592132a/b");
    assert_eq!(ai("(01)10614141123459(21)3(2)a"), "0110614141123459213(2)a");
    assert_eq!(
        ai("011061414112345910LOT1\u{1d}21400"),
        "011061414112345921400"
    );
    for bad in [
        "32%2",
        "32%zz",
        "%C3%B1",
        "",
        "123456789012345678901",
        "a%20b",
    ] {
        assert_eq!(
            Gs1Key::parse(&format!("urn:epc:id:sgtin:0614141.112345.{bad}")),
            Err(InvalidGs1::Part("serial number")),
            "{bad}"
        );
    }
    assert_eq!(
        Gtin::parse("012345678905").unwrap().digits(),
        "00012345678905"
    );
    assert_eq!(Gtin::parse("96385074").unwrap().digits(), "00000096385074");
}

#[test]
fn public_epcis_files_have_keys_that_are_read() {
    for (urn, expected) in [
        ("urn:epc:id:grai:4012345.55555.987", "8003"),
        ("urn:epc:id:giai:4000001.12345", "8004400000112345"),
        ("urn:epc:id:sgtin:952001.1012345.22222223333", "01"),
        ("urn:epc:id:sgtin:9520001.012346.10000001001", "01"),
        ("urn:epc:id:sgln:9529999.99999.0", "414"),
    ] {
        assert!(ai(urn).starts_with(expected), "{urn}");
    }
    for other in [
        "urn:epc:id:gsrn:95252084.000000001",
        "urn:epc:id:gdti:0614141.06012.4500091822",
        "urn:uuid:x",
        "urn:epc:id",
        "urn:epc:",
    ] {
        assert_eq!(
            Gs1Key::parse(other),
            Err(InvalidGs1::UnknownForm),
            "{other}"
        );
    }
}

proptest! {
    #[test]
    fn every_wrong_digit_of_an_sscc_is_found(prefix in "[0-9]{7}", serial in "[0-9]{10}", at in 0_usize..18, by in 1_u8..10) {
        let urn = format!("urn:epc:id:sscc:{prefix}.{serial}");
        let sscc = Sscc::parse(&urn).unwrap();
        prop_assert_eq!(Sscc::parse(&sscc.ai_form()), Ok(sscc));
        let mut wrong = sscc.digits().as_bytes().to_vec();
        wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
        let wrong = String::from_utf8(wrong).unwrap();
        let found = matches!(Sscc::parse(&wrong), Err(InvalidGs1::CheckDigit { .. }));
        prop_assert!(found, "{} is taken", wrong);
    }

    #[test]
    fn the_ai_form_reads_back(prefix in "[0-9]{7}", item in "[0-9]{6}", serial in "[A-Za-z0-9/._-]{1,16}") {
        for urn in [
            format!("urn:epc:id:sgtin:{prefix}.{item}.{serial}"),
            format!("urn:epc:class:lgtin:{prefix}.{item}.{serial}"),
            format!("urn:epc:id:grai:{prefix}.{}.{serial}", &item[..5]),
            format!("urn:epc:id:giai:{prefix}.{serial}"),
        ] {
            let key = Gs1Key::parse(&urn).unwrap();
            let form = key.ai_form();
            prop_assert_eq!(Gs1Key::parse(&form), Ok(key));
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,40}", start in prop_oneof![
        Just(""), Just("("), Just("(00)"), Just("]C1"), Just("01"), Just("8003"), Just("urn:epc:id:sscc:"), Just("urn:epc:id:sgtin:"),
        Just("urn:epc:id:sgln:0614141."), Just("https://"), Just("https://x/00/"), Just("https://x/01/%"),
    ]) {
        let text = format!("{start}{text}");
        if let Ok(key) = Gs1Key::parse(&text) {
            let form = key.ai_form();
            prop_assert!(form.is_ascii() && form.len() > 4);
        }
    }
}
