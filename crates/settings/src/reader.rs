//! Reading variables, mistakes collected.

use std::{
    fmt::{self, Display},
    ops::RangeInclusive,
    time::Duration,
};

use credential::is_loopback_host;
use url::Url;

use crate::Secret;

/// Everything that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid(pub Vec<String>);

impl Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for Invalid {}

/// Reads variables and collects what is wrong with them.
///
/// A method that returns `None` where there should be a value has noted why.
pub struct Reader<'v> {
    vars: &'v dyn Fn(&str) -> Option<String>,
    mistakes: Vec<String>,
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("mistakes", &self.mistakes)
            .finish_non_exhaustive()
    }
}

impl<'v> Reader<'v> {
    /// Reads from `vars`, which is `std::env::var` but in tests.
    #[must_use]
    pub const fn new(vars: &'v dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            vars,
            mistakes: Vec::new(),
        }
    }

    /// Notes a mistake.
    pub fn mistake(&mut self, mistake: String) {
        self.mistakes.push(mistake);
    }

    /// Notes the mistake in `read`, if it is one: for what another type reads itself.
    pub fn part<T, E: Display>(&mut self, read: Result<T, E>) -> Option<T> {
        read.map_err(|error| self.mistake(error.to_string())).ok()
    }

    /// The trimmed text of a variable.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        (self.vars)(name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    /// A value that no mistake repeats.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<Secret> {
        self.text(name).map(Secret::new)
    }

    /// The trimmed text of a variable that must be set.
    pub fn required_text(&mut self, name: &str) -> Option<String> {
        let text = self.text(name);
        if text.is_none() {
            self.mistake(format!("variable {name} is not set"));
        }
        text
    }

    /// A value that must be set and that no mistake repeats.
    pub fn required_secret(&mut self, name: &str) -> Option<Secret> {
        self.required_text(name).map(Secret::new)
    }

    /// A value that must be set and be `form`, as `read` finds out.
    pub fn required<T>(
        &mut self,
        name: &str,
        form: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.required_text(name)?;
        let value = read(&text);
        if value.is_none() {
            self.mistake(format!("variable {name} is `{text}`, not {form}"));
        }
        value
    }

    /// A value that may be missing, and is `form` where it is not.
    pub fn optional<T>(
        &mut self,
        name: &str,
        form: &str,
        default: T,
        read: impl Fn(&str) -> Option<T>,
    ) -> T {
        match self.text(name) {
            None => default,
            Some(_) => self.required(name, form, read).unwrap_or(default),
        }
    }

    /// A whole number within limits.
    pub fn number(&mut self, name: &str, default: u32, limits: RangeInclusive<u32>) -> u32 {
        let form = format!("a whole number from {} to {}", limits.start(), limits.end());
        self.optional(name, &form, default, |text| {
            text.parse().ok().filter(|number| limits.contains(number))
        })
    }

    /// A time in whole seconds, 1 to `most`.
    pub fn seconds(&mut self, name: &str, default: u32, most: u32) -> Duration {
        Duration::from_secs(self.number(name, default, 1..=most).into())
    }

    /// Where a secret is sent to: encrypted, or on this machine.
    pub fn origin(&mut self, name: &str) -> Option<Url> {
        self.required(name, "an https URL, or http on this machine", |text| {
            text.parse().ok().filter(|url: &Url| {
                let is_here = is_loopback_host(url.host_str().unwrap_or_default());
                url.scheme() == "https" || (url.scheme() == "http" && is_here)
            })
        })
    }

    /// The same, which has a default.
    pub fn origin_or(&mut self, name: &str, default: &str) -> Option<Url> {
        match self.text(name) {
            None => self.part(default.parse::<Url>()),
            Some(_) => self.origin(name),
        }
    }

    /// The entries between commas, as many as `count` allows, each of them a `noun`. Mistakes count entries from 1 and
    /// repeat none; `read`'s errors go on after the variable's name, as in `has 5 bytes, not 24 to 64`.
    pub fn list<T, E: Display>(
        &mut self,
        name: &str,
        noun: &str,
        count: RangeInclusive<usize>,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let listed = self.text(name).unwrap_or_default();
        let entries = listed.split(',').map(str::trim);
        let (mut found, mut values) = (0, Vec::new());
        for entry in entries.filter(|entry| !entry.is_empty()) {
            found += 1;
            match read(entry) {
                Ok(value) => values.push(value),
                Err(error) => self.mistake(format!("{noun} {found} of {name} {error}")),
            }
        }
        if !count.contains(&found) {
            let (least, most) = count.into_inner();
            self.mistake(format!(
                "variable {name} has {found} entries, not {least} to {most}"
            ));
        }
        values
    }

    /// What the values make, if there is no mistake. `make` gives none only where a value is missing.
    ///
    /// # Errors
    /// Every mistake, in the order in which they were found.
    pub fn finish<T>(self, make: impl FnOnce() -> Option<T>) -> Result<T, Invalid> {
        match make() {
            Some(made) if self.mistakes.is_empty() => Ok(made),
            _ => Err(Invalid(self.mistakes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(name: &str) -> Option<String> {
        let value = match name {
            "BLANK" => " ",
            "SECRET" => "hunter1",
            "LIST" => "hunter2, ,hunter33",
            "FAR" => "http://example.com/",
            "NEAR" => "http://127.0.0.1:1/",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn blank_is_not_set() {
        let mut reader = Reader::new(&vars);
        assert_eq!(reader.text("BLANK"), None);
        assert_eq!(reader.number("BLANK", 7, 1..=9), 7);
        assert_eq!(reader.seconds("BLANK", 7, 9), Duration::from_secs(7));
        assert_eq!(reader.required("BLANK", "a name", |_| Some(1)), None);
        let invalid = reader.finish(|| Some(())).unwrap_err();
        assert_eq!(invalid.0, ["variable BLANK is not set"]);
    }

    #[test]
    fn no_secret_is_repeated() {
        let mut reader = Reader::new(&vars);
        let secret = reader.required_secret("SECRET").unwrap();
        assert_eq!(secret.expose(), "hunter1");
        assert_eq!(format!("{secret:?}"), "Secret");
        let short = |text: &str| (text.len() > 7).then_some(()).ok_or("is too short");
        reader.list("LIST", "key", 3..=4, short);
        assert_eq!(
            reader.finish(|| Some(())).unwrap_err().to_string(),
            "key 1 of LIST is too short; variable LIST has 2 entries, not 3 to 4"
        );
    }

    #[test]
    fn a_secret_is_sent_encrypted_or_not_at_all() {
        let mut reader = Reader::new(&vars);
        assert!(reader.origin("NEAR").is_some());
        assert!(reader.origin_or("UNSET", "https://example.com").is_some());
        assert!(reader.origin_or("FAR", "https://example.com").is_none());
        assert_eq!(
            reader.finish(|| Some(())).unwrap_err().0,
            ["variable FAR is `http://example.com/`, not an https URL, or http on this machine"]
        );
    }
}
