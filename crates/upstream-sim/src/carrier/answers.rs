//! The answers to our groups, as partners find them under `out/`: each group is acknowledged once, and the same way again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::storage::{Drops, FileDrop, Refused};

/// Where answers are put.
const OUT: &str = "out/";

/// A group by its partner and its control number.
pub(super) type GroupKey = (&'static str, u32);

/// One 997 about one group, and the blob that it was found in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer {
    blob: String,
    bytes: Vec<u8>,
    /// ISA13 of the interchange that it came in.
    control: String,
}

/// A group whose first answer never reaches the partner, who then sends everything again.
#[derive(Debug)]
struct Lost {
    name: String,
    file: Arc<[u8]>,
    id: Uuid,
    /// What was lost, once it was.
    answer: Option<Vec<u8>>,
    /// It came again, and how.
    again: Option<bool>,
}

#[derive(Debug, Default)]
struct Mail {
    seen: BTreeSet<String>,
    answers: BTreeMap<(String, String), Vec<Answer>>,
    lost: BTreeMap<(String, String), Lost>,
}

/// Reads what is under `out/`.
#[derive(Debug)]
pub(crate) struct Answers {
    drops: Arc<Drops>,
    mail: Mutex<Mail>,
    /// One look at a time.
    looking: tokio::sync::Mutex<()>,
}

impl Answers {
    pub(super) fn new(drops: Arc<Drops>) -> Arc<Self> {
        Arc::new(Self {
            drops,
            mail: Mutex::default(),
            looking: tokio::sync::Mutex::new(()),
        })
    }

    fn mail(&self) -> MutexGuard<'_, Mail> {
        self.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first answer to this group will be lost, and `file` sent again under another name.
    pub(super) fn lose(&self, (partner, group): GroupKey, name: String, file: Arc<[u8]>, id: Uuid) {
        let lost = Lost {
            name,
            file,
            id,
            answer: None,
            again: None,
        };
        let key = (partner.to_owned(), group.to_string());
        self.mail().lost.insert(key, lost);
    }

    /// Nothing more gets lost from now on.
    pub(super) fn finish(&self) {
        self.mail().lost.retain(|_, lost| lost.answer.is_some());
    }

    /// True when all that was lost has come again.
    pub(super) fn settled(&self) -> bool {
        self.mail()
            .lost
            .values()
            .all(|lost| lost.answer.is_none() || lost.again.is_some())
    }

    /// Looks for new answers. What cannot be read now is read with the next look.
    pub(crate) async fn look(&self) {
        let _one = self.looking.lock().await;
        // Without storage there are no answers to be seen.
        drop(self.read_new().await);
    }

    async fn read_new(&self) -> Result<(), Refused> {
        let (account, container) = (self.drops.account(), self.drops.container());
        for blob in account.list(container, OUT).await? {
            if self.mail().seen.contains(&blob) {
                continue;
            }
            let Some(bytes) = account.get(container, &blob).await? else {
                continue;
            };
            let Some((key, control)) = read(&bytes) else {
                // No answer to a group: a TA1, or something that should not be there, which then lacks elsewhere.
                self.mail().seen.insert(blob);
                continue;
            };
            if self.is_lost(&key, &bytes) {
                account.remove(container, &blob).await?;
                self.send_again(&key, bytes);
                continue;
            }
            let mut mail = self.mail();
            mail.seen.insert(blob.clone());
            let answers = mail.answers.entry(key).or_default();
            answers.push(Answer {
                blob,
                bytes,
                control,
            });
        }
        Ok(())
    }

    /// Whether this answer gets lost; the second one is compared with the first.
    fn is_lost(&self, key: &(String, String), bytes: &[u8]) -> bool {
        match self.mail().lost.get_mut(key) {
            None => false,
            Some(lost) => match &lost.answer {
                None => true,
                Some(first) => {
                    lost.again = Some(first == bytes);
                    false
                }
            },
        }
    }

    fn send_again(&self, key: &(String, String), bytes: Vec<u8>) {
        if let Some(lost) = self.mail().lost.get_mut(key) {
            lost.answer = Some(bytes);
            let again = FileDrop::whole(lost.name.clone(), Arc::clone(&lost.file), lost.id);
            self.drops.post(FileDrop {
                delay: Duration::from_millis(100),
                ..again
            });
        }
    }

    /// ISA13 of the one answer to a group; what is wrong instead, in words that no report will hold.
    pub(super) fn control(&self, partner: &str, group: &str) -> String {
        let mail = self.mail();
        let key = (partner.to_owned(), group.to_owned());
        if let Some(lost) = mail.lost.get(&key)
            && lost.again == Some(false)
        {
            return "answered differently the second time".to_owned();
        }
        match mail.answers.get(&key).map(Vec::as_slice) {
            None | Some([]) => "not answered".to_owned(),
            Some([only]) => only.control.clone(),
            Some([first, .., last]) => {
                format!("answered more than once: {} and {}", first.blob, last.blob)
            }
        }
    }

    /// Adds figures to a status.
    pub(super) fn write(&self, status: &mut Value) {
        let mail = self.mail();
        let lost = mail
            .lost
            .values()
            .filter(|lost| lost.answer.is_some())
            .count();
        let again = mail
            .lost
            .values()
            .filter(|lost| lost.again == Some(true))
            .count();
        status["acknowledged"] = json!(mail.answers.len());
        status["answers_lost"] = json!(lost);
        status["answers_again"] = json!(again);
    }
}

/// Partner and group that a 997 answers to, and the control number of its own interchange.
fn read(bytes: &[u8]) -> Option<((String, String), String)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let element = text.chars().nth(3)?;
    let terminator = text.chars().nth(105)?;
    let segments: Vec<Vec<&str>> = text
        .split(terminator)
        .map(|segment| segment.trim().split(element).collect())
        .collect();
    let find = |name: &str| segments.iter().find(|segment| segment[0] == name);
    let isa = find("ISA")?;
    let group = find("AK1")?.get(2)?;
    find("AK9")?;
    let (partner, control) = (isa.get(8)?.trim(), isa.get(13)?);
    Some((
        (partner.to_owned(), (*group).to_owned()),
        (*control).to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_its_group() {
        let text = "ISA*00*          *00*          *ZZ*LOGIHUB        *02*TSTL           *261109*1936*U*00401*000000001*0*P*>~\n\
            GS*FA*LOGIHUB*TSTL*20261109*1936*1*X*004010~\nST*997*0001~\nAK1*QM*7702~\nAK9*A*4*4*4~\nSE*4*0001~\n\
            GE*1*1~\nIEA*1*000000001~\n";
        let expected = (
            ("TSTL".to_owned(), "7702".to_owned()),
            "000000001".to_owned(),
        );
        assert_eq!(read(text.as_bytes()), Some(expected));
        assert_eq!(read(text.replace("AK1", "TA1").as_bytes()), None);
    }
}
