//! Installing it all for the process.

use std::sync::Arc;

use opentelemetry::trace::TracerProvider;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use tracing::{Dispatch, Subscriber, subscriber::SetGlobalDefaultError};
use tracing_subscriber::{
    Layer,
    filter::ParseError,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    registry,
};

use crate::{
    Config, Guard, filter,
    ingestion::{self, IngestionError},
    measures::{self, Measures},
    recorder::Recorder,
};

/// Why telemetry could not be installed.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// The log filter is not in the syntax of `EnvFilter`.
    #[error("log filter")]
    LogFilter(#[from] ParseError),
    /// Nothing can be sent to Application Insights with these settings.
    #[error("application insights")]
    Ingestion(#[from] IngestionError),
    /// The process has telemetry already.
    #[error("telemetry is installed already")]
    Installed(#[from] SetGlobalDefaultError),
}

/// Installs stdout lines and, where a connection string is set, the export, for the whole process.
///
/// With a connection string it must be called inside a tokio runtime, which then carries the export's requests.
///
/// # Errors
/// Settings that cannot be read. The caller decides whether an app without telemetry may run.
pub fn init(config: &Config) -> Result<Guard, InitError> {
    let (subscriber, guard) = subscriber(config, std::io::stdout)?;
    tracing::subscriber::set_global_default(subscriber)?;
    Ok(guard)
}

/// The same for one dispatcher instead of the whole process: for measuring, and for tests that speak to themselves.
///
/// # Errors
/// As [`init`].
pub fn subscribe<W>(config: &Config, writer: W) -> Result<(Dispatch, Guard), InitError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let (subscriber, guard) = subscriber(config, writer)?;
    Ok((Dispatch::new(subscriber), guard))
}

/// The subscriber and the guard of its export; lines go to `writer`.
pub(crate) fn subscriber<W>(
    config: &Config,
    writer: W,
) -> Result<(impl Subscriber + Send + Sync + use<W>, Guard), InitError>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let levels = filter::stdout(config.log_filter.as_deref())?;
    let (spans, export) = ingestion::open(config)?;

    let span_layer = tracing_opentelemetry::layer()
        .with_tracer(spans.tracer(config.app))
        // Each of these would be repeated on every span that is paid for.
        .with_level(false)
        .with_location(false)
        .with_target(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter::exported_spans());
    let event_layer = export.as_ref().map(|export| {
        OpenTelemetryTracingBridge::new(&export.logs).with_filter(filter::exported_events())
    });
    let measures = export.as_ref().map(Measures::new);
    let measures = measures.map(|measures| measures.with_filter(measures::measured()));
    let recorder = export
        .as_ref()
        .map(|export| Recorder::new(Arc::clone(&export.sink)));
    let line_layer = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_ansi(false)
        // A line that cannot be written is lost; saying so on stderr would be one more line nobody can correlate.
        .log_internal_errors(false)
        .with_writer(writer)
        .with_filter(levels);

    let guard = Guard::new(spans, export);
    Ok((
        registry()
            // Before the layers that ask which invocation is under way.
            .with(recorder)
            .with(measures)
            .with(span_layer)
            .with(event_layer)
            .with(line_layer),
        guard,
    ))
}
