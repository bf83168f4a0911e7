//! Letters that were chosen on the command line, as the routes want them.

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

use crate::arguments::{Filter, Select};

impl Filter {
    /// For the query of a list.
    pub(crate) fn query(&self) -> Vec<(&'static str, String)> {
        self.named()
            .into_iter()
            .map(|(query, _, value)| (query, value))
            .collect()
    }

    /// Query name, field name, value.
    fn named(&self) -> Vec<(&'static str, &'static str, String)> {
        let all = [
            ("reason", "reason", &self.reason),
            ("field_path", "field_path", &self.field_path),
            ("fingerprint", "fingerprint", &self.group),
            ("from", "from", &self.from),
            ("before", "before", &self.before),
            ("version", "app_version", &self.app_version),
            ("key", "record_key", &self.key),
            ("message", "message_id", &self.message),
            ("correlation", "correlation_id", &self.correlation),
            ("state", "states", &self.state),
        ];
        all.into_iter()
            .filter_map(|(query, field, value)| Some((query, field, value.clone()?)))
            .collect()
    }

    /// For the body of a change.
    fn body(&self) -> Result<Value> {
        let mut filter = Map::new();
        for (_, field, value) in self.named() {
            let value = match field {
                "from" | "before" => match value.parse::<jiff::Timestamp>() {
                    Ok(at) => json!(at.as_millisecond()),
                    Err(error) => {
                        bail!("`{value}` is no instant such as 2026-03-02T03:00:00Z: {error}")
                    }
                },
                "states" => json!(value.split(',').map(str::trim).collect::<Vec<_>>()),
                _ => json!(value),
            };
            filter.insert(field.to_owned(), value);
        }
        Ok(Value::Object(filter))
    }
}

impl Select {
    /// `ids` or `filter`, with whatever else the body needs.
    pub(crate) fn body(&self, more: Value) -> Result<Value> {
        let mut body = Map::new();
        let filter = self.filter.body()?;
        match (
            self.ids.is_empty(),
            filter.as_object().is_some_and(|filter| !filter.is_empty()),
        ) {
            (false, false) => body.insert("ids".to_owned(), json!(self.ids)),
            (true, true) => body.insert("filter".to_owned(), filter),
            (false, true) => bail!("give ids or a filter, not both"),
            (true, false) => {
                bail!("which letters? Give ids, or a filter such as --group or --reason")
            }
        };
        if let Value::Object(more) = more {
            body.extend(more);
        }
        Ok(Value::Object(body))
    }
}
