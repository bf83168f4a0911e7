//! Places in a trace without any export.

use std::io;

use tracing::{info_span, subscriber::with_default};

use super::silent;
use crate::{
    correlation::{Traceparent, continue_from},
    init::subscriber,
};

#[test]
fn spans_have_ids_without_an_export() {
    let (subscriber, _guard) = subscriber(&silent(), io::sink).unwrap();
    with_default(subscriber, || {
        assert_eq!(Traceparent::current(), None);
        let outer = info_span!("outer");
        let host =
            Traceparent::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00").unwrap();
        assert!(continue_from(&outer, &host));
        let inner = outer
            .in_scope(|| info_span!("inner").in_scope(Traceparent::current))
            .unwrap();
        assert_eq!(inner.trace_id(), host.trace_id());
        assert_ne!(Some(&inner), Traceparent::of(&outer).as_ref());
        assert!(inner.as_str().ends_with("-01"), "{inner}");
        assert!(
            !continue_from(&outer, &host),
            "an entered span has its parent for good"
        );
    });
}
