//! The acknowledgements that partners send.

use x12::{Acknowledgement, NotAnAcknowledgement, Outcome, Ta1, interchanges};

fn read(body: &str) -> Result<Acknowledgement, NotAnAcknowledgement> {
    let file = format!(
        "ISA*00*          *00*          *ZZ*PARTNER        *ZZ*LOGIHUB        *261109*1935*^*00501*000000001*0*P*:~\
         GS*FA*PARTNER*LOGIHUB*20261109*1935*1*X*005010~{body}GE*1*1~IEA*1*000000001~"
    );
    let interchange = interchanges(file.as_bytes()).next().unwrap().unwrap();
    assert!(interchange.groups[0].is_acknowledgement());
    Acknowledgement::read(interchange.sets().next().unwrap())
}

#[test]
fn a_997_closes_each_set() {
    let read = read(
        "ST*997*0001~AK1*SM*17878~AK2*204*0001~AK5*A~AK2*204*0002~AK3*N1*5**8~AK4*2:1*66*7*MI~AK5*R*5~\
         AK2*204*0003~AK5*E*4~AK9*P*3*3*2*5~SE*11*0001~",
    )
    .unwrap();
    assert_eq!(
        (&*read.functional_id, &*read.group_control),
        ("SM", "17878")
    );
    assert_eq!(read.outcome_of("204", "0001"), Some(Outcome::Accepted));
    assert_eq!(read.outcome_of("204", "0002"), Some(Outcome::Rejected));
    assert_eq!(
        read.outcome_of("204", "0003"),
        Some(Outcome::AcceptedWithErrors)
    );
    assert_eq!(read.outcome_of("204", "0004"), None);
    assert_eq!(read.outcome, Some(Outcome::Partly));
    assert_eq!(read.counts, [Some(3), Some(3), Some(2)]);
    let note = &read.sets[1].segments[0];
    assert_eq!(
        (&*note.id, note.position, &*note.codes[0]),
        ("N1", Some(5), "8")
    );
    let element = &note.elements[0];
    assert_eq!((element.element, element.component), (Some(2), Some(1)));
    assert_eq!((&*element.code, &*element.copy), ("7", "MI"));
}

#[test]
fn a_group_speaks_for_sets_that_are_not_listed() {
    let all = read("ST*997*0001~AK1*SM*1~AK9*A*2*2*2~SE*4*0001~").unwrap();
    assert_eq!(all.outcome_of("204", "0002"), Some(Outcome::Accepted));
    let none = read("ST*997*0001~AK1*SM*1~AK9*R*2*2*0*2~SE*4*0001~").unwrap();
    assert_eq!(none.outcome_of("204", "0002"), Some(Outcome::Rejected));
    assert_eq!(none.codes, ["2"]);
}

#[test]
fn a_999_is_read_the_same() {
    let read = read(
        "ST*999*0001*005010X231~AK1*HC*1~AK2*837*0021~IK3*NM1*8**8~CTX*x~IK4*2*782*1~IK5*R*5~AK9*R*1*1*0~SE*9*0001~",
    )
    .unwrap();
    assert_eq!(read.outcome_of("837", "0021"), Some(Outcome::Rejected));
    assert_eq!(read.sets[0].codes, ["5"]);
    assert_eq!(read.sets[0].segments[0].elements.len(), 1);
}

#[test]
fn other_sets_are_no_acknowledgement() {
    assert_eq!(
        read("ST*214*0001~SE*2*0001~"),
        Err(NotAnAcknowledgement::Set("214".into()))
    );
    assert_eq!(
        read("ST*997*0001~AK9*A*1*1*1~SE*3*0001~"),
        Err(NotAnAcknowledgement::GroupMissing)
    );
}

#[test]
fn a_ta1_names_our_interchange() {
    let file = include_bytes!("../../fixtures/framing/ta1_only.edi");
    let interchange = interchanges(file).next().unwrap().unwrap();
    assert!(interchange.groups.is_empty() && interchange.findings.is_empty());
    let ta1 = Ta1::read(&interchange.ta1[0]).unwrap();
    assert_eq!(
        (&*ta1.control, ta1.outcome, ta1.note),
        ("000000042", Outcome::Rejected, 1)
    );
}
