//! Which letters.

use record::{EpochMillis, Source};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Fingerprint, LetterSummary, Reason, State};

/// Which letters: those for which everything that is given holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// The app that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// The system that the unit comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// Where in a unit of this kind, without indexes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field_path: Option<String>,
    /// Given up at this time or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<EpochMillis>,
    /// Given up before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<EpochMillis>,
    /// Version of the app that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    /// The record's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_key: Option<String>,
    /// The upstream message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// The id that follows the message from end to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// What it has in common with letters of the same cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// In one of these states; in any, if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub states: Vec<State>,
}

impl Filter {
    /// Those of one app.
    #[must_use]
    pub fn of_app(app: &str) -> Self {
        Self {
            app: Some(app.to_owned()),
            ..Self::default()
        }
    }

    /// Whether the letter is one of them: the same as the query says.
    #[must_use]
    pub fn matches(&self, letter: &LetterSummary) -> bool {
        fn same<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
            wanted.is_none_or(|wanted| found == Some(wanted))
        }
        same(self.app.as_ref(), Some(&letter.app))
            && same(self.source.as_ref(), letter.source.as_ref())
            && same(self.reason.as_ref(), Some(&letter.reason))
            && same(self.field_path.as_ref(), Some(&letter.field_path))
            && self.from.is_none_or(|from| letter.at >= from)
            && self.before.is_none_or(|before| letter.at < before)
            && same(self.app_version.as_ref(), Some(&letter.app_version))
            && same(self.record_key.as_ref(), letter.record_key.as_ref())
            && same(self.message_id.as_ref(), letter.message_id.as_ref())
            && same(self.correlation_id.as_ref(), Some(&letter.correlation_id))
            && same(self.fingerprint.as_ref(), Some(&letter.fingerprint))
            && (self.states.is_empty() || self.states.contains(&letter.status.state()))
    }

    /// The condition of a query, beginning with ` WHERE`, and its parameters.
    pub(crate) fn condition(&self) -> (String, Vec<(String, Value)>) {
        // Of this form only: an older one has no fingerprint and no order.
        let mut terms = vec!["c.schema >= 2".to_owned()];
        let mut parameters = Vec::new();
        let mut add = |term: &str, value: Option<Value>| {
            if let Some(value) = value {
                let name = format!("@p{}", parameters.len());
                terms.push(term.replace('?', &name));
                parameters.push((name, value));
            }
        };
        let text = |value: &Option<String>| value.as_ref().map(|value| json!(value));
        add("c.app = ?", text(&self.app));
        add("c.source = ?", self.source.map(|value| json!(value)));
        add("c.reason = ?", self.reason.map(|value| json!(value)));
        add("c.field_path = ?", text(&self.field_path));
        add("c.at >= ?", self.from.map(|value| json!(value)));
        add("c.at < ?", self.before.map(|value| json!(value)));
        add("c.app_version = ?", text(&self.app_version));
        add("c.record_key = ?", text(&self.record_key));
        add("c.message_id = ?", text(&self.message_id));
        add("c.correlation_id = ?", text(&self.correlation_id));
        let fingerprint = self.fingerprint.as_ref().map(|value| json!(value));
        add("c.fingerprint = ?", fingerprint);
        let states = (!self.states.is_empty()).then(|| json!(self.states));
        add("ARRAY_CONTAINS(?, c.status.state)", states);
        (format!(" WHERE {}", terms.join(" AND ")), parameters)
    }
}
