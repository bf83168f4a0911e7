//! What people do with letters: audited first, one winner, nothing twice.

use feed::{
    About, Actor, Attempt, Audited, Change, ChangeError, Correction, CorrectionKind, Feed, Filter,
    Intent, Letter, LetterSummary, ReplaceError, ReplayOutcome, Seen, State, Status, Verb,
};
use record::EpochMillis;
use serde_json::json;
use uuid::Uuid;

use emulator_process::Emulator;

use crate::dead_letters::letter;

pub(crate) const NOW: EpochMillis = EpochMillis(1_793_620_000_000);

pub(crate) async fn audited(feed: &Feed, who: &str, verb: Verb) -> Audited {
    let intent = Intent {
        id: None,
        app: "orders",
        actor: Actor {
            who,
            why: "ticket 7",
            at: NOW,
        },
        verb,
        about: About::letters(&[]),
    };
    feed.letters().intend(&intent).await.unwrap()
}

/// A letter, as a list shows it.
async fn one(feed: &Feed) -> LetterSummary {
    feed.dead_letter(&letter(b"1", &[])).await.unwrap();
    let listed = feed
        .letters()
        .list(&Filter::default(), 10, None)
        .await
        .unwrap();
    listed.letters.into_iter().next().unwrap()
}

async fn now(feed: &Feed, seen: &LetterSummary) -> Seen<Letter> {
    feed.letters()
        .get(&seen.app, &seen.id)
        .await
        .unwrap()
        .unwrap()
}

fn claim(plan: &str) -> Change {
    Change::Claim {
        plan: plan.to_owned(),
        until: EpochMillis(NOW.0 + 60_000),
    }
}

fn settled(plan: &str) -> Change {
    Change::Settle {
        plan: plan.to_owned(),
        outcome: ReplayOutcome::Applied,
        targets: Vec::new(),
    }
}

#[tokio::test]
async fn of_two_operators_one_wins_and_the_other_is_told_by_whom() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let seen = one(&feed).await;
    let anna = audited(&feed, "anna", Verb::Discard).await;
    let ben = audited(&feed, "ben", Verb::Archive).await;
    let letters = feed.letters();
    let (first, second) = tokio::join!(
        letters.change(&anna, &seen, &Change::Discard, NOW),
        letters.change(&ben, &seen, &Change::Archive, NOW),
    );
    let (winner, what, told) = match (first, second) {
        (Ok(_), Err(told)) => ("anna", "discard", told),
        (Err(told), Ok(_)) => ("ben", "archive", told),
        other => panic!("one wins and the other is told: {other:?}"),
    };
    let ChangeError::Overtaken {
        who,
        what: done,
        at,
        ..
    } = &told
    else {
        panic!("{told:?}");
    };
    assert_eq!((who.as_str(), done.as_str(), *at), (winner, what, NOW));
    assert!(told.to_string().contains(winner), "{told}");
    let history = now(&feed, &seen).await.value.history;
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].why, "ticket 7");
}

#[tokio::test]
async fn many_plans_race_for_one_letter_and_one_gets_it() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let seen = one(&feed).await;
    let audited = audited(&feed, "anna", Verb::Run).await;
    let letters = feed.letters();
    let claims: Vec<Change> = (0..12).map(|n| claim(&format!("plan-{n}"))).collect();
    let races = claims
        .iter()
        .map(|change| letters.change(&audited, &seen, change, NOW));
    let won = futures::future::join_all(races).await;
    assert_eq!(won.iter().filter(|result| result.is_ok()).count(), 1);
    let kept = now(&feed, &seen).await.value;
    assert_eq!(kept.status.state(), State::Claimed);
    assert_eq!(kept.history.len(), 1);
}

#[tokio::test]
async fn a_lost_reply_leaves_the_change_done_once() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let seen = one(&feed).await;
    let anna = audited(&feed, "anna", Verb::Discard).await;
    emulator
        .faults(json!({"drop_reply_after_service": 3}))
        .await;
    let changed = feed
        .letters()
        .change(&anna, &seen, &Change::Discard, NOW)
        .await
        .unwrap();
    assert_eq!(changed.value.history.len(), 1);
    // The same request again, by a client that never heard of it.
    let again = feed
        .letters()
        .change(&anna, &seen, &Change::Discard, NOW)
        .await
        .unwrap();
    assert_eq!(again.value.history.len(), 1);
    assert_eq!(again, changed);
}

