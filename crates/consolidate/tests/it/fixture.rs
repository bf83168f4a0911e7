//! A fresh store and changes for it.

use record::{Body, EpochMillis, Provenance, Record, Source, SourceVersion, Stop, Text};
use reporting::{Change, Store};

pub(crate) const AT: EpochMillis = EpochMillis(1_793_610_922_417);

pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) url: String,
    _directory: tempfile::TempDir,
}

pub(crate) async fn fixture() -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", directory.path().join("report.db").display());
    let store = reporting::recreate(&url).await.unwrap();
    Fixture {
        store,
        url,
        _directory: directory,
    }
}

pub(crate) fn record(body: Body<'static>) -> Record<'static> {
    let provenance = Provenance::new("m", "0af7651916cd43dd8448eb211c80319c", AT, AT);
    Record::upsert(
        Source::Transport,
        body,
        SourceVersion::new(1, 0),
        provenance,
    )
    .unwrap()
}

pub(crate) fn change(body: Body<'static>) -> Change<'static> {
    let record = record(body);
    let id = record.to_document().id().to_string();
    Change::new(record, id)
}

/// A stop, which the store takes or, 91 degrees north, refuses.
pub(crate) fn stop_body(number: usize, good: bool) -> Body<'static> {
    Body::Stop(Stop {
        shipment_no: Text::from("L-1"),
        stop_id: Text::from(format!("{number:03}")),
        lat_e6: Some(if good { 1 } else { 91_000_000 }),
        ..Stop::default()
    })
}

pub(crate) fn stop(number: usize, good: bool) -> Change<'static> {
    change(stop_body(number, good))
}
