#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod config;
mod error;

mod event;
mod reader;
mod store;

mod delivery;
mod front_door;
mod letter_bytes;
mod queue;

pub use config::{Config, MissingVariable};
pub use delivery::{Delivered, Deliveries, Delivery, DeliveryError, Progress, TakeError};
pub use error::{ConnectError, DropError, MessageError};
pub use event::{DroppedFile, Notice};
pub use front_door::{FileDoor, FileFuture, Files, Part};
pub use letter_bytes::{LETTER_BYTES, LetterBytes};
pub use queue::DropQueue;
pub use reader::{BlobReader, RANGE_FIRST, RANGE_MAX};
pub use store::{Created, Drops, Listed};
