//! The time zones of North America, by the codes and states of X12.

use jiff::tz::TimeZone;

/// A zone database without a zone that we need.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the time zone database has no {0}")]
pub struct ZoneMissing(pub &'static str);

macro_rules! regions {
    ($($region:ident = $zone:literal,)+) => {
        /// Where clocks go alike.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Region { $(#[doc = concat!("`", $zone, "`")] $region,)+ }

        impl Region {
            const ALL: &'static [(Self, &'static str)] = &[$((Self::$region, $zone),)+];
        }
    };
}

regions! {
    Eastern = "America/New_York",
    Central = "America/Chicago",
    Mountain = "America/Denver",
    Pacific = "America/Los_Angeles",
    Alaska = "America/Anchorage",
    Hawaii = "Pacific/Honolulu",
    Atlantic = "America/Halifax",
    Newfoundland = "America/St_Johns",
    Arizona = "America/Phoenix",
    Saskatchewan = "America/Regina",
    Yukon = "America/Whitehorse",
    BritishColumbia = "America/Vancouver",
    PuertoRico = "America/Puerto_Rico",
    MexicoCity = "America/Mexico_City",
    Tijuana = "America/Tijuana",
    Hermosillo = "America/Hermosillo",
    Mazatlan = "America/Mazatlan",
    Cancun = "America/Cancun",
}

/// The zones, looked up once.
#[derive(Debug, Clone)]
pub struct Zones(Vec<TimeZone>);

impl Zones {
    /// Looks up all of them.
    ///
    /// # Errors
    /// The database lacks one.
    pub fn load() -> Result<Self, ZoneMissing> {
        let zones = Region::ALL
            .iter()
            .map(|(_, name)| TimeZone::get(name).map_err(|_| ZoneMissing(name)));
        Ok(Self(zones.collect::<Result<_, _>>()?))
    }

    /// The zone of a region.
    #[must_use]
    pub fn of(&self, region: Region) -> &TimeZone {
        &self.0[region as usize]
    }
}

impl Region {
    /// The region of a state or province. Of a state with two zones the one in which most people live.
    #[must_use]
    pub fn of_state(state: &str, country: Option<&str>) -> Option<Self> {
        match country {
            None | Some("US" | "USA" | "CA" | "CAN") => northern(state),
            Some("MX" | "MEX") => Some(mexican(state)),
            Some(_) => None,
        }
    }
}

fn northern(state: &str) -> Option<Region> {
    Some(match state {
        "CT" | "DE" | "DC" | "FL" | "GA" | "IN" | "KY" | "ME" | "MD" | "MA" | "MI" | "NH"
        | "NJ" | "NY" | "NC" | "OH" | "PA" | "RI" | "SC" | "VT" | "VA" | "WV" | "ON" | "QC"
        | "PQ" | "NU" => Region::Eastern,
        "AL" | "AR" | "IL" | "IA" | "KS" | "LA" | "MN" | "MS" | "MO" | "NE" | "ND" | "OK"
        | "SD" | "TN" | "TX" | "WI" | "MB" => Region::Central,
        "CO" | "ID" | "MT" | "NM" | "UT" | "WY" | "AB" | "NT" => Region::Mountain,
        "CA" | "NV" | "OR" | "WA" => Region::Pacific,
        "AZ" => Region::Arizona,
        "AK" => Region::Alaska,
        "HI" => Region::Hawaii,
        "PR" | "VI" => Region::PuertoRico,
        "BC" => Region::BritishColumbia,
        "SK" => Region::Saskatchewan,
        "YT" | "YK" => Region::Yukon,
        "NB" | "NS" | "PE" => Region::Atlantic,
        "NL" | "NF" => Region::Newfoundland,
        _ => return None,
    })
}

fn mexican(state: &str) -> Region {
    match state {
        "BC" | "BN" => Region::Tijuana,
        "SO" | "SON" => Region::Hermosillo,
        "BS" | "SI" | "SIN" | "NA" | "NAY" => Region::Mazatlan,
        "QR" => Region::Cancun,
        _ => Region::MexicoCity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_has_its_zone() {
        let zones = Zones::load().unwrap();
        for (region, name) in Region::ALL {
            assert_eq!(zones.of(*region).iana_name(), Some(*name));
        }
    }

    #[test]
    fn a_state_of_another_country_is_none_of_ours() {
        assert_eq!(Region::of_state("PA", None), Some(Region::Eastern));
        assert_eq!(Region::of_state("BC", Some("MX")), Some(Region::Tijuana));
        assert_eq!(Region::of_state("PA", Some("BR")), None);
        assert_eq!(Region::of_state("ZZ", Some("US")), None);
    }
}
