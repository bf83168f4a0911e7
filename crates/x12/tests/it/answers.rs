//! The acknowledgements that we write.

use x12::{
    Answer, Date, Finding, GroupVerdict, Outbound, Policy, Style, Time, Verdict, interchanges,
    write_ta1,
};

const BATCH: &[u8] = include_bytes!("../../fixtures/214_batch.edi");
const BAD_COUNT: &[u8] = include_bytes!("../../fixtures/214_bad_se01.edi");
const TRUNCATED: &[u8] = include_bytes!("../../fixtures/214_truncated.edi");
const WRONG: &[u8] = include_bytes!("../../fixtures/framing/wrong_everything.edi");
const MISMATCH: &[u8] = include_bytes!("../../fixtures/framing/control_mismatch.edi");
const EXPECTED: &[u8] = include_bytes!("../../fixtures/997_expected_for_214_batch.edi");

fn outbound() -> Outbound {
    Outbound {
        interchange_control: 1,
        group_control: 1,
        set_control: 1,
        date: Date::new(2026, 11, 9).unwrap(),
        time: Time::new(19, 36).unwrap(),
        style: Style::default(),
    }
}

/// The segments AK1 to AK9 of the answer to the first group.
fn answered(
    bytes: &[u8],
    policy: Policy,
    change: impl FnOnce(&mut Answer<'_, '_>),
) -> (GroupVerdict, String) {
    let interchange = interchanges(bytes).next().unwrap().unwrap();
    let mut answer = Answer::new(&interchange.groups[0], policy);
    change(&mut answer);
    let written =
        String::from_utf8(answer.to_997(&interchange.header, &outbound()).unwrap()).unwrap();
    // What we write is itself an interchange without findings.
    let read = interchanges(written.as_bytes()).next().unwrap().unwrap();
    assert!(
        read.findings.is_empty() && read.flags.is_empty(),
        "{written}"
    );
    assert!(
        read.groups[0].findings.is_empty() && read.groups[0].sets[0].findings.is_empty(),
        "{written}"
    );
    let body: Vec<&str> = written
        .lines()
        .filter(|line| line.starts_with("AK"))
        .collect();
    (answer.verdict(), body.join(""))
}

#[test]
fn a_clean_batch_is_answered_byte_for_byte() {
    let interchange = interchanges(BATCH).next().unwrap().unwrap();
    let answer = Answer::new(&interchange.groups[0], Policy::Strict);
    assert_eq!(answer.verdict(), GroupVerdict::Accepted);
    let written = answer.to_997(&interchange.header, &outbound()).unwrap();
    assert_eq!(
        String::from_utf8(written).unwrap(),
        str::from_utf8(EXPECTED).unwrap()
    );
}

#[test]
fn a_wrong_count_costs_what_the_policy_says() {
    let lenient = answered(BAD_COUNT, Policy::Lenient, |_| {});
    assert_eq!(lenient.0, GroupVerdict::AcceptedWithErrors);
    assert_eq!(
        lenient.1,
        "AK1*QM*7705~AK2*214*0001~AK5*A~AK2*214*0002~AK5*E*4~AK9*E*2*2*2~"
    );
    let strict = answered(BAD_COUNT, Policy::Strict, |_| {});
    assert_eq!(strict.0, GroupVerdict::Partly);
    assert_eq!(
        strict.1,
        "AK1*QM*7705~AK2*214*0001~AK5*A~AK2*214*0002~AK5*R*4~AK9*P*2*2*1~"
    );
}

#[test]
fn a_truncated_file_keeps_its_whole_sets() {
    let (verdict, body) = answered(TRUNCATED, Policy::Lenient, |_| {});
    assert_eq!(verdict, GroupVerdict::Partly);
    assert_eq!(
        body,
        "AK1*QM*7702~AK2*214*0001~AK5*A~AK2*214*0002~AK5*A~AK2*214*0003~AK5*R*2~AK9*P*3*3*2*3~"
    );
}

#[test]
fn every_fault_of_a_group_is_told() {
    let (verdict, body) = answered(WRONG, Policy::Lenient, |_| {});
    assert_eq!(verdict, GroupVerdict::Partly);
    assert_eq!(
        body,
        "AK1*QM*7710~AK2*214*0001~AK5*R*3~AK2*214*0002~AK5*R*2~AK2*214*0002~AK5*E*4*23~\
         AK2*214~AK5*R*7~AK9*P*9*4*1*4*5~"
    );
}

