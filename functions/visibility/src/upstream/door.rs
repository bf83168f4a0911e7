//! How letters come in again: as messages of the standard that they came under.

use ingest::{Message, Normalized};

use super::capture;
use crate::normalize::{Standard, normalize};

/// What is made of a message whose route is only known from its arrival.
pub(super) fn read<'a>(message: &'a Message<'a>) -> Normalized<'a> {
    let standard = Standard::of_arrival(&message.arrival);
    let Some(standard) = standard else {
        return Normalized::unreadable(
            message.raw,
            "the letter does not say which standard it follows",
        );
    };
    let outcome = normalize(standard, message);
    // A sender who wanted all or nothing was told that it is nothing; one event of it would be something.
    let is_rollback = standard == Standard::Epcis && capture::was_rollback(&message.arrival);
    match is_rollback {
        true => outcome.all_or_nothing(message.raw).normalized,
        false => outcome.normalized,
    }
}
