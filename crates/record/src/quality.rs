//! Doubts about a record that do not stop it.

use serde::{Deserialize, Serialize};

use crate::entity::named;

named! {
    /// A doubt about a record that was taken all the same. Views decide what to do with it.
    QualityFlag ("quality flag") {
        /// It says it happened more than ten minutes after we received it.
        FutureEvent = "future_event",
        /// One version has two contents; the larger content hash was kept. Set by the reporting store, which sees both.
        VersionConflict = "version_conflict",
        /// A coordinate outside the globe was left out.
        CoordinateInvalid = "coordinate_invalid",
        /// A count that the message states differs from what it holds.
        Count = "count",
        /// The lines of an invoice do not add up to its amount.
        InvoiceSum = "invoice_sum",
        /// A code of the source that our vocabulary has no word for.
        UnmappedCode = "unmapped_code",
        /// A local time that the clock showed twice; the earlier instant was taken.
        TimeAmbiguous = "time_ambiguous",
        /// Coordinates 0, 0, which gateways send without a fix; left out.
        NullIsland = "null_island",
        /// A speed that no vehicle drives; left out.
        SpeedInvalid = "speed_invalid",
        /// A position that the vehicle cannot have reached since the one before.
        Jump = "jump",
        /// It reached us more than 15 minutes after it happened.
        Late = "late",
        /// A check digit that does not fit its number.
        CheckDigit = "check_digit",
    }
}
