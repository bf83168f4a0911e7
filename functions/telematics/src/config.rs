//! The app's variables, read once at the start.

mod stream;

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Url;
use settings::{Invalid, Reader, Secret};

pub use stream::{Provider, Stream};

/// What the app is told by its environment.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the feed is, and who we are there.
    pub feed: feed::Config,
    /// The account at Samsara, if there is one.
    pub samsara: Option<Samsara>,
    /// The account at Geotab, if there is one.
    pub geotab: Option<Geotab>,
    /// What is read; only of providers that there is an account with.
    pub streams: Vec<Stream>,
    /// After this no further page is begun. Less than the host's `functionTimeout`, which kills the process.
    pub time_budget: Duration,
    /// Where Geotab's streams begin at their first pull; none means with what comes from then on. Samsara's begin with
    /// the last known readings of all vehicles.
    pub start: Option<Timestamp>,
}

/// An account at Samsara.
#[derive(Debug, Clone)]
pub struct Samsara {
    /// The API's origin. The token is sent to no other.
    pub url: Url,
    /// The API token.
    pub token: Secret,
}

/// An account at Geotab.
#[derive(Debug, Clone)]
pub struct Geotab {
    /// The origin at which to sign in. It may name another server of the same domain for the calls.
    pub url: Url,
    /// The customer's database.
    pub database: String,
    /// Who signs in.
    pub user: String,
    /// With which password.
    pub password: Secret,
    /// Most rows on a page, 1 to 50,000. A page with fewer is the last one.
    pub results_limit: u32,
}

/// A pull ends, whole page included, before the 300 s of the host's `functionTimeout`.
const TIME_BUDGET_SECONDS_MAX: u32 = 270;
/// Most rows that Geotab sends at a time.
const RESULTS_LIMIT_MAX: u32 = 50_000;

impl Config {
    /// Reads all variables.
    ///
    /// # Errors
    /// Every mistake, not only the first.
    pub fn from_vars(vars: &dyn Fn(&str) -> Option<String>) -> Result<Self, Invalid> {
        let mut reader = Reader::new(vars);
        let feed = reader.part(feed::Config::from_vars(vars));
        let samsara = samsara(&mut reader);
        let geotab = geotab(&mut reader);
        let providers: Vec<Provider> = samsara
            .iter()
            .map(|_| Provider::Samsara)
            .chain(geotab.iter().map(|_| Provider::Geotab))
            .collect();
        let streams = streams(&mut reader, &providers);
        let time_budget = reader.seconds(
            "TELEMATICS_TIME_BUDGET_SECONDS",
            240,
            TIME_BUDGET_SECONDS_MAX,
        );
        let start = reader.optional(
            "TELEMATICS_START",
            "an instant such as 2026-01-01T00:00:00Z",
            None,
            |text| text.parse().ok().map(Some),
        );
        reader.finish(|| {
            Some(Self {
                feed: feed?,
                samsara,
                geotab,
                streams,
                time_budget,
                start,
            })
        })
    }
}

fn samsara(reader: &mut Reader<'_>) -> Option<Samsara> {
    let token = reader.secret("TELEMATICS_SAMSARA_TOKEN")?;
    let url = reader.origin_or("TELEMATICS_SAMSARA_URL", "https://api.samsara.com")?;
    Some(Samsara { url, token })
}

/// What an account at Geotab consists of.
const ACCOUNT: [&str; 3] = [
    "TELEMATICS_GEOTAB_DATABASE",
    "TELEMATICS_GEOTAB_USER",
    "TELEMATICS_GEOTAB_PASSWORD",
];

fn geotab(reader: &mut Reader<'_>) -> Option<Geotab> {
    // One of them set means that the account is meant to be there.
    if ACCOUNT.iter().all(|name| reader.text(name).is_none()) {
        return None;
    }
    let [database, user, password] = ACCOUNT;
    let database = reader.required_text(database);
    let user = reader.required_text(user);
    let password = reader.required_secret(password);
    let url = reader.origin_or("TELEMATICS_GEOTAB_URL", "https://my.geotab.com")?;
    let limits = 1..=RESULTS_LIMIT_MAX;
    let results_limit = reader.number("TELEMATICS_GEOTAB_RESULTS_LIMIT", 5_000, limits);
    Some(Geotab {
        url,
        database: database?,
        user: user?,
        password: password?,
        results_limit,
    })
}

