//! A partner's 997 or 999: what became of the sets that we sent.

use thiserror::Error;

use crate::{segment::Segment, text::count, transaction_set::TransactionSet};

/// What became of something that we sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Accepted (A).
    Accepted,
    /// Accepted in spite of errors (E).
    AcceptedWithErrors,
    /// A group of which some sets were rejected (P).
    Partly,
    /// Rejected (R), also for its security (M, W, X).
    Rejected,
}

impl Outcome {
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        match code {
            "A" => Some(Self::Accepted),
            "E" => Some(Self::AcceptedWithErrors),
            "P" => Some(Self::Partly),
            "R" | "M" | "W" | "X" => Some(Self::Rejected),
            _ => None,
        }
    }

    /// Whether the data was taken.
    #[must_use]
    pub fn is_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::AcceptedWithErrors)
    }
}

/// A 997 or 999.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Acknowledgement {
    /// AK101, the functional id of our group (`SM` for a 204).
    pub functional_id: String,
    /// AK102, GS06 of our group as written.
    pub group_control: String,
    /// One for each AK2.
    pub sets: Vec<SetAcknowledgement>,
    /// AK901, `None` if AK9 is missing or has no such code.
    pub outcome: Option<Outcome>,
    /// AK905 to AK909.
    pub codes: Vec<String>,
    /// AK902, AK903 and AK904: sets included, received, accepted.
    pub counts: [Option<u64>; 3],
}

/// What is said of one set.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SetAcknowledgement {
    /// AK201, `204`.
    pub set_id: String,
    /// AK202, ST02 of our set as written.
    pub control: String,
    /// AK501 or IK501, `None` if the segment is missing or has no such code.
    pub outcome: Option<Outcome>,
    /// AK502 to AK506.
    pub codes: Vec<String>,
    /// One for each AK3 or IK3.
    pub segments: Vec<SegmentNote>,
}

/// What is said of one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentNote {
    /// AK301, the segment id.
    pub id: String,
    /// AK302, its number in the set; ST is 1.
    pub position: Option<u64>,
    /// AK304 and after.
    pub codes: Vec<String>,
    /// One for each AK4 or IK4.
    pub elements: Vec<ElementNote>,
}

/// What is said of one element.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ElementNote {
    /// AK401, its number in the segment.
    pub element: Option<u64>,
    /// AK401-2, its component.
    pub component: Option<u64>,
    /// AK403.
    pub code: String,
    /// AK404, the bad data as the partner copied it.
    pub copy: String,
}

/// The set is no acknowledgement, or does not say what it acknowledges.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotAnAcknowledgement {
    /// Neither 997 nor 999.
    #[error("transaction set {0:?} is no acknowledgement")]
    Set(String),
    /// No AK1.
    #[error("the acknowledgement does not say what it acknowledges: ak1 is missing")]
    GroupMissing,
}

impl Acknowledgement {
    /// Reads a 997 or 999. Segments that it does not know (CTX of a 999) are passed over.
    ///
    /// # Errors
    /// Another set, or no AK1.
    pub fn read(set: &TransactionSet<'_>) -> Result<Self, NotAnAcknowledgement> {
        let id = set.id();
        if id != "997" && id != "999" {
            return Err(NotAnAcknowledgement::Set(id.into_owned()));
        }
        let mut read: Option<Self> = None;
        for segment in set.segments() {
            match (&*segment.id(), &mut read) {
                ("AK1", None) => read = Some(Self::of_group(&segment)),
                (_, Some(read)) => read.take(&segment),
                (_, None) => {}
            }
        }
        read.ok_or(NotAnAcknowledgement::GroupMissing)
    }

    fn of_group(ak1: &Segment<'_>) -> Self {
        Self {
            functional_id: text(ak1, 1),
            group_control: text(ak1, 2),
            sets: Vec::new(),
            outcome: None,
            codes: Vec::new(),
            counts: [None; 3],
        }
    }

    fn take(&mut self, segment: &Segment<'_>) {
        match &*segment.id() {
            "AK2" | "IK2" => self.sets.push(SetAcknowledgement {
                set_id: text(segment, 1),
                control: text(segment, 2),
                outcome: None,
                codes: Vec::new(),
                segments: Vec::new(),
            }),
            "AK9" => {
                self.outcome = Outcome::of_code(&text(segment, 1));
                self.counts = [2, 3, 4].map(|number| count(segment.element(number).bytes()));
                self.codes = codes(segment, 5);
            }
            _ => {
                if let Some(set) = self.sets.last_mut() {
                    set.take(segment);
                }
            }
        }
    }

    /// What became of our set with this ST01 and ST02; `None` if the acknowledgement leaves it open.
    /// A set that is not listed shares the fate of its group, unless the group was accepted in part.
    #[must_use]
    pub fn outcome_of(&self, set_id: &str, control: &str) -> Option<Outcome> {
        let listed = self
            .sets
            .iter()
            .find(|set| set.set_id == set_id && set.control == control);
        match listed {
            Some(set) => set.outcome,
            None => self.outcome.filter(|outcome| *outcome != Outcome::Partly),
        }
    }
}

impl SetAcknowledgement {
    fn take(&mut self, segment: &Segment<'_>) {
        match &*segment.id() {
            "AK3" | "IK3" => self.segments.push(SegmentNote {
                id: text(segment, 1),
                position: count(segment.element(2).bytes()),
                codes: codes(segment, 4),
                elements: Vec::new(),
            }),
            "AK4" | "IK4" => {
                if let Some(note) = self.segments.last_mut() {
                    note.elements.push(ElementNote::read(segment));
                }
            }
            "AK5" | "IK5" => {
                self.outcome = Outcome::of_code(&text(segment, 1))
                    .filter(|outcome| *outcome != Outcome::Partly);
                self.codes = codes(segment, 2);
            }
            _ => {}
        }
    }
}

impl ElementNote {
    fn read(segment: &Segment<'_>) -> Self {
        let place = segment.element(1);
        Self {
            element: count(place.component(1).bytes()),
            component: count(place.component(2).bytes()),
            code: text(segment, 3),
            copy: text(segment, 4),
        }
    }
}

fn text(segment: &Segment<'_>, number: u16) -> String {
    segment.element(number).text().into_owned()
}

fn codes(segment: &Segment<'_>, from: u16) -> Vec<String> {
    let elements = segment.elements().skip(usize::from(from - 1));
    elements
        .filter_map(|element| Some(element.given()?.text().into_owned()))
        .collect()
}
