//! The closed list of reasons for which something becomes a dead letter.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Whose move it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReasonClass {
    /// The upstream sent something wrong; it corrects and sends again.
    Data,
    /// The message is valid, and we do not know what to do with it yet; a release of ours does.
    Coverage,
    /// A database does not take the record as it is.
    Limit,
    /// Something of our own is wrong.
    Defect,
}

impl ReasonClass {
    /// The stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Coverage => "coverage",
            Self::Limit => "limit",
            Self::Defect => "defect",
        }
    }
}

/// A code that is in no list of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known reason")]
pub struct UnknownReason(pub String);

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal, $class:ident, $title:literal;)+) => {
        /// Why something became a dead letter. Each has a page, `docs/reasons/<code>.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason { $($(#[$doc])* $variant,)+ }

        impl Reason {
            /// Every reason, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable code; `E1` in an upstream's app, `E2` in the consolidator.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The name in lower snake case.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Whose move it is.
            #[must_use]
            pub const fn class(self) -> ReasonClass {
                match self { $(Self::$variant => ReasonClass::$class,)+ }
            }

            /// One line for a list.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)+ }
            }
        }

        impl FromStr for Reason {
            type Err = UnknownReason;

            fn from_str(code: &str) -> Result<Self, UnknownReason> {
                match code {
                    $($code => Ok(Self::$variant),)+
                    _ => Err(UnknownReason(code.to_owned())),
                }
            }
        }
    };
}

reasons! {
    /// The message as a whole cannot be read.
    MalformedMessage = "E101", "malformed_message", Data, "the message cannot be read";
    /// One unit of a readable message breaks the rules of its kind.
    InvalidUnit = "E102", "invalid_unit", Data, "one unit of the message is invalid";
    /// Valid, but nothing that we know how to normalize.
    Unsupported = "E103", "unsupported", Coverage, "valid, but not supported";
    /// The feed takes other records, but not this one.
    FeedRefusedRecord = "E104", "feed_refused_record", Limit, "the feed refuses the record";
    /// The host gave up on a queue message, because no invocation with it ended.
    PoisonMessage = "E105", "poison_message", Defect, "the host gave up on a queue message";
    /// A file was announced and is not there.
    FileGone = "E106", "file_gone", Data, "the announced file is not there";
    /// The reporting store takes other records, but not this one.
    StoreRefusedRecord = "E201", "store_refused_record", Limit, "the reporting store refuses the record";
    /// A document of the feed cannot be read as a record.
    UnreadableDocument = "E202", "unreadable_document", Defect, "a document of the feed cannot be read";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Code;
        impl de::Visitor<'_> for Code {
            type Value = Reason;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a reason code")
            }
            fn visit_str<E: de::Error>(self, code: &str) -> Result<Reason, E> {
                code.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Code)
    }
}
