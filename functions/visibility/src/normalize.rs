//! From the wire to records. Pure: no clock, no environment, nothing awaited.
//!
//! The unit that fails alone is the event. What is wrong with one goes into the feedback under its path, whether the
//! event was taken with a doubt or not at all.

mod code;
mod dcsa;
mod dcsa2;
mod dcsa3;
mod epcis;
mod event;
mod event_hash;
mod feedback;
mod things;
mod value;
mod web_uri;

use ingest::{Message, Normalized, Problem, parse_root};

use crate::wire;

pub use event_hash::{Namespaces, event_hash};
pub use feedback::{Feedback, Severity};

/// Under which name the standard of a message is kept with its dead letters. No header has a name like this.
const STANDARD: &str = ":standard";

/// Which standard a message follows; the route that it came in by says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standard {
    /// DCSA Track and Trace 3.0.
    Dcsa3,
    /// DCSA Track and Trace 2.2.
    Dcsa2,
    /// EPCIS 2.0.
    Epcis,
}

impl Standard {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Dcsa3, Self::Dcsa2, Self::Epcis];

    /// The stable text, kept with dead letters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dcsa3 => "dcsa-3.0",
            Self::Dcsa2 => "dcsa-2.2",
            Self::Epcis => "epcis-2.0",
        }
    }

    /// How it is said in the arrival of a message.
    #[must_use]
    pub fn arrival(self) -> (String, String) {
        (STANDARD.to_owned(), self.as_str().to_owned())
    }

    /// The one that the arrival of a message says.
    #[must_use]
    pub fn of_arrival(arrival: &[(String, String)]) -> Option<Self> {
        let (_, named) = arrival.iter().find(|(name, _)| name == STANDARD)?;
        Self::ALL
            .into_iter()
            .find(|standard| standard.as_str() == named)
    }
}

/// Most events of a message. Each may become a dead letter, and the longest body holds four million `0`.
pub const EVENTS_MAX: usize = 50_000;

/// What is made of a message.
#[derive(Debug, Default)]
pub struct Outcome<'a> {
    /// The records, and the units that cannot become records.
    pub normalized: Normalized<'a>,
    /// What the sender is told.
    pub feedback: Vec<Feedback>,
    /// Events in the message.
    pub events: usize,
    /// Whether the message as a whole could not be read.
    pub unread: bool,
}

impl<'a> Outcome<'a> {
    /// Notes an event that cannot be taken; `message` holds it and no other.
    fn reject_event(&mut self, problem: Problem, event: &'a str, message: String) {
        self.tell(&problem);
        let rejection = problem.of_unit(event.as_bytes());
        self.normalized
            .rejections
            .push(rejection.within(message.into_bytes()));
    }

    /// Notes a message that cannot be taken.
    fn reject(&mut self, problem: Problem, raw: &'a [u8]) {
        self.tell(&problem);
        self.normalized.rejections.push(problem.of_unit(raw));
    }

    fn tell(&mut self, problem: &Problem) {
        self.feedback.push(Feedback {
            severity: Severity::Error,
            message: problem.detail().to_owned(),
            property_path: problem.place().to_owned(),
        });
    }

    /// The first thing that the sender is told, for a line about the whole message.
    #[must_use]
    pub fn told(&self) -> String {
        let told =
            |feedback: &Feedback| format!("{}: {}", feedback.property_path, feedback.message);
        self.feedback.first().map(told).unwrap_or_default()
    }

    /// Notes a doubt about a unit that is taken all the same.
    fn warn(&mut self, property_path: String, message: String) {
        self.feedback.push(Feedback {
            severity: Severity::Warn,
            message,
            property_path,
        });
    }

    /// Takes back everything, for a sender who wants all of a message or nothing: the message is one rejection.
    #[must_use]
    pub fn all_or_nothing(mut self, raw: &'a [u8]) -> Self {
        if let Some(first) = self.normalized.rejections.first() {
            let whole = ingest::Rejection {
                raw: std::borrow::Cow::Borrowed(raw),
                record_key: None,
                message: None,
                ..first.clone()
            };
            self.normalized = Normalized {
                records: Vec::new(),
                rejections: vec![whole],
            };
        }
        self
    }
}

/// The records in a message, what of it could not be taken, and what the sender is told.
#[must_use]
pub fn normalize<'a>(standard: Standard, message: &'a Message<'a>) -> Outcome<'a> {
    let mut outcome = Outcome::default();
    if let Err(problem) = read(standard, message, &mut outcome) {
        outcome.reject(problem, message.raw);
        outcome.unread = true;
    }
    outcome
}

fn read<'a>(
    standard: Standard,
    message: &'a Message<'a>,
    into: &mut Outcome<'a>,
) -> Result<(), Problem> {
    let raw: &'a [u8] = message.raw;
    // A byte order mark says nothing in UTF-8 and JSON must not have one; some senders put it there all the same.
    let bytes = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    let text = std::str::from_utf8(bytes).map_err(Problem::malformed)?;
    match standard {
        Standard::Dcsa3 => {
            let push: wire::dcsa3::Push<'a> = parse_root(text)?;
            into.events = counted(push.events.len(), "$.events")?;
            for (index, event) in push.events.into_iter().enumerate() {
                dcsa3::event(message, index, event.get(), into);
            }
        }
        Standard::Dcsa2 => {
            let notification: wire::dcsa2::Notification<'a> = parse_root(text)?;
            into.events = counted(notification.events.len(), "$")?;
            for (index, event) in notification.events.into_iter().enumerate() {
                dcsa2::event(message, index, event.get(), into);
            }
        }
        Standard::Epcis => epcis::document(message, parse_root(text)?, into)?,
    }
    Ok(())
}

/// The number of events in a message, if it is one that can be taken.
fn counted(events: usize, place: &str) -> Result<usize, Problem> {
    if events > EVENTS_MAX {
        let detail = format!("{events} events, more than {EVENTS_MAX}; send them in parts");
        return Err(Problem::new(place, detail));
    }
    Ok(events)
}
