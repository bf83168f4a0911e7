//! What goes wrong between a partner and a storage account, whatever is in the file.

use std::sync::Arc;
use std::time::Duration;

use super::{FileDrop, Step};
use crate::faults::FaultProfile;
use crate::rolls::Rolls;

/// A file on its way, and the places where it may go wrong.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    /// The name under which the same bytes may come once more.
    pub(crate) other_name: String,
    pub(crate) bytes: Arc<[u8]>,
    /// Where an upload breaks off that is repeated whole.
    pub(crate) torn_at: usize,
}

/// The drops that one file causes. Every decision is drawn whatever the profile, so profiles do not shift each other.
pub(crate) fn drops(rolls: &mut Rolls, faults: &FaultProfile, file: File) -> Vec<FileDrop> {
    let late = rolls.chance(faults.drop_late);
    let delay = rolls.milliseconds(300, 4_000);
    let delay = if late { delay } else { Duration::ZERO };
    let steps = steps(rolls, faults, &file);
    let mut drops = vec![FileDrop { delay, steps }];
    let again = rolls.chance(faults.drop_again);
    let (pause, id) = (rolls.milliseconds(100, 3_000), rolls.guid());
    if again {
        drops.push(FileDrop {
            delay: delay + pause,
            ..FileDrop::whole(file.other_name, file.bytes, id)
        });
    }
    drops
}

fn steps(rolls: &mut Rolls, faults: &FaultProfile, file: &File) -> Vec<Step> {
    let put = |bytes: &Arc<[u8]>| Step::Put {
        name: file.name.clone(),
        bytes: Arc::clone(bytes),
    };
    let (first, second, third) = (rolls.guid(), rolls.guid(), rolls.guid());
    let torn = rolls.chance(faults.drop_torn);
    let early = rolls.chance(faults.drop_early);
    let mut steps = Vec::new();
    if torn {
        // The partner's connection broke; storage took what had come for the whole file.
        let part = file.bytes[..file.torn_at.min(file.bytes.len())].into();
        steps.extend([
            put(&part),
            Step::Tell {
                id: first,
                api: "PutBlob",
            },
        ]);
    }
    let pause = rolls.milliseconds(200, 2_000);
    if torn {
        steps.push(Step::Wait(pause));
    }
    let api = if early && !torn {
        steps.extend([
            put(&Arc::from([])),
            Step::Tell {
                id: first,
                api: "CreateFile",
            },
            Step::Wait(pause),
        ]);
        "FlushWithClose"
    } else {
        "PutBlob"
    };
    steps.extend([put(&file.bytes), Step::Tell { id: second, api }]);
    if rolls.chance(faults.drop_twice) {
        steps.push(Step::Tell { id: second, api });
    }
    let rewritten = rolls.chance(faults.drop_rewritten);
    let pause = rolls.milliseconds(100, 2_500);
    if rewritten {
        steps.extend([
            Step::Wait(pause),
            put(&file.bytes),
            Step::Tell {
                id: third,
                api: "PutBlob",
            },
        ]);
    }
    steps
}

/// A message that is no event of any kind. Each is another one.
pub(crate) fn garbage(rolls: &mut Rolls) -> FileDrop {
    let id = rolls.guid();
    let texts = [
        format!("hello? is this the right queue? {id}"),
        format!(r#"{{"eventType":"Microsoft.Storage.BlobCreated","id":"{id}","data":"#),
        format!(r#"[{{"id":"{id}"}}]"#),
    ];
    let text = rolls.pick(&texts).clone();
    FileDrop {
        delay: Duration::ZERO,
        steps: vec![Step::Say(text)],
    }
}
