//! Many letters at a time: each for itself, in the order that was asked for.

use emulator_process::Emulator;
use feed::{Change, ChangeError, DeadLetterId, Feed, State, Verb, Wanted};
use serde_json::json;

use crate::{
    dead_letters::letter,
    operators::{NOW, audited},
};

/// More than are on their way at a time.
const LETTERS: usize = 70;

/// Ids of letters, newest last.
async fn buried(feed: &Feed) -> Vec<DeadLetterId> {
    let mut ids = Vec::with_capacity(LETTERS);
    for n in 0..LETTERS {
        let raw = n.to_string();
        let letter = letter(raw.as_bytes(), &[]);
        feed.dead_letter(&letter).await.unwrap();
        ids.push(letter.id());
    }
    ids
}

async fn wanted(feed: &Feed, ids: &[DeadLetterId], change: &Change) -> Vec<Wanted> {
    let seen = feed.letters().get_many("orders", ids).await.unwrap();
    let wanted = seen.into_iter().flatten().map(|seen| Wanted {
        seen,
        change: change.clone(),
        at: NOW,
    });
    wanted.collect()
}

#[tokio::test]
async fn letters_come_in_the_order_that_was_asked_for_and_what_is_not_there_is_none() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let mut ids = buried(&feed).await;
    ids.reverse();
    let missing = DeadLetterId::parse(&"0".repeat(32)).unwrap();
    ids.insert(33, missing);
    let found = feed.letters().get_many("orders", &ids).await.unwrap();
    assert_eq!(found.len(), ids.len());
    for (place, (id, found)) in ids.iter().zip(&found).enumerate() {
        let found = found.as_ref().map(|seen| &seen.value.id);
        assert_eq!(found, (place != 33).then_some(id), "{place}");
    }
    // Another app's letters are none of this app's.
    let others = feed.letters().get_many("transport", &ids).await.unwrap();
    assert!(others.iter().all(Option::is_none));
    assert_eq!(feed.letters().get_many("orders", &[]).await.unwrap(), []);
}

#[tokio::test]
async fn of_many_changes_only_those_fail_whose_letter_somebody_else_has_changed() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let ids = buried(&feed).await;
    let wanted = wanted(&feed, &ids, &Change::Discard).await;
    // Between the look and the change, somebody else has some of them.
    let ben = audited(&feed, "ben", Verb::Archive).await;
    let taken = |place: usize| place % 10 == 3;
    for (place, wanted) in wanted.iter().enumerate() {
        if taken(place) {
            let seen = wanted.seen.summary();
            let letters = feed.letters();
            let archived = letters.change(&ben, &seen, &Change::Archive, NOW);
            archived.await.unwrap();
        }
    }
    let anna = audited(&feed, "anna", Verb::Discard).await;
    let made = feed.letters().change_many(&anna, wanted).await;
    assert_eq!(made.len(), LETTERS);
    for (place, (id, made)) in ids.iter().zip(&made).enumerate() {
        match made {
            Ok(seen) => {
                assert_eq!((&seen.value.id, taken(place)), (id, false), "{place}");
                assert_eq!(seen.value.status.state(), State::Discarded);
            }
            Err(ChangeError::Overtaken { who, .. }) => {
                assert!(taken(place) && who == "ben", "{place}: {who}");
            }
            Err(error) => panic!("{place}: {error}"),
        }
    }
    let now = feed.letters().get_many("orders", &ids).await.unwrap();
    for (place, seen) in now.into_iter().enumerate() {
        let letter = seen.unwrap().value;
        let state = [State::Discarded, State::Archived][usize::from(taken(place))];
        assert_eq!((letter.status.state(), letter.history.len()), (state, 1));
    }
}

#[tokio::test]
async fn changes_whose_replies_are_lost_are_made_once() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let ids = buried(&feed).await;
    let anna = audited(&feed, "anna", Verb::Discard).await;
    let all = wanted(&feed, &ids, &Change::Discard).await;
    let lost = json!({ "drop_reply_after_service": 25 });
    emulator.faults(lost).await;
    let made = feed.letters().change_many(&anna, all.clone()).await;
    assert!(made.iter().all(Result::is_ok), "{made:?}");
    // And all of it again, by a process that never heard of the answers.
    let again = feed.letters().change_many(&anna, all).await;
    for seen in again {
        assert_eq!(seen.unwrap().value.history.len(), 1);
    }
}
