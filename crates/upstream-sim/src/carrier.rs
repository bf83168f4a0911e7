//! The carriers: X12 interchanges.

use serde_json::{Value, json};

use crate::faults::FaultProfile;
use crate::truth::Report;
use crate::upstream::Upstream;
use crate::world::World;

/// Silent so far.
#[derive(Debug)]
pub(crate) struct Carrier {}

impl Carrier {
    pub(crate) fn new(_seed: u64, _faults: FaultProfile) -> Self {
        Self {}
    }
}

impl Upstream for Carrier {
    fn source(&self) -> &'static str {
        "carrier"
    }

    fn settled(&self) -> bool {
        true
    }

    fn rows(&self, _world: &World, _report: &mut Report<'_>) {}

    fn dead_letters(&self) -> u64 {
        0
    }

    fn status(&self) -> Value {
        json!({})
    }
}
