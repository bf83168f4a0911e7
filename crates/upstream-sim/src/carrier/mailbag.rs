//! From sets that wait to files: which sets travel together, and what goes wrong with them.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::carrier::answers::{Answers, GroupKey};
use crate::carrier::edi::{Group, Interchange, Style};
use crate::carrier::ledger::Ledger;
use crate::carrier::partner::{PARTNERS, instant};
use crate::carrier::sets::{Fact, Told, unsupported};
use crate::faults::FaultProfile;
use crate::rolls::Rolls;
use crate::storage::FileDrop;
use crate::storage::trouble::{File, drops, garbage};

/// Functional identifiers of the groups, by what waits.
const FUNCTIONS: [&str; 4] = ["QM", "IM", "GF", "FA"];
/// The group of sets that nobody here reads.
const UNREAD: &str = "QO";
/// Sets in a group at most.
const SETS_MAX: usize = 25;
/// Interchanges in a file at most.
const INTERCHANGES_MAX: usize = 3;
/// Interchanges that may be sent once more.
const REMEMBERED: usize = 12;

/// UTF-8's byte order mark.
const MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// What one partner has not sent yet.
#[derive(Debug, Default)]
struct Desk {
    waiting: [VecDeque<Told>; 4],
    interchange: u32,
    group: u32,
}

/// What becomes of a set.
#[derive(Debug)]
enum Fate {
    /// It is of a kind that nobody here reads.
    Unread,
    /// It is cut off, or ends with another control number than it began with.
    Refused { mismatched: bool },
    /// It is taken; so many segments more than it has are stated.
    Taken { miscounted: i64 },
}

/// Packs files.
#[derive(Debug)]
pub(super) struct Mailbag {
    rolls: Rolls,
    faults: FaultProfile,
    desks: Vec<Desk>,
    sent: VecDeque<Vec<u8>>,
    files: u32,
    oddities: u64,
    calm: bool,
    /// Groups of the file that is being packed whose answer gets lost.
    unanswered: Vec<GroupKey>,
    /// Sets that were sent, repeats not counted.
    pub(super) sets: u64,
    /// Groups that must be acknowledged.
    pub(super) groups: u64,
    /// Units that must end as dead letters.
    pub(super) dead: u64,
}

impl Mailbag {
    pub(super) fn new(seed: u64, faults: FaultProfile) -> Self {
        let desk = |index: usize| Desk {
            interchange: 7_700 + 1_000 * u32::try_from(index).unwrap_or(0),
            group: 1,
            ..Desk::default()
        };
        Self {
            rolls: Rolls::new(seed, 51),
            faults,
            desks: (0..PARTNERS.len()).map(desk).collect(),
            sent: VecDeque::new(),
            files: 0,
            oddities: 0,
            calm: false,
            unanswered: Vec::new(),
            sets: 0,
            groups: 0,
            dead: 0,
        }
    }

    /// Has a set wait for the partner's next interchange.
    pub(super) fn post(&mut self, partner: usize, told: Told) {
        let which = match told.set.id {
            "210" => 1,
            "990" => 2,
            "997" => 3,
            _ => 0,
        };
        self.desks[partner].waiting[which].push_back(told);
    }

    /// From now on every interchange comes to its end and every set is taken.
    pub(super) fn calm(&mut self) {
        self.calm = true;
    }

