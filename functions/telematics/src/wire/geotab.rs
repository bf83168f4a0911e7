//! Geotab's JSON-RPC: `Authenticate` and `GetFeed`.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

use super::{Scalar, WireText};

/// Every answer, whatever its status: a result or an error.
#[derive(Debug, Deserialize)]
pub struct Answer<'a, R = &'a RawValue> {
    /// What was asked for.
    pub result: Option<R>,
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
pub struct FeedResult<'a, R = &'a RawValue> {
    /// The rows. Raw by default, so that one fails alone.
    pub data: Option<Vec<R>>,
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
    pub device: Option<Named<'a>>,
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
    pub device: Option<Named<'a>>,
    /// What was read: an object with an id, or the id alone.
    #[serde(borrow)]
    pub diagnostic: Option<Named<'a>>,
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
    pub device: Option<Named<'a>>,
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

/// An object of which only the id counts, or the id alone.
#[derive(Debug)]
pub struct Named<'a>(
    /// The id; empty where the object has none.
    pub Cow<'a, str>,
);

/// The object.
#[derive(Debug, Deserialize)]
struct Identified<'a> {
    #[serde(borrow)]
    id: Option<Scalar<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Named<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> de::Visitor<'de> for Either {
            type Value = Named<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with an id, or an id")
            }
            fn visit_borrowed_str<E: de::Error>(self, id: &'de str) -> Result<Named<'de>, E> {
                Ok(Named(Cow::Borrowed(id)))
            }
            fn visit_str<E: de::Error>(self, id: &str) -> Result<Named<'de>, E> {
                Ok(Named(Cow::Owned(id.to_owned())))
            }
            fn visit_u64<E: de::Error>(self, id: u64) -> Result<Named<'de>, E> {
                Ok(Named(Cow::Owned(id.to_string())))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Named<'de>, A::Error> {
                let object = de::value::MapAccessDeserializer::new(map);
                let id = Identified::deserialize(object)?.id;
                Ok(Named(id.and_then(Scalar::text).unwrap_or_default()))
            }
        }
        deserializer.deserialize_any(Either)
    }
}
