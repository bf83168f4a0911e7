#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod json_patch;

mod door;
mod unit;

mod outcome;
mod plan;
mod plans;

mod claim;
mod dry_run;
mod ending;
mod observe;
mod round;
mod run;

mod error;
mod http;
mod replay;

pub use crate::{
    door::{
        DoorFuture, Failure, FrontDoor, Rehearsed, RowDifference, Taken, Traffic, Unavailable,
        UnderWay, Unit,
    },
    dry_run::{Corrected, DryRun},
    error::ReplayError,
    http::{BODY_LIMIT_BYTES, OPERATOR_HEADER, Problem, operator, routes},
    observe::{AWAITED_MAX, Observed},
    outcome::{Counts, ItemOutcome},
    plan::{
        Chunk, Claim, ITEMS_PER_CHUNK, Item, ItemState, LETTERS_MAX, Lease, Plan, PlanState,
        SeenAs, TARGETS_OBSERVED_MAX, VALID_FOR_MS, digest,
    },
    plans::Selection,
    replay::Replay,
    run::{Awaited, Drive, STEP_MAX, Step},
};
