//! .NET `TimeSpan` texts.

use std::time::Duration;

/// Parses `hh:mm`, `hh:mm:ss`, `d.hh:mm:ss` with an optional fraction of a second; `None` when it is no time span.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let (days, clock) = match text.split_once('.') {
        // A dot before the first colon separates days, one after it the fraction.
        Some((days, clock)) if !days.contains(':') && clock.contains(':') => (number(days)?, clock),
        _ => (0, text),
    };
    let mut fields = clock.split(':');
    let (hours, minutes) = (number(fields.next()?)?, number(fields.next()?)?);
    let (seconds, nanos) = match fields.next() {
        None => (0, 0),
        Some(seconds) => match seconds.split_once('.') {
            None => (number(seconds)?, 0),
            Some((seconds, fraction)) => (number(seconds)?, nanos(fraction)?),
        },
    };
    let in_range = hours < 24 && minutes < 60 && seconds < 60 && fields.next().is_none();
    let total = days
        .checked_mul(86_400)?
        .checked_add(hours * 3_600 + minutes * 60 + seconds)?;
    in_range.then(|| Duration::new(total, nanos))
}

fn number(text: &str) -> Option<u64> {
    // `parse` alone would take a plus sign.
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

fn nanos(fraction: &str) -> Option<u32> {
    if fraction.is_empty()
        || fraction.len() > 7
        || !fraction.bytes().all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    format!("{fraction:0<9}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert_eq!(parse("00:00:05"), Some(Duration::from_secs(5)));
        assert_eq!(parse("01:30"), Some(Duration::from_secs(5_400)));
        assert_eq!(parse("2.00:00:01"), Some(Duration::from_secs(172_801)));
        assert_eq!(parse("00:00:00.25"), Some(Duration::from_millis(250)));
        for wrong in [
            "",
            "5",
            "0 */5 * * * *",
            "24:00:00",
            "00:60:00",
            "1:2:3:4",
            "-00:00:01",
            "+1:00",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
