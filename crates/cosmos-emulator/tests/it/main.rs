//! The real client against the emulator's port.

mod client;
mod gateway;
