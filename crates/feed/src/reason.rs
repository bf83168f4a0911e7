//! The closed list of reasons for which something fails.

use std::{fmt, str::FromStr};

use retry::Class;
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
    /// Something else does not answer now. It is waited for; no dead letter comes of it.
    Outage,
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
            Self::Outage => "outage",
        }
    }

    /// Whether trying again may help: only in an outage. How long to wait comes with the single failure.
    #[must_use]
    pub const fn retry(self) -> Class {
        match self {
            Self::Outage => Class::TRANSIENT,
            Self::Data | Self::Coverage | Self::Limit | Self::Defect => Class::Permanent,
        }
    }

    /// How much it matters.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::Data | Self::Coverage | Self::Outage => Severity::Warning,
            Self::Limit => Severity::Error,
            Self::Defect => Severity::Critical,
        }
    }

    /// What is usually the right thing to do.
    #[must_use]
    pub const fn default_action(self) -> Action {
        match self {
            Self::Data => Action::Correct,
            Self::Coverage => Action::Release,
            Self::Limit => Action::Adapt,
            Self::Defect => Action::Report,
            Self::Outage => Action::Wait,
        }
    }
}

/// How much a failure matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something is missing from the reports until somebody else corrects it.
    Warning,
    /// Something is missing from the reports until we change something.
    Error,
    /// We do something wrong, perhaps elsewhere too.
    Critical,
}

impl Severity {
    /// The stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

/// What is usually the right thing to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Have the upstream correct it and send it again, or correct the letter and replay it.
    Correct,
    /// Release a version that knows it, then replay.
    Release,
    /// Change the limit or the record, then replay.
    Adapt,
    /// Report a defect; replay once it is mended.
    Report,
    /// Nothing: it is tried again by itself.
    Wait,
}

impl Action {
    /// The stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Release => "release",
            Self::Adapt => "adapt",
            Self::Report => "report",
            Self::Wait => "wait",
        }
    }
}

/// A code that is in no list of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a known reason")]
pub struct UnknownReason(pub String);

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal, $class:ident, $title:literal;)+) => {
        /// Why something failed. Each but those of an outage makes dead letters, and each has a page, `docs/reasons/<code>.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason { $($(#[$doc])* $variant,)+ }

        impl Reason {
            /// Every reason, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable code; `E1` in an upstream's app, `E2` in the consolidator, `E3` for what is waited for.
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
    /// An upstream does not answer, or says that it cannot now.
    UpstreamAway = "E301", "upstream_away", Outage, "an upstream does not answer";
    /// The feed does not answer, or says that it cannot now.
    FeedAway = "E302", "feed_away", Outage, "the feed does not answer";
    /// The reporting store does not answer, is busy, full, or broken as a whole.
    StoreAway = "E303", "store_away", Outage, "the reporting store does not answer";
    /// The storage of files and queues does not answer, or says that it cannot now.
    StorageAway = "E304", "storage_away", Outage, "the file storage does not answer";
    /// An other side answers and has had too much.
    Throttled = "E305", "throttled", Outage, "an other side asks for a pause";
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
