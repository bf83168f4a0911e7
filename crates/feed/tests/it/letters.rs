//! Looking for letters: lists, scans, filters and groups.

use std::collections::BTreeSet;

use feed::{
    Buried, Cursor, DeadLetter, Evidence, Feed, Filter, Fingerprint, LetterSummary, Reason, State,
};
use proptest::prelude::*;
use record::{EpochMillis, Source};

use emulator_process::Emulator;

use crate::dead_letters::letter;

/// 2026-11-02T10:35:22.417Z
const AT: i64 = 1_793_610_922_417;

/// The `n`th letter of a varied lot.
fn varied(n: i64, raw: &[u8]) -> DeadLetter<'_> {
    let mut letter = letter(raw, &[]);
    letter.app = if n % 5 == 0 { "transport" } else { "orders" };
    letter.source = Some(if n % 5 == 0 {
        Source::Transport
    } else {
        Source::Orders
    });
    letter.reason = [Reason::InvalidUnit, Reason::MalformedMessage][usize::from(n % 3 == 0)];
    letter.place = format!(
        "$.value[{n}].{}",
        ["number", "status"][usize::from(n % 2 == 0)]
    );
    letter.at = EpochMillis(AT + n / 10 * 1_000);
    letter.app_version = ["0.1.0", "0.2.0"][usize::from(n >= 60)];
    letter.record_key = Some(format!("SO-{}", n % 7));
    letter.correlation_id = format!("{:032x}", n / 4);
    letter.evidence = Evidence::default();
    letter
}

async fn filled(feed: &Feed, letters: i64) {
    for n in 0..letters {
        let raw = format!("unit {n}");
        let buried = feed.dead_letter(&varied(n, raw.as_bytes())).await;
        assert_eq!(buried, Ok(Buried::Created));
    }
}

async fn all_pages(feed: &Feed, filter: &Filter, limit: u32) -> Vec<LetterSummary> {
    let (mut found, mut after) = (Vec::new(), None::<Cursor>);
    loop {
        let page = feed
            .letters()
            .list(filter, limit, after.as_ref())
            .await
            .unwrap();
        assert!(page.letters.len() <= limit as usize);
        found.extend(page.letters);
        // A cursor travels as text.
        match page.next {
            Some(next) => after = Some(next.to_string().parse().unwrap()),
            None => return found,
        }
    }
}

#[tokio::test]
async fn pages_hold_each_letter_once_newest_first_whatever_their_size() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    filled(&feed, 120).await;
    let whole = all_pages(&feed, &Filter::default(), 1_000).await;
    assert_eq!(whole.len(), 120);
    assert!(whole.is_sorted_by(|a, b| a.order > b.order));
    assert!(whole.is_sorted_by_key(|letter| std::cmp::Reverse(letter.at)));
    for limit in [1, 7, 119, 120, 121] {
        assert_eq!(
            all_pages(&feed, &Filter::default(), limit).await,
            whole,
            "{limit}"
        );
    }
}

#[tokio::test]
async fn what_is_written_between_two_pages_moves_no_page() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    filled(&feed, 30).await;
    let letters = feed.letters();
    let before = all_pages(&feed, &Filter::default(), 1_000).await;
    let first = letters.list(&Filter::default(), 10, None).await.unwrap();
    let mut newer = letter(b"newer", &[]);
    newer.at = EpochMillis(AT + 1_000_000);
    feed.dead_letter(&newer).await.unwrap();
    let second = letters
        .list(&Filter::default(), 10, first.next.as_ref())
        .await
        .unwrap();
    assert_eq!([first.letters, second.letters].concat(), before[..20]);
}

