//! Container events and scans: DCSA Track and Trace, EPCIS.

use serde_json::{Value, json};

use crate::faults::FaultProfile;
use crate::truth::Report;
use crate::upstream::Upstream;
use crate::world::World;

/// How to be reached.
#[derive(Debug, Clone)]
pub struct Settings {}

/// Silent so far.
#[derive(Debug)]
pub(crate) struct Visibility {}

impl Visibility {
    pub(crate) fn new(
        _seed: u64,
        _faults: FaultProfile,
        _settings: Option<Settings>,
        _run: String,
    ) -> Self {
        Self {}
    }
}

impl Upstream for Visibility {
    fn source(&self) -> &'static str {
        "visibility"
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
