//! What to do with a file that does not end as it should.

use csvw::Ending;
use drops::TakeError;
use record::Source;

use super::{Work, bury};
use crate::normalize::tail;

/// How much of a torn row is kept in its dead letter.
const TAIL_BYTES_MAX: usize = 1024 * 1024;

/// Whether more bytes are to be expected. A last row with all its cells and no line end is complete enough.
pub(super) const fn may_be_growing(ending: &Ending) -> bool {
    !matches!(ending, Ending::Complete | Ending::Unterminated { .. })
}

/// The dead letter for what is wrong with the end of a file that grows no more.
pub(super) async fn salvage(work: &Work<'_>, ending: &Ending) -> Result<(), TakeError> {
    let file = &work.delivery.file;
    let end = file.length..file.length;
    let (bytes, detail) = match ending {
        Ending::Complete | Ending::Unterminated { .. } => return Ok(()),
        Ending::Partial { bytes } => (
            bytes.clone(),
            "the file ends inside this row, and no newer version came".to_owned(),
        ),
        Ending::TrailerMissing { rows } => (end, format!("no trailer row after {rows} rows")),
        Ending::CountMismatch { stated, rows } => (
            end,
            format!("the trailer row states {stated:?} rows, the file has {rows}"),
        ),
    };
    let mut raw = Vec::new();
    if !bytes.is_empty() {
        let mut reader = work.deps.drops.open(file, bytes.start).await?;
        while raw.len() < TAIL_BYTES_MAX
            && let Some(range) = reader.next().await?
        {
            raw.extend_from_slice(&range);
        }
        raw.truncate(TAIL_BYTES_MAX);
    }
    if raw.is_empty() {
        raw = file.key().into_bytes();
    }
    let message = work.delivery.message(Source::Warehouse, &[]);
    let rejection = tail(&work.origin(&message), &bytes, &raw, detail);
    bury(work.deps, work.delivery, rejection).await
}
