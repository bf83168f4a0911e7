//! Attribute fields of a binding: names without regard to case, values with `%SETTING%`.

use serde_json::{Map, Value};

use super::Settings;

/// One binding, or the retry section.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) object: &'a Map<String, Value>,
    pub(super) settings: &'a Settings,
}

impl Fields<'_> {
    fn value(&self, name: &str) -> Option<&Value> {
        let exact = self.object.get(name);
        exact.or_else(|| {
            self.object
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        })
    }

    /// Text with settings filled in.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, String> {
        match self.value(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => self.settings.expand(text).map(Some),
            Some(Value::Bool(value)) => Ok(Some(value.to_string())),
            Some(Value::Number(value)) => Ok(Some(value.to_string())),
            Some(_) => Err(format!("{name} must be a text")),
        }
    }

    /// Text that must be there.
    pub(super) fn required(&self, name: &str) -> Result<String, String> {
        self.text(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| format!("{name} is missing"))
    }

    /// A value of any type that reads from text, with its default.
    pub(super) fn parsed<T: std::str::FromStr>(&self, name: &str, default: T) -> Result<T, String> {
        match self.text(name)? {
            None => Ok(default),
            Some(text) => text
                .to_ascii_lowercase()
                .parse()
                .map_err(|_| format!("{name}: {text:?} has the wrong type")),
        }
    }

    /// A list of texts; `None` when absent.
    pub(super) fn list(&self, name: &str) -> Result<Option<Vec<String>>, String> {
        match self.value(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(items)) => {
                let text = |item: &Value| {
                    item.as_str()
                        .map(str::to_owned)
                        .ok_or_else(|| format!("{name} must hold texts"))
                };
                items.iter().map(text).collect::<Result<_, _>>().map(Some)
            }
            Some(_) => Err(format!("{name} must be a list")),
        }
    }
}
