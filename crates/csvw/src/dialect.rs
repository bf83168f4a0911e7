//! How a file is written.

/// Where blanks around cells are taken away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trim {
    /// Nowhere.
    #[default]
    None,
    /// Before the text.
    Start,
    /// Behind the text.
    End,
    /// On both sides.
    Both,
}

impl Trim {
    pub(crate) fn start(self) -> bool {
        matches!(self, Trim::Start | Trim::Both)
    }

    pub(crate) fn end(self) -> bool {
        matches!(self, Trim::End | Trim::Both)
    }
}

/// The dialect of a CSVW description. Line ends are CR, LF and CR LF, always and mixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Separator of cells (default `,`). On a header line it is only the first of those that are tried.
    pub delimiter: u8,
    /// Character around cells that hold delimiters or line ends (default `"`); `None` where nothing is quoted.
    pub quote: Option<u8>,
    /// True: a quote in a cell is written twice. False: it follows a backslash.
    pub double_quote: bool,
    /// True when titles come before the rows.
    pub header: bool,
    /// Lines before the header that are not looked at.
    pub skip_rows: u64,
    /// Label of the encoding as stated. It decides only where the bytes are neither marked nor valid UTF-8.
    pub encoding: Option<String>,
    /// Character that starts a comment line. None by default, although the recommendation proposes `#`: an article
    /// number may start with it, and a row must not vanish.
    pub comment: Option<u8>,
    /// Blanks around cells.
    pub trim: Trim,
    /// Decimal separator of number columns that do not state one (our addition to the dialect; default `.`).
    pub decimal_char: char,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: b',',
            quote: Some(b'"'),
            double_quote: true,
            header: true,
            skip_rows: 0,
            encoding: None,
            comment: None,
            trim: Trim::None,
            decimal_char: '.',
        }
    }
}
