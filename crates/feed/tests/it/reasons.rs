//! Every reason has a page, and every page a reason.

use std::{collections::BTreeSet, fs, path::Path};

use feed::{DeadLetter, Reason, ReasonClass};
use retry::Class;

use emulator_process::Emulator;

use crate::dead_letters::letter;

fn pages() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reasons")
}

#[test]
fn every_page_has_a_reason_and_every_reason_a_page() {
    let found: BTreeSet<String> = fs::read_dir(pages())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    let expected = Reason::ALL
        .iter()
        .map(|reason| format!("{reason}.md"))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_page_answers_the_four_questions() {
    for reason in Reason::ALL {
        let page = fs::read_to_string(pages().join(format!("{reason}.md"))).unwrap();
        let class = reason.class();
        let title = format!(
            "# {reason} {}\n\nClass: {} (",
            reason.name(),
            class.as_str()
        );
        assert!(page.starts_with(&title), "{reason}");
        let permanence = match class.retry() {
            Class::Transient { .. } => "Transient",
            Class::Permanent => "Permanent",
        };
        let rest = format!(
            "). {permanence}. Severity: {}. Default action: {}.\n",
            class.severity().as_str(),
            class.default_action().as_str()
        );
        assert!(
            page.lines()
                .nth(2)
                .is_some_and(|line| format!("{line}\n").ends_with(&rest)),
            "{reason}: {rest}"
        );
        let headings: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("## "))
            .collect();
        assert_eq!(
            headings,
            ["What happened", "Why", "What to do", "Safe to replay?"],
            "{reason}"
        );
    }
}

#[test]
fn a_code_is_read_back_as_its_reason() {
    for &reason in Reason::ALL {
        assert_eq!(reason.code().parse(), Ok(reason));
        let json = serde_json::to_string(&reason).unwrap();
        assert_eq!(json, format!("\"{reason}\""));
        assert_eq!(serde_json::from_str::<Reason>(&json).unwrap(), reason);
    }
    assert!("E999".parse::<Reason>().is_err());
}

#[tokio::test]
async fn no_outage_becomes_a_dead_letter() {
    let emulator = Emulator::start();
    let feed = emulator.feed().await;
    let mut outages = 0;
    for &reason in Reason::ALL {
        let letter = DeadLetter {
            reason,
            ..letter(b"1", &[])
        };
        let buried = feed.dead_letter(&letter).await;
        if reason.class() == ReasonClass::Outage {
            outages += 1;
            assert_eq!(buried.unwrap_err().status, 503, "{reason}");
        } else {
            assert!(buried.is_ok(), "{reason}");
        }
    }
    let letters = feed.dead_letters().collect().await.unwrap();
    assert_eq!(letters.len(), Reason::ALL.len() - outages);
}
