//! Everything that takes bytes from an X12 file, on any bytes.

use x12::{
    Acknowledgement, Answer, Date, Limits, Outbound, Policy, Splitter, Style, Ta1, Time,
    interchanges, write_ta1,
};

/// An X12 file, whole and in pieces.
pub fn x12(bytes: &[u8]) {
    whole(bytes);
    split(bytes);
}

fn whole(bytes: &[u8]) {
    let (Some(date), Some(time)) = (Date::new(2026, 11, 9), Time::new(19, 36)) else {
        return;
    };
    let style = Style::default();
    let outbound = Outbound {
        interchange_control: 1,
        group_control: 1,
        set_control: 1,
        date,
        time,
        style,
    };
    for interchange in interchanges(bytes).flatten() {
        let ta1 = write_ta1(&interchange, Policy::Strict, &outbound);
        assert!(interchanges(&ta1).all(|read| read.is_ok()));
        for segment in &interchange.ta1 {
            let _ = Ta1::read(segment);
        }
        for group in &interchange.groups {
            let written =
                Answer::new(group, Policy::Lenient).to_997(&interchange.header, &outbound);
            for read in written.iter().flat_map(|written| interchanges(written)) {
                let read = read.expect("what is written can be read");
                assert!(read.sets().all(|set| set.findings.is_empty()));
            }
        }
        for set in interchange.sets() {
            let _ = Acknowledgement::read(set);
            assert_eq!(set.segments().count(), set.segment_count() as usize);
            for segment in set.segments() {
                for element in segment.elements() {
                    let _ = (
                        element.implied(2),
                        element.decimal(),
                        element.date(),
                        element.time(),
                        element.code(),
                    );
                    let _ = segment.text(element.number());
                    for part in element.repeats().flat_map(|repeat| repeat.components()) {
                        let _ = part.place();
                    }
                }
            }
        }
    }
}

/// Reads whose sizes come from the bytes find the same sets as the whole.
fn split(bytes: &[u8]) {
    let sets = |read: x12::Interchange<'_>| read.sets().count();
    let expected: usize = interchanges(bytes).flatten().map(sets).sum();
    let mut splitter = Splitter::new(Limits::default());
    let mut found = 0;
    let mut rest = bytes;
    loop {
        while let Ok(Some(piece)) = splitter.next_piece() {
            found += piece.interchanges().flatten().map(sets).sum::<usize>();
        }
        let Some(first) = rest.first() else { break };
        let (read, later) = rest.split_at(usize::from(*first).max(1).min(rest.len()));
        splitter.push(read);
        rest = later;
        if rest.is_empty() {
            splitter.end();
        }
    }
    assert_eq!(found, expected);
}
