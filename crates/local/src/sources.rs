//! How each source reaches its app, which decides what the app needs and when it starts.

use record::Source;

/// The app that reads the feed. It has no source; every other app is named after its own.
pub(crate) const CONSOLIDATOR: &str = "consolidator";

/// How data come from a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// The source pushes: the app must be there first.
    Pushed,
    /// The source drops files into the storage account.
    Dropped,
    /// The app pulls: the source must be there first.
    Pulled,
}

/// How data of `source` come.
pub(crate) const fn arrival(source: Source) -> Arrival {
    match source {
        Source::Orders | Source::Telematics => Arrival::Pulled,
        Source::Transport | Source::Visibility => Arrival::Pushed,
        Source::Warehouse | Source::Carrier => Arrival::Dropped,
    }
}
