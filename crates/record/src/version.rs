//! The total order of the changes to one key.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant before 1970, which no source of ours can mean.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is before 1970-01-01")]
pub struct BeforeEpoch(pub Timestamp);

/// Text that is not a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version such as 000.00001793610922417000000.00000000000000000007")]
pub struct InvalidVersion(pub String);

/// The version that a source gives to a change: precedence, then major, then minor.
///
/// Its text has a fixed width, so that comparing texts byte by byte (SQL with the `C` collation) gives the same order
/// as comparing versions. Two records with the same version and different content are ordered by their content hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SourceVersion {
    precedence: u8,
    major: u64,
    minor: u64,
}

/// Three digits, twenty digits, twenty digits, two points.
const TEXT_LENGTH: usize = 3 + 1 + 20 + 1 + 20;

impl SourceVersion {
    /// A version from the source's own order (`major`) and its tie-break (`minor`).
    #[must_use]
    pub const fn new(major: u64, minor: u64) -> Self {
        Self {
            precedence: 0,
            major,
            minor,
        }
    }

    /// A version whose major part is the time at which the source says it changed, in nanoseconds since 1970.
    pub fn at(changed: Timestamp, minor: u64) -> Result<Self, BeforeEpoch> {
        let major = u64::try_from(changed.as_nanosecond()).map_err(|_| BeforeEpoch(changed))?;
        Ok(Self::new(major, minor))
    }

    /// The same version with a precedence in front: a higher precedence wins whatever the times say.
    /// Used where a fact outranks a forecast.
    #[must_use]
    pub const fn with_precedence(self, precedence: u8) -> Self {
        Self { precedence, ..self }
    }
}

impl fmt::Display for SourceVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:03}.{:020}.{:020}",
            self.precedence, self.major, self.minor
        )
    }
}

impl FromStr for SourceVersion {
    type Err = InvalidVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidVersion(text.to_owned());
        let digits = text.bytes().enumerate().all(|(index, byte)| match index {
            3 | 24 => byte == b'.',
            _ => byte.is_ascii_digit(),
        });
        if text.len() != TEXT_LENGTH || !digits {
            return Err(invalid());
        }
        Ok(Self {
            precedence: text[0..3].parse().map_err(|_| invalid())?,
            major: text[4..24].parse().map_err(|_| invalid())?,
            minor: text[25..45].parse().map_err(|_| invalid())?,
        })
    }
}

impl Serialize for SourceVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SourceVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = SourceVersion;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a version")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<SourceVersion, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}
