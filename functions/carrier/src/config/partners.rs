//! Who sends to us, and how each is taken.

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::Deserialize;
use x12::Policy;

use super::{ZoneMissing, Zones};

/// The sender that stands for everybody who is not listed.
const ANYBODY: &str = "*";
const CURRENCY: &str = "USD";

/// How the interchanges of one sender are taken.
#[derive(Debug, Clone)]
pub struct Partner {
    /// ISA06, padding taken off; `*` for everybody who is not listed.
    pub sender: String,
    /// The carrier's SCAC, for sets that do not name it.
    pub scac: Option<String>,
    /// Zone of the sender's clock: of times without a code, and of the dates in envelopes.
    pub zone: TimeZone,
    /// Currency of invoices that name none, ISO 4217.
    pub currency: String,
    /// How mistakes are taken.
    pub policy: Policy,
    /// Whether groups are answered with a 997.
    pub acknowledge: bool,
}

/// All partners.
#[derive(Debug, Clone)]
pub struct Partners {
    listed: Vec<Partner>,
    anybody: Partner,
    zones: Arc<Zones>,
}

/// Why the list of partners cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPartners {
    /// It is no JSON list of partners.
    #[error("{0}")]
    Json(String),
    /// A zone that no database has.
    #[error("partner {number}: `{zone}` is no time zone")]
    Zone {
        /// Position in the list, from 1.
        number: usize,
        /// The zone as given.
        zone: String,
    },
    /// A sender that is empty or listed before.
    #[error("partner {number}: sender `{sender}` is empty or listed twice")]
    Sender {
        /// Position in the list, from 1.
        number: usize,
        /// The sender as given.
        sender: String,
    },
    /// The zones of North America are not at hand.
    #[error(transparent)]
    Zones(#[from] ZoneMissing),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    sender: String,
    scac: Option<String>,
    zone: Option<String>,
    currency: Option<String>,
    #[serde(default)]
    policy: Strictness,
    acknowledge: Option<bool>,
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Strictness {
    #[default]
    Lenient,
    Strict,
}

impl Partners {
    /// Reads a JSON list; an empty text lists nobody. Who is not listed is taken leniently, in UTC and USD, and answered.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(json: &str) -> Result<Self, InvalidPartners> {
        let entries: Vec<Entry> = if json.trim().is_empty() {
            Vec::new()
        } else {
            serde_json::from_str(json).map_err(|error| InvalidPartners::Json(error.to_string()))?
        };
        let mut listed: Vec<Partner> = Vec::with_capacity(entries.len());
        for (number, entry) in (1..).zip(entries) {
            let sender = entry.sender.trim().to_owned();
            if sender.is_empty() || listed.iter().any(|partner| partner.sender == sender) {
                return Err(InvalidPartners::Sender { number, sender });
            }
            listed.push(entry.into_partner(number, sender)?);
        }
        let anybody = listed.iter().find(|partner| partner.sender == ANYBODY);
        let anybody = anybody.cloned().unwrap_or_else(Partner::anybody);
        Ok(Self {
            listed,
            anybody,
            zones: Arc::new(Zones::load()?),
        })
    }

    /// The partner whose interchanges bear this ISA06.
    #[must_use]
    pub fn of(&self, sender: &str) -> &Partner {
        let listed = self.listed.iter().find(|partner| partner.sender == sender);
        listed.unwrap_or(&self.anybody)
    }

    /// The zones that X12 time codes and states stand for.
    #[must_use]
    pub fn zones(&self) -> &Zones {
        &self.zones
    }
}

impl Partner {
    fn anybody() -> Self {
        Self {
            sender: ANYBODY.to_owned(),
            scac: None,
            zone: TimeZone::UTC,
            currency: CURRENCY.to_owned(),
            policy: Policy::Lenient,
            acknowledge: true,
        }
    }
}

impl Entry {
    fn into_partner(self, number: usize, sender: String) -> Result<Partner, InvalidPartners> {
        let zone = match self.zone {
            None => TimeZone::UTC,
            Some(zone) => {
                TimeZone::get(&zone).map_err(|_| InvalidPartners::Zone { number, zone })?
            }
        };
        Ok(Partner {
            sender,
            scac: self.scac,
            zone,
            currency: self.currency.unwrap_or_else(|| CURRENCY.to_owned()),
            policy: match self.policy {
                Strictness::Lenient => Policy::Lenient,
                Strictness::Strict => Policy::Strict,
            },
            acknowledge: self.acknowledge.unwrap_or(true),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_not_listed_is_like_anybody() {
        let partners = Partners::parse(
            r#"[{"sender":"TSTL","scac":"TSTL","zone":"America/New_York","policy":"strict","acknowledge":false},
                {"sender":"*","currency":"CAD"}]"#,
        )
        .unwrap();
        let listed = partners.of("TSTL");
        assert_eq!(listed.policy, Policy::Strict);
        assert_eq!(listed.zone.iana_name(), Some("America/New_York"));
        assert!(!listed.acknowledge);
        let other = partners.of("OTHER");
        assert_eq!((other.currency.as_str(), other.acknowledge), ("CAD", true));
        assert_eq!(Partners::parse(" ").unwrap().of("X").currency, "USD");
    }

    #[test]
    fn what_is_wrong_is_told() {
        let error = |json| Partners::parse(json).unwrap_err().to_string();
        assert!(error(r#"[{"sender":"A","polcy":"strict"}]"#).contains("unknown field `polcy`"));
        assert_eq!(
            error(r#"[{"sender":"A"},{"sender":"A "}]"#),
            "partner 2: sender `A` is empty or listed twice"
        );
    }
}
