#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod change;
mod table;

mod batch;
mod row;
mod rows;
mod sql;

mod engine;
mod password;
mod postgres;
mod sqlite;
mod store;

mod error;
mod ledger;
mod preview;
mod rebuild;
mod view;
mod watch;
mod xref;

pub use crate::{
    change::{Change, Outcome},
    error::{ApplyError, Refusal, StoreError},
    ledger::Freshness,
    password::Password,
    preview::{ColumnChange, Preview, Standing},
    rebuild::{Held, MergeError, Removals},
    store::{Claim, Store, recreate},
    table::Table,
    view::View,
    watch::{
        ControlTotal, Level, Merged, Rebuild, RebuildState, SourceState, WindowFigures, hour_of,
    },
    xref::Drained,
};
