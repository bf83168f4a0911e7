//! Rows as the bytes of a drop: delimiters, line ends, quoting, encodings.

/// How the letters of a file become bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf8WithMark,
    /// Every text of ours that may stand in such a file has letters of this code page only.
    Windows1252,
    Utf16Le,
    Utf16Be,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: char,
    pub(super) line_end: &'static str,
    pub(super) encoding: Encoding,
    /// Which spelling of the titles is used.
    pub(super) spelling: usize,
    /// A title line above the header.
    pub(super) padded: bool,
    /// An unknown column with quotes and line breaks in its cells.
    pub(super) remarks: bool,
}

impl Dialect {
    /// What the sites agreed on.
    pub(super) const AGREED: Self = Self {
        delimiter: ';',
        line_end: "\r\n",
        encoding: Encoding::Utf8,
        spelling: 0,
        padded: false,
        remarks: false,
    };

    /// What sites also send on an ordinary day.
    pub(super) const USUAL: [Self; 3] = [
        Self::AGREED,
        Self {
            encoding: Encoding::Utf8WithMark,
            spelling: 1,
            ..Self::AGREED
        },
        Self {
            delimiter: ',',
            line_end: "\n",
            ..Self::AGREED
        },
    ];

    /// What comes out of other tools.
    pub(super) const ODD: [Self; 6] = [
        Self {
            encoding: Encoding::Windows1252,
            spelling: 1,
            ..Self::AGREED
        },
        Self {
            encoding: Encoding::Utf16Le,
            ..Self::AGREED
        },
        Self {
            delimiter: '\t',
            line_end: "\n",
            encoding: Encoding::Utf16Be,
            spelling: 1,
            ..Self::AGREED
        },
        Self {
            delimiter: '\t',
            line_end: "\r",
            ..Self::AGREED
        },
        Self {
            delimiter: '|',
            line_end: "\n",
            padded: true,
            ..Self::AGREED
        },
        Self {
            remarks: true,
            ..Self::AGREED
        },
    ];
}

/// The bytes of a file and where its rows begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pub(super) bytes: Vec<u8>,
    /// First byte of each line, the header's included, then the end.
    pub(super) lines: Vec<usize>,
}

/// Writes a header and rows; every row has as many cells as the header.
pub(super) fn write(dialect: &Dialect, header: &[&str], rows: &[Vec<String>]) -> Text {
    let mut text = Text {
        bytes: dialect.mark().to_vec(),
        lines: Vec::with_capacity(rows.len() + 2),
    };
    if dialect.padded {
        dialect.line(&mut text, &["Warehouse export".to_owned()]);
        text.lines.clear();
    }
    let mut titles: Vec<String> = header.iter().map(|&title| title.to_owned()).collect();
    if dialect.remarks {
        titles.push("remark".to_owned());
    }
    dialect.line(&mut text, &titles);
    for (at, row) in rows.iter().enumerate() {
        if dialect.remarks {
            let mut cells = row.clone();
            cells.push(REMARKS[at % REMARKS.len()].to_owned());
            dialect.line(&mut text, &cells);
        } else {
            dialect.line(&mut text, row);
        }
    }
    text.lines.push(text.bytes.len());
    text
}

const REMARKS: [&str; 4] = ["", "left \"as is\"", "two\r\nlines; one cell", "x,y;z|\t"];

impl Dialect {
    const fn mark(&self) -> &'static [u8] {
        match self.encoding {
            Encoding::Utf8 | Encoding::Windows1252 => &[],
            Encoding::Utf8WithMark => &[0xEF, 0xBB, 0xBF],
            Encoding::Utf16Le => &[0xFF, 0xFE],
            Encoding::Utf16Be => &[0xFE, 0xFF],
        }
    }

    fn line(&self, text: &mut Text, cells: &[String]) {
        text.lines.push(text.bytes.len());
        let mut line = String::new();
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 {
                line.push(self.delimiter);
            }
            if cell.contains([self.delimiter, '"', '\r', '\n']) {
                line.push('"');
                line.push_str(&cell.replace('"', "\"\""));
                line.push('"');
            } else {
                line.push_str(cell);
            }
        }
        line.push_str(self.line_end);
        self.encode(&line, &mut text.bytes);
    }

    fn encode(&self, line: &str, bytes: &mut Vec<u8>) {
        match self.encoding {
            Encoding::Utf8 | Encoding::Utf8WithMark => bytes.extend_from_slice(line.as_bytes()),
            Encoding::Windows1252 => bytes.extend(line.chars().map(windows_1252)),
            Encoding::Utf16Le => line
                .encode_utf16()
                .for_each(|unit| bytes.extend(unit.to_le_bytes())),
            Encoding::Utf16Be => line
                .encode_utf16()
                .for_each(|unit| bytes.extend(unit.to_be_bytes())),
        }
    }
}

/// A letter of Latin-1, which the code page shares; the few others that we use are named.
fn windows_1252(letter: char) -> u8 {
    match letter {
        '–' => 0x96,
        '’' => 0x92,
        '€' => 0x80,
        _ => u8::try_from(u32::from(letter)).unwrap_or(b'?'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        vec![
            vec!["1".to_owned(), "Núñez, \"Chema\"".to_owned()],
            vec!["2".to_owned(), "a;b".to_owned()],
        ]
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let text = write(&Dialect::AGREED, &["id", "user"], &rows());
        let whole = "id;user\r\n1;\"Núñez, \"\"Chema\"\"\"\r\n2;\"a;b\"\r\n";
        assert_eq!(String::from_utf8(text.bytes.clone()).unwrap(), whole);
        assert_eq!(text.lines, [0, 9, 33, 42]);
        assert_eq!(&text.bytes[text.lines[2]..text.lines[3]], b"2;\"a;b\"\r\n");
    }

    #[test]
    fn encodings_have_their_marks_and_letters() {
        let bytes = |encoding| {
            write(
                &Dialect {
                    encoding,
                    line_end: "\n",
                    ..Dialect::AGREED
                },
                &["ñ"],
                &[],
            )
            .bytes
        };
        assert_eq!(bytes(Encoding::Utf8), [0xC3, 0xB1, 10]);
        assert_eq!(
            bytes(Encoding::Utf8WithMark),
            [0xEF, 0xBB, 0xBF, 0xC3, 0xB1, 10]
        );
        assert_eq!(bytes(Encoding::Windows1252), [0xF1, 10]);
        assert_eq!(bytes(Encoding::Utf16Le), [0xFF, 0xFE, 0xF1, 0, 10, 0]);
        assert_eq!(bytes(Encoding::Utf16Be), [0xFE, 0xFF, 0, 0xF1, 0, 10]);
    }

    #[test]
    fn what_stands_above_the_header_is_no_row() {
        let dialect = Dialect {
            padded: true,
            ..Dialect::AGREED
        };
        let text = write(&dialect, &["id", "user"], &rows());
        assert!(text.bytes[text.lines[0]..].starts_with(b"id;user\r\n"));
        assert_eq!(text.lines.len(), 4);
    }
}
