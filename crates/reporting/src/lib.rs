#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod change;
mod table;

mod batch;
mod row;
mod rows;
mod sql;

mod postgres;
mod sqlite;
mod store;

mod error;
mod ledger;

pub use crate::{
    change::{Change, Outcome},
    error::{ApplyError, Refusal, StoreError},
    ledger::Freshness,
    store::{Claim, Store, recreate},
    table::Table,
};
