//! The app through its outer doors: what a message leads to in the feed, among the dead letters and under `out/`.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use carrier::upstream::Limits;
use feed::Reason;
use http::StatusCode;

use crate::{
    stack::{Stack, hurried},
    world::{PARTNERS, fixture, whole},
};

const STATUSES: [&str; 4] = [
    "milestone:TSTL|L-2026-55013|ALLENTOWN PA US|AT701:X1|20261109T1822",
    "milestone:TSTL|L-2026-55013|NEWARK NJ US|AT701:AF|20261109T1245",
    "milestone:TSTL|L-2026-55013|NEWARK NJ US|AT701:X3|20261109T1221",
    "milestone:TSTL|L-2026-55013|PHILLIPSBURG NJ US|AT701:X6|20261109T1530",
];
const ACKNOWLEDGED: &str = "edi_ack:sent|TSTL|000007702|7702";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_in_and_answered_once_however_often_it_comes() {
    let Some(stack) = Stack::new(Limits::default()).await else {
        return;
    };
    let batch = fixture("214_batch.edi");
    let message = stack.drop_file("in/214.edi", &batch).await;
    assert_eq!(stack.deliver(&message).await, "finished");
    let mut expected = vec![ACKNOWLEDGED];
    expected.extend(STATUSES);
    assert_eq!(stack.keys().await, expected);
    let answers = stack.answers().await;
    let [name] = &answers[..] else {
        panic!("{answers:?}")
    };
    let (expected_name, expected_text) = whole(&batch).answers.remove(0);
    assert_eq!(*name, format!("out/{expected_name}"));
    assert_eq!(stack.text(name).await, expected_text);

    // The same message again, and the same bytes as another file.
    assert_eq!(stack.deliver(&message).await, "finished");
    let again = stack.drop_file("in/214-again.edi", &batch).await;
    assert_eq!(stack.deliver(&again).await, "finished");
    assert_eq!(stack.keys().await, expected);
    assert_eq!(stack.answers().await, answers);
    assert_eq!(stack.text(name).await, expected_text);
    assert_eq!(stack.letters().await, []);
    assert_eq!(stack.queued().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_answers_are_nothing_to_take_in() {
    let Some(stack) = Stack::new(Limits::default()).await else {
        return;
    };
    let message = stack
        .drop_file("out/TSTL/997.edi", &fixture("997_and_ta1.edi"))
        .await;
    assert_eq!(stack.deliver(&message).await, "finished");
    assert!(stack.keys().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_story_is_told_in_any_order() {
    let files = [
        "210_invoice.edi",
        "214_delivered_resent.edi",
        "214_truncated.edi",
        "990_accept.edi",
        "214_batch.edi",
    ];
    let Some(stack) = Stack::new(Limits::default()).await else {
        return;
    };
    for (index, name) in files.iter().enumerate() {
        let message = stack
            .drop_file(&format!("in/{index}.edi"), &fixture(name))
            .await;
        assert_eq!(stack.deliver(&message).await, "finished");
    }
    let mut keys = stack.keys().await;
    keys.dedup();
    keys.retain(|key| !key.starts_with("edi_ack"));
    assert_eq!(
        keys,
        [
            "freight_invoice:TSTL|INV558201|original",
            "freight_invoice_line:TSTL|INV558201|original|1",
            "freight_invoice_line:TSTL|INV558201|original|2",
            "freight_invoice_line:TSTL|INV558201|original|3",
            STATUSES[0],
            "milestone:TSTL|L-2026-55013|ALLENTOWN PA US|AT701:D1|20261109T1931",
            STATUSES[1],
            STATUSES[2],
            STATUSES[3],
            "milestone:TSTL|L-2026-55013|-|B104:A|20261108T0500",
        ]
        .into_iter()
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect::<Vec<_>>()
    );
    let letters = stack.letters().await;
    let [(Reason::InvalidUnit, place)] = &letters[..] else {
        panic!("{letters:?}")
    };
    assert!(place.starts_with("interchange 000007702, group 7702, set 0003, segment 27, bytes "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_takes_nothing_is_no_reason_to_lose_anything() {
    let Some(stack) = Stack::new(Limits::default()).await else {
        return;
    };
    let message = stack
        .drop_file("in/214.edi", &fixture("214_batch.edi"))
        .await;
    stack.emulator.fail_writes(503, 100_000).await;
    assert_eq!(stack.deliver(&message).await, "comes_back");
    assert_eq!(stack.queued().await, 1, "a copy of the message");
    stack.emulator.fail_writes(503, 0).await;
    assert!(stack.keys().await.is_empty());
    assert!(
        stack.answers().await.is_empty(),
        "nothing is said of what is not durable"
    );

    assert_eq!(stack.deliver(&message).await, "finished");
    assert_eq!(stack.keys().await.len(), 5);
    assert_eq!(stack.answers().await.len(), 1);
    assert_eq!(stack.letters().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_the_records_and_their_answer_costs_neither() {
    let silent = PARTNERS.replace(r#""zone""#, r#""acknowledge":false,"zone""#);
    let Some(mut stack) = Stack::with(&silent, Limits::default()).await else {
        return;
    };
    // What is there after such a crash is what an app leaves that does not answer.
    let batch = fixture("214_batch.edi");
    let message = stack.drop_file("in/214.edi", &batch).await;
    assert_eq!(stack.deliver(&message).await, "finished");
    assert_eq!(stack.keys().await, STATUSES);
    stack.restart(PARTNERS);
    // And the feed takes nothing for a while.
    stack.emulator.fail_writes(503, 100_000).await;
    assert_eq!(stack.deliver(&message).await, "comes_back");
    stack.emulator.fail_writes(503, 0).await;
    assert_eq!(stack.deliver(&message).await, "finished");
    assert_eq!(stack.deliver(&message).await, "finished");
    assert_eq!(stack.keys().await.len(), 5);
    let (name, text) = whole(&batch).answers.remove(0);
    assert_eq!(stack.answers().await, [format!("out/{name}")]);
    assert_eq!(stack.text(&format!("out/{name}")).await, text);
}

/// A future that is dropped at its n-th step, as a process that is killed.
struct Killed<F> {
    future: Pin<Box<F>>,
    steps: usize,
}

impl<F: Future> Future for Killed<F> {
    type Output = Option<F::Output>;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.steps == 0 {
            return Poll::Ready(None);
        }
        self.steps -= 1;
        self.future.as_mut().poll(context).map(Some)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_at_any_step_leaves_nothing_half_done() {
    let Some(stack) = Stack::new(Limits::default()).await else {
        return;
    };
    let text = String::from_utf8(fixture("214_batch.edi")).unwrap();
    let mut killed = 0;
    for steps in 1..=40 {
        // Another load and another interchange each time.
        let own = text
            .replace("L-2026-55013", &format!("L-{steps}"))
            .replace("7702", &format!("{}", 1000 + steps));
        let name = format!("in/{steps}.edi");
        let message = stack.drop_file(&name, own.as_bytes()).await;
        let future = Box::pin(stack.deliver(&message));
        let ended = Killed { future, steps }.await;
        killed += usize::from(ended.is_none());
        assert_eq!(stack.deliver(&message).await, "finished");
        let expected = whole(own.as_bytes());
        let own_keys = |key: &&String| {
            key.contains(&format!("|L-{steps}|")) || key.ends_with(&format!("|{}", 1000 + steps))
        };
        let keys = stack.keys().await;
        assert_eq!(
            keys.iter().filter(own_keys).count(),
            5,
            "step {steps}: {keys:?}"
        );
        let (answer, bytes) = &expected.answers[0];
        assert_eq!(stack.text(&format!("out/{answer}")).await, *bytes);
    }
    assert_eq!(stack.answers().await.len(), 40);
    assert!(
        killed > 5,
        "only {killed} of 40 were killed before their end"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_needs_more_time_goes_on_where_it_stopped() {
    let Some(stack) = Stack::new(hurried()).await else {
        return;
    };
    let files = ["214_batch.edi", "997_and_ta1.edi", "210_invoice.edi"];
    let raw: Vec<u8> = files.iter().flat_map(|name| fixture(name)).collect();
    let message = stack.drop_file("in/long.edi", &raw).await;
    let mut invocations = 0;
    while stack.deliver(&message).await == "comes_back" {
        invocations += 1;
        assert!(invocations < 50, "it does not get on");
    }
    assert!(invocations >= 8, "{invocations}");
    assert_eq!(stack.queued().await, invocations);
    let made = whole(&raw);
    assert_eq!(stack.keys().await.len(), made.documents.len());
    assert_eq!(stack.answers().await.len(), made.answers.len());
    for (name, text) in &made.answers {
        assert_eq!(stack.text(&format!("out/{name}")).await, *text);
    }
    assert_eq!(stack.letters().await.len(), made.rejections.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_x12_is_kept_and_told() {
    let Some(stack) = Stack::new(Limits::default()).await else {
        return;
    };
    let long_text = "This is no interchange at all. ".repeat(1000);
    for (name, content, reason) in [
        ("in/text", long_text.as_bytes(), Reason::MalformedMessage),
        ("in/empty", b"", Reason::MalformedMessage),
        (
            "in/edifact",
            b"UNA:+.? 'UNB+UNOA:1+A+B+200101:1200+1'UNZ+0+1'",
            Reason::Unsupported,
        ),
    ] {
        let message = stack.drop_file(name, content).await;
        assert_eq!(stack.deliver(&message).await, "finished", "{name}");
        let letters = stack.letters().await;
        let place = format!("bytes 0..{}", content.len());
        assert!(letters.contains(&(reason, place)), "{name}: {letters:?}");
    }
    assert!(stack.keys().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_may_want_no_answers() {
    let silent = PARTNERS.replace(r#""zone""#, r#""acknowledge":false,"zone""#);
    let Some(stack) = Stack::with(&silent, Limits::default()).await else {
        return;
    };
    let message = stack
        .drop_file("in/214.edi", &fixture("214_batch.edi"))
        .await;
    assert_eq!(stack.deliver(&message).await, "finished");
    assert_eq!(stack.keys().await, STATUSES);
    assert!(stack.answers().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_without_a_file_end_as_dead_letters() {
    let Some(stack) = Stack::new(Limits::default()).await else {
        return;
    };
    assert_eq!(stack.deliver("hello").await, "buried");
    let gone = stack.event("in/gone.edi", "0x8D", 10);
    assert_eq!(stack.deliver(&gone).await, "buried");
    let (status, _) = stack.invoke("/poison", &gone).await;
    assert_eq!(status, StatusCode::OK);
    let reasons: Vec<Reason> = stack
        .letters()
        .await
        .into_iter()
        .map(|(reason, _)| reason)
        .collect();
    assert_eq!(
        reasons,
        [
            Reason::MalformedMessage,
            Reason::PoisonMessage,
            Reason::FileGone
        ]
    );
}