/// The streams that are asked for, or else the usual ones of every provider that there is an account with.
fn streams(reader: &mut Reader<'_>, providers: &[Provider]) -> Vec<Stream> {
    let Some(names) = reader.text("TELEMATICS_STREAMS") else {
        if providers.is_empty() {
            reader.mistake(
                "neither TELEMATICS_SAMSARA_TOKEN nor TELEMATICS_GEOTAB_DATABASE is set".to_owned(),
            );
        }
        return Stream::ALL
            .into_iter()
            .filter(|stream| !matches!(stream, Stream::GeotabTrip | Stream::GeotabDevice))
            .filter(|stream| providers.contains(&stream.provider()))
            .collect();
    };
    let mut streams = Vec::new();
    for name in names.split(',').map(str::trim) {
        match Stream::from_name(name) {
            Some(stream) if !providers.contains(&stream.provider()) => reader.mistake(format!(
                "variable TELEMATICS_STREAMS names {stream}, but there is no account with its provider"
            )),
            Some(stream) if !streams.contains(&stream) => streams.push(stream),
            Some(_) => {}
            None => reader.mistake(format!(
                "variable TELEMATICS_STREAMS names `{name}`, which is no stream"
            )),
        }
    }
    streams
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, Invalid> {
        let var = |name: &str| {
            pairs
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Config::from_vars(&var)
    }

    const FEED: (&str, &str) = ("FEED__accountEndpoint", "http://127.0.0.1:1/");
    const TOKEN: (&str, &str) = ("TELEMATICS_SAMSARA_TOKEN", "token-4711");

    #[test]
    fn the_rest_has_defaults() {
        let config = read(&[FEED, TOKEN]).unwrap();
        assert_eq!(
            config.samsara.as_ref().unwrap().url.as_str(),
            "https://api.samsara.com/"
        );
        assert_eq!(
            config.streams,
            [Stream::SamsaraGps, Stream::SamsaraOdometer]
        );
        assert!(config.geotab.is_none());
        assert!(!format!("{config:?}").contains("4711"), "{config:?}");
    }

    #[test]
    fn every_mistake_is_told_and_no_secret_with_it() {
        let wrong = [
            TOKEN,
            ("TELEMATICS_SAMSARA_URL", "http://api.example.com"),
            ("TELEMATICS_GEOTAB_PASSWORD", "password-4712"),
            ("TELEMATICS_GEOTAB_RESULTS_LIMIT", "50001"),
            ("TELEMATICS_STREAMS", "samsara:gps,geotab:Fuel"),
            ("TELEMATICS_START", "today"),
        ];
        assert_eq!(
            read(&wrong).unwrap_err().0,
            [
                "variable FEED__accountEndpoint is not set",
                "variable TELEMATICS_SAMSARA_URL is `http://api.example.com`, not an https URL, or http on this machine",
                "variable TELEMATICS_GEOTAB_DATABASE is not set",
                "variable TELEMATICS_GEOTAB_USER is not set",
                "variable TELEMATICS_GEOTAB_RESULTS_LIMIT is `50001`, not a whole number from 1 to 50000",
                "variable TELEMATICS_STREAMS names samsara:gps, but there is no account with its provider",
                "variable TELEMATICS_STREAMS names `geotab:Fuel`, which is no stream",
                "variable TELEMATICS_START is `today`, not an instant such as 2026-01-01T00:00:00Z",
            ]
        );
        assert_eq!(
            read(&[FEED]).unwrap_err().0,
            ["neither TELEMATICS_SAMSARA_TOKEN nor TELEMATICS_GEOTAB_DATABASE is set"]
        );
    }
}
