//! What to do with a file that does not end as it should.

use csvw::{Ending, Header};
use drops::TakeError;
use ingest::Normalized;

use super::{Work, rows::with_head};
use crate::normalize::{tail, torn_row};

/// How much of a torn row is kept in its dead letter.
const TAIL_BYTES_MAX: usize = 1024 * 1024;

/// Whether more bytes are to be expected. A last row with all its cells and no line end is complete enough.
pub(super) const fn may_be_growing(ending: &Ending) -> bool {
    !matches!(ending, Ending::Complete | Ending::Unterminated { .. })
}

/// The dead letter for what is wrong with the end of a file that grows no more.
pub(super) async fn salvage(
    work: &Work<'_>,
    ending: &Ending,
    header: Option<&Header>,
    next_row: u64,
) -> Result<(), TakeError> {
    let file = &work.delivery.file;
    let end = file.length..file.length;
    let (bytes, what) = match ending {
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
    let is_row = !raw.is_empty();
    if !is_row {
        raw = file.key().into_bytes();
    }
    let message = work.message(header);
    let origin = work.origin(&message);
    let mut rejections = vec![match is_row {
        true => torn_row(&origin, next_row, &bytes, &raw, what),
        false => tail(&origin, &bytes, &raw, what),
    }];
    if is_row {
        with_head(&mut rejections, header);
    }
    let normalized = Normalized {
        records: Vec::new(),
        rejections,
    };
    work.deps.ingest.take(&message, normalized).await?;
    Ok(())
}
