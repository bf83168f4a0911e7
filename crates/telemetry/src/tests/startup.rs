//! What the start of a process pays.

use std::{io, time::Instant};

use super::{endpoint::Endpoint, silent};
use crate::init::subscriber;

/// Prints how long it takes; run with `--nocapture` to see it. The machine decides the figures, so none is asserted.
#[tokio::test(flavor = "multi_thread")]
async fn start_up_cost() {
    let begun = Instant::now();
    let (_subscriber, guard) = subscriber(&silent(), io::sink).unwrap();
    println!("start without export: {:?}", begun.elapsed());
    guard.shutdown().await;

    let endpoint = Endpoint::open().await;
    let begun = Instant::now();
    let (_subscriber, guard) = subscriber(&endpoint.config(&[]), io::sink).unwrap();
    println!("start with export: {:?}", begun.elapsed());
    guard.shutdown().await;
    let items = endpoint.items();
    assert_eq!(super::of_type(&items, "MetricData").len(), items.len());
}