#[tokio::test]
async fn a_query_finds_what_the_filter_says() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    filled(&feed, 120).await;
    let whole = all_pages(&feed, &Filter::default(), 1_000).await;
    let cause = whole[17].fingerprint.clone();
    let filters = [
        Filter::of_app("transport"),
        Filter {
            source: Some(Source::Orders),
            ..Filter::default()
        },
        Filter {
            reason: Some(Reason::MalformedMessage),
            ..Filter::of_app("orders")
        },
        Filter {
            field_path: Some("$.value[].status".to_owned()),
            ..Filter::default()
        },
        Filter {
            from: Some(EpochMillis(AT + 3_000)),
            before: Some(EpochMillis(AT + 6_000)),
            ..Filter::default()
        },
        Filter {
            app_version: Some("0.2.0".to_owned()),
            ..Filter::default()
        },
        Filter {
            record_key: Some("SO-3".to_owned()),
            ..Filter::default()
        },
        Filter {
            message_id: Some("page-1".to_owned()),
            ..Filter::default()
        },
        Filter {
            correlation_id: Some(format!("{:032x}", 3)),
            ..Filter::default()
        },
        Filter {
            fingerprint: Some(cause),
            ..Filter::default()
        },
        Filter {
            states: vec![State::Open, State::Archived],
            ..Filter::default()
        },
        Filter {
            states: vec![State::Discarded],
            ..Filter::default()
        },
        Filter {
            app: Some("' OR 1=1".to_owned()),
            ..Filter::default()
        },
    ];
    for filter in filters {
        let expected: Vec<LetterSummary> = whole
            .iter()
            .filter(|letter| filter.matches(letter))
            .cloned()
            .collect();
        assert_eq!(
            all_pages(&feed, &filter, 1_000).await,
            expected,
            "{filter:?}"
        );
        let scanned = feed.letters().scan(&filter).collect().await.unwrap();
        let ids = |letters: &[LetterSummary]| -> BTreeSet<String> {
            letters.iter().map(|letter| letter.id.to_string()).collect()
        };
        assert_eq!(ids(&scanned), ids(&expected), "{filter:?}");
        assert_eq!(scanned.len(), expected.len(), "{filter:?}");
    }
}

#[tokio::test]
async fn letters_of_one_cause_are_one_group() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    filled(&feed, 120).await;
    let now = EpochMillis(AT + 60 * 60 * 1_000 + 5_000);
    let whole = all_pages(&feed, &Filter::default(), 1_000).await;
    let groups = feed
        .letters()
        .groups(&Filter::default(), now)
        .await
        .unwrap();
    // Two apps, two reasons, two fields.
    assert_eq!(
        (groups.groups.len(), groups.letters, groups.others),
        (8, 120, 0)
    );
    for group in &groups.groups {
        let of: Vec<&LetterSummary> = whole
            .iter()
            .filter(|letter| letter.fingerprint == group.fingerprint)
            .collect();
        assert_eq!(group.letters, of.len() as u64);
        assert_eq!(
            Some(group.first_at),
            of.iter().map(|letter| letter.at).min()
        );
        assert_eq!(Some(group.last_at), of.iter().map(|letter| letter.at).max());
        assert_eq!(group.began_with(), Some("0.1.0"));
        assert_eq!(group.versions.len(), 2);
        assert_eq!(group.states[&State::Open], group.letters);
        let recent = of.iter().filter(|letter| letter.at.0 > AT + 5_000).count();
        assert_eq!(group.last_hour, recent as u64);
    }
    let of_one = Filter {
        fingerprint: Some(groups.groups[0].fingerprint.clone()),
        ..Filter::default()
    };
    let one = feed.letters().groups(&of_one, now).await.unwrap();
    assert_eq!(one.groups, groups.groups[..1]);
}

#[tokio::test]
async fn a_text_that_is_no_cursor_or_fingerprint_is_refused() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    filled(&feed, 5).await;
    assert!(Fingerprint::parse("x").is_none());
    for garbage in ["", "%%%", "Li4v", &"A".repeat(400)] {
        assert!(garbage.parse::<Cursor>().is_err(), "{garbage}");
    }
    assert_eq!(all_pages(&feed, &Filter::default(), 2).await.len(), 5);
}

proptest! {
    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is_taken(text in "\\PC{0,40}") {
        if let Ok(cursor) = text.parse::<Cursor>() {
            prop_assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        }
    }
}
