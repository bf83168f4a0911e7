//! What is said where.

use tracing::{Metadata, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter,
    filter::{FilterExt, ParseError, filter_fn},
    layer::Filter,
};

/// Libraries whose everyday talk is not the app's. Their warnings are heard.
const LIBRARIES: [&str; 8] = [
    "azure_core",
    "azure_data_cosmos",
    "azure_identity",
    "h2",
    "hyper",
    "opentelemetry",
    "reqwest",
    "rustls",
];

/// Events for stdout: `directives` (`info` without), with the libraries quiet unless named there.
pub(crate) fn stdout<S>(directives: Option<&str>) -> Result<impl Filter<S> + use<S>, ParseError> {
    let mut all = String::new();
    for library in LIBRARIES {
        all.push_str(library);
        all.push_str("=warn,");
    }
    // A later directive replaces an earlier one of the same target.
    all.push_str(directives.unwrap_or("info"));
    let levels = EnvFilter::builder().parse(all)?;
    Ok(levels.and(filter_fn(|metadata| metadata.is_event())))
}

/// Spans for the export.
pub(crate) fn exported_spans<S>() -> impl Filter<S> {
    filter_fn(|metadata| metadata.is_span() && is_exported(metadata))
        .with_max_level_hint(LevelFilter::INFO)
}

/// Events for the export.
///
/// Independent of what reaches stdout, so that silencing a console never blinds the dashboards.
pub(crate) fn exported_events<S>() -> impl Filter<S> {
    filter_fn(|metadata| metadata.is_event() && is_exported(metadata))
        .with_max_level_hint(LevelFilter::INFO)
}

/// The export itself goes through these libraries: exporting what they say would make more of it, without end.
fn is_exported(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= LevelFilter::INFO
        && !LIBRARIES
            .iter()
            .any(|library| metadata.target().starts_with(library))
}