#[tokio::test]
async fn a_unit_that_fails_again_overtakes_nobody() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let seen = one(&feed).await;
    let mut again = letter(b"1", &[]);
    again.at = EpochMillis(again.at.0 + 120_000);
    feed.dead_letter(&again).await.unwrap();
    assert_ne!(now(&feed, &seen).await.etag, seen.etag);
    let anna = audited(&feed, "anna", Verb::Discard).await;
    let changed = feed
        .letters()
        .change(&anna, &seen, &Change::Discard, NOW)
        .await
        .unwrap();
    assert_eq!(changed.value.failures, 2);
    // Closed, and failing again: the decision was about these bytes.
    again.at = EpochMillis(again.at.0 + 120_000);
    feed.dead_letter(&again).await.unwrap();
    let kept = now(&feed, &seen).await.value;
    assert_eq!((kept.failures, kept.status.state()), (3, State::Discarded));
}

#[tokio::test]
async fn a_letter_closes_on_the_outcome_of_the_plan_that_holds_it() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let seen = one(&feed).await;
    let run = audited(&feed, "anna", Verb::Run).await;
    let letters = feed.letters();
    let refused = letters.change(&run, &seen, &settled("p1"), NOW).await;
    assert!(
        matches!(refused, Err(ChangeError::NotAllowed(_))),
        "{refused:?}"
    );
    let seen = letters
        .change(&run, &seen, &claim("p1"), NOW)
        .await
        .unwrap()
        .summary();
    let other = letters
        .change(&run, &seen, &settled("p2"), NOW)
        .await
        .unwrap_err();
    assert!(other.to_string().contains("by plan p1"), "{other}");
    let failed = Change::FailAgain {
        plan: "p1".to_owned(),
        attempt: Attempt {
            at: NOW,
            error: "still no number".to_owned(),
            app_version: "0.3.0".to_owned(),
            plan: Some("p1".to_owned()),
        },
    };
    let open = letters.change(&run, &seen, &failed, NOW).await.unwrap();
    assert_eq!(open.value.status, Status::Open { since: NOW });
    assert_eq!(
        open.value.attempts.last().unwrap().plan.as_deref(),
        Some("p1")
    );
    let claimed = letters
        .change(&run, &open.summary(), &claim("p3"), NOW)
        .await
        .unwrap();
    let closed = letters
        .change(&run, &claimed.summary(), &settled("p3"), NOW)
        .await
        .unwrap();
    assert_eq!(closed.value.status.state(), State::Replayed);
    assert_eq!(closed.value.history.len(), 4);
}

#[tokio::test]
async fn a_claim_whose_plan_died_can_be_taken_after_its_end() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let seen = one(&feed).await;
    let run = audited(&feed, "anna", Verb::Run).await;
    let letters = feed.letters();
    let held = letters
        .change(&run, &seen, &claim("dead"), NOW)
        .await
        .unwrap()
        .summary();
    let early = letters
        .change(&run, &held, &claim("next"), EpochMillis(NOW.0 + 59_999))
        .await;
    assert!(matches!(early, Err(ChangeError::NotAllowed(_))));
    let late = letters
        .change(&run, &held, &claim("next"), EpochMillis(NOW.0 + 60_000))
        .await;
    assert!(late.is_ok(), "{late:?}");
}

#[tokio::test]
async fn a_correction_lies_over_the_bytes_and_can_be_taken_back() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let seen = one(&feed).await;
    let letters = feed.letters();
    let patch = r#"[{"op":"replace","path":"/number","value":"SO-1"}]"#;
    let correction = Correction::new(CorrectionKind::JsonPatch, patch.to_owned());
    let edit = audited(&feed, "anna", Verb::Edit).await;
    let edited = letters
        .change(&edit, &seen, &Change::Edit(correction.clone()), NOW)
        .await
        .unwrap();
    assert_eq!(edited.value.correction(), Some(&correction));
    assert_eq!(
        letters.bytes(&edited.value.raw).await.unwrap(),
        b"1",
        "the original stays"
    );
    // Somebody who saw the letter before the correction does not act on it.
    let ben = audited(&feed, "ben", Verb::Run).await;
    let stale = letters
        .change(&ben, &seen, &claim("p"), NOW)
        .await
        .unwrap_err();
    assert!(stale.to_string().contains("anna"), "{stale}");
    let undo = audited(&feed, "anna", Verb::UndoEdit).await;
    let undone = letters
        .change(&undo, &edited.summary(), &Change::UndoEdit, NOW)
        .await
        .unwrap();
    assert_eq!(undone.value.correction(), None);
    assert_eq!(undone.value.edits.len(), 1);
    let nothing = audited(&feed, "anna", Verb::UndoEdit).await;
    let nothing = letters
        .change(&nothing, &undone.summary(), &Change::UndoEdit, NOW)
        .await;
    assert!(matches!(nothing, Err(ChangeError::Correction(_))));
}

