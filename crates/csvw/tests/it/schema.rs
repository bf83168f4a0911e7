//! Descriptions: what is read, what is refused by its path, what is warned of.

use csvw::{Base, Schema, SchemaProblem, WarningReason};
use serde_json::{Value, json};

use crate::outcome::{fixture, movements};

fn error(json: &Value) -> String {
    Schema::parse(json.to_string().as_bytes())
        .unwrap_err()
        .to_string()
}

fn column(column: &Value) -> Value {
    json!({"tableSchema": {"columns": [{"name": "first"}, column]}})
}

#[test]
fn our_own_description_is_read_without_a_warning() {
    let schema = movements();
    assert!(schema.warnings().is_empty(), "{:?}", schema.warnings());
    assert_eq!(schema.columns().len(), 14);
    assert_eq!(schema.dialect().delimiter, b';');
    assert_eq!(schema.primary_key(), [1, 0]);
    assert_eq!(schema.url(), Some("MOVE_{site}_{cutoff}_{seq}.csv"));
    let at = &schema.columns()[schema.column("movement_ts").unwrap()];
    assert_eq!(
        (at.titles(), at.is_required()),
        (
            &["movement_ts".to_owned(), "Timestamp".to_owned()][..],
            true
        )
    );
    assert_eq!(
        at.datatype().base(),
        Base::DateTime {
            offset_required: false
        }
    );
    assert!(
        Schema::parse(&[b"\xef\xbb\xbf".to_vec(), fixture("MOVE_schema.csvw.json")].concat())
            .is_ok()
    );
}

#[test]
fn contradictions_are_refused_by_their_path() {
    for (json, message) in [
        (json!([]), "$: not an object"),
        (json!({}), "$: tableSchema is missing"),
        (
            json!({"tables": []}),
            "$.tables: a group of tables is not supported",
        ),
        (
            json!({"tableSchema": {"columns": []}}),
            "$.tableSchema.columns: a column is missing",
        ),
        (
            column(&json!({"name": "first"})),
            r#"$.tableSchema.columns[1].name: contradiction: column 0 has the name "first" too"#,
        ),
        (
            column(&json!({"name": "b", "titles": {"en": ["B", "FIRST"]}})),
            r#"$.tableSchema.columns[1].titles: contradiction: the title "FIRST" belongs to column 0 too"#,
        ),
        (
            column(&json!({"name": "b", "titles": ["b", 7]})),
            "$.tableSchema.columns[1].titles[1]: not a string",
        ),
        (
            column(&json!({"name": "b", "titles": "--"})),
            r#"$.tableSchema.columns[1].titles: "--" is not a title (no letter and no digit)"#,
        ),
        (
            column(&json!({"name": "b", "separator": "|"})),
            "$.tableSchema.columns[1].separator: a list of values in one cell is not supported",
        ),
        (
            column(&json!({"name": "b", "required": "yes"})),
            "$.tableSchema.columns[1].required: not true or false",
        ),
        (
            column(&json!({"name": "b", "datatype": "duration"})),
            r#"$.tableSchema.columns[1].datatype: the datatype "duration" is not supported"#,
        ),
        (
            column(
                &json!({"name": "b", "datatype": {"base": "integer", "minimum": 5, "maximum": 1}}),
            ),
            "$.tableSchema.columns[1].datatype: contradiction: the minimum is over the maximum",
        ),
        (
            column(&json!({"name": "b", "datatype": {"base": "string", "minimum": 5}})),
            "$.tableSchema.columns[1].datatype.minimum: contradiction: a text has no order",
        ),
        (
            column(&json!({"name": "b", "datatype": {"base": "decimal", "maxLength": 5}})),
            "$.tableSchema.columns[1].datatype.maxLength: contradiction: a decimal has no length",
        ),
        (
            column(&json!({"name": "b", "datatype": {"base": "date", "format": "HH:mm"}})),
            "$.tableSchema.columns[1].datatype.format: contradiction: the pattern is not that of a date",
        ),
        (
            column(&json!({"name": "b", "datatype": {"base": "string", "format": "[A-"}})),
            r#"$.tableSchema.columns[1].datatype.format: "[A-" is not a regular expression"#,
        ),
        (
            column(
                &json!({"name": "b", "datatype": {"base": "decimal", "format": {"decimalChar": ",", "groupChar": ","}}}),
            ),
            "$.tableSchema.columns[1].datatype.format.groupChar: contradiction: the same character as the decimal character",
        ),
        (
            json!({"tableSchema": {"columns": [{"name": "a"}], "primaryKey": ["b"]}}),
            r#"$.tableSchema.primaryKey: contradiction: no column has the name "b""#,
        ),
        (
            json!({"dialect": {"delimiter": ";;"}, "tableSchema": {"columns": [{"name": "a"}]}}),
            r#"$.dialect.delimiter: ";;" is not one character"#,
        ),
        (
            json!({"dialect": {"delimiter": "\""}, "tableSchema": {"columns": [{"name": "a"}]}}),
            "$.dialect.quoteChar: contradiction: the same character as the delimiter",
        ),
        (
            json!({"dialect": {"header": false, "headerRowCount": 1}, "tableSchema": {"columns": [{"name": "a"}]}}),
            "$.dialect.headerRowCount: contradiction: header is false, and the header has 1 rows",
        ),
        (
            json!({"dialect": {"lineTerminators": ["\n", "$"]}, "tableSchema": {"columns": [{"name": "a"}]}}),
            r#"$.dialect.lineTerminators: the line end "$" is not supported"#,
        ),
        (
            json!({"dialect": {"encoding": "shift_jis"}, "tableSchema": {"columns": [{"name": "a"}]}}),
            r#"$.dialect.encoding: "shift_jis" is not the label of an encoding that can be read"#,
        ),
    ] {
        assert_eq!(error(&json), message);
    }
    let error = Schema::parse(b"{").unwrap_err();
    assert!(matches!(error.problem, SchemaProblem::NotJson(_)));
}

#[test]
fn unknown_properties_are_warnings_by_their_path() {
    let schema = Schema::parse(
        json!({
            "@context": "http://www.w3.org/ns/csvw", "dc:title": "Moves", "delimeter": ";",
            "dialect": {"decimalChar": ",", "groupChar": ".", "quotechar": "'"},
            "tableSchema": {"foreignKeys": [], "columns": [{"name": "qty", "unit": "CS", "schema:unitCode": "XCS", "propertyUrl": "x"}]}
        })
        .to_string()
        .as_bytes(),
    )
    .unwrap();
    let mut warnings: Vec<String> = schema.warnings().iter().map(ToString::to_string).collect();
    warnings.sort();
    assert_eq!(
        warnings,
        [
            "$.delimeter: unknown property",
            "$.dialect.groupChar: no effect here",
            "$.dialect.quotechar: unknown property",
            "$.tableSchema.columns[0].propertyUrl: no effect here",
            "$.tableSchema.columns[0].unit: unknown property",
            "$.tableSchema.foreignKeys: no effect here",
        ]
    );
    assert_eq!(
        schema
            .warnings()
            .iter()
            .filter(|w| w.reason == WarningReason::Unknown)
            .count(),
        3
    );
    assert_eq!(
        schema.columns()[0].annotation("schema:unitCode"),
        Some("XCS")
    );
}
