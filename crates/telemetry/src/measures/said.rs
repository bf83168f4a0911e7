//! The fields of an event.

use std::fmt::{self, Write as _};

use opentelemetry::KeyValue;
use tracing::field::{Field, Visit};

/// The fields of an event, by name. There are few, so they are looked for one after the other.
#[derive(Debug, Default)]
pub(super) struct Said {
    texts: Vec<(&'static str, String)>,
    numbers: Vec<(&'static str, f64)>,
}

impl Said {
    /// What happened; empty if the event has no name of ours.
    pub(super) fn event(&self) -> &str {
        self.text("event")
    }

    pub(super) fn text(&self, name: &str) -> &str {
        let mut texts = self.texts.iter();
        let found = texts.find(|(known, _)| *known == name);
        found.map_or("", |(_, text)| text.as_str())
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        let mut numbers = self.numbers.iter();
        numbers
            .find(|(known, _)| *known == name)
            .map(|(_, number)| *number)
    }

    /// The number without its fraction; 0 if there is none.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the cast saturates, and counts are small"
    )]
    pub(super) fn whole(&self, name: &str) -> i64 {
        self.number(name).unwrap_or_default() as i64
    }

    pub(super) fn count(&self, name: &str) -> u64 {
        u64::try_from(self.whole(name)).unwrap_or_default()
    }

    /// The text as a label. All labels are of closed lists, or of ones that grow as slowly as fingerprints.
    pub(super) fn label(&self, name: &'static str) -> KeyValue {
        KeyValue::new(name, self.text(name).to_owned())
    }
}

impl Visit for Said {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.numbers.push((field.name(), value));
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "counts and milliseconds are far below 2^53"
    )]
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.numbers.push((field.name(), value as f64));
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "counts and milliseconds are far below 2^53"
    )]
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.numbers.push((field.name(), value as f64));
    }

    fn record_bool(&mut self, _field: &Field, _value: bool) {}

    fn record_str(&mut self, field: &Field, value: &str) {
        self.texts.push((field.name(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        if write!(text, "{value:?}").is_ok() {
            self.texts.push((field.name(), text));
        }
    }
}
