//! Messages of the apps that read JSON.

use ingest::{Message, Normalized};
use record::{EpochMillis, Source};
use serde_json::Value;
use telematics::{
    config::Stream,
    normalize::{Kept, Origin},
};
use visibility::normalize::Standard;

/// Bytes of a rejection's detail beside what it quotes.
const DETAIL_BYTES_MAX: usize = 4_096;

/// A push of DCSA Track and Trace 3.0.
pub fn dcsa3(bytes: &[u8]) {
    visibility_message(bytes, Standard::Dcsa3);
}

/// A notification of DCSA Track and Trace 2.2.
pub fn dcsa2(bytes: &[u8]) {
    visibility_message(bytes, Standard::Dcsa2);
}

/// An EPCIS document.
pub fn epcis(bytes: &[u8]) {
    visibility_message(bytes, Standard::Epcis);
}

fn visibility_message(bytes: &[u8], standard: Standard) {
    let message = message(bytes, Source::Visibility);
    let outcome = visibility::normalize::normalize(standard, &message);
    for rejection in &outcome.normalized.rejections {
        let told = outcome
            .feedback
            .iter()
            .any(|told| told.property_path == rejection.place);
        assert!(told, "the sender is not told of {}", rejection.place);
    }
    check(bytes, &outcome.normalized);
}

/// A page of Samsara, of either stream.
pub fn samsara(bytes: &[u8]) {
    for stream in [Stream::SamsaraGps, Stream::SamsaraOdometer] {
        page(bytes, stream);
    }
}

/// A page of Geotab, of any stream.
pub fn geotab(bytes: &[u8]) {
    for stream in [
        Stream::GeotabLogRecord,
        Stream::GeotabStatusData,
        Stream::GeotabTrip,
        Stream::GeotabDevice,
    ] {
        page(bytes, stream);
    }
}

fn page(bytes: &[u8], stream: Stream) {
    let message = message(bytes, Source::Telematics);
    let kept = Kept::default();
    let origin = |kept| Origin {
        message: &message,
        stream,
        kept,
    };
    let Ok(first) = telematics::normalize::page(&origin(&kept)) else {
        check(bytes, &telematics::normalize::normalize(&origin(&kept)));
        return;
    };
    check(bytes, &first.normalized);
    // What is stored between pages can be read again.
    let stored = serde_json::to_string(&first.kept).expect("a cursor can be written");
    let read: Kept = serde_json::from_str(&stored).expect("a cursor can be read");
    assert_eq!(read, first.kept);
}

/// A page of orders.
pub fn orders(bytes: &[u8]) {
    let message = message(bytes, Source::Orders);
    let origin = orders::normalize::Origin {
        message: &message,
        company: "CRONUS",
    };
    check(bytes, &orders::normalize::normalize(&origin));
}

/// A webhook with a trip.
pub fn trips(bytes: &[u8]) {
    let message = message(bytes, Source::Transport);
    check(bytes, &transport::normalize::normalize(&message));
}

fn message(bytes: &[u8], source: Source) -> Message<'_> {
    Message {
        source,
        message_id: "m-1".into(),
        correlation_id: "0af7651916cd43dd8448eb211c80319c".into(),
        traceparent: None,
        received_at: EpochMillis(1_794_254_400_000),
        raw: bytes,
        arrival: Vec::new(),
    }
}

/// What holds for whatever comes of any message.
fn check(bytes: &[u8], normalized: &Normalized<'_>) {
    for record in &normalized.records {
        let document = record.to_document();
        let read: Result<Value, _> = serde_json::from_str(document.json());
        assert!(read.is_ok(), "a document is JSON");
    }
    for rejection in &normalized.rejections {
        assert!(
            rejection.place.starts_with('$'),
            "a place is a path: {}",
            rejection.place
        );
        let long = rejection.detail.len() > rejection.raw.len() + DETAIL_BYTES_MAX;
        assert!(
            !long,
            "a detail may quote what it is about once: {}",
            rejection.detail
        );
    }
    // Nothing grows beyond what was sent: a record takes some bytes to say, and a rejection is about some.
    let units = normalized.records.len() + normalized.rejections.len();
    assert!(
        units <= bytes.len() + 1,
        "{units} units in {} bytes",
        bytes.len()
    );
}
