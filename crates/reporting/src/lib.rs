#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod change;
mod table;

mod batch;
mod row;
mod rows;
mod sql;

mod password;
mod postgres;
mod sqlite;
mod store;

mod error;
mod ledger;
mod preview;

pub use crate::{
    change::{Change, Outcome},
    error::{ApplyError, Refusal, StoreError},
    ledger::Freshness,
    password::Password,
    preview::{ColumnChange, Preview, Standing},
    store::{Claim, Store, recreate},
    table::Table,
};
