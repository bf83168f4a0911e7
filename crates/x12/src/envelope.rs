//! From segments to an interchange, and every check of its envelopes.

mod checks;

use std::mem;

use crate::{
    envelope::checks::{excess, interchange_inside, repeated},
    fault::Fault,
    finding::Finding,
    flag::{Flag, Flags},
    framing_error::FramingFault,
    group::Group,
    header::Framing,
    interchange::Interchange,
    limits::Limits,
    scan::{Cut, Cutter, has_line_end},
    segment::{Context, Segment},
    text::{Agreement, count},
    transaction_set::TransactionSet,
};

/// An interchange and where the bytes after it start.
#[derive(Debug)]
pub(crate) struct Read<'a> {
    pub(crate) interchange: Interchange<'a>,
    pub(crate) end: usize,
}

/// Reads the interchange whose ISA stands at `start` of `bytes`; `bytes` start at `base` of the file.
pub(crate) fn read<'a>(
    bytes: &'a [u8],
    base: u64,
    start: usize,
    framing: Framing,
    limits: &Limits,
) -> Result<Read<'a>, FramingFault> {
    let context = Context {
        delimiters: framing.delimiters,
        element_limit: limits.elements,
    };
    let isa_end = start + framing.isa;
    let isa = Segment::new(&bytes[start..isa_end], base + start as u64, 1, context);
    let mut envelope = Envelope::new(bytes, base, isa, context, limits);
    envelope.flags.raise_if(Flag::IsaNonFixed, framing.nonfixed);
    // The cut that the terminator of the ISA ends is empty.
    let mut cutter = Cutter::new(bytes, isa_end, framing.delimiters.terminator);
    let mut end = cutter.cut().map_or(isa_end, |cut| cut.end);
    while let Some(cut) = cutter.cut() {
        match envelope.take(&cut)? {
            Taken::Further => end = cut.end,
            Taken::Trailer => return Ok(envelope.finish(start, cut.end)),
            Taken::NextInterchange(at) => return Ok(envelope.finish(start, at)),
        }
    }
    Ok(envelope.finish(start, end))
}

/// What a segment did to the interchange.
enum Taken {
    Further,
    /// It was the IEA.
    Trailer,
    /// Another interchange starts at this place; this one has no IEA.
    NextInterchange(usize),
}

/// A set whose SE was not seen yet.
struct OpenSet<'a> {
    header: Segment<'a>,
    start: usize,
    /// Segments so far, ST included.
    count: u32,
    findings: Vec<Finding>,
}

struct Envelope<'a, 'l> {
    bytes: &'a [u8],
    base: u64,
    context: Context,
    limits: &'l Limits,
    header: Segment<'a>,
    trailer: Option<Segment<'a>>,
    ta1: Vec<Segment<'a>>,
    groups: Vec<Group<'a>>,
    group: Option<Group<'a>>,
    set: Option<OpenSet<'a>>,
    findings: Vec<Finding>,
    kept: u32,
    flags: Flags,
    number: u32,
    /// End of the last whole segment.
    end: usize,
}

impl<'a, 'l> Envelope<'a, 'l> {
    fn new(
        bytes: &'a [u8],
        base: u64,
        isa: Segment<'a>,
        context: Context,
        limits: &'l Limits,
    ) -> Self {
        let mut flags = Flags::default();
        flags.raise_if(Flag::Wrapped, isa.is_wrapped());
        Self {
            bytes,
            base,
            context,
            limits,
            header: isa,
            trailer: None,
            ta1: Vec::new(),
            groups: Vec::new(),
            group: None,
            set: None,
            findings: Vec::new(),
            kept: 0,
            flags,
            number: 1,
            end: 0,
        }
    }

