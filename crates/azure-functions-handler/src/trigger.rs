//! What may trigger a function, and how each of them is decoded.
//!
//! The host writes an object or an array of bytes as it is, and everything else as a JSON string that contains JSON
//! text; a string value is thus wrapped twice. Every trigger here takes the plain, the once and the twice wrapped form,
//! because host, tools and documentation differ.

mod blob;
mod cosmos_db;
mod event_grid;
mod event_hub;
mod http_request;
mod many;
mod queue;
mod service_bus;
mod timer;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::unescape::{Wrapping, innermost};
use crate::{DecodeError, Metadata, TraceContext};

pub use blob::Blob;
pub use cosmos_db::{CosmosDb, DocumentError, Documents, DocumentsError};
pub use event_grid::{EventGrid, EventGridEvent};
pub use event_hub::{EventHub, EventHubEvent};
pub use http_request::HttpRequest;
pub use queue::Queue;
pub use service_bus::{ServiceBus, ServiceBusMessage};
pub use timer::{ScheduleStatus, Timer};

/// A value that a trigger delivers. Implement it for a trigger that is not here.
pub trait Trigger: Sized + Send + 'static {
    /// Reads the value.
    ///
    /// # Errors
    /// When the value is not of this trigger; the host is answered 400.
    fn decode(payload: &Payload<'_>) -> Result<Self, DecodeError>;

    /// The trace that the value names, for triggers that carry one. A header of the request wins over it.
    fn trace(&self) -> Option<TraceContext> {
        None
    }
}

/// A trigger's value as the host sent it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Payload<'a> {
    /// Name of the binding in function.json.
    pub binding: &'a str,
    /// The first value in `Data`.
    pub value: &'a RawValue,
    /// What the host says beside it.
    pub metadata: &'a Metadata,
}

impl Payload<'_> {
    /// The innermost text, with up to two JSON strings around it taken off.
    ///
    /// # Errors
    /// When the text in the string cannot be read.
    pub fn text(&self) -> Result<String, DecodeError> {
        Ok(self.unwrapped()?.0)
    }

    /// The innermost text as JSON of the form `T`; `expected` names the form in the error.
    ///
    /// # Errors
    /// When it is not of this form.
    pub fn json<T: DeserializeOwned>(&self, expected: &'static str) -> Result<T, DecodeError> {
        let text = self.text()?;
        serde_json::from_str(&text).map_err(|source| DecodeError::Json {
            binding: self.binding.to_owned(),
            expected,
            source,
        })
    }

    pub(crate) fn unwrapped(&self) -> Result<(String, Wrapping), DecodeError> {
        innermost(self.value.get()).map_err(|source| DecodeError::Unescape {
            binding: self.binding.to_owned(),
            source,
        })
    }

    pub(crate) fn unexpected(&self, expected: &'static str) -> DecodeError {
        DecodeError::Unexpected {
            binding: self.binding.to_owned(),
            expected,
        }
    }
}
