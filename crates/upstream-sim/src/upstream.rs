//! What one upstream system is to the simulation: told of the world's loads, says them its own way, knows its truth.

use jiff::Timestamp;
use serde_json::Value;

use crate::truth::Report;
use crate::world::{TripMessage, World};

/// One upstream system. All calls happen under the simulation's lock, in the order in which the world does things; none
/// of them waits. What an upstream sends it hands to a courier of its own, what it serves it keeps until asked.
///
/// Decisions come from `Rolls` streams of the upstream's own, never from the world's: what one system says, or whether it
/// is there at all, changes nothing for another one.
pub(crate) trait Upstream: std::fmt::Debug + Send {
    /// The source key, as reports and dead letters name the system.
    fn source(&self) -> &'static str;

    /// Whether somebody is there to hear of loads. Loads move where at least one upstream wants them to.
    fn wants_trips(&self) -> bool {
        false
    }

    /// A load has a new version, which is the world's newest of it; or it is deleted.
    fn on_trip(&mut self, _world: &World, _message: &TripMessage, _now: Timestamp) {}

    /// Doings of its own per second, beside what orders and loads cause: calls of `act`.
    fn rate(&self) -> f64 {
        0.0
    }

    /// One doing of its own.
    fn act(&mut self, _world: &World, _now: Timestamp) {}

    /// The world has come to its end: what is held back leaves now.
    fn finish(&mut self, _world: &World, _now: Timestamp) {}

    /// True when nothing is under way any more and nothing was given up.
    fn settled(&self) -> bool;

    /// Writes the rows that the report must hold because of this upstream.
    fn rows(&self, world: &World, report: &mut Report<'_>);

    /// Units made so far that must end as dead letters.
    fn dead_letters(&self) -> u64;

    /// Its figures in `/sim/status`.
    fn status(&self) -> Value;
}
