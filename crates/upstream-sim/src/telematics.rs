//! The vehicles' gateways: Samsara's stats feed and Geotab's `GetFeed`.

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
pub(crate) struct Telematics {}

impl Telematics {
    pub(crate) fn new(_seed: u64, _faults: FaultProfile, _settings: Option<Settings>) -> Self {
        Self {}
    }
}

impl Upstream for Telematics {
    fn source(&self) -> &'static str {
        "telematics"
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
