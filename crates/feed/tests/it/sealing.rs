//! What is personal in a letter, and in what corrects it.

use emulator_process::Emulator;
use feed::{Change, ChangeError, Correction, CorrectionKind, Filter, Personal, UnsealError, Verb};

use crate::{
    dead_letters::letter,
    operators::{NOW, audited},
};

const PATCH: &str = r#"[{"op":"replace","path":"/driver","value":"Erika Mustermann"}]"#;

#[tokio::test]
async fn what_corrects_a_sealed_letter_is_sealed_and_opens_at_that_letter_only() {
    let emulator = Emulator::start();
    let feed = emulator.sealing_feed().await;
    for raw in [&b"{\"driver\":\"Erica\"}"[..], b"{\"driver\":\"Eric\"}"] {
        let mut letter = letter(raw, &[]);
        letter.evidence.personal = Personal::Bytes;
        feed.dead_letter(&letter).await.unwrap();
    }
    let letters = feed.letters();
    let listed = letters.list(&Filter::default(), 10, None).await.unwrap();
    let [first, second] = &listed.letters[..] else {
        panic!("{listed:?}");
    };
    let correction = Correction::new(CorrectionKind::JsonPatch, PATCH.to_owned());
    let edit = audited(&feed, "anna", Verb::Edit).await;
    let change = Change::Edit(correction.clone());
    let edited = letters.change(&edit, first, &change, NOW).await.unwrap();
    let kept = edited.value.correction().unwrap().clone();
    assert!(kept.sealed);
    let text = serde_json::to_string(&edited.value).unwrap();
    assert!(!text.contains("Mustermann"), "{text}");

    let opened = letters.opened_correction(&edit, &edited.value, &kept);
    assert_eq!(opened, Ok(correction));
    let looking = audited(&feed, "ben", Verb::Discard).await;
    let refused = letters.opened_correction(&looking, &edited.value, &kept);
    assert_eq!(refused, Err(UnsealError::NotAudited));

    let other = letters.get("orders", &second.id).await.unwrap().unwrap();
    let elsewhere = letters.opened_correction(&edit, &other.value, &kept);
    assert!(
        matches!(elsewhere, Err(UnsealError::Feed(_))),
        "{elsewhere:?}"
    );
    let again = letters
        .change(&edit, second, &Change::Edit(kept), NOW)
        .await;
    assert!(
        matches!(again, Err(ChangeError::Correction(_))),
        "{again:?}"
    );
}
