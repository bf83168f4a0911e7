//! Reading variables, mistakes collected.

use credential::is_loopback_host;
use reqwest::Url;

use super::Secret;

/// Collects the mistakes.
pub(super) struct Reader<'v> {
    vars: &'v dyn Fn(&str) -> Option<String>,
    mistakes: Vec<String>,
}

impl<'v> Reader<'v> {
    pub(super) fn new(vars: &'v dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            vars,
            mistakes: Vec::new(),
        }
    }

    pub(super) fn mistake(&mut self, mistake: String) {
        self.mistakes.push(mistake);
    }

    pub(super) fn mistakes(self) -> Vec<String> {
        self.mistakes
    }

    /// An empty value counts as not set.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        (self.vars)(name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    /// A value that no mistake repeats.
    pub(super) fn secret(&self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    /// Where a secret is sent to: encrypted, or on this machine.
    pub(super) fn origin(&mut self, name: &str, default: &str) -> Option<Url> {
        let text = self.text(name).unwrap_or_else(|| default.to_owned());
        let url = text.parse().ok().filter(|url: &Url| {
            let host = url.host_str().unwrap_or_default();
            url.scheme() == "https" || (url.scheme() == "http" && is_loopback_host(host))
        });
        if url.is_none() {
            self.mistake(format!(
                "variable {name} is `{text}`, not an https URL, or http on this machine"
            ));
        }
        url
    }

    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        form: &str,
        default: T,
        read: impl Fn(&str) -> Option<T>,
    ) -> T {
        let Some(text) = self.text(name) else {
            return default;
        };
        read(&text).unwrap_or_else(|| {
            self.mistake(format!("variable {name} is `{text}`, not {form}"));
            default
        })
    }

    pub(super) fn number(&mut self, name: &str, default: u32, min: u32, max: u32) -> u32 {
        self.optional(
            name,
            &format!("a whole number from {min} to {max}"),
            default,
            |text| {
                text.parse()
                    .ok()
                    .filter(|number| (min..=max).contains(number))
            },
        )
    }
}
