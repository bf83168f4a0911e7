//! Writing segments: outbound envelopes and everything that is echoed into them.

use crate::{
    date::{Date, Time},
    group::Group,
    header::Header,
    text::{count, trimmed},
};

/// Numbers and clock of an interchange that we send. The caller owns both; this crate knows no clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outbound {
    /// ISA13, 1 to 999,999,999.
    pub interchange_control: u32,
    /// GS06, 1 to 999,999,999.
    pub group_control: u32,
    /// ST02, written with at least four digits.
    pub set_control: u32,
    /// ISA09 and GS04.
    pub date: Date,
    /// ISA10 and GS05.
    pub time: Time,
    /// How the file is written.
    pub style: Style,
}

/// Delimiters of a file that we write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Between elements.
    pub element: u8,
    /// Between components, ISA16.
    pub component: u8,
    /// Between repeats, ISA11 from version 00402.
    pub repetition: u8,
    /// After a segment.
    pub terminator: u8,
    /// Whether a line feed follows the terminator.
    pub lines: bool,
}

impl Default for Style {
    /// `*`, `>`, `^`, `~`, one segment a line.
    fn default() -> Self {
        Self {
            element: b'*',
            component: b'>',
            repetition: b'^',
            terminator: b'~',
            lines: true,
        }
    }
}

/// Appends segments. Bytes that would read as delimiters become blanks, so echoed data cannot break the framing.
#[derive(Debug)]
pub(crate) struct Writer {
    out: Vec<u8>,
    style: Style,
    /// Segments since [`Self::begin_set`].
    in_set: u32,
}

impl Writer {
    pub(crate) fn new(style: Style) -> Self {
        Self {
            out: Vec::new(),
            style,
            in_set: 0,
        }
    }

    /// A segment; empty elements at its end are left out.
    pub(crate) fn segment(&mut self, id: &str, elements: &[&[u8]]) {
        self.out.extend_from_slice(id.as_bytes());
        let given = elements.iter().rposition(|element| !element.is_empty());
        for element in &elements[..given.map_or(0, |last| last + 1)] {
            self.out.push(self.style.element);
            self.safe(element);
        }
        self.end_segment();
    }

    /// Like [`Self::segment`], for elements that are ours.
    pub(crate) fn texts(&mut self, id: &str, elements: &[&str]) {
        let bytes: Vec<&[u8]> = elements.iter().map(|element| element.as_bytes()).collect();
        self.segment(id, &bytes);
    }

    /// A segment whose first element has two components.
    pub(crate) fn composite(&mut self, id: &str, first: (&str, &str), others: &[&str]) {
        self.out.extend_from_slice(id.as_bytes());
        self.out.push(self.style.element);
        self.safe(first.0.as_bytes());
        self.out.push(self.style.component);
        self.safe(first.1.as_bytes());
        self.segment(
            "",
            &others
                .iter()
                .map(|text| text.as_bytes())
                .collect::<Vec<_>>(),
        );
    }

    fn safe(&mut self, element: &[u8]) {
        let Style {
            element: separator,
            component,
            repetition,
            terminator,
            ..
        } = self.style;
        let delimiters = [separator, component, repetition, terminator];
        let blanked = element.iter().map(|byte| {
            let kept = !delimiters.contains(byte) && !byte.is_ascii_control();
            if kept { *byte } else { b' ' }
        });
        self.out.extend(blanked);
    }

    fn end_segment(&mut self) {
        self.in_set += 1;
        self.out.push(self.style.terminator);
        if self.style.lines {
            self.out.push(b'\n');
        }
    }

    /// The ISA of an answer: sender and receiver swapped, version and usage as received.
    pub(crate) fn isa(&mut self, inbound: &Header<'_>, outbound: &Outbound) {
        let version = inbound.version();
        let repeats = count(version.as_bytes()).is_some_and(|version| version >= 402);
        let (date, time) = (outbound.date.short(), outbound.time.to_string());
        self.out.extend_from_slice(b"ISA");
        let fields: [(&[u8], usize); 10] = [
            (b"00", 2),
            (b"", 10),
            (b"00", 2),
            (b"", 10),
            (inbound.element(7).bytes(), 2),
            (inbound.element(8).bytes(), 15),
            (inbound.element(5).bytes(), 2),
            (inbound.element(6).bytes(), 15),
            (date.as_bytes(), 6),
            (time.as_bytes(), 4),
        ];
        for (field, width) in fields {
            self.fixed(field, width);
        }
        self.out.push(self.style.element);
        self.out
            .push(if repeats { self.style.repetition } else { b'U' });
        self.fixed(version.as_bytes(), 5);
        self.fixed(nine_digits(outbound.interchange_control).as_bytes(), 9);
        self.fixed(b"0", 1);
        self.fixed(inbound.element(15).bytes(), 1);
        self.out.push(self.style.element);
        self.out.push(self.style.component);
        self.end_segment();
    }

    fn fixed(&mut self, field: &[u8], width: usize) {
        let field = trimmed(field);
        let kept = &field[..field.len().min(width)];
        self.out.push(self.style.element);
        self.safe(kept);
        self.out.resize(self.out.len() + width - kept.len(), b' ');
    }

    /// The GS of an answer to `group`, and the ST of a 997 in it.
    pub(crate) fn begin_997(&mut self, group: &Group<'_>, outbound: &Outbound) {
        self.segment(
            "GS",
            &[
                b"FA",
                group.receiver().as_bytes(),
                group.sender().as_bytes(),
                outbound.date.to_string().as_bytes(),
                outbound.time.to_string().as_bytes(),
                outbound.group_control.to_string().as_bytes(),
                b"X",
                group.version_text().as_bytes(),
            ],
        );
        self.in_set = 0;
        self.texts("ST", &["997", &format!("{:04}", outbound.set_control)]);
    }

    /// SE, GE and IEA of an interchange with one group of one set.
    pub(crate) fn end_997(&mut self, outbound: &Outbound) {
        let segments = self.in_set + 1;
        self.texts(
            "SE",
            &[
                &segments.to_string(),
                &format!("{:04}", outbound.set_control),
            ],
        );
        self.texts("GE", &["1", &outbound.group_control.to_string()]);
        self.iea(1, outbound);
    }

    pub(crate) fn iea(&mut self, groups: u32, outbound: &Outbound) {
        self.texts(
            "IEA",
            &[
                &groups.to_string(),
                &nine_digits(outbound.interchange_control),
            ],
        );
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.out
    }
}

fn nine_digits(control: u32) -> String {
    format!("{:09}", control % 1_000_000_000)
}