    fn take(&mut self, cut: &Cut<'a>) -> Result<Taken, FramingFault> {
        if self.counts_only(cut) {
            return Ok(Taken::Further);
        }
        if cut.raw.is_empty() {
            let noteworthy = cut.terminated && !self.context.delimiters.terminator.is_line_end();
            self.flags.raise_if(Flag::EmptySegments, noteworthy);
            return Ok(Taken::Further);
        }
        if self.starts_interchange(cut) {
            return Ok(Taken::NextInterchange(cut.start));
        }
        self.flags.raise_if(Flag::Indented, cut.indented);
        self.number += 1;
        if self.number > self.limits.segments {
            return Err(FramingFault::SegmentLimit(self.limits.segments));
        }
        let segment = Segment::new(
            cut.raw,
            self.base + cut.start as u64,
            self.number,
            self.context,
        );
        if segment.is_wrapped()
            && let Some(next) = interchange_inside(self.bytes, cut)
        {
            // This one was cut off inside a segment, and the next one was appended to it.
            self.number -= 1;
            self.flags.raise(Flag::Unterminated);
            return Ok(Taken::NextInterchange(next));
        }
        self.flags.raise_if(Flag::Wrapped, segment.is_wrapped());
        if !cut.terminated {
            return Ok(self.take_last(segment));
        }
        let before = mem::replace(&mut self.end, cut.end);
        Ok(self.place(segment, cut, before))
    }

    /// The way of nearly all segments: one inside a set that is no envelope, is not wrapped and is short enough to be
    /// within every limit is counted and passed.
    fn counts_only(&mut self, cut: &Cut<'_>) -> bool {
        let Some(set) = &mut self.set else {
            return false;
        };
        let limits = self.limits;
        let short = cut.raw.len() <= limits.segment_bytes.min(usize::from(limits.elements));
        let may_be_envelope = matches!(cut.raw.first(), None | Some(b'I' | b'S' | b'G'));
        if may_be_envelope || !short || !cut.terminated || self.number >= limits.segments {
            return false;
        }
        if !self.context.delimiters.terminator.is_byte(b'\n') && has_line_end(cut.raw) {
            return false;
        }
        set.count += 1;
        self.number += 1;
        self.end = cut.end;
        self.flags.raise_if(Flag::Indented, cut.indented);
        true
    }

    fn starts_interchange(&self, cut: &Cut<'_>) -> bool {
        let Some(after) = cut.raw.strip_prefix(b"ISA") else {
            return false;
        };
        after.starts_with(self.context.delimiters.element.as_bytes())
            || Framing::read(&self.bytes[cut.start..]).is_ok()
    }

    /// A segment at the end of the input without terminator: whole only if it is the IEA that is due.
    fn take_last(&mut self, segment: Segment<'a>) -> Taken {
        self.flags.raise(Flag::Unterminated);
        let agrees = Agreement::of(self.header.element(13).bytes(), segment.element(2).bytes());
        if segment.is("IEA") && agrees != Agreement::Different {
            self.trailer = Some(segment);
            return Taken::Trailer;
        }
        self.number -= 1;
        Taken::Further
    }

    /// Dispatches a whole segment; `before` is the end of the one before it.
    fn place(&mut self, segment: Segment<'a>, cut: &Cut<'a>, before: usize) -> Taken {
        match segment.id_bytes() {
            b"ST" => self.open_set(segment, cut.start, before),
            b"SE" => self.close_set(segment, cut, before),
            b"GS" => self.open_group(segment, before),
            b"GE" => self.close_group(segment, before),
            b"TA1" if self.set.is_none() && self.group.is_none() => self.ta1.push(segment),
            b"IEA" => {
                self.cut_off_set(before);
                self.cut_off_group();
                self.trailer = Some(segment);
                return Taken::Trailer;
            }
            _ => self.body(&segment),
        }
        Taken::Further
    }

    fn body(&mut self, segment: &Segment<'a>) {
        let Some(set) = &mut self.set else {
            self.find(Finding::at(Fault::StraySegment, segment));
            return;
        };
        set.count += 1;
        let fault = excess(segment.bytes(), self.context, self.limits);
        if let Some(fault) = fault
            && self.kept < self.limits.findings
        {
            self.kept += 1;
            let placed = segment.clone().in_set(set.count);
            set.findings
                .push(Finding::about(Fault::Element(fault), &placed, 1).unusable());
        } else if fault.is_some() {
            self.flags.raise(Flag::FindingsCut);
        }
    }

    fn open_group(&mut self, segment: Segment<'a>, before: usize) {
        self.cut_off_set(before);
        self.cut_off_group();
        let mut group = Group {
            header: None,
            trailer: None,
            sets: Vec::new(),
            findings: Vec::new(),
        };
        let dated = segment.element(4).date().is_ok() && segment.element(5).time().is_ok();
        if !dated {
            self.keep(&mut group.findings, || {
                Finding::about(Fault::GroupDate, &segment, 4)
            });
        }
        group.header = Some(segment);
        self.group = Some(group);
    }

