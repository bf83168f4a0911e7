//! The simulation seen from outside: over HTTP, and through its truth.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of a test fail the test by panicking"
)]

mod drops;
mod orders;
mod telematics;
mod transport;
mod visibility;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;
use tokio::net::TcpListener;
use upstream_sim::courier::Courier;
use upstream_sim::faults::FaultProfile;
use upstream_sim::server;
use upstream_sim::sim::{Settings, Sim};
use upstream_sim::world::Endings;
use uuid::Uuid;

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub const COMPANY: &str = "11111111-2222-3333-4444-555555555555";

/// A clock that stands still.
pub fn noon() -> Timestamp {
    "2026-11-22T12:00:00.1234567Z".parse().unwrap()
}

pub fn settings(seed: u64) -> Settings {
    Settings {
        seed,
        seconds: 1,
        orders_rate: 0.0,
        transport_rate: 0.0,
        bulk_orders: 0,
        bulk_trips: 0,
        faults: FaultProfile::default(),
        endings: Endings {
            order_deletes: 0.0,
            trip_deletes: 0.01,
        },
        company: "CRONUS".to_owned(),
        company_id: COMPANY.parse::<Uuid>().unwrap(),
        today: None,
        hold: false,
        transport: None,
        warehouse: None,
        carrier: None,
        telematics: None,
        visibility: None,
    }
}

pub fn courier(url: &str) -> Arc<Courier> {
    Arc::new(Courier::new(url.to_owned(), SECRET.parse().unwrap(), Timestamp::now).unwrap())
}

/// Serves a simulation on a free port and gives its address.
pub async fn serve(sim: &Arc<Sim>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = server::routes(Arc::clone(sim));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}")
}

/// What a simulation says the report must hold.
pub fn truth_of(sim: &Sim) -> Value {
    serde_json::from_str(&sim.truth()).unwrap()
}

/// The truth of 400 steps, made against a clock that stands still.
fn truth(seed: u64, faults: FaultProfile) -> Value {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let _inside = runtime.enter();
    // Nobody listens there, and the runtime never runs: only decisions are made.
    let sim = Sim::new(
        Settings {
            faults,
            transport: Some(courier("http://127.0.0.1:9/")),
            ..settings(seed)
        },
        noon,
    );
    for _ in 0..400 {
        sim.emit_order();
        sim.emit_trip(false);
    }
    truth_of(&sim)
}

#[test]
fn the_same_seed_gives_the_same_truth_and_another_seed_another() {
    let first = truth(7, FaultProfile::default());
    assert_eq!(first, truth(7, FaultProfile::default()));
    assert_ne!(first, truth(8, FaultProfile::default()));
}

#[test]
fn faults_change_deliveries_and_not_the_truth() {
    let mut plain = truth(7, FaultProfile::default());
    let mut faults = FaultProfile::mild();
    for setting in [
        "twice=1",
        "late=1",
        "stale=1",
        "bad_signature=1",
        "invalid_trip=0.5",
        "invalid_order=0.5",
        "late_visible=1",
    ] {
        faults.set(setting).unwrap();
    }
    let mut troubled = truth(7, faults);
    let letters = troubled["dead_letters"].take();
    assert!(letters["orders"].as_u64().unwrap() > 100, "{letters}");
    assert!(letters["transport"].as_u64().unwrap() > 100, "{letters}");
    plain["dead_letters"].take();
    assert_eq!(plain, troubled);
}

#[test]
fn the_world_has_what_reports_must_cope_with() {
    let truth = truth(7, FaultProfile::default());
    let all = |table: &str, column: &str| -> Vec<Value> {
        truth[table]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row[column].clone())
            .collect()
    };
    for (table, column, wanted) in [
        ("rpt_order", "status", "in_review"),
        ("rpt_order_line", "qty", "6.00002"),
        ("rpt_order_line", "line_type", "fixed_asset"),
        ("rpt_order_line", "description", "2026-11-02T09:15:22.500Z"),
        ("rpt_shipment", "status", "in_transit"),
        ("rpt_shipment", "status", "completed"),
        ("rpt_shipment", "status", "cancelled"),
        ("rpt_shipment", "mode", "inland_waterway"),
        ("rpt_stop", "kind", "other"),
        ("rpt_milestone", "code", "eta_updated"),
        ("rpt_milestone", "code", "pickup_arrived"),
        ("rpt_milestone", "code", "pickup_departed"),
        ("rpt_milestone", "code", "delivery_arrived"),
        ("rpt_milestone", "code", "delivered"),
        ("rpt_milestone", "source_code", "otm:actual:start"),
    ] {
        assert!(
            all(table, column).contains(&wanted.into()),
            "no {table}.{column} = {wanted}"
        );
    }
    for (table, column) in [
        ("rpt_order", "currency"),
        ("rpt_order", "order_date"),
        ("rpt_order_line", "line_type"),
    ] {
        assert!(
            all(table, column).contains(&Value::Null),
            "no {table}.{column} without a value"
        );
    }
}
