//! The state of one load.

use uuid::Uuid;

use crate::names::Place;
use crate::stamp::Stamp;

#[derive(Debug, Clone)]
pub(crate) struct Trip {
    pub(crate) id: Uuid,
    /// None: the upstream has no load number, so the trip id is the business key.
    pub(crate) load_number: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) mode: &'static str,
    pub(crate) created: Stamp,
    /// None on a first message that leaves `lastModified` out.
    pub(crate) modified: Option<Stamp>,
    /// None: this load is sent without revisions.
    pub(crate) revision: Option<i64>,
    pub(crate) carrier: (&'static str, &'static str),
    /// Whether the SCAC is also in the trip's own attributes.
    pub(crate) scac_on_trip: bool,
    pub(crate) driver: Option<&'static str>,
    pub(crate) vehicle: Option<Vehicle>,
    /// The vehicle to put right later.
    pub(crate) right_vehicle: Option<Vehicle>,
    pub(crate) refs: Refs,
    pub(crate) consignments: Vec<Consignment>,
    /// Planned cost as text, and the same in minor units.
    pub(crate) cost: Option<(String, i64)>,
    pub(crate) currency: Option<&'static str>,
    /// In order of their sequence.
    pub(crate) stops: Vec<Stop>,
    /// Write instants in the local time of the place.
    pub(crate) local_times: bool,
    /// Nested actions are repeated on realized entries.
    pub(crate) nested_everywhere: bool,
    pub(crate) plan: &'static str,
    /// Indexes of the world's orders on this load.
    pub(crate) orders: Vec<usize>,
    /// The next stop to be reached.
    pub(crate) next_stop: usize,
}

/// Whose gateway a vehicle has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gateway {
    Samsara,
    Geotab,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vehicle {
    pub(crate) id: Uuid,
    pub(crate) gateway: Gateway,
    /// The gateway's id of the vehicle.
    pub(crate) telematics_id: String,
    pub(crate) plate: String,
    pub(crate) vin: Option<String>,
}

/// References that the first consignment carries.
#[derive(Debug, Clone, Default)]
pub(crate) struct Refs {
    pub(crate) pro: Option<String>,
    pub(crate) bol: Option<String>,
    pub(crate) booking: Option<String>,
    pub(crate) container: Option<String>,
    pub(crate) purchase_order: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Consignment {
    pub(crate) id: Uuid,
    pub(crate) order_numbers: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Pickup,
    Delivery,
    Other,
}

#[derive(Debug, Clone)]
pub(crate) struct Stop {
    pub(crate) id: Uuid,
    pub(crate) kind: Kind,
    pub(crate) place: &'static Place,
    /// Epoch seconds, like all times of a stop.
    pub(crate) window: Option<(i64, i64)>,
    pub(crate) planned: Option<Planned>,
    pub(crate) projected: Option<i64>,
    pub(crate) actual: Option<Actual>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Planned {
    /// `requested` or `planned`.
    pub(crate) lifecycle: &'static str,
    pub(crate) times: Option<(i64, i64)>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Actual {
    /// `actual` or `realized`.
    pub(crate) lifecycle: &'static str,
    pub(crate) start: i64,
    pub(crate) end: Option<i64>,
}

impl Trip {
    /// The business key.
    pub(crate) fn shipment_no(&self) -> String {
        self.load_number
            .clone()
            .unwrap_or_else(|| self.id.to_string())
    }

    /// Source version: nanoseconds of `lastModified` or `creationDate`, then the revision.
    pub(crate) fn version(&self) -> (i64, i64) {
        (
            self.modified.as_ref().unwrap_or(&self.created).ticks,
            self.revision.unwrap_or(0),
        )
    }

    /// Order numbers of all consignments, sorted, each once.
    pub(crate) fn order_numbers(&self) -> Vec<&str> {
        let mut numbers: Vec<&str> = self
            .consignments
            .iter()
            .flat_map(|one| one.order_numbers.iter().map(String::as_str))
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

/// Rank of a lifecycle in the order that decides between column groups.
pub(crate) fn rank(lifecycle: &str) -> u8 {
    match lifecycle {
        "requested" => 0,
        "planned" => 1,
        "projected" => 2,
        "actual" => 3,
        _ => 4,
    }
}
