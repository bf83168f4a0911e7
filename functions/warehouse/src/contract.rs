//! What is known about the source's format, beside how it is read.

use std::borrow::Cow;

use ingest::{Contract, Message, Rejection};

/// The contract with the sites.
pub const CONTRACT: Contract = Contract {
    schema_version: |_| "csvw-1",
    // Who did it.
    personal: &["user"],
    field_paths: ingest::field_paths,
    value_of,
};

/// The cell that a detail ends with, as it is quoted there.
fn value_of<'a>(_: &Message<'_>, rejection: &'a Rejection<'_>) -> Option<Cow<'a, str>> {
    let detail = rejection.detail.strip_suffix('"')?;
    let (_, cell) = detail.split_once(": \"")?;
    let whole = &rejection.detail[detail.len() - cell.len() - 1..];
    Some(Cow::Borrowed(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_the_cell() {
        let value = |detail: &str| {
            let problem = ingest::Problem::new("row 7, bytes 1..9, column qty", detail);
            let message = Message {
                source: record::Source::Warehouse,
                message_id: "m".into(),
                correlation_id: "c".into(),
                traceparent: None,
                received_at: record::EpochMillis(0),
                raw: b"",
                arrival: Vec::new(),
            };
            let rejection = problem.of_unit(b"");
            value_of(&message, &rejection).map(Cow::into_owned)
        };
        let thousands = "a thousands separator is refused: \"1,000\"";
        assert_eq!(value(thousands).as_deref(), Some("\"1,000\""));
        assert_eq!(
            value("no number: \"a: \\\"b\\\"\"").as_deref(),
            Some("\"a: \\\"b\\\"\"")
        );
        assert_eq!(value("a value is required"), None);
        assert_eq!(value("10 cells where the header has 17"), None);
    }
}
