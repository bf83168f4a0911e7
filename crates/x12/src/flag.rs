//! Oddities of framing that cost nothing but are worth counting.

/// Something unusual about how an interchange was written. None of them loses data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Flag {
    /// A UTF-8 byte order mark stood at the start of the file.
    Bom = 1,
    /// Blank bytes stood before the first `ISA`.
    LeadingBlanks = 1 << 1,
    /// The ISA's separators are not at the standard places: collapsed, too short or broken over lines.
    IsaNonFixed = 1 << 2,
    /// Line breaks inside segments were taken out.
    Wrapped = 1 << 3,
    /// Blanks or tabs stood before segments.
    Indented = 1 << 4,
    /// A terminator followed a terminator; blank lines of a file with line-end terminators do not count.
    EmptySegments = 1 << 5,
    /// The last segment has no terminator.
    Unterminated = 1 << 6,
    /// Blanks followed the IEA.
    TrailingBlanks = 1 << 7,
    /// Other bytes followed the IEA; [`crate::Interchange::garbage`] says where.
    TrailingGarbage = 1 << 8,
    /// More findings than [`crate::Limits::findings`]; the rest was not kept.
    FindingsCut = 1 << 9,
}

impl Flag {
    const ALL: [(Self, &'static str); 10] = [
        (Self::Bom, "bom"),
        (Self::LeadingBlanks, "leading_blanks"),
        (Self::IsaNonFixed, "isa_nonfixed"),
        (Self::Wrapped, "wrapped"),
        (Self::Indented, "indented"),
        (Self::EmptySegments, "empty_segments"),
        (Self::Unterminated, "unterminated"),
        (Self::TrailingBlanks, "trailing_blanks"),
        (Self::TrailingGarbage, "trailing_garbage"),
        (Self::FindingsCut, "findings_cut"),
    ];
}

/// A set of [`Flag`].
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Flags(u16);

impl Flags {
    /// Whether the flag is up.
    #[must_use]
    pub fn contains(self, flag: Flag) -> bool {
        self.0 & flag as u16 != 0
    }

    /// Whether no flag is up.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The flags that are up, with stable names for counters.
    pub fn iter(self) -> impl Iterator<Item = (Flag, &'static str)> {
        Flag::ALL
            .into_iter()
            .filter(move |(flag, _)| self.contains(*flag))
    }

    pub(crate) fn raise(&mut self, flag: Flag) {
        self.0 |= flag as u16;
    }

    pub(crate) fn raise_if(&mut self, flag: Flag, condition: bool) {
        if condition {
            self.raise(flag);
        }
    }
}

impl std::fmt::Debug for Flags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set()
            .entries(self.iter().map(|(flag, _)| flag))
            .finish()
    }
}
