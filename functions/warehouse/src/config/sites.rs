//! The sites that drop files, and the clocks on their walls.

use std::{collections::BTreeMap, str::FromStr};

use jiff::tz::TimeZone;

/// A warehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its code, in capitals.
    pub code: String,
    /// The time zone of local times in its files.
    pub zone: TimeZone,
}

/// All sites, by code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sites(BTreeMap<String, Site>);

/// What is wrong with the list of sites.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSites {
    /// An entry has not the form of one.
    #[error("variable WAREHOUSE_SITES: `{0}` is not of the form DC3=America/New_York")]
    Form(String),
    /// A zone that the time zone database does not have.
    #[error("variable WAREHOUSE_SITES: `{0}` is no time zone")]
    Zone(String),
    /// A site is there twice.
    #[error("variable WAREHOUSE_SITES names site {0} twice")]
    Twice(String),
}

/// Sites are parts of keys and of file names, so their codes are letters and digits.
fn is_code(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl Sites {
    /// The site of this code, whatever its case.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Site> {
        self.0.get(code.to_ascii_uppercase().as_str())
    }
}

/// `DC3=America/New_York,DC1=America/Chicago`.
impl FromStr for Sites {
    type Err = InvalidSites;

    fn from_str(text: &str) -> Result<Self, InvalidSites> {
        let mut sites = BTreeMap::new();
        for entry in text
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
        {
            let form = || InvalidSites::Form(entry.to_owned());
            let (code, zone) = entry.split_once('=').ok_or_else(form)?;
            let (code, zone) = (code.trim().to_ascii_uppercase(), zone.trim());
            if !is_code(&code) {
                return Err(form());
            }
            let zone = TimeZone::get(zone).map_err(|_| InvalidSites::Zone(zone.to_owned()))?;
            let site = Site {
                code: code.clone(),
                zone,
            };
            if sites.insert(code.clone(), site).is_some() {
                return Err(InvalidSites::Twice(code));
            }
        }
        if sites.is_empty() {
            return Err(InvalidSites::Form(text.to_owned()));
        }
        Ok(Self(sites))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_is_found_whatever_its_case() {
        let sites: Sites = "DC3 = America/New_York, dc1=America/Chicago,"
            .parse()
            .unwrap();
        assert_eq!(
            sites.get("DC1").unwrap().zone.iana_name(),
            Some("America/Chicago")
        );
        assert_eq!(sites.get("dc3").unwrap().code, "DC3");
        assert_eq!(sites.get("DC2"), None);
    }

    #[test]
    fn mistakes_are_told_apart() {
        let error = |text: &str| text.parse::<Sites>().unwrap_err();
        assert_eq!(error("DC3"), InvalidSites::Form("DC3".to_owned()));
        assert_eq!(error(","), InvalidSites::Form(",".to_owned()));
        assert_eq!(error("D_3=UTC"), InvalidSites::Form("D_3=UTC".to_owned()));
        assert_eq!(error("DC3=Mars"), InvalidSites::Zone("Mars".to_owned()));
        assert_eq!(error("A=UTC,a=UTC"), InvalidSites::Twice("A".to_owned()));
    }
}
