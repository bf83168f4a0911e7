//! Personal fields are sealed, listings show none of them, and grouping works all the same.

use std::borrow::Cow;

use feed::{About, Actor, Filter, Intent, Reason, Seal, UnsealError, Verb};
use ingest::{Contract, Ingest, Message, NoSealKey, Normalized, Rejection};
use record::{EpochMillis, Source};

use emulator_process::Emulator;

const AT: EpochMillis = EpochMillis(1_793_610_922_417);
/// base64 of 32 bytes.
const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const CONTRACT: Contract = Contract {
    schema_version: |_| "1",
    personal: &["$.drivers[].name"],
    field_paths: ingest::field_paths,
    value_of: ingest::json_value,
};

async fn take(ingest: &Ingest, raw: &str, place: &str, unit: &str) {
    let message = Message {
        source: Source::Transport,
        message_id: Cow::Borrowed("m"),
        correlation_id: Cow::Borrowed("0af7651916cd43dd8448eb211c80319c"),
        traceparent: None,
        received_at: AT,
        raw: raw.as_bytes(),
        arrival: Vec::new(),
    };
    let rejection = Rejection {
        reason: Reason::InvalidUnit,
        place: place.to_owned(),
        detail: format!("invalid value: string {unit}"),
        raw: Cow::Borrowed(unit.as_bytes()),
        record_key: None,
        message: None,
    };
    let normalized = Normalized {
        records: Vec::new(),
        rejections: vec![rejection.within(raw.as_bytes())],
    };
    ingest.take(&message, normalized).await.unwrap();
}

#[tokio::test]
async fn nobody_reads_a_personal_field_without_an_audit_entry() {
    let emulator = Emulator::start();
    let open = emulator.feed().await;
    let unkeyed = Ingest::new(open.clone(), "transport", "0.1.0").under(CONTRACT);
    assert_eq!(unkeyed.err(), Some(NoSealKey));

    let feed = emulator.feed().await.with_seal(Seal::of(KEY).unwrap());
    let ingest = Ingest::new(feed.clone(), "transport", "0.1.0")
        .under(CONTRACT)
        .unwrap();
    let large = "x".repeat(20_000);
    for n in 0..3 {
        let unit = format!(r#"{{"name":"Erika Mustermann {n}"}}"#);
        let raw = format!(r#"{{"drivers":[{unit}],"note":"{large}"}}"#);
        take(&ingest, &raw, &format!("$.drivers[{n}].name"), &unit).await;
    }
    let letters = open.letters();
    let listed = letters
        .list(&Filter::default(), 10, None)
        .await
        .unwrap()
        .letters;
    assert_eq!(listed.len(), 3);
    let groups = letters.groups(&Filter::default(), AT).await.unwrap().groups;
    assert_eq!(
        (groups.len(), groups[0].letters),
        (1, 3),
        "grouping still works"
    );
    assert!(!format!("{listed:?}{groups:?}").contains("Mustermann"));

    let letter = letters
        .get("transport", &listed[0].id)
        .await
        .unwrap()
        .unwrap()
        .value;
    assert!(
        !serde_json::to_string(&letter)
            .unwrap()
            .contains("Mustermann")
    );
    assert_eq!(letters.bytes(&letter.raw).await.unwrap_err().status, 403);
    let letters = feed.letters();
    let intent = Intent {
        id: None,
        app: "transport",
        actor: Actor {
            who: "anna",
            why: "ticket 7",
            at: AT,
        },
        verb: Verb::Discard,
        about: About::letters(std::slice::from_ref(&letter.id)),
    };
    let other = letters.intend(&intent).await.unwrap();
    let refused = letters.unseal(&other, &letter).await;
    assert_eq!(refused, Err(UnsealError::NotAudited));
    let of_another = Intent {
        verb: Verb::Unseal,
        about: About::letters(&[listed[1].id.clone()]),
        ..intent.clone()
    };
    let of_another = letters.intend(&of_another).await.unwrap();
    assert_eq!(
        letters.unseal(&of_another, &letter).await,
        Err(UnsealError::NotAudited)
    );

    let entry = letters
        .intend(&Intent {
            verb: Verb::Unseal,
            ..intent
        })
        .await
        .unwrap();
    let keyless = open.letters().unseal(&entry, &letter).await;
    assert_eq!(keyless, Err(UnsealError::NoKey));
    let opened = letters.unseal(&entry, &letter).await.unwrap();
    assert!(
        String::from_utf8(opened.raw)
            .unwrap()
            .contains("Erika Mustermann")
    );
    assert!(opened.message.unwrap().len() > 20_000);
    assert!(opened.detail.contains("Mustermann"));
    assert!(opened.value.unwrap().contains("Mustermann"));
}