#[tokio::test]
async fn the_audit_log_has_an_entry_before_anything_is_done_and_keeps_it() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let letters = feed.letters();
    let id = Uuid::new_v4();
    let intent = Intent {
        id: Some(id),
        app: "orders",
        actor: Actor {
            who: "anna",
            why: "ticket 7",
            at: NOW,
        },
        verb: Verb::Discard,
        about: About::Filter {
            filter: Filter::of_app("orders"),
        },
    };
    emulator
        .faults(json!({"drop_reply_after_service": 2}))
        .await;
    let first = letters.intend(&intent).await.unwrap();
    let again = letters.intend(&intent).await.unwrap();
    assert_eq!(first, again);
    for n in 1..=4 {
        let actor = Actor {
            at: EpochMillis(NOW.0 + n),
            ..intent.actor
        };
        letters
            .intend(&Intent {
                id: None,
                actor,
                ..intent.clone()
            })
            .await
            .unwrap();
    }
    let page = letters.audit("orders", 3, None).await.unwrap();
    let rest = letters
        .audit("orders", 3, page.next.as_ref())
        .await
        .unwrap();
    let times: Vec<i64> = [page.entries, rest.entries]
        .concat()
        .iter()
        .map(|entry| entry.at.0 - NOW.0)
        .collect();
    assert_eq!(times, [4, 3, 2, 1, 0]);
    let proof = letters.audited("orders", &first.entry().id).await.unwrap();
    assert_eq!(proof, Some(first));
    assert_eq!(letters.audited("orders", "none").await.unwrap(), None);
}

#[tokio::test]
async fn notes_of_many_are_all_kept() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let cause = one(&feed).await.fingerprint;
    let letters = feed.letters();
    let mut proofs = Vec::new();
    for who in ["anna", "ben", "carl", "dora"] {
        proofs.push(audited(&feed, who, Verb::Note).await);
    }
    let writing = proofs
        .iter()
        .map(|proof| letters.add_note(proof, &cause, "seen before"));
    for written in futures::future::join_all(writing).await {
        written.unwrap();
    }
    letters
        .add_note(&proofs[0], &cause, "seen before")
        .await
        .unwrap();
    let notes = letters.notes("orders", &cause).await.unwrap();
    let mut who: Vec<&str> = notes.iter().map(|note| note.who.as_str()).collect();
    who.sort_unstable();
    assert_eq!(who, ["anna", "ben", "carl", "dora"]);
}

#[tokio::test]
async fn a_document_on_a_shelf_is_replaced_in_the_state_that_was_seen() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let shelf = feed.shelf("plan");
    let filed = feed::Filed {
        app: "orders",
        id: "p-1",
    };
    assert_eq!(shelf.create(&filed, "1", &7).await, Ok(feed::Created::Now));
    assert_eq!(
        shelf.create(&filed, "1", &8).await,
        Ok(feed::Created::Before)
    );
    let seen = shelf.read::<i32>(&filed).await.unwrap().unwrap();
    assert_eq!(seen.value, 7);
    emulator
        .faults(json!({"drop_reply_after_service": 2}))
        .await;
    shelf.replace(&filed, "1", &9, &seen.etag).await.unwrap();
    let lost = shelf.replace(&filed, "1", &10, &seen.etag).await;
    assert_eq!(lost, Err(ReplaceError::Lost));
    assert_eq!(shelf.scan::<i32>("orders").collect().await.unwrap(), [9]);
    assert!(
        shelf
            .scan::<i32>("transport")
            .collect()
            .await
            .unwrap()
            .is_empty()
    );
}
