//! Geotab's JSON-RPC: `Authenticate` and `GetFeed`.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Scalar, WireText};

/// Every answer, whatever its status: a result or an error.
#[derive(Debug, Deserialize)]
pub struct Answer<'a> {
    /// What was asked for.
    #[serde(borrow)]
    pub result: Option<&'a RawValue>,
    /// Why it is not there. Errors come with status 200.
    #[serde(borrow)]
    pub error: Option<&'a RawValue>,
}

/// An error.
#[derive(Debug, Deserialize)]
pub struct ErrorBody<'a> {
    /// A text for people.
    #[serde(borrow)]
    pub message: Option<WireText<'a>>,
    /// Holds the error's type.
    #[serde(borrow)]
    pub data: Option<ErrorData<'a>>,
}

/// What kind of error.
#[derive(Debug, Deserialize)]
pub struct ErrorData<'a> {
    /// `OverLimitException`, `InvalidUserException` and so on.
    #[serde(borrow, rename = "type")]
    pub kind: Option<WireText<'a>>,
}

/// The result of `Authenticate`.
#[derive(Debug, Deserialize)]
pub struct SignedIn<'a> {
    /// What later calls carry, as it is.
    #[serde(borrow)]
    pub credentials: &'a RawValue,
    /// The server to call; `ThisServer` for the one that was asked.
    #[serde(borrow)]
    pub path: Option<WireText<'a>>,
}

/// The result of `GetFeed`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeedResult<'a> {
    /// The rows. Raw, so that one fails alone.
    #[serde(borrow)]
    pub data: Option<Vec<&'a RawValue>>,
    /// Where to go on; opaque.
    #[serde(borrow)]
    pub to_version: Option<WireText<'a>>,
}

/// A position. It has no version of its own.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogRecord<'a> {
    /// The vehicle: an object with an id, or `"NoDeviceId"`.
    #[serde(borrow)]
    pub device: Option<&'a RawValue>,
    /// When it was read.
    #[serde(borrow)]
    pub date_time: Option<WireText<'a>>,
    /// Degrees north; 0 together with the longitude when there was no fix.
    #[serde(borrow)]
    pub latitude: Option<Scalar<'a>>,
    /// Degrees east.
    #[serde(borrow)]
    pub longitude: Option<Scalar<'a>>,
    /// Kilometres per hour; may be an invalid value.
    #[serde(borrow)]
    pub speed: Option<Scalar<'a>>,
    /// Hexadecimal version, where there is one.
    #[serde(borrow)]
    pub version: Option<Scalar<'a>>,
}

/// A reading of one diagnostic.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusData<'a> {
    /// The vehicle: an object with an id, or `"NoDeviceId"`.
    #[serde(borrow)]
    pub device: Option<&'a RawValue>,
    /// What was read: an object with an id, or the id alone.
    #[serde(borrow)]
    pub diagnostic: Option<&'a RawValue>,
    /// When it was read.
    #[serde(borrow)]
    pub date_time: Option<WireText<'a>>,
    /// The value, in the diagnostic's unit.
    #[serde(borrow)]
    pub data: Option<Scalar<'a>>,
    /// Hexadecimal version.
    #[serde(borrow)]
    pub version: Option<Scalar<'a>>,
}

/// A trip. Calculated: it comes again with a higher version when it is calculated anew.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trip<'a> {
    /// The vehicle: an object with an id, or `"NoDeviceId"`.
    #[serde(borrow)]
    pub device: Option<&'a RawValue>,
    /// When it ended.
    #[serde(borrow)]
    pub stop: Option<WireText<'a>>,
    /// Where it ended.
    #[serde(borrow)]
    pub stop_point: Option<Point<'a>>,
    /// The engine's time so far: a number of seconds, whatever the name says, or a duration.
    #[serde(borrow)]
    pub engine_hours: Option<Scalar<'a>>,
    /// Hexadecimal version.
    #[serde(borrow)]
    pub version: Option<Scalar<'a>>,
}

/// A device, which is a vehicle. Comes when it changes; what was taken off just stops.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device<'a> {
    /// The id that readings name.
    #[serde(borrow)]
    pub id: Option<Scalar<'a>>,
    /// The name that its owner gave it.
    #[serde(borrow)]
    pub name: Option<Scalar<'a>>,
    /// Vehicle identification number, as the owner wrote it.
    #[serde(borrow)]
    pub vehicle_identification_number: Option<Scalar<'a>>,
    /// The same as the engine tells it; may be `?`.
    #[serde(borrow)]
    pub engine_vehicle_identification_number: Option<Scalar<'a>>,
    /// Licence plate.
    #[serde(borrow)]
    pub license_plate: Option<Scalar<'a>>,
    /// Hexadecimal version, where there is one.
    #[serde(borrow)]
    pub version: Option<Scalar<'a>>,
}

/// A place. Mind the order.
#[derive(Debug, Deserialize)]
pub struct Point<'a> {
    /// Degrees east.
    #[serde(borrow)]
    pub x: Option<Scalar<'a>>,
    /// Degrees north.
    #[serde(borrow)]
    pub y: Option<Scalar<'a>>,
}

/// An object of which only the id counts.
#[derive(Debug, Deserialize)]
pub struct Identified<'a> {
    /// The id.
    #[serde(borrow)]
    pub id: Option<Scalar<'a>>,
}
