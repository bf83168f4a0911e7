//! The feed through the real client against the emulator in a process of its own.

mod checkpoints;
mod dead_letters;
mod emulator;
mod property;
mod publishing;
mod reading;
mod reasons;
mod receipts;
mod records;