    fn close_group(&mut self, segment: Segment<'a>, before: usize) {
        self.cut_off_set(before);
        let Some(mut group) = self.group.take() else {
            self.find(Finding::at(Fault::StraySegment, &segment));
            return;
        };
        if let Some(header) = &group.header {
            let control = header.element(6);
            let fault = match Agreement::of(control.bytes(), segment.element(2).bytes()) {
                Agreement::Same => None,
                Agreement::Padding => Some(Fault::GroupControlPadding),
                Agreement::Different => Some(Fault::GroupControl),
            };
            if let Some(fault) = fault {
                let found = || Finding::about(fault, &segment, 2).expecting(control.text());
                self.keep(&mut group.findings, found);
            }
        }
        let sets = group.sets.len();
        if count(segment.element(1).bytes()) != Some(sets as u64) {
            let found =
                || Finding::about(Fault::GroupCount, &segment, 1).expecting(sets.to_string());
            self.keep(&mut group.findings, found);
        }
        group.trailer = Some(segment);
        self.push_group(group);
    }

    fn cut_off_group(&mut self) {
        let Some(mut group) = self.group.take() else {
            return;
        };
        let header = group.header.clone();
        if let Some(header) = &header {
            self.keep(&mut group.findings, || {
                Finding::at(Fault::GroupTrailerMissing, header)
            });
        }
        self.push_group(group);
    }

    fn push_group(&mut self, mut group: Group<'a>) {
        let repeated = repeated(group.sets.iter().map(|set| set.header.element(2).text()));
        for index in repeated {
            let mut findings = mem::take(&mut group.sets[index].findings);
            let header = &group.sets[index].header;
            self.keep(&mut findings, || {
                Finding::about(Fault::SetControlRepeated, header, 2)
            });
            group.sets[index].findings = findings;
        }
        self.groups.push(group);
    }

    fn open_set(&mut self, segment: Segment<'a>, start: usize, before: usize) {
        self.cut_off_set(before);
        if self.group.is_none() {
            self.find(Finding::at(Fault::GroupHeaderMissing, &segment));
            self.group = Some(Group {
                header: None,
                trailer: None,
                sets: Vec::new(),
                findings: Vec::new(),
            });
        }
        let header = segment.in_set(1);
        let mut findings = Vec::new();
        for (number, fault) in [(1, Fault::SetIdMissing), (2, Fault::SetControlMissing)] {
            if header.element(number).is_empty() {
                self.keep(&mut findings, || Finding::about(fault, &header, number));
            }
        }
        self.set = Some(OpenSet {
            header,
            start,
            count: 1,
            findings,
        });
    }

    fn close_set(&mut self, segment: Segment<'a>, cut: &Cut<'a>, before: usize) {
        let Some(mut set) = self.set.take() else {
            self.find(Finding::at(Fault::StraySegment, &segment));
            return;
        };
        set.count += 1;
        let trailer = segment.in_set(set.count);
        if count(trailer.element(1).bytes()) != Some(u64::from(set.count)) {
            let counted = set.count.to_string();
            let found = || Finding::about(Fault::SetCount, &trailer, 1).expecting(counted);
            self.keep(&mut set.findings, found);
        }
        let control = set.header.element(2);
        let fault = match Agreement::of(control.bytes(), trailer.element(2).bytes()) {
            Agreement::Same => None,
            Agreement::Padding => Some(Fault::SetControlPadding),
            Agreement::Different => Some(Fault::SetControl),
        };
        if let Some(fault) = fault {
            let found = || Finding::about(fault, &trailer, 2).expecting(control.text());
            self.keep(&mut set.findings, found);
        }
        self.push_set(set, Some(trailer), cut.end.max(before));
    }

    fn cut_off_set(&mut self, end: usize) {
        let Some(mut set) = self.set.take() else {
            return;
        };
        let header = set.header.clone();
        self.keep(&mut set.findings, || {
            Finding::at(Fault::SetTrailerMissing, &header)
        });
        self.push_set(set, None, end);
    }

    fn push_set(&mut self, set: OpenSet<'a>, trailer: Option<Segment<'a>>, end: usize) {
        let complete = TransactionSet {
            bytes: &self.bytes[set.start..end.max(set.start)],
            offset: self.base + set.start as u64,
            header: set.header,
            trailer,
            findings: set.findings,
            segment_count: set.count,
            context: self.context,
        };
        if let Some(group) = &mut self.group {
            group.sets.push(complete);
        }
    }
}
