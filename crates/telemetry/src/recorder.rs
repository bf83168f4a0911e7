//! What spans of the invocation have to do with the steps of records: the invocation's id, and the way to the export.

use std::{cell::RefCell, fmt, sync::Arc};

use tracing::{
    Subscriber, dispatcher,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

use crate::ingestion::SpanSink;

thread_local! {
    /// The invocations of the spans that this thread is in, the innermost last.
    ///
    /// Kept beside the registry, since a layer that is just told of an event cannot ask for the current span.
    static ENTERED: RefCell<Vec<Option<Arc<str>>>> = const { RefCell::new(Vec::new()) };
}

/// The id that the host gave to the invocation under way; its `requests` row has the same.
pub(crate) fn invocation() -> Option<Arc<str>> {
    ENTERED.with_borrow(|entered| entered.last().cloned().flatten())
}

/// Where steps go; `None` where nothing is exported.
pub(crate) fn sink() -> Option<Arc<SpanSink>> {
    dispatcher::get_default(|dispatch| {
        let recorder = dispatch.downcast_ref::<Recorder>();
        recorder.map(|recorder| Arc::clone(&recorder.sink))
    })
}

/// Follows the invocations, and holds the way to the export.
pub(crate) struct Recorder {
    sink: Arc<SpanSink>,
}

impl Recorder {
    pub(crate) const fn new(sink: Arc<SpanSink>) -> Self {
        Self { sink }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

/// The invocation of a span.
struct Invocation(Arc<str>);

/// Finds the field that names it.
#[derive(Default)]
struct Find(Option<Arc<str>>);

impl Visit for Find {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "invocation_id" {
            self.0 = Some(value.into());
        }
    }

    fn record_debug(&mut self, _field: &Field, _value: &dyn fmt::Debug) {}
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut find = Find::default();
        attributes.record(&mut find);
        let inherited = || {
            let parent = span.parent()?;
            let extensions = parent.extensions();
            extensions.get::<Invocation>().map(|of| Arc::clone(&of.0))
        };
        if let Some(invocation) = find.0.or_else(inherited) {
            span.extensions_mut().replace(Invocation(invocation));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut find = Find::default();
        values.record(&mut find);
        if let (Some(invocation), Some(span)) = (find.0, context.span(id)) {
            span.extensions_mut().replace(Invocation(invocation));
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let invocation = context.span(id).and_then(|span| {
            let extensions = span.extensions();
            extensions.get::<Invocation>().map(|of| Arc::clone(&of.0))
        });
        ENTERED.with_borrow_mut(|entered| entered.push(invocation));
    }

    fn on_exit(&self, _id: &Id, _context: Context<'_, S>) {
        ENTERED.with_borrow_mut(Vec::pop);
    }
}