#[test]
fn what_the_caller_finds_becomes_ak3_and_ak4() {
    let (verdict, body) = answered(BATCH, Policy::Lenient, |answer| {
        let interchange = interchanges(BATCH).next().unwrap().unwrap();
        let segments: Vec<_> = interchange.groups[0].sets[1].segments().collect();
        let status = &segments[8];
        answer.add(
            1,
            Finding::element(&status.element(1).date().unwrap_err(), true),
        );
        answer.add(
            1,
            Finding::element(&status.element(3).code().unwrap_err(), true),
        );
        answer.add(2, Finding::missing_segment("B10", &segments[2], false));
        answer.unsupported_set(3);
    });
    assert_eq!(verdict, GroupVerdict::Partly);
    assert_eq!(
        body,
        "AK1*QM*7702~AK2*214*0001~AK5*A~AK2*214*0002~AK3*AT7*9**8~AK4*1**8*AF~AK4*3**1~AK5*E*5~\
         AK2*214*0003~AK3*B10*3**3~AK5*R*5~AK2*214*0004~AK5*R*1~AK9*P*4*4*2~"
    );
}

#[test]
fn an_unknown_version_rejects_the_group() {
    let (verdict, body) = answered(BATCH, Policy::Lenient, |answer| {
        answer.unsupported_version()
    });
    assert_eq!(verdict, GroupVerdict::Rejected);
    assert!(
        body.ends_with("AK2*214*0004~AK5*R~AK9*R*4*4*0*2~"),
        "{body}"
    );
}

#[test]
fn an_acknowledgement_is_never_acknowledged() {
    let interchange = interchanges(EXPECTED).next().unwrap().unwrap();
    let answer = Answer::new(&interchange.groups[0], Policy::Lenient);
    assert_eq!(answer.to_997(&interchange.header, &outbound()), None);
}

#[test]
fn a_ta1_says_what_became_of_the_interchange() {
    let interchange = interchanges(MISMATCH).next().unwrap().unwrap();
    assert_eq!(interchange.verdict(Policy::Lenient), Verdict::Reject);
    let written = String::from_utf8(write_ta1(&interchange, Policy::Lenient, &outbound())).unwrap();
    assert_eq!(
        written,
        "ISA*00*          *00*          *ZZ*LOGIHUB        *02*TSTL           *261109*1936*U*00401*000000001*0*P*>~\n\
         TA1*000007710*261109*1935*R*001~\nIEA*0*000000001~\n"
    );
    let clean = interchanges(BATCH).next().unwrap().unwrap();
    let written = String::from_utf8(write_ta1(&clean, Policy::Strict, &outbound())).unwrap();
    assert!(written.contains("TA1*000007702*261109*1935*A*000~"));
    let truncated = interchanges(TRUNCATED).next().unwrap().unwrap();
    let written = String::from_utf8(write_ta1(&truncated, Policy::Lenient, &outbound())).unwrap();
    assert!(written.contains("*E*023~"));
}

#[test]
fn echoed_data_cannot_break_the_answer() {
    let hostile = String::from_utf8(BATCH.to_vec()).unwrap();
    let hostile = hostile
        .replace('*', "|")
        .replace("~\n", "'")
        .replace("|0001", "|00*~\u{1}1")
        .replace("|QM|", "|Q~M*|");
    let (_, body) = answered(hostile.as_bytes(), Policy::Lenient, |_| {});
    assert!(body.starts_with("AK1*Q *7702~AK2*214*00   1~"), "{body}");
}

/// Found by fuzzing: a segment whose id has thousands of characters came back whole in AK301.
#[test]
fn an_id_without_end_has_no_room_in_the_answer() {
    let text = String::from_utf8(BATCH.to_vec()).unwrap();
    let id = "9".repeat(5_000);
    let (from, to) = (text.find("B10*").unwrap(), text.find("L11*").unwrap());
    let long = format!("{}{id}*1~\n{}", &text[..from], &text[to..]);
    let (_, written) = answered(long.as_bytes(), Policy::Strict, |answer| {
        let interchange = interchanges(long.as_bytes()).next().unwrap().unwrap();
        let odd = interchange.groups[0].sets[0].segments().nth(1).unwrap();
        let finding = Finding::element(&odd.element(1).date().unwrap_err(), true);
        answer.add(0, finding);
    });
    assert!(written.contains("AK3*999*"), "{written}");
    assert!(!written.contains("9999"), "{written}");
}