    /// The drops of the next file; `None` where nobody has anything to say.
    pub(super) fn file(
        &mut self,
        now: Timestamp,
        ledger: &mut Ledger,
        answers: &Answers,
    ) -> Option<Vec<FileDrop>> {
        let first = usize::try_from(self.files).unwrap_or(0) % self.desks.len();
        let who: Vec<usize> = (0..self.desks.len())
            .map(|at| (first + at) % self.desks.len())
            .filter(|&desk| self.desks[desk].waiting.iter().any(|sets| !sets.is_empty()))
            .take(INTERCHANGES_MAX)
            .collect();
        let last = *who.last()?;
        self.files += 1;
        let cut = self.rolls.chance(self.faults.carrier_cut) && !self.calm;
        let mut bytes = Vec::new();
        let mut marked = false;
        for desk in &who {
            let cut_off = cut && *desk == last;
            let (written, style) = self.interchange(*desk, cut_off, now, ledger);
            marked |= style.mark;
            bytes.extend(written);
        }
        if !cut {
            bytes = self.with_repeat(bytes);
        }
        if marked {
            bytes.splice(..0, MARK);
        }
        let bytes: Arc<[u8]> = bytes.into();
        for group in std::mem::take(&mut self.unanswered) {
            let name = format!(
                "in/unanswered/{}_{}_{:05}.edi",
                group.0, group.1, self.files
            );
            answers.lose(group, name, Arc::clone(&bytes), self.rolls.guid());
        }
        Some(self.deliver(PARTNERS[first].scac, bytes, now))
    }

    /// Puts an interchange that was sent before in front of the others.
    fn with_repeat(&mut self, bytes: Vec<u8>) -> Vec<u8> {
        let wanted = self.rolls.chance(self.faults.carrier_resent);
        let which = self.rolls.index(REMEMBERED);
        match self.sent.get(which) {
            Some(before) if wanted => [before.as_slice(), &bytes].concat(),
            _ => bytes,
        }
    }

    fn interchange(
        &mut self,
        desk: usize,
        cut_off: bool,
        now: Timestamp,
        ledger: &mut Ledger,
    ) -> (Vec<u8>, Style) {
        let odd = self.rolls.chance(self.faults.carrier_odd_style);
        let strange = *self.rolls.pick(&Style::ODD);
        let style = if odd { strange } else { Style::PLAIN };
        let partner = &PARTNERS[desk];
        self.desks[desk].interchange += 1;
        let mut interchange = Interchange {
            sender: partner.scac,
            control: self.desks[desk].interchange,
            at: partner.shows(instant(now.as_second())),
            groups: Vec::new(),
            cut_off,
        };
        for (which, function) in FUNCTIONS.iter().enumerate() {
            let waiting = &mut self.desks[desk].waiting[which];
            let count = waiting.len().min(SETS_MAX);
            let told: Vec<Told> = waiting.drain(..count).collect();
            if !told.is_empty() {
                let last = cut_off
                    && self.desks[desk].waiting[which + 1..]
                        .iter()
                        .all(VecDeque::is_empty);
                self.group(desk, function, told, &mut interchange, last, ledger);
            }
        }
        if self.rolls.chance(self.faults.carrier_unsupported) && !cut_off {
            self.oddities += 1;
            self.dead += 1;
            let told = vec![unsupported(self.oddities)];
            self.group(desk, UNREAD, told, &mut interchange, false, ledger);
        }
        let bytes = interchange.write(&style);
        if !cut_off {
            self.remember(&bytes);
        }
        (bytes, style)
    }

    fn remember(&mut self, bytes: &[u8]) {
        self.sent.push_back(bytes.to_vec());
        if self.sent.len() > REMEMBERED {
            self.sent.pop_front();
        }
    }

