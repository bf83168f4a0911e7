//! The story of one order: what analysts see is what `EXPECTED_timeline.json` says, in whatever order it was told.

use reporting::{Change, View};
use serde_json::{Map, Value as Json, json};

use crate::{
    fixture::Fixture,
    on_both_engines,
    world::story::{SHIPMENT, ms, story},
};

on_both_engines! {
    the_timeline_is_the_expected_one,
    every_view_says_what_is_expected,
    any_order_gives_the_same_pictures,
    what_happened_is_not_replaced_by_what_is_expected,
    what_waits_for_a_shipment_is_listed_with_its_age,
    a_late_vehicle_is_late_unless_excused_and_unknown_is_not_late,
}

const EXPECTED: &str = include_str!("../../../../tests/fixtures/story/EXPECTED_timeline.json");

type Row = Map<String, Json>;

async fn told(fixture: &Fixture, changes: &[Change<'static>]) {
    fixture.apply(changes).await;
    fixture.resolved().await;
}

impl Fixture {
    async fn view(&self, view: View) -> Vec<Row> {
        self.store.view(view).await.unwrap()
    }

    /// The only row of a view for which all of this holds.
    async fn one(&self, view: View, holds: &[(&str, &str)]) -> Row {
        let rows = self.view(view).await;
        let mut rows = rows
            .into_iter()
            .filter(|row| holds.iter().all(|(name, value)| row[*name] == *value));
        let found = rows.next().unwrap();
        assert_eq!(rows.next(), None, "{} {holds:?}", view.name());
        found
    }
}

async fn the_timeline_is_the_expected_one(fixture: Fixture) {
    told(&fixture, &story()).await;
    let expected: Json = serde_json::from_str(EXPECTED).unwrap();
    let milestones = expected["milestones_utc"].as_array().unwrap();
    assert_eq!(milestones.len(), 10);
    for milestone in milestones {
        let part = |index: usize| milestone[index].as_str().unwrap();
        let (code, instant) = (part(0), part(1));
        let row = fixture
            .one(
                View::ShipmentTimeline,
                &[("shipment_no", SHIPMENT), ("code", code)],
            )
            .await;
        assert_eq!(row["classifier"], "ACT", "{code}");
        let sources: Vec<&str> = row["sources"].as_str().unwrap().split('+').collect();
        for source in part(2).split('+') {
            assert!(
                sources.contains(&source),
                "{code} is told by {source}: {sources:?}"
            );
        }
        assert!(
            part(2).contains(row["chosen_source"].as_str().unwrap()),
            "{code}: {row:?}"
        );
        match row["time_precision"].as_str().unwrap() {
            "day" => {
                let day =
                    jiff::Timestamp::from_millisecond(row["event_time"].as_i64().unwrap()).unwrap();
                assert!(
                    day.to_string().starts_with(&instant[..10]),
                    "{code} is on {day}"
                );
            }
            _ => assert_eq!(row["event_time"], ms(instant).0, "{code}"),
        }
    }
    let rows = fixture.view(View::MilestoneResolved).await;
    let ids: Vec<&str> = rows
        .iter()
        .map(|row| row["milestone_id"].as_str().unwrap())
        .collect();
    assert!(
        !ids.iter().any(|id| id.ends_with("e-arri-1")),
        "it was retracted"
    );
    assert_eq!(fixture.view(View::Orphans).await, [] as [Row; 0]);
    assert_eq!(fixture.view(View::XrefConflicts).await, [] as [Row; 0]);
}

fn only(row: &Row, names: &[&str]) -> Json {
    let cells = names
        .iter()
        .map(|&name| (name.to_owned(), row[name].clone()));
    Json::Object(cells.collect())
}

async fn every_view_says_what_is_expected(fixture: Fixture) {
    told(&fixture, &story()).await;
    for (view, late) in [(View::OnTimePickup, -39), (View::OnTimeDelivery, -98)] {
        let row = fixture.one(view, &[]).await;
        let expected = json!({ "minutes_late": late, "status": "on_time", "arrived_source": "transport", "tolerance_min": 15 });
        assert_eq!(
            only(
                &row,
                &["minutes_late", "status", "arrived_source", "tolerance_min"]
            ),
            expected
        );
    }
    for (kind, minutes) in [("pickup", 24), ("delivery", 69)] {
        let row = fixture
            .one(View::Dwell, &[("what", "stop"), ("kind", kind)])
            .await;
        let expected = json!({ "dwell_min": minutes, "free_min": 120, "detention_min": 0, "detention_cost_minor": 0 });
        assert_eq!(
            only(
                &row,
                &[
                    "dwell_min",
                    "free_min",
                    "detention_min",
                    "detention_cost_minor"
                ]
            ),
            expected
        );
    }
    let row = fixture.one(View::Dwell, &[("what", "container")]).await;
    assert_eq!(row["dwell_min"], 3 * 24 * 60 + 190);
    let row = fixture.one(View::FreightInvoiceMatch, &[]).await;
    let expected = json!({
        "shipment_no": SHIPMENT, "planned_cost_minor": 74_000, "net_minor": 74_938, "variance_minor": 938,
        "variance_bp": 127, "tolerance_minor": 740, "originals": 1, "charges_not_contracted": 0, "status": "over",
    });
    let names: Vec<&str> = expected
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(only(&row, &names), expected);
    let row = fixture.one(View::OrderToDelivery, &[]).await;
    let expected = json!({
        "order_no": "SO-104577", "sequence": 10_000, "shipment_no": SHIPMENT, "match_rule": "order_no",
        "match_confidence": "1", "qty": "240", "received_qty": "238", "damaged_qty": "2", "ordered_on": "2026-11-02",
        "tendered_source": "carrier", "picked_up_at": ms("2026-11-09T12:45:00Z").0, "picked_up_source": "transport",
        "discharged_at": ms("2026-11-06T09:35:00Z").0, "customs_released_source": "visibility",
        "delivered_at": ms("2026-11-09T19:31:00Z").0, "received_source": "warehouse", "invoiced_on": "2026-11-10",
        "in_transit_at": null,
    });
    let names: Vec<&str> = expected
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(only(&row, &names), expected);
    let row = fixture.one(View::InventoryPosition, &[]).await;
    let expected = json!({ "on_hand_qty": "240", "movements_since": 3, "counted_qty": null, "variance_qty": null });
    assert_eq!(
        only(
            &row,
            &[
                "on_hand_qty",
                "movements_since",
                "counted_qty",
                "variance_qty"
            ]
        ),
        expected
    );
    let row = fixture.one(View::CarrierScorecard, &[]).await;
    let expected = json!({
        "carrier_scac": "TSTL", "month": "2026-11", "origin": "PNCT", "destination": "HG-DC3", "shipments": 1,
        "tenders_accepted": 1, "acceptance_bp": 10_000, "on_time_pickup_bp": 10_000, "on_time_delivery_bp": 10_000,
        "stops_no_data": 0, "transit_min_p50": 406, "milestones_told": 4, "tracking_bp": 10_000, "invoices": 1,
        "invoices_within": 0, "invoice_accuracy_bp": 0,
    });
    let names: Vec<&str> = expected
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(only(&row, &names), expected);
    let readings = fixture.view(View::VehiclePositionResolved).await;
    let shipments: Vec<&Json> = readings.iter().map(|row| &row["shipment_no"]).collect();
    assert_eq!(
        shipments,
        [
            &json!(null),
            &json!(SHIPMENT),
            &json!(SHIPMENT),
            &json!(null)
        ]
    );
}

/// Everything that an analyst sees, but how long ago it is.
async fn pictures(fixture: &Fixture) -> Vec<Row> {
    let mut rows = Vec::new();
    for view in View::ALL {
        for mut row in fixture.view(view).await {
            row.remove("age_min");
            row.insert("view".to_owned(), json!(view.name()));
            rows.push(row);
        }
    }
    rows
}

async fn any_order_gives_the_same_pictures(fixture: Fixture) {
    let expected = Fixture::sqlite().await;
    told(&expected, &story()).await;
    let expected = pictures(&expected).await;
    let mut order = story();
    order.reverse();
    for (step, batch) in [(7, 3), (11, 1), (1, 100)] {
        let fixture = fixture.with(reporting::recreate(&fixture.url).await.unwrap());
        // Another order each time: every `step`th, again and again.
        let told_now: Vec<_> = (0..order.len())
            .map(|index| order[index * step % order.len()].clone())
            .collect();
        for batch in told_now.chunks(batch) {
            told(&fixture, batch).await;
        }
        told(&fixture, &order).await;
        assert_eq!(pictures(&fixture).await, expected, "step {step}");
    }
}

async fn what_happened_is_not_replaced_by_what_is_expected(fixture: Fixture) {
    use crate::world::numbers::{event, said, trip};
    use record::{Body, Classifier, MilestoneCode::Delivered, Source::Carrier};
    let told_as = |id, classifier, day, version| {
        let mut body = event(Carrier, id, day, Delivered);
        body.classifier = classifier;
        said(
            Carrier,
            Body::Milestone(body),
            version,
            &["shipment_no:L-1"],
        )
    };
    let at = async || {
        fixture
            .one(View::ShipmentTimeline, &[("code", "delivered")])
            .await
    };
    told(
        &fixture,
        &[
            trip("L-1", 1, 5, &[]),
            told_as("planned", Classifier::Planned, 9, 9),
        ],
    )
    .await;
    assert_eq!(at().await["classifier"], "PLN");
    told(
        &fixture,
        &[
            told_as("old", Classifier::Estimated, 7, 1),
            told_as("new", Classifier::Estimated, 8, 2),
        ],
    )
    .await;
    assert_eq!(
        at().await["milestone_id"],
        "carrier|new",
        "the newest forecast"
    );
    told(&fixture, &[told_as("done", Classifier::Actual, 6, 1)]).await;
    assert_eq!(at().await["milestone_id"], "carrier|done");
    told(&fixture, &[told_as("later", Classifier::Estimated, 10, 20)]).await;
    assert_eq!(at().await["milestone_id"], "carrier|done");
    let retracted = crate::world::tombstone(record::Entity::Milestone, &["carrier", "done"], 2);
    fixture.apply(&[retracted]).await;
    assert_eq!(
        at().await["milestone_id"],
        "carrier|later",
        "at once, before anything is resolved again"
    );
}

async fn a_late_vehicle_is_late_unless_excused_and_unknown_is_not_late(fixture: Fixture) {
    use crate::world::numbers::{at, event, said, trip};
    use record::{
        Body, EpochMillis,
        MilestoneCode::{Delayed, DeliveryArrived},
        Source::{Carrier, Transport},
        Stop, StopKind, Text,
    };
    let stop = Stop {
        shipment_no: Text::from("L-1"),
        stop_id: Text::from("b"),
        kind: StopKind::Delivery,
        window_end: Some(at(6)),
        ..Stop::default()
    };
    let arrives = |minutes: i64, version| {
        let mut body = event(Carrier, "arrival", 6, DeliveryArrived);
        body.event_time = EpochMillis(at(6).0 + minutes * 60_000);
        said(
            Carrier,
            Body::Milestone(body),
            version,
            &["shipment_no:L-1"],
        )
    };
    let status = async || fixture.one(View::OnTimeDelivery, &[]).await["status"].clone();
    told(
        &fixture,
        &[
            trip("L-1", 1, 5, &[]),
            said(Transport, Body::Stop(stop), 1, &[]),
        ],
    )
    .await;
    assert_eq!(status().await, "no_data");
    told(&fixture, &[arrives(16, 1)]).await;
    assert_eq!(status().await, "late");
    told(&fixture, &[arrives(15, 2)]).await;
    assert_eq!(status().await, "on_time", "within the tolerance");
    let mut delay = event(Carrier, "delay", 6, Delayed);
    delay.reason_code = Some(Text::from("AO"));
    told(
        &fixture,
        &[
            arrives(90, 3),
            said(Carrier, Body::Milestone(delay), 1, &["shipment_no:L-1"]),
        ],
    )
    .await;
    assert_eq!(status().await, "excused");
}

async fn what_waits_for_a_shipment_is_listed_with_its_age(fixture: Fixture) {
    use crate::world::numbers::{seen, trip};
    use record::Source::Carrier;
    let told_now = [
        seen(Carrier, "a", 1, 5, &["shipment_no:L-1"]),
        seen(Carrier, "b", 1, 5, &["pro:TSTL:1"]),
    ];
    told(&fixture, &told_now).await;
    let rows = fixture.view(View::Orphans).await;
    let keys: Vec<Json> = rows
        .iter()
        .map(|row| {
            only(
                row,
                &["record_key", "source", "match_rule", "waiting_since"],
            )
        })
        .collect();
    let since = crate::fixture::NOW.0;
    let expected = [
        json!({ "record_key": "carrier|a", "source": "carrier", "match_rule": "stub", "waiting_since": since }),
        json!({ "record_key": "carrier|b", "source": "carrier", "match_rule": "unresolved", "waiting_since": since }),
    ];
    assert_eq!(keys, expected);
    let age = jiff::Timestamp::now().as_millisecond() - since;
    for row in &rows {
        let minutes = row["age_min"].as_i64().unwrap();
        assert!((age / 60_000 - minutes).abs() <= 1, "{minutes} of {age} ms");
    }
    told(&fixture, &[trip("L-1", 1, 5, &[])]).await;
    assert_eq!(fixture.view(View::Orphans).await.len(), 1);
}
