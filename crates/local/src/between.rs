//! What lies between the apps and a service, for tests that cut the way.

use std::{fmt, sync::Arc};

/// Something between the apps and a service: is told the service's URL, and says which one the apps get instead.
#[derive(Clone)]
pub struct Between(Arc<dyn Fn(&str) -> String + Send + Sync>);

impl Between {
    /// From a function of the service's URL.
    pub fn new(apps_get: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(apps_get))
    }

    pub(crate) fn url(&self, service: &str) -> String {
        (self.0)(service)
    }
}

impl fmt::Debug for Between {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Between").finish_non_exhaustive()
    }
}
