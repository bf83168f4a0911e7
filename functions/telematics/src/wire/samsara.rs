//! Samsara's `GET /fleet/vehicles/stats/feed` and `…/stats/history`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Scalar, WireText};

/// One page of a feed or of a history.
#[derive(Debug, Deserialize)]
pub struct Page<'a, V = &'a RawValue> {
    /// The vehicles. Raw by default, so that one fails alone.
    pub data: Option<Vec<V>>,
    /// Where the next page is.
    #[serde(borrow)]
    pub pagination: Option<Pagination<'a>>,
}

/// Where the next page is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pagination<'a> {
    /// Where to go on; opaque. Empty at the end of a history.
    #[serde(borrow)]
    pub end_cursor: Option<WireText<'a>>,
    /// Whether there is more right now.
    #[serde(default)]
    pub has_next_page: bool,
}

/// A vehicle and what was read there: lists in feeds, one object each in snapshots.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Vehicle<'a, G = &'a RawValue, R = &'a RawValue> {
    /// The provider's id.
    #[serde(borrow)]
    pub id: Option<Scalar<'a>>,
    /// The name that its owner gave it.
    #[serde(borrow)]
    pub name: Option<Scalar<'a>>,
    /// Ids elsewhere; see [`ExternalIds`].
    #[serde(borrow)]
    pub external_ids: Option<&'a RawValue>,
    /// Positions; see [`Gps`]. Raw by default, as all readings, so that one fails alone.
    pub gps: Option<G>,
    /// Engine states: `On`, `Off`, `Idle`; see [`Reading`].
    pub engine_states: Option<R>,
    /// Odometer in metres; see [`Reading`].
    pub obd_odometer_meters: Option<R>,
    /// Engine time in seconds; see [`Reading`].
    pub obd_engine_seconds: Option<R>,
}

/// A vehicle's ids elsewhere. Their names have dots.
#[derive(Debug, Default, Deserialize)]
pub struct ExternalIds<'a> {
    /// Vehicle identification number.
    #[serde(borrow, rename = "samsara.vin")]
    pub vin: Option<Scalar<'a>>,
}

/// A position.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gps<'a> {
    /// When it was read.
    #[serde(borrow)]
    pub time: Option<WireText<'a>>,
    /// Degrees north.
    #[serde(borrow)]
    pub latitude: Option<Scalar<'a>>,
    /// Degrees east.
    #[serde(borrow)]
    pub longitude: Option<Scalar<'a>>,
    /// Degrees clockwise from north.
    #[serde(borrow)]
    pub heading_degrees: Option<Scalar<'a>>,
    /// Miles per hour.
    #[serde(borrow)]
    pub speed_miles_per_hour: Option<Scalar<'a>>,
    /// The place in words.
    #[serde(borrow)]
    pub reverse_geo: Option<ReverseGeo<'a>>,
}

/// A place in words.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReverseGeo<'a> {
    /// An address; often empty.
    #[serde(borrow)]
    pub formatted_location: Option<WireText<'a>>,
}

/// A reading of one value.
#[derive(Debug, Deserialize)]
pub struct Reading<'a> {
    /// When it was read.
    #[serde(borrow)]
    pub time: Option<WireText<'a>>,
    /// What was read.
    #[serde(borrow)]
    pub value: Option<Scalar<'a>>,
}
