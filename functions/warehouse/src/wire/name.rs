//! The name of a file: `MOVE_DC3_20261109T2030Z_0042.csv`.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Movements since the last file.
    Move,
    /// Everything that is there.
    Stock,
    /// What left.
    Ship,
}

impl Kind {
    /// The word at the start of the name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Move => "MOVE",
            Self::Stock => "STOCK",
            Self::Ship => "SHIP",
        }
    }
}

/// What the name of a file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DropName {
    /// What it holds.
    pub kind: Kind,
    /// Code of the site, in capitals.
    pub site: String,
    /// Until when the file tells.
    pub cutoff: Timestamp,
    /// Number of the file, at the same cutoff a tie-break.
    pub seq: u32,
}

/// A name that is not of that form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the name is not of the form {{MOVE|STOCK|SHIP}}_{{site}}_{{yyyymmddThhmmZ}}_{{number}}.csv"
)]
pub struct InvalidName;

impl DropName {
    /// Reads a file name without its folders, whatever its case. A further part behind the number does not count.
    ///
    /// # Errors
    /// Any other form.
    pub fn parse(file_name: &str) -> Result<Self, InvalidName> {
        let name = file_name.to_ascii_uppercase();
        let stem = name.strip_suffix(".CSV").ok_or(InvalidName)?;
        let mut parts = stem.splitn(5, '_');
        let mut part = || parts.next().ok_or(InvalidName);
        let kind = match part()? {
            "MOVE" => Kind::Move,
            "STOCK" => Kind::Stock,
            "SHIP" => Kind::Ship,
            _ => return Err(InvalidName),
        };
        let site = part()?;
        if site.is_empty() || !site.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(InvalidName);
        }
        let cutoff = cutoff(part()?).ok_or(InvalidName)?;
        let digits = part()?;
        let is_number =
            (1..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        let seq = digits.parse().ok().filter(|_| is_number);
        Ok(Self {
            kind,
            site: site.to_owned(),
            cutoff,
            seq: seq.ok_or(InvalidName)?,
        })
    }
}

/// `20261109T2030Z`, from 1970 on.
fn cutoff(text: &str) -> Option<Timestamp> {
    let digits = text.strip_suffix('Z')?;
    if digits.len() != 13 {
        return None;
    }
    let civil = DateTime::strptime("%Y%m%dT%H%M", digits).ok()?;
    let cutoff = civil.to_zoned(TimeZone::UTC).ok()?.timestamp();
    (cutoff >= Timestamp::UNIX_EPOCH).then_some(cutoff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_kind_site_cutoff_and_number() {
        let expected = DropName {
            kind: Kind::Move,
            site: "DC3".to_owned(),
            cutoff: "2026-11-09T20:30:00Z".parse().unwrap(),
            seq: 42,
        };
        for name in [
            "MOVE_DC3_20261109T2030Z_0042.csv",
            "move_dc3_20261109t2030z_42.CSV",
            "MOVE_DC3_20261109T2030Z_0042_cp1252.csv",
            "MOVE_DC3_20261109T2030Z_0042_resent_twice.csv",
        ] {
            assert_eq!(DropName::parse(name), Ok(expected.clone()), "{name}");
        }
        assert_eq!(
            DropName::parse("STOCK_A_20261109T0000Z_1.csv")
                .unwrap()
                .kind,
            Kind::Stock
        );
    }

    #[test]
    fn other_names_are_refused() {
        for name in [
            "",
            "README.txt",
            "MOVE_DC3_20261109T2030Z_0042.csv.gz",
            "MOVE_DC3_20261109T2030Z.csv",
            "MOVE_DC3_20261109T2030_1.csv",
            "MOVE_DC3_20261309T2030Z_1.csv",
            "MOVE_DC3_19691231T2359Z_1.csv",
            "MOVE_DC 3_20261109T2030Z_1.csv",
            "MOVE_DC3_20261109T2030Z_-1.csv",
            "MOVE_DC3_20261109T2030Z_1234567890.csv",
            "PICK_DC3_20261109T2030Z_1.csv",
        ] {
            assert_eq!(DropName::parse(name), Err(InvalidName), "{name}");
        }
    }
}
