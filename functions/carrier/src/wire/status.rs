//! 214, shipment status.

use std::borrow::Cow;

use x12::{Date, ElementFault, Finding, Segment, Time};

use super::{Equipment, Party, Place, Reference, optional};

/// What all statuses of a 214 share.
#[derive(Debug, Clone, Default)]
pub struct Shipment<'a> {
    /// B1001, the carrier's own number.
    pub pro: Option<Cow<'a, str>>,
    /// B1002, the number by which the shipper knows it.
    pub shipment_id: Option<Cow<'a, str>>,
    /// B1003.
    pub scac: Option<Cow<'a, str>>,
    /// Whether there is a B10 at all.
    pub has_b10: bool,
    /// L11 and N9 of the heading.
    pub references: Vec<Reference<'a>>,
    /// Equipment of the heading.
    pub equipment: Vec<Equipment<'a>>,
    /// All N1.
    pub parties: Vec<Party<'a>>,
    /// The statuses in order.
    pub statuses: Vec<Status<'a>>,
    /// L11 and N9 of each LX loop.
    loops: Vec<Vec<Reference<'a>>>,
    /// Whether the statuses are in a segment of an older version.
    pub has_q5: bool,
}

/// What an AT7 states: what happened, or what was agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated<'a> {
    /// AT701 or AT703.
    pub code: Cow<'a, str>,
    /// AT702 or AT704.
    pub reason: Option<Cow<'a, str>>,
    /// Whether it is an appointment: AT703.
    pub is_appointment: bool,
}

/// One AT7 with its MS1 and MS2.
#[derive(Debug, Clone)]
pub struct Status<'a> {
    /// The bytes of the AT7, for the dead letter.
    pub raw: &'a [u8],
    /// Where it stands.
    pub place_in_file: x12::Place,
    /// What it states; two where it has status and appointment.
    pub stated: Vec<Stated<'a>>,
    /// AT705, or what is wrong with the AT7.
    pub date: Result<Date, Box<Finding>>,
    /// AT706.
    pub time: Option<Time>,
    /// AT707.
    pub zone: Option<Cow<'a, str>>,
    /// MS1.
    pub place: Place<'a>,
    /// MS2.
    pub equipment: Option<Equipment<'a>>,
    /// Which of the LX loops it is in; `None` before the first.
    in_loop: Option<usize>,
}

impl<'a> Shipment<'a> {
    /// Reads the segments of a set. A status without code or date is kept with what is wrong.
    #[must_use]
    pub fn read(segments: &[Segment<'a>], findings: &mut Vec<Finding>) -> Self {
        let mut read = Self::default();
        for segment in segments {
            read.take(segment, findings);
        }
        read
    }

    /// L11 and N9 that hold for a status: those of the heading and those of its loop.
    pub fn references_of<'s>(
        &'s self,
        status: &Status<'a>,
    ) -> impl Iterator<Item = &'s Reference<'a>> {
        let own = status.in_loop.and_then(|index| self.loops.get(index));
        self.references.iter().chain(own.into_iter().flatten())
    }

    /// QN of the status's loop: which stop it is about.
    #[must_use]
    pub fn stop_of(&self, status: &Status<'a>) -> Option<&str> {
        let own = status.in_loop.and_then(|index| self.loops.get(index))?;
        let stop = own.iter().find(|reference| reference.qualifier == "QN")?;
        Some(&stop.value)
    }

    fn take(&mut self, segment: &Segment<'a>, findings: &mut Vec<Finding>) {
        if segment.is("AT7") {
            let status = Status::read(segment, self.loops.len().checked_sub(1), findings);
            self.statuses.push(status);
        } else if segment.is("MS1") {
            if let Some(status) = self.statuses.last_mut() {
                status.place = Place::of_shipment(segment);
            }
        } else if let Some(reference) = Reference::read(segment) {
            let list = self.loops.last_mut().unwrap_or(&mut self.references);
            list.push(reference);
        } else if let Some(equipment) = Equipment::read(segment) {
            match self.statuses.last_mut() {
                Some(status) => status.equipment = Some(equipment),
                None => self.equipment.push(equipment),
            }
        } else if segment.is("LX") {
            self.loops.push(Vec::new());
        } else if segment.is("B10") {
            self.has_b10 = true;
            self.pro = segment.text(1);
            self.shipment_id = segment.text(2);
            self.scac = segment.text(3);
        } else if segment.is("Q5") {
            self.has_q5 = true;
        } else {
            Party::take(&mut self.parties, segment);
        }
    }
}

impl<'a> Status<'a> {
    fn read(at7: &Segment<'a>, in_loop: Option<usize>, findings: &mut Vec<Finding>) -> Self {
        let mut stated = Vec::with_capacity(1);
        for (code, reason, is_appointment) in [(1, 2, false), (3, 4, true)] {
            if let Some(code) = at7.text(code) {
                let reason = at7.text(reason);
                stated.push(Stated {
                    code,
                    reason,
                    is_appointment,
                });
            }
        }
        let date = if stated.is_empty() {
            Err(at7.element(1).error(ElementFault::Missing))
        } else {
            at7.element(5).date()
        };
        Self {
            raw: at7.raw(),
            place_in_file: at7.place(),
            stated,
            // Whether the set can be used without this status is for the reader of the whole set to say.
            date: date.map_err(|error| Box::new(Finding::element(&error, true))),
            time: optional(at7.element(6), |element| element.time(), findings),
            zone: at7.text(7),
            place: Place::default(),
            equipment: None,
            in_loop,
        }
    }
}
