//! Letters that come in again, from the admin routes to the feed.

use std::collections::BTreeSet;

use carrier::upstream::Limits;
use drops::LETTER_BYTES;

use crate::{
    stack::Stack,
    world::{fixture, whole},
};

/// The ids of the documents that are made of a file and speak of a load.
fn expected(raw: &str, load: &str) -> BTreeSet<String> {
    let documents = whole(raw.as_bytes()).parsed();
    let about = documents.iter().filter(|document| {
        document["key"]
            .as_str()
            .unwrap()
            .contains(&format!("|{load}|"))
    });
    about
        .map(|document| document["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_set_is_what_it_would_have_been_and_is_not_answered_again() {
    let Some(stack) = Stack::new(Limits::default()).await else {
        return;
    };
    let text = String::from_utf8(fixture("broken_units.edi")).unwrap();
    let message = stack.drop_file("in/broken.edi", text.as_bytes()).await;
    assert_eq!(stack.deliver(&message).await, "finished");
    let (operator, answers) = (stack.operator(), stack.answers().await);
    let (keys, letters) = (stack.keys().await, stack.letters().await);

    // A month 13; the whole set was rejected.
    let (wrong, right) = (
        "ST*214*0002~\nB10*1*L-2*TSTL~\nLX*1~\nAT7*X3*NS***20261309*0721*ET~\nSE*5*0002~",
        "ST*214*0002~\nB10*1*L-2*TSTL~\nLX*1~\nAT7*X3*NS***20261109*0721*ET~\nSE*5*0002~",
    );
    assert!(text.contains(wrong));
    let letter = operator
        .letter_at("interchange 000008841, group 1, set 0002")
        .await;
    let message = stack.message_of(&letter).await;
    assert!(
        message.starts_with("ISA*") && message.contains(wrong) && !message.contains("0003"),
        "{message}"
    );
    assert_eq!(operator.come_in(&letter).await.outcome(), "failed_again");
    // Without its last terminator, too.
    operator.correct(&letter, right.trim_end_matches('~')).await;
    let came = operator.come_in(&letter).await;
    let fixed = text.replace(wrong, right);
    assert_eq!(came.published, expected(&fixed, "L-2"));
    assert_eq!(came.published.len(), 1);
    assert_eq!(stack.keys().await.len(), keys.len() + 1);

    assert_eq!(stack.answers().await, answers, "nothing is answered twice");
    assert_eq!(stack.letters().await, letters, "no letter came of a letter");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_status_of_a_set_comes_in_with_the_set() {
    let Some(stack) = Stack::new(Limits::default()).await else {
        return;
    };
    let (wrong, right) = (
        "AT7*AF*NS***20261309*0759*ET",
        "AT7*AF*NS***20261109*0799*ET",
    );
    let head = "ISA*00*          *00*          *02*TSTL           *ZZ*LOGIHUB        *261109*2000*U*00401*000008841*0*P*>~\nGS*QM*TSTL*LOGIHUB*20261109*2000*1*X*004010~\n";
    let of_load = |load: &str| {
        format!(
            "ST*214*000{load}~\nB10*1*L-{load}*TSTL~\nLX*1~\nAT7*X3*NS***20261109*0721*ET~\nLX*2~\n{wrong}~\nSE*7*000{load}~\n"
        )
    };
    let file = format!(
        "{head}{}{}GE*2*1~\nIEA*1*000008841~\n",
        of_load("1"),
        of_load("2")
    );
    let message = stack.drop_file("in/two.edi", file.as_bytes()).await;
    assert_eq!(stack.deliver(&message).await, "finished");
    let (operator, answers) = (stack.operator(), stack.answers().await);
    let keys = stack.keys().await;
    // Both sets have the same bad status, byte for byte, about two loads: these are two letters.
    let letter = operator.letter_at("group 1, set 0001, segment").await;
    assert_ne!(
        letter,
        operator.letter_at("group 1, set 0002, segment").await
    );
    assert_eq!(operator.come_in(&letter).await.outcome(), "failed_again");
    operator.correct(&letter, &format!("{right}~")).await;
    let came = operator.looked_at_and_replayed(&letter).await;
    let all = expected(&file.replace(wrong, right), "L-1");
    assert_eq!(came.published.len(), 1, "{came:?}");
    assert_eq!(
        came.would_publish(),
        all,
        "its neighbour comes in with it, and is there already"
    );
    assert!(came.published.is_subset(&all));
    assert_eq!(stack.keys().await.len(), keys.len() + 1);
    assert_eq!(stack.answers().await, answers);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_outside_of_every_set_come_in_within_their_envelope() {
    let Some(stack) = Stack::new(Limits::default()).await else {
        return;
    };
    let text = String::from_utf8(fixture("214_batch.edi")).unwrap();
    let damaged = text.replacen("ST*214*0002", "XX*214*0002", 1);
    let message = stack.drop_file("in/damaged.edi", damaged.as_bytes()).await;
    assert_eq!(stack.deliver(&message).await, "finished");
    let (operator, answers) = (stack.operator(), stack.answers().await);
    let letter = operator.letter_at("bytes ").await;
    let from = damaged.find("XX*214*0002").unwrap();
    let to = damaged.find("SE*12*0002~").unwrap() + "SE*12*0002~".len();
    assert_eq!(operator.come_in(&letter).await.outcome(), "failed_again");
    operator
        .correct(&letter, &damaged[from..to].replacen("XX", "ST", 1))
        .await;
    let came = operator.come_in(&letter).await;
    let all: BTreeSet<String> = expected(&text, "L-2026-55013");
    let without: BTreeSet<String> = expected(&damaged, "L-2026-55013");
    assert_eq!(came.published, all.difference(&without).cloned().collect());
    assert_eq!(stack.answers().await, answers);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poison_message_comes_in_as_its_file_and_is_answered_once() {
    let Some(stack) = Stack::new(Limits::default()).await else {
        return;
    };
    let operator = stack.operator();
    let batch = fixture("214_batch.edi");
    let message = stack.drop_file("in/214.edi", &batch).await;
    stack.invoke("/poison", &message).await;
    assert!(stack.keys().await.is_empty() && stack.answers().await.is_empty());
    let letter = operator.letter_at("in/214.edi").await;
    let came = operator.come_in(&letter).await;
    assert_eq!(
        came.published.len(),
        5,
        "four statuses and what was answered"
    );
    assert_eq!(stack.keys().await.len(), 5);
    let (name, text) = whole(&batch).answers.remove(0);
    assert_eq!(stack.answers().await, [format!("out/{name}")]);
    assert_eq!(stack.text(&format!("out/{name}")).await, text);
    assert_eq!(stack.deliver(&message).await, "finished");
    assert_eq!(stack.keys().await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_of_more_than_a_document_is_kept_whole_in_blob_storage() {
    let Some(stack) = Stack::new(Limits::default()).await else {
        return;
    };
    // No number of the load, and two megabytes of what may be said beside it.
    let many = 60_000;
    let remarks: String = (0..many)
        .map(|n| format!("L11*REMARK {n:08} OF THIS LOAD*ZZ~\n"))
        .collect();
    let set = format!(
        "ST*214*0001~\nB10**L-5*TSTL~\n{remarks}SE*{}*0001~",
        many + 3
    );
    assert!(set.len() > 2_000_000);
    let head = "ISA*00*          *00*          *02*TSTL           *ZZ*LOGIHUB        *261109*2000*U*00401*000008841*0*P*>~\nGS*QM*TSTL*LOGIHUB*20261109*2000*1*X*004010~\n";
    let file = format!("{head}{set}\nGE*1*1~\nIEA*1*000008841~\n");
    let message = stack.drop_file("in/long.edi", file.as_bytes()).await;
    assert_eq!(stack.deliver(&message).await, "finished");
    let operator = stack.operator();
    let id = operator.letter_at("set 0001").await;
    let blobs = stack
        .drops
        .list(LETTER_BYTES, "carrier/", 10)
        .await
        .unwrap();
    // The set and the message around it, both sealed.
    assert_eq!(blobs.len(), 2, "{blobs:?}");
    assert!(blobs.iter().all(|blob| blob.length > set.len() as u64));
    let message = stack.message_of(&id).await;
    assert!(message.starts_with(head) && message.contains(&set));
    // And it comes in from there.
    let came = operator.come_in(&id).await;
    assert_eq!(came.outcome(), "failed_again");
    assert!(came.detail().contains("60003 of its set"), "{came:#?}");
}
