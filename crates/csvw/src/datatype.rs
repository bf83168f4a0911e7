//! What a column's cells may be.

use std::collections::BTreeSet;

use regex::Regex;

use crate::{
    date_pattern::DatePattern,
    decimal::{Decimal, Notation},
};

/// The kinds of value that are told apart. The many names of the recommendation map onto them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// Text, kept as it is.
    Text,
    /// A whole number, kept as text; the bounds are those of its name (`int`, `unsignedByte`).
    Integer {
        /// Least value, where the name sets one.
        min: Option<i128>,
        /// Greatest value, where the name sets one.
        max: Option<i128>,
    },
    /// An exact decimal. `double`, `float` and `number` are read exactly too, with an exponent.
    Decimal {
        /// True when `1e3` is a number.
        exponent: bool,
    },
    /// Yes or no.
    Boolean,
    /// A day.
    Date,
    /// A day and a time.
    DateTime {
        /// True for `dateTimeStamp`: an offset must be written.
        offset_required: bool,
    },
    /// A time of day.
    Time,
}

/// A least or greatest value.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// `minimum`, `maximum`, `minExclusive`, `maxExclusive`.
    pub(crate) name: &'static str,
    /// The limit as written in the schema.
    pub(crate) text: String,
    pub(crate) limit: BoundLimit,
}

/// A limit in the form that cells are compared in.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum BoundLimit {
    Number(Decimal),
    /// Year, month, day, hour, minute, second, nanosecond: as written, offsets not applied.
    Civil([u32; 7]),
}

impl Bound {
    /// The bound in the schema's own words: `minimum 0`.
    pub fn in_words(&self) -> String {
        format!("{} {}", self.name, self.text)
    }

    pub(crate) fn holds(&self, order: std::cmp::Ordering) -> bool {
        match self.name {
            "minimum" => order.is_ge(),
            "maximum" => order.is_le(),
            "minExclusive" => order.is_gt(),
            _ => order.is_lt(),
        }
    }
}

/// How cells of a column are read and checked.
#[derive(Clone, Debug)]
pub struct Datatype {
    pub(crate) name: String,
    pub(crate) base: Base,
    pub(crate) format: Format,
    pub(crate) decimal_char: Option<char>,
    pub(crate) bounds: Vec<Bound>,
    pub(crate) min_length: Option<usize>,
    pub(crate) max_length: Option<usize>,
}

/// What `format` says, by base.
#[derive(Clone, Debug)]
pub(crate) enum Format {
    None,
    /// `A|B|C` without any other sign of a regular expression.
    OneOf(BTreeSet<String>),
    Regex(Box<Regex>),
    Date(DatePattern),
    /// `Y|N`.
    Boolean {
        yes: String,
        no: String,
    },
}

impl Datatype {
    /// Plain text, the type of a column that states none.
    pub(crate) fn text() -> Self {
        Self {
            name: "string".to_owned(),
            base: Base::Text,
            format: Format::None,
            decimal_char: None,
            bounds: Vec::new(),
            min_length: None,
            max_length: None,
        }
    }

    /// Name in the schema.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Kind of value.
    pub fn base(&self) -> Base {
        self.base
    }

    /// Least and greatest values.
    pub fn bounds(&self) -> &[Bound] {
        &self.bounds
    }

    /// The texts of a column whose format is a plain list.
    pub fn choices(&self) -> Option<impl Iterator<Item = &str>> {
        match &self.format {
            Format::OneOf(choices) => Some(choices.iter().map(String::as_str)),
            _ => None,
        }
    }

    pub(crate) fn notation(&self, default_decimal_char: char) -> Notation {
        let exponent = matches!(self.base, Base::Decimal { exponent: true });
        Notation {
            decimal_char: self.decimal_char.unwrap_or(default_decimal_char),
            exponent,
        }
    }
}

impl Base {
    /// The base of a datatype name of the recommendation; `None` for those that are not supported.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let integer = |min: Option<i128>, max: Option<i128>| Some(Base::Integer { min, max });
        match name {
            "string" | "normalizedString" | "token" | "any" | "anyAtomicType" | "anyURI"
            | "language" | "Name" | "NMTOKEN" | "json" | "xml" | "html" | "QName" => {
                Some(Base::Text)
            }
            "integer" => integer(None, None),
            "long" => integer(Some(i64::MIN.into()), Some(i64::MAX.into())),
            "int" => integer(Some(i32::MIN.into()), Some(i32::MAX.into())),
            "short" => integer(Some(i16::MIN.into()), Some(i16::MAX.into())),
            "byte" => integer(Some(i8::MIN.into()), Some(i8::MAX.into())),
            "nonNegativeInteger" => integer(Some(0), None),
            "positiveInteger" => integer(Some(1), None),
            "nonPositiveInteger" => integer(None, Some(0)),
            "negativeInteger" => integer(None, Some(-1)),
            "unsignedLong" => integer(Some(0), Some(u64::MAX.into())),
            "unsignedInt" => integer(Some(0), Some(u32::MAX.into())),
            "unsignedShort" => integer(Some(0), Some(u16::MAX.into())),
            "unsignedByte" => integer(Some(0), Some(u8::MAX.into())),
            "decimal" => Some(Base::Decimal { exponent: false }),
            "double" | "float" | "number" => Some(Base::Decimal { exponent: true }),
            "boolean" => Some(Base::Boolean),
            "date" => Some(Base::Date),
            "datetime" | "dateTime" => Some(Base::DateTime {
                offset_required: false,
            }),
            "dateTimeStamp" => Some(Base::DateTime {
                offset_required: true,
            }),
            "time" => Some(Base::Time),
            _ => None,
        }
    }

    /// True where numbers are compared.
    pub(crate) fn is_number(self) -> bool {
        matches!(self, Base::Integer { .. } | Base::Decimal { .. })
    }

    /// True where the calendar or the clock decides.
    pub(crate) fn is_civil(self) -> bool {
        matches!(self, Base::Date | Base::DateTime { .. } | Base::Time)
    }

    /// What a value of it is called in an error, with an article.
    pub(crate) fn wanted(self) -> &'static str {
        match self {
            Base::Text => "a text",
            Base::Integer { .. } => "an integer",
            Base::Decimal { .. } => "a decimal",
            Base::Boolean => "a boolean",
            Base::Date => "a date",
            Base::DateTime {
                offset_required: false,
            } => "a date and time",
            Base::DateTime {
                offset_required: true,
            } => "a date and time with an offset",
            Base::Time => "a time of day",
        }
    }
}
