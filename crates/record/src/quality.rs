//! Doubts about a record that do not stop it.

use serde::{Deserialize, Serialize};

use crate::entity::named;

named! {
    /// A doubt about a record that was taken all the same. Views decide what to do with it.
    QualityFlag ("quality flag") {
        /// It says it happened more than ten minutes after we received it.
        FutureEvent = "future_event",
        /// The source gave one version two contents; the larger content hash was kept.
        VersionConflict = "version_conflict",
        /// A coordinate outside the globe was left out.
        CoordinateInvalid = "coordinate_invalid",
    }
}
