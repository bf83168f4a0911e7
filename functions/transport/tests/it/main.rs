//! Everything that is promised of this app, from the outside.

mod app;
mod emulator;
mod golden;
mod properties;
mod signature;
mod world;
