//! One stop: an entry for each lifecycle in the message, merged into one record.

use std::{borrow::Cow, collections::HashMap, fmt};

use record::{EpochMillis, Lifecycle, Stop, StopKind, StopTimes, Text, microdegrees};

use ingest::Problem;

use super::{
    head::Head,
    stops::consignments,
    value::{instant, scalar, text, trimmed},
};
use crate::wire::{
    Action, Association, Consignment, GeoReference, Location, NestedAction, Scalar, WireText,
};

/// A stop at one lifecycle.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) stop_id: Cow<'a, str>,
    pub(super) lifecycle: Lifecycle,
    pub(super) start: Option<EpochMillis>,
    pub(super) end: Option<EpochMillis>,
    pub(super) window_start: Option<EpochMillis>,
    pub(super) window_end: Option<EpochMillis>,
    pub(super) location: Option<Association<'a, Location<'a>>>,
    kind: Option<StopKind>,
    seq: Option<i64>,
    index: usize,
    unit: &'a str,
}

impl Entry<'_> {
    /// Position within the trip; stops that have none come last.
    pub(super) fn position(&self) -> i64 {
        self.seq.unwrap_or(i64::MAX)
    }
}

/// The JSON path of an action, by its index.
#[derive(Debug, Clone, Copy)]
pub(super) struct ActionPlace(pub(super) usize);

impl fmt::Display for ActionPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "$.data.actions[{}]", self.0)
    }
}

/// What an action of a trip turns out to be.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all are stops, and none is kept in this form"
)]
pub(super) enum Read<'a> {
    /// A stop, and what is loaded or unloaded there.
    Stop(Entry<'a>, Vec<Consignment<'a>>),
    /// The id of an action that the message does not hold; it may be a stop.
    Reference(Cow<'a, str>),
    /// Something else, such as the way between two stops.
    NoStop,
}

/// Reads one action of a trip.
pub(super) fn read_entry<'a>(
    action: Association<'a, Action<'a>>,
    index: usize,
    unit: &'a str,
    head: &Head<'a>,
) -> Result<Read<'a>, Problem> {
    let place = ActionPlace(index);
    let at = |field: &str| format!("{place}.entity.{field}");
    let Some(action) = action.entity else {
        let uuid = action
            .uuid
            .ok_or_else(|| Problem::new(place.to_string(), "neither entity nor uuid"))?;
        let id = trimmed(uuid.0);
        head.stop_key(&id)
            .map_err(|error| Problem::new(format!("{place}.uuid"), error))?;
        return Ok(Read::Reference(id));
    };
    let action_type = action.action_type.as_deref();
    match action_type {
        Some(name) if name.eq_ignore_ascii_case("stop") => {}
        Some(_) => return Ok(Read::NoStop),
        None => return Err(Problem::new(at("actionType"), "missing field `actionType`")),
    }
    let id = action
        .id
        .ok_or_else(|| Problem::new(at("id"), "missing field `id`"))?;
    let stop_id = trimmed(id.0);
    head.stop_key(&stop_id)
        .map_err(|error| Problem::new(at("id"), error))?;
    let time = |text: &Option<WireText<'a>>, field: &str| {
        instant(text.as_ref())
            .map(|instant| instant.map(EpochMillis::from))
            .map_err(|error| Problem::new(at(field), error))
    };
    let window = action
        .constraint
        .and_then(|constraint| constraint.entity)
        .and_then(|constraint| constraint.value)
        .filter(|value| {
            value
                .kind
                .as_ref()
                .is_some_and(|kind| kind.eq_ignore_ascii_case("timeWindowConstraint"))
        });
    let (window_start, window_end) = match &window {
        Some(window) => (
            time(&window.start_time, "constraint.entity.value.startTime")?,
            time(&window.end_time, "constraint.entity.value.endTime")?,
        ),
        None => (None, None),
    };
    let nested = action.actions.unwrap_or_default();
    let entry = Entry {
        lifecycle: lifecycle(action.lifecycle.as_ref())
            .map_err(|error| Problem::new(at("lifecycle"), error))?,
        start: time(&action.start_time, "startTime")?,
        end: time(&action.end_time, "endTime")?,
        window_start,
        window_end,
        location: action.location,
        kind: kind_of(&nested),
        seq: action.sequence_nr,
        stop_id,
        index,
        unit,
    };
    Ok(Read::Stop(entry, consignments(nested).collect()))
}

/// What is done at a stop, by the first load or unload there.
pub(super) fn kind_of(nested: &[Association<'_, NestedAction<'_>>]) -> Option<StopKind> {
    nested.iter().find_map(|action| {
        let action_type = action.entity.as_ref()?.action_type.as_deref()?;
        if action_type.eq_ignore_ascii_case("load") {
            Some(StopKind::Pickup)
        } else if action_type.eq_ignore_ascii_case("unload") {
            Some(StopKind::Delivery)
        } else {
            None
        }
    })
}

