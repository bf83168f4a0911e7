//! Every fixture against its golden facts. `X12_BLESS=1 cargo test -p x12` writes them anew; read the difference.

use std::path::Path;

use crate::facts::{complete_sets, facts, fixtures};

#[test]
fn fixtures_say_what_their_golden_files_say() {
    let bless = std::env::var_os("X12_BLESS").is_some();
    let mut wrong = Vec::new();
    for (name, bytes) in fixtures() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures")
            .join(&name)
            .with_extension("facts");
        let found = facts(&bytes);
        if bless {
            std::fs::write(&golden, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&golden).unwrap();
        if expected != found {
            wrong.push(format!("{name}\nexpected:\n{expected}\nfound:\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_same_message_in_every_framing_has_the_same_content() {
    let of = |name: &str| {
        let all = fixtures();
        let (_, bytes) = all
            .into_iter()
            .find(|(found, _)| found == &format!("framing/{name}.edi"))
            .unwrap();
        complete_sets(&bytes)
    };
    let expected = of("ellipsis_terminator");
    assert_eq!(expected.len(), 1);
    assert_eq!(expected[0].len(), 5);
    for name in [
        "latin1_terminator",
        "pipe_crlf_indented_bom",
        "crlf_terminator",
        "cr_terminator",
        "collapsed_isa",
        "wrapped_72",
    ] {
        assert_eq!(of(name), expected, "{name}");
    }
}

#[test]
fn an_error_points_into_the_file_past_line_breaks() {
    let (_, bytes) = fixtures()
        .into_iter()
        .find(|(name, _)| name == "framing/wrapped_72.edi")
        .unwrap();
    let mut checked = 0;
    for interchange in x12::interchanges(&bytes).filter_map(Result::ok) {
        for segment in interchange.sets().flat_map(x12::TransactionSet::segments) {
            for element in segment.elements().filter(|element| !element.is_empty()) {
                let at = usize::try_from(element.place().offset).unwrap();
                assert_eq!(bytes[at], element.bytes()[0], "{}", element.place());
                checked += 1;
            }
        }
    }
    assert_eq!(checked, 13);
}

#[test]
fn limits_are_kept_and_named() {
    let (_, bytes) = fixtures()
        .into_iter()
        .find(|(name, _)| name == "214_batch.edi")
        .unwrap();
    let mut limits = x12::Limits::default();
    limits.segments = 10;
    let error = x12::Interchanges::new(&bytes, limits)
        .next()
        .unwrap()
        .unwrap_err();
    assert_eq!(error.fault, x12::FramingFault::SegmentLimit(10));

    limits = x12::Limits::default();
    limits.elements = 3;
    let interchange = x12::Interchanges::new(&bytes, limits)
        .next()
        .unwrap()
        .unwrap();
    for set in interchange.sets() {
        assert_eq!(
            set.findings.len(),
            3,
            "N1, N1 and AT7 of four and more elements: {:?}",
            set.findings
        );
        assert_eq!(
            x12::Policy::Lenient.worst(&set.findings),
            x12::Verdict::Reject
        );
        assert!(
            set.segments()
                .all(|segment| segment.elements().count() <= 3)
        );
    }

    limits = x12::Limits::default();
    limits.segment_bytes = 40;
    let interchange = x12::Interchanges::new(&bytes, limits)
        .next()
        .unwrap()
        .unwrap();
    assert!(interchange.sets().all(|set| set.findings.len() == 1));
}
