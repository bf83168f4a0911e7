//! The promises, through the outer door. Every test starts all processes and ends with the same judgement: the reports are
//! equal to the simulated truth, row by row, and no document is unaccounted for.

mod alerts;
mod dead_letter;
mod freshness;
mod happy_path;
mod idempotency;
mod kill;
mod ordering;
mod outage;
mod permutation;
mod reasons;
mod rebuild;
mod replay;
mod replay_control;
mod replay_scale;
mod signature;
mod story;
mod telemetry;
mod without_node;