/// A stop's times cannot be ranked without its lifecycle, so an unknown one is a failure and not a gap.
fn lifecycle(name: Option<&WireText<'_>>) -> Result<Lifecycle, String> {
    let name = name.ok_or("missing field `lifecycle`")?;
    let known = Lifecycle::ALL
        .iter()
        .find(|known| known.as_str().eq_ignore_ascii_case(name.trim()));
    known
        .copied()
        .ok_or_else(|| format!("unknown lifecycle `{}`", &**name))
}

/// A stop merged over its lifecycles.
#[derive(Debug)]
pub(super) struct Merged<'a> {
    pub(super) stop: Stop<'a>,
    /// Index of the action that ranks highest.
    pub(super) index: usize,
    /// Text of that action.
    pub(super) unit: &'a str,
    /// A coordinate was left out because it is not on the globe.
    pub(super) off_the_globe: bool,
}

impl<'a> Merged<'a> {
    /// Merges the entries of one stop, which come in ascending order of their lifecycles.
    ///
    /// Each part of the description comes from the highest lifecycle that gives it. A realized stop often lists no
    /// loads; then its planned entry says what kind of stop it is.
    pub(super) fn of(
        group: &[&Entry<'a>],
        shipment_no: &Cow<'a, str>,
        kind: Option<StopKind>,
        locations: &HashMap<&str, &Location<'a>>,
    ) -> Self {
        let highest = group[group.len() - 1];
        let location = group
            .iter()
            .rev()
            .find_map(|entry| resolve(entry, locations));
        let own = location.and_then(|location| location.external_attributes.as_ref());
        let point = location
            .and_then(|location| location.geo_reference.as_ref())
            .map_or(Point::None, point);
        let (lat_e6, lon_e6) = match point {
            Point::At(lat, lon) => (Some(lat), Some(lon)),
            Point::None | Point::OffTheGlobe => (None, None),
        };
        let window = group
            .iter()
            .rev()
            .find(|entry| entry.window_start.or(entry.window_end).is_some());
        let stop = Stop {
            shipment_no: Text::from(shipment_no.clone()),
            stop_id: Text::from(highest.stop_id.clone()),
            seq: group.iter().rev().find_map(|entry| entry.seq),
            kind: group
                .iter()
                .rev()
                .find_map(|entry| entry.kind)
                .or(kind)
                .unwrap_or(StopKind::Other),
            place_code: own.and_then(|own| scalar(own.code).or_else(|| scalar(own.un_locode))),
            place_name: location.and_then(|location| text(location.name.as_ref())),
            lat_e6,
            lon_e6,
            window_start: window.and_then(|entry| entry.window_start),
            window_end: window.and_then(|entry| entry.window_end),
            planned: times(group, Lifecycle::Requested, Lifecycle::Planned),
            projected: times(group, Lifecycle::Projected, Lifecycle::Projected),
            actual: times(group, Lifecycle::Actual, Lifecycle::Realized),
        };
        Self {
            stop,
            index: highest.index,
            unit: highest.unit,
            off_the_globe: point == Point::OffTheGlobe,
        }
    }
}

/// The times of the highest lifecycle from `lowest` to `highest` that the message has.
///
/// An entry without times is not absent: it says that they are no longer known.
fn times(group: &[&Entry<'_>], lowest: Lifecycle, highest: Lifecycle) -> Option<StopTimes> {
    let entry = group
        .iter()
        .rev()
        .find(|entry| (lowest..=highest).contains(&entry.lifecycle))?;
    // A forecast is about arriving; what senders put into its end is the planned duration added up.
    let depart = if entry.lifecycle == Lifecycle::Projected {
        None
    } else {
        entry.end
    };
    Some(StopTimes {
        lifecycle: entry.lifecycle,
        arrive: entry.start,
        depart,
    })
}

fn resolve<'e, 'a>(
    entry: &'e Entry<'a>,
    locations: &HashMap<&str, &'e Location<'a>>,
) -> Option<&'e Location<'a>> {
    let location = entry.location.as_ref()?;
    location
        .entity
        .as_ref()
        .or_else(|| locations.get(&**location.uuid.as_ref()?).copied())
}

/// Where a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Point {
    /// Not said.
    None,
    /// Latitude and longitude in microdegrees.
    At(i64, i64),
    /// Said, but impossible.
    OffTheGlobe,
}

fn point(geo: &GeoReference<'_>) -> Point {
    let (Some(lat), Some(lon)) = (geo.lat, geo.lon) else {
        return Point::None;
    };
    let degrees =
        |value: Scalar<'_>, limit| microdegrees(value.text()?.trim().parse().ok()?, limit);
    match (degrees(lat, 90.0), degrees(lon, 180.0)) {
        (Some(lat), Some(lon)) => Point::At(lat, lon),
        _ => Point::OffTheGlobe,
    }
}