    /// Adds a group, and tells the ledger what is accepted of it. `cut_off`: its last set and its end are missing.
    fn group(
        &mut self,
        desk: usize,
        function: &'static str,
        mut told: Vec<Told>,
        into: &mut Interchange,
        cut_off: bool,
        ledger: &mut Ledger,
    ) {
        self.desks[desk].group += 1;
        let control = self.desks[desk].group;
        let shown = into
            .at
            .to_zoned(TimeZone::UTC)
            .map_or(0, |at| at.timestamp().as_second());
        let count = told.len();
        let (mut accepted, mut doubted) = (0, 0);
        for (position, told) in told.iter_mut().enumerate() {
            let lost = cut_off && position + 1 == count;
            match self.fate(function, lost) {
                Fate::Unread => {}
                Fate::Refused { mismatched } => {
                    // What was not taken is said again with the next interchange.
                    self.desks[desk].again(function, told.clone());
                    self.dead += 1;
                    // Refused again it has another number: the same bytes would be the same dead letter.
                    told.set.closing = mismatched.then(|| format!("7{:05}", self.dead));
                }
                Fate::Taken { miscounted } => {
                    told.set.miscounted = miscounted;
                    doubted += usize::from(miscounted != 0);
                    accepted += 1;
                    self.sets += 1;
                    let version = (shown, into.control, position);
                    told.facts
                        .iter()
                        .for_each(|fact| ledger.fact(fact, version));
                }
            }
        }
        if function != "FA" {
            self.groups += 1;
            let status = match (accepted, doubted) {
                (0, _) => "R",
                (some, _) if some < count => "P",
                (_, 0) => "A",
                _ => "E",
            };
            let unanswered = self.rolls.chance(self.faults.carrier_answer_lost);
            if unanswered && !self.calm && !into.cut_off {
                self.unanswered.push((into.sender, control));
            }
            let acknowledged = acknowledged(desk, into, control, status, (count, accepted));
            ledger.fact(&acknowledged, (shown, into.control, 0));
        }
        into.groups.push(Group {
            function,
            control,
            sets: told.into_iter().map(|told| told.set).collect(),
        });
    }

    /// What becomes of a set. Every decision is drawn whatever the profile.
    fn fate(&mut self, function: &str, lost: bool) -> Fate {
        let exact = function == "FA";
        let miscounted = self.rolls.chance(self.faults.carrier_miscounted) && !exact;
        let mismatched = self.rolls.chance(self.faults.carrier_mismatched) && !exact && !self.calm;
        let by = *self.rolls.pick(&[-3, -1, 1, 2]);
        if function == UNREAD {
            Fate::Unread
        } else if lost || mismatched {
            Fate::Refused { mismatched }
        } else {
            Fate::Taken {
                miscounted: if miscounted { by } else { 0 },
            }
        }
    }

    fn deliver(&mut self, scac: &str, bytes: Arc<[u8]>, now: Timestamp) -> Vec<FileDrop> {
        let stamp = now.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%S");
        let name = format!("in/{scac}_{stamp}_{:05}.edi", self.files);
        let other_name = format!("in/again/{scac}_{stamp}_{:05}.edi", self.files);
        let file = File {
            name,
            other_name,
            torn_at: 0,
            bytes,
        };
        // A reader of interchanges takes what stands whole in a file as soon as it is told of it, so uploads that break
        // off and come again are not among what may go wrong here: the cut interchange is.
        let faults = FaultProfile {
            drop_torn: 0.0,
            ..self.faults
        };
        drops(&mut self.rolls, &faults, file)
    }

    /// Now and then, something in the queue that is no event.
    pub(super) fn garbage(&mut self) -> Option<FileDrop> {
        let wanted = self.rolls.chance(self.faults.drop_garbage);
        let drop = garbage(&mut self.rolls);
        self.dead += u64::from(wanted);
        wanted.then_some(drop)
    }
}

impl Desk {
    fn again(&mut self, function: &str, told: Told) {
        if let Some(which) = FUNCTIONS.iter().position(|one| *one == function) {
            self.waiting[which].push_back(told);
        }
    }
}

/// The row about our answer to a group.
fn acknowledged(
    desk: usize,
    interchange: &Interchange,
    group: u32,
    status: &str,
    (sets, accepted): (usize, usize),
) -> Fact {
    let partner = &PARTNERS[desk];
    let sent = interchange
        .at
        .to_zoned(partner.zone())
        .map_or(0, |at| at.timestamp().as_millisecond());
    let isa13 = format!("{:09}", interchange.control);
    let row = json!({
        "direction": "sent",
        "partner": partner.scac,
        "isa13": isa13,
        "gs06": group.to_string(),
        "status": status,
        "sets": sets,
        "accepted": accepted,
        "sent_at": sent,
    });
    Fact::Answer(format!("sent|{}|{isa13}|{group}", partner.scac), row)
}
