//! Cells by their datatype.

use csvw::{Options, Reader, RowFault, Step, Value};
use serde_json::{Value as Json, json};

use crate::outcome::schema;

/// The value of one cell of a column, or the error's text.
fn value(column: &Json, cell: &str) -> Result<Option<String>, RowFault> {
    let mut column = column.clone();
    column["name"] = json!("v");
    let schema = schema(
        &json!({"dialect": {"delimiter": ";"}, "tableSchema": {"columns": [{"name": "id", "required": true}, column]}}),
    );
    let mut reader = Reader::new(schema, Options::default());
    reader.feed(format!("id;v\n1;{cell}\n").as_bytes());
    reader.finish();
    let Step::Row(row) = reader.step().unwrap() else {
        panic!("a row")
    };
    let value = row.value(1).map_err(|error| {
        assert_eq!(
            (error.row, error.bytes.start, error.column.as_deref()),
            (1, 5, Some("v"))
        );
        error.fault
    })?;
    Ok(value.map(|value| match value {
        Value::Text(text) | Value::Integer(text) => text.into_owned(),
        Value::Decimal(number) => number.to_string(),
        other => format!("{other:?}"),
    }))
}

fn ok(column: &Json, cell: &str) -> String {
    value(column, cell).unwrap().unwrap()
}

#[test]
fn nulls_are_those_that_the_column_lists() {
    assert_eq!(value(&json!({}), ""), Ok(None));
    assert_eq!(ok(&json!({}), "-"), "-");
    let listed = json!({"null": ["-", "N/A"]});
    assert_eq!(value(&listed, "N/A"), Ok(None));
    assert_eq!(ok(&listed, ""), "");
    assert_eq!(
        value(&json!({"null": "-", "required": true}), "-"),
        Err(RowFault::Required)
    );
    assert_eq!(
        value(&json!({"required": true}), ""),
        Err(RowFault::Required)
    );
    assert_eq!(ok(&json!({"default": "EA"}), ""), "EA");
    assert_eq!(
        ok(&json!({"default": "0", "datatype": "integer"}), " "),
        "0"
    );
}

#[test]
fn integers_keep_their_digits_and_their_bounds() {
    let long = json!({"datatype": "long"});
    assert_eq!(ok(&long, "000123"), "000123");
    assert_eq!(ok(&long, " 7 "), "7");
    assert_eq!(
        value(&long, "1.0"),
        Err(RowFault::NotA {
            wanted: "an integer"
        })
    );
    assert!(matches!(value(&long, "1,000"), Err(RowFault::Number(_))));
    assert_eq!(
        value(&long, "9223372036854775808"),
        Err(RowFault::OutOfRange {
            bound: "long".into()
        })
    );
    assert_eq!(
        value(&json!({"datatype": "unsignedByte"}), "256"),
        Err(RowFault::OutOfRange {
            bound: "unsignedByte".into()
        })
    );
    let bounded = json!({"datatype": {"base": "integer", "minimum": 0, "maxExclusive": "10"}});
    assert_eq!(ok(&bounded, "9"), "9");
    assert_eq!(
        value(&bounded, "10"),
        Err(RowFault::OutOfRange {
            bound: "maxExclusive 10".into()
        })
    );
    assert_eq!(
        value(&bounded, "-1"),
        Err(RowFault::OutOfRange {
            bound: "minimum 0".into()
        })
    );
}

#[test]
fn decimals_follow_the_decimal_character() {
    assert_eq!(ok(&json!({"datatype": "decimal"}), "-12.50"), "-12.50");
    let comma = json!({"datatype": {"base": "decimal", "format": {"decimalChar": ","}}});
    assert_eq!(ok(&comma, "12,50"), "12.50");
    assert_eq!(
        value(&comma, "1.250,5").unwrap_err().to_string(),
        "a thousands separator is refused"
    );
    assert_eq!(
        value(&comma, "12.50").unwrap_err().to_string(),
        "a thousands separator is refused"
    );
    assert_eq!(ok(&json!({"datatype": "number"}), "1.5e2"), "150");
    assert_eq!(
        value(
            &json!({"datatype": "decimal"}),
            "Weight Captured Separately"
        )
        .unwrap_err()
        .to_string(),
        "not a number"
    );
}

#[test]
fn formats_are_lists_patterns_and_dates() {
    let list = json!({"datatype": {"base": "string", "format": "RECEIPT|PICK|TRANSFER_IN"}});
    assert_eq!(ok(&list, "PICK"), "PICK");
    assert_eq!(value(&list, "PICKED"), Err(RowFault::Format));
    let pattern = json!({"datatype": {"format": "[0-9]{18}"}});
    assert_eq!(ok(&pattern, "006141410000070015"), "006141410000070015");
    assert_eq!(
        value(&pattern, "0061414100000700155"),
        Err(RowFault::Format)
    );
    let boolean = json!({"datatype": {"base": "boolean", "format": "J|N"}});
    assert_eq!(ok(&boolean, "J"), "Boolean(true)");
    assert_eq!(
        value(&boolean, "true"),
        Err(RowFault::NotA {
            wanted: "a boolean"
        })
    );
    assert_eq!(ok(&json!({"datatype": "boolean"}), "0"), "Boolean(false)");
    let date =
        json!({"datatype": {"base": "date", "format": "dd.MM.yyyy", "minimum": "2026-01-01"}});
    assert_eq!(
        ok(&date, "09.11.2026"),
        "Date(Date { year: 2026, month: 11, day: 9 })"
    );
    assert_eq!(
        value(&date, "31.12.2025"),
        Err(RowFault::OutOfRange {
            bound: "minimum 2026-01-01".into()
        })
    );
    assert_eq!(
        value(&date, "31.02.2026"),
        Err(RowFault::NotA { wanted: "a date" })
    );
    let stamp = json!({"datatype": "dateTimeStamp"});
    assert!(ok(&stamp, "2026-11-09T14:58:07Z").contains("offset_minutes: Some(0)"));
    assert!(value(&stamp, "2026-11-09T14:58:07").is_err());
    let short = json!({"datatype": {"base": "string", "minLength": 2, "maxLength": 3}});
    assert_eq!(value(&short, "ñ"), Err(RowFault::Length { found: 1 }));
    assert_eq!(ok(&short, "ñññ"), "ñññ");
}

#[test]
fn an_error_shows_the_value_as_it_stands_in_the_file() {
    let schema = schema(
        &json!({"tableSchema": {"columns": [{"name": "id", "datatype": "integer", "required": true}]}}),
    );
    let mut reader = Reader::new(schema, Options::default());
    reader.feed(b"id,more\nabc,\"x, y\"\n");
    reader.finish();
    let Step::Row(row) = reader.step().unwrap() else {
        panic!("a row")
    };
    let error = row.check().unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"row 1 (bytes 8..18), column id: not a number, value "abc""#
    );
    assert_eq!(&*error.raw, b"abc,\"x, y\"");
    assert_eq!(row.extras().collect::<Vec<_>>(), [("more", "x, y".into())]);
}
