//! Interchanges as bytes: separators, control numbers, counts, line wrapping.

use jiff::civil::DateTime;

/// How a partner's translator writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) element: char,
    pub(super) component: char,
    pub(super) terminator: char,
    /// Put after each terminator; the terminator itself may be a line feed.
    pub(super) line_end: &'static str,
    /// Lines are cut at this many characters, wherever that is.
    pub(super) wrap: Option<usize>,
    /// A UTF-8 byte order mark in front of the file.
    pub(super) mark: bool,
    /// ISA elements without the blanks that fill them.
    pub(super) collapsed: bool,
}

impl Style {
    /// What most partners send.
    pub(super) const PLAIN: Self = Self {
        element: '*',
        component: '>',
        terminator: '~',
        line_end: "\n",
        wrap: None,
        mark: false,
        collapsed: false,
    };

    /// What readers that know only `*` and `~` fail on.
    pub(super) const ODD: [Self; 6] = [
        Self {
            element: '|',
            terminator: '\n',
            line_end: "",
            ..Self::PLAIN
        },
        Self {
            terminator: '\'',
            component: ':',
            line_end: "",
            ..Self::PLAIN
        },
        Self {
            line_end: "",
            wrap: Some(80),
            ..Self::PLAIN
        },
        Self {
            line_end: "\r\n",
            mark: true,
            ..Self::PLAIN
        },
        Self {
            collapsed: true,
            ..Self::PLAIN
        },
        Self {
            element: '^',
            terminator: '_',
            component: '<',
            line_end: "\r\n",
            ..Self::PLAIN
        },
    ];
}

/// A segment: its name and its elements.
pub(super) type Segment = Vec<String>;

/// Splits `B10*0447*L-1` at the stars; empty elements at the end are left out, as the standard asks.
pub(super) fn segment(text: &str) -> Segment {
    text.trim_end_matches('*')
        .split('*')
        .map(str::to_owned)
        .collect()
}

/// One transaction set, ST and SE not among its segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    pub(super) id: &'static str,
    pub(super) segments: Vec<Segment>,
    /// Added to the number of segments that SE states.
    pub(super) miscounted: i64,
    /// The control number that SE names, where it is not ST's.
    pub(super) closing: Option<String>,
}

impl Set {
    pub(super) fn new(id: &'static str, segments: Vec<Segment>) -> Self {
        Self {
            id,
            segments,
            miscounted: 0,
            closing: None,
        }
    }
}

/// Sets of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// `QM`, `IM`, `GF`, `RO`, `FA`.
    pub(super) function: &'static str,
    pub(super) control: u32,
    pub(super) sets: Vec<Set>,
}

/// One interchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interchange {
    pub(super) sender: &'static str,
    pub(super) control: u32,
    /// The sender's own clock.
    pub(super) at: DateTime,
    pub(super) groups: Vec<Group>,
    /// The numbers in IEA and GE are those that were sent.
    pub(super) cut_off: bool,
}

/// How the receiver of all interchanges is called.
pub(super) const RECEIVER: &str = "LOGIHUB";

/// Control number of the set at a position of its group.
pub(super) fn set_control(position: usize) -> String {
    format!("{:04}", position + 1)
}

impl Interchange {
    /// The bytes of the whole interchange.
    pub(super) fn write(&self, style: &Style) -> Vec<u8> {
        let mut out = String::new();
        for group in self.lines(style) {
            let separator = style.element.to_string();
            out.push_str(&group.join(&separator));
            out.push(style.terminator);
            if style.wrap.is_none() {
                out.push_str(style.line_end);
            }
        }
        if let Some(width) = style.wrap {
            out = wrapped(&out, width);
        }
        out.into_bytes()
    }

    fn lines(&self, style: &Style) -> Vec<Segment> {
        let mut lines = vec![self.isa(style)];
        let day = self.at.strftime("%Y%m%d");
        let time = self.at.strftime("%H%M%S");
        for group in &self.groups {
            lines.push(segment(&format!(
                "GS*{}*{}*{RECEIVER}*{day}*{time}*{}*X*004010",
                group.function, self.sender, group.control
            )));
            for (position, set) in group.sets.iter().enumerate() {
                lines.extend(set.lines(position));
            }
            lines.push(segment(&format!(
                "GE*{}*{}",
                group.sets.len(),
                group.control
            )));
        }
        if self.cut_off {
            // The end of the file is the end of what was sent: in the middle of the last set.
            lines.truncate(lines.len() - 3);
        } else {
            lines.push(segment(&format!(
                "IEA*{}*{:09}",
                self.groups.len(),
                self.control
            )));
        }
        lines
    }

