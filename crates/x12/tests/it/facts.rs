//! What a file says, one fact a line: the golden form, and the equality that the properties ask for.

use std::fmt::Write as _;

use x12::{Finding, FramingError, Interchange, Policy, TransactionSet, Verdict, interchanges};

/// Everything about framing and envelopes.
pub(crate) fn facts(bytes: &[u8]) -> String {
    let mut out = String::new();
    for read in interchanges(bytes) {
        item(&mut out, &read);
    }
    out
}

pub(crate) fn item(out: &mut String, read: &Result<Interchange<'_>, FramingError>) {
    match read {
        Err(error) => writeln!(out, "unreadable: {error}; lost {:?}", error.lost).unwrap(),
        Ok(interchange) => of_interchange(out, interchange),
    }
}

fn of_interchange(out: &mut String, interchange: &Interchange<'_>) {
    let header = &interchange.header;
    let delimiters = header.delimiters();
    writeln!(
        out,
        "interchange {} {:?} -> {:?}, version {}, {} segments, bytes {:?}",
        header.control(),
        header.sender(),
        header.receiver(),
        header.version(),
        interchange.segment_count,
        interchange.span,
    )
    .unwrap();
    writeln!(
        out,
        "  delimiters {:?} {:?} {:?} {:?}",
        delimiters.element, delimiters.component, delimiters.repetition, delimiters.terminator
    )
    .unwrap();
    let flags: Vec<&str> = interchange.flags.iter().map(|(_, name)| name).collect();
    writeln!(out, "  flags {}", flags.join(" ")).unwrap();
    if let Some(garbage) = &interchange.garbage {
        writeln!(out, "  garbage {garbage:?}").unwrap();
    }
    findings(out, "  ", &interchange.findings);
    for ta1 in &interchange.ta1 {
        writeln!(out, "  {:?}", x12::Ta1::read(ta1)).unwrap();
    }
    for group in &interchange.groups {
        let release = group.version().map(|version| version.release);
        writeln!(
            out,
            "  group {} {} release {release:?}, {} sets",
            group.functional_id(),
            group.control(),
            group.sets.len()
        )
        .unwrap();
        findings(out, "    ", &group.findings);
        for set in &group.sets {
            let complete = if set.is_complete() {
                "complete"
            } else {
                "cut off"
            };
            writeln!(
                out,
                "    set {} {}: {} segments, {complete}",
                set.id(),
                set.control(),
                set.segment_count()
            )
            .unwrap();
            findings(out, "      ", &set.findings);
        }
    }
}

fn findings(out: &mut String, indent: &str, findings: &[Finding]) {
    for finding in findings {
        let [lenient, strict] =
            [Policy::Lenient, Policy::Strict].map(|policy| match policy.verdict(finding) {
                Verdict::Note => "note",
                Verdict::Error => "error",
                Verdict::Reject => "reject",
            });
        writeln!(
            out,
            "{indent}{:?} {lenient}/{strict}: {finding}",
            finding.code()
        )
        .unwrap();
    }
}

/// A set as its segments and elements, without places and delimiters.
pub(crate) fn content(set: &TransactionSet<'_>) -> Vec<Vec<String>> {
    set.segments()
        .map(|segment| {
            let elements = segment
                .elements()
                .map(|element| element.text().into_owned());
            std::iter::once(segment.id().into_owned())
                .chain(elements)
                .collect()
        })
        .collect()
}

/// The content of all complete sets of a file.
pub(crate) fn complete_sets(bytes: &[u8]) -> Vec<Vec<Vec<String>>> {
    interchanges(bytes)
        .filter_map(Result::ok)
        .flat_map(|interchange| {
            let sets = interchange.sets().filter(|set| set.is_complete());
            sets.map(content).collect::<Vec<_>>()
        })
        .collect()
}

/// The fixtures with their names, sorted.
pub(crate) fn fixtures() -> Vec<(String, Vec<u8>)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut found = Vec::new();
    for folder in [root.clone(), root.join("framing")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "edi") {
                let name = path
                    .strip_prefix(&root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(
        found.len() > 20,
        "the fixtures are not where they should be"
    );
    found
}
