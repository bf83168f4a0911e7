//! Amounts and coordinates stay exact or are refused.

use record::{ExactDecimal, microdegrees, to_minor_units};
use rust_decimal::Decimal;

fn minor(amount: &str, currency: Option<&str>) -> Result<i64, String> {
    let amount: Decimal = amount.parse().unwrap();
    to_minor_units(amount, currency).map_err(|error| error.to_string())
}

#[test]
fn amounts_become_minor_units_of_their_currency() {
    assert_eq!(minor("740.00", Some("USD")), Ok(74_000));
    assert_eq!(minor("740", None), Ok(74_000));
    assert_eq!(minor("740", Some("JPY")), Ok(740));
    assert_eq!(minor("7.405", Some("KWD")), Ok(7_405));
    assert_eq!(minor("-0.01", Some("EUR")), Ok(-1));
}

#[test]
fn an_amount_that_its_currency_cannot_express_is_refused() {
    assert_eq!(
        minor("740.005", Some("USD")),
        Err("740.005 does not fit 2 minor digits".to_owned())
    );
    assert_eq!(
        minor("0.5", Some("JPY")),
        Err("0.5 does not fit 0 minor digits".to_owned())
    );
    assert_eq!(
        minor("99999999999999999999", None),
        Err("99999999999999999999 does not fit 2 minor digits".to_owned())
    );
}

#[test]
fn decimals_keep_every_digit_and_lose_trailing_zeros() {
    let read = |text: &str| {
        text.parse::<ExactDecimal>()
            .map(|decimal| decimal.to_string())
    };
    assert_eq!(read("6.00002").unwrap(), "6.00002");
    assert_eq!(read("240.0").unwrap(), "240");
    assert_eq!(read("1.5e3").unwrap(), "1500");
    assert!(read("12,5").is_err());
}

#[test]
fn coordinates_outside_the_globe_are_none() {
    assert_eq!(microdegrees(40.6786, 90.0), Some(40_678_600));
    assert_eq!(microdegrees(-74.150_300_4, 180.0), Some(-74_150_300));
    assert_eq!(microdegrees(91.0, 90.0), None);
    assert_eq!(microdegrees(f64::NAN, 90.0), None);
}
