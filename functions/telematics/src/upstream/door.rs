//! How letters come in again: as pages, each by itself.

use ingest::{Message, Normalize, Normalized};

use crate::{
    config::Stream,
    normalize::{Kept, Origin, normalize},
};

/// Reads each page as if it were the first one of its stream.
///
/// So a reading that is replayed is always kept: somebody wants it, and what came before and after it when it failed is
/// forgotten by now. Beside its neighbours it may be one more than would have been kept of them. The readings of a whole
/// page are thinned out among themselves. No cursor moves, and nothing is remembered.
#[derive(Debug, Default)]
pub(super) struct SinglePages {
    nothing: Kept,
}

impl Normalize for SinglePages {
    fn normalize<'a>(&'a self, message: &'a Message<'a>) -> Normalized<'a> {
        match Stream::of_message(&message.message_id) {
            Some(stream) => normalize(&Origin {
                message,
                stream,
                kept: &self.nothing,
            }),
            None => {
                let detail = format!(
                    "page `{}` is of no stream that is known",
                    message.message_id
                );
                Normalized::unreadable(message.raw, detail)
            }
        }
    }
}
