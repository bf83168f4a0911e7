//! Which HTTP answers are worth another try.

use std::time::Duration;

use crate::Class;

/// How an answer with this status is to be treated, whoever gives it. Total: every number has a class.
///
/// | status | class | why |
/// |---|---|---|
/// | 408, 425 | transient | the request did not arrive in time, or too early in a connection |
/// | 429 | transient | too many; the answer often says for how long |
/// | 500, 502, 503, 504 and the rest of 5xx | transient | the other side or a proxy of it cannot, now |
/// | 501, 505 | permanent | the other side never does this |
/// | everything else | permanent | the same request gets the same answer |
#[must_use]
pub const fn classify(status: u16, retry_after: Option<Duration>) -> Class {
    match status {
        501 | 505 => Class::Permanent,
        408 | 425 | 429 | 500..=599 => Class::Transient { retry_after },
        _ => Class::Permanent,
    }
}

/// Whether an answer with this status says that the other side works and has had too much.
#[must_use]
pub const fn is_throttled(status: u16) -> bool {
    status == 429
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WAIT: Option<Duration> = Some(Duration::from_secs(7));

    #[test]
    fn the_known_ones_are_as_the_table_says() {
        for status in [408, 425, 429, 500, 502, 503, 504, 507, 520, 529, 599] {
            let expected = Class::Transient { retry_after: WAIT };
            assert_eq!(classify(status, WAIT), expected, "{status}");
        }
        for status in [
            400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 423, 431, 451, 501, 505,
        ] {
            assert_eq!(classify(status, WAIT), Class::Permanent, "{status}");
        }
    }

    proptest! {
        #[test]
        fn every_number_has_a_class_and_a_wait_never_changes_it(status: u16, seconds: Option<u16>) {
            let wait = seconds.map(|seconds| Duration::from_secs(seconds.into()));
            let class = classify(status, wait);
            let transient = matches!(classify(status, None), Class::Transient { retry_after: None });
            match class {
                Class::Transient { retry_after } => prop_assert!(transient && retry_after == wait),
                Class::Permanent => prop_assert!(!transient),
            }
            // Neither a success nor anything that we made up ourselves is worth another try.
            prop_assert!(!transient || (400..600).contains(&status));
        }
    }
}