    fn isa(&self, style: &Style) -> Segment {
        let (day, time) = (self.at.strftime("%y%m%d"), self.at.strftime("%H%M"));
        let filled = |text: &str, width: usize| {
            if style.collapsed {
                text.to_owned()
            } else {
                format!("{text:width$}")
            }
        };
        vec![
            "ISA".to_owned(),
            "00".to_owned(),
            filled("", 10),
            "00".to_owned(),
            filled("", 10),
            "02".to_owned(),
            filled(self.sender, 15),
            "ZZ".to_owned(),
            filled(RECEIVER, 15),
            day.to_string(),
            time.to_string(),
            "U".to_owned(),
            "00401".to_owned(),
            format!("{:09}", self.control),
            "0".to_owned(),
            "P".to_owned(),
            style.component.to_string(),
        ]
    }
}

impl Set {
    fn lines(&self, position: usize) -> Vec<Segment> {
        let control = set_control(position);
        let counted = i64::try_from(self.segments.len() + 2).unwrap_or(0) + self.miscounted;
        let closing = self.closing.as_deref().unwrap_or(&control);
        let mut lines = vec![segment(&format!("ST*{}*{control}", self.id))];
        lines.extend(self.segments.iter().cloned());
        lines.push(segment(&format!("SE*{counted}*{closing}")));
        lines
    }
}

fn wrapped(text: &str, width: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters
        .chunks(width)
        .map(|line| line.iter().collect::<String>() + "\r\n")
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interchange() -> Interchange {
        let set = Set::new("990", vec![segment("B1*TSTL*L-1*20261108*A**")]);
        let group = Group {
            function: "GF",
            control: 7701,
            sets: vec![set],
        };
        Interchange {
            sender: "TSTL",
            control: 7701,
            at: "2026-11-08T15:02:09".parse().unwrap(),
            groups: vec![group],
            cut_off: false,
        }
    }

    #[test]
    fn a_plain_interchange_has_fixed_widths_and_right_counts() {
        let text = String::from_utf8(interchange().write(&Style::PLAIN)).unwrap();
        let expected = "ISA*00*          *00*          *02*TSTL           *ZZ*LOGIHUB        *261108*1502*U*00401*000007701*0*P*>~\n\
            GS*GF*TSTL*LOGIHUB*20261108*150209*7701*X*004010~\nST*990*0001~\nB1*TSTL*L-1*20261108*A~\nSE*3*0001~\n\
            GE*1*7701~\nIEA*1*000007701~\n";
        assert_eq!(text, expected);
    }

    #[test]
    fn wrong_numbers_are_wrong_where_they_were_asked_for() {
        let mut interchange = interchange();
        interchange.groups[0].sets[0].miscounted = -2;
        interchange.groups[0].sets[0].closing = Some("7001".to_owned());
        let text = String::from_utf8(interchange.write(&Style::PLAIN)).unwrap();
        assert!(text.contains("\nSE*1*7001~\n"), "{text}");
    }

    #[test]
    fn odd_styles_write_the_same_elements() {
        for style in Style::ODD {
            let text = String::from_utf8(interchange().write(&style)).unwrap();
            let plain: String = text
                .chars()
                .filter(|letter| *letter != '\r')
                .filter(|letter| style.terminator == '\n' || *letter != '\n')
                .map(|letter| if letter == style.element { '*' } else { letter })
                .collect();
            let segments: Vec<_> = plain.split(style.terminator).collect();
            assert_eq!(segments.len(), 8, "{text}");
            assert_eq!(segments[3], "B1*TSTL*L-1*20261108*A", "{text}");
        }
    }

    #[test]
    fn a_cut_interchange_ends_within_its_last_set() {
        let mut interchange = interchange();
        interchange.cut_off = true;
        let text = String::from_utf8(interchange.write(&Style::PLAIN)).unwrap();
        assert!(text.ends_with("\nST*990*0001~\n"), "{text}");
    }
}
