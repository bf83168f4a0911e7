//! The story of one order as the six apps' normalizers tell it (`tests/fixtures/story`).

use record::{
    Body, Classifier, Container, EpochMillis, FreightInvoice, HandlingUnit, InventoryMovement,
    Lifecycle, Milestone, MilestoneCode, Order, OrderLine, Record, Shipment, Source, SourceVersion,
    Stop, StopKind, StopTimes, Text, TimeBasis, TimePrecision, Vehicle, VehiclePosition,
};
use reporting::Change;

use super::{change, numbers::number};

pub(crate) const SHIPMENT: &str = "L-2026-55013";
const ORDER: &str = "SO-104577";
const CONTAINER: &str = "TSTU904417";
const SSCC: [&str; 2] = ["006141410000070015", "006141410000070022"];
const PICKUP: &str = "a1000000-0000-4000-8000-000000000001";
const DELIVERY: &str = "a1000000-0000-4000-8000-000000000002";

/// What carriers put under every status.
const CARRIER: [&str; 6] = [
    "shipment_no:L-2026-55013",
    "pro:TSTL:0447120931",
    "bol:BOL5501300",
    "customer_po:4500091822",
    "container:TSTU904417",
    "vehicle:XK1180",
];
/// What the ocean carrier puts under every event.
const OCEAN: [&str; 4] = [
    "booking:BKG7712345",
    "transport_doc:TSTO99120071",
    "customer_po:4500091822",
    "shipment_no:L-2026-55013",
];

pub(crate) fn ms(text: &str) -> EpochMillis {
    EpochMillis::from(text.parse::<jiff::Timestamp>().unwrap())
}

fn told(
    source: Source,
    body: Body<'static>,
    modified: &str,
    held: &[&'static str],
) -> Change<'static> {
    let at = ms(modified);
    let version = SourceVersion::new(u64::try_from(at.0).unwrap(), 0);
    let correlation = "0af7651916cd43dd8448eb211c80319c";
    let provenance = record::Provenance::new(format!("{source} {modified}"), correlation, at, at);
    let record = Record::upsert(source, body, version, provenance).unwrap();
    change(record.with_references(held.iter().map(|text| number(text)).collect()))
}

fn text(text: &'static str) -> Option<Text<'static>> {
    Some(Text::from(text))
}

fn order(modified: &str, status: &'static str, shipped: &str) -> Vec<Change<'static>> {
    let head = Order {
        company: Text::from("CRONUS"),
        order_no: Text::from(ORDER),
        customer_no: text("C10042"),
        customer_po: text("4500091822"),
        order_date: "2026-11-02".parse().ok(),
        requested_delivery_date: "2026-11-10".parse().ok(),
        status: text(status),
        line_sequences: vec![10_000, 20_000],
        ..Order::default()
    };
    let line = |sequence, kind, qty: &str, uom| OrderLine {
        company: Text::from("CRONUS"),
        order_no: Text::from(ORDER),
        sequence,
        line_type: text(kind),
        item_no: text("OLV-1L"),
        uom,
        qty: qty.parse().ok(),
        shipped_qty: shipped.parse().ok(),
        ..OrderLine::default()
    };
    let held = ["order_no:SO-104577", "customer_po:4500091822"];
    vec![
        told(Source::Orders, Body::Order(head), modified, &held),
        told(
            Source::Orders,
            Body::OrderLine(line(10_000, "item", "240", text("CS"))),
            modified,
            &[],
        ),
        told(
            Source::Orders,
            Body::OrderLine(line(20_000, "comment", "0", None)),
            modified,
            &[],
        ),
    ]
}

fn milestone(
    scope_ref: &str,
    event_id: Option<String>,
    code: MilestoneCode,
    at: &str,
) -> Milestone<'static> {
    Milestone {
        scope: Text::from("shipment"),
        scope_ref: Text::from(scope_ref.to_owned()),
        event_id: event_id.map(Text::from),
        shipment_no: None,
        order_no: None,
        container_no: None,
        stop_id: None,
        code,
        classifier: Classifier::Actual,
        event_time: ms(at),
        time_precision: TimePrecision::Second,
        tz_basis: TimeBasis::Offset,
        place_code: None,
        lat_e6: None,
        lon_e6: None,
        reason_code: None,
        source_code: Text::from("test"),
    }
}

fn stop(stop_id: &'static str, modified: &str, done: Option<(&str, &str)>) -> Vec<Change<'static>> {
    let is_pickup = stop_id == PICKUP;
    let window = match is_pickup {
        true => ("2026-11-09T12:00:00Z", "2026-11-09T13:00:00Z"),
        false => ("2026-11-09T18:00:00Z", "2026-11-09T20:00:00Z"),
    };
    let body = Stop {
        shipment_no: Text::from(SHIPMENT),
        stop_id: Text::from(stop_id),
        seq: Some(i64::from(!is_pickup)),
        kind: if is_pickup {
            StopKind::Pickup
        } else {
            StopKind::Delivery
        },
        place_code: text(if is_pickup { "PNCT" } else { "HG-DC3" }),
        window_start: Some(ms(window.0)),
        window_end: Some(ms(window.1)),
        actual: done.map(|(arrive, depart)| StopTimes {
            lifecycle: Lifecycle::Realized,
            arrive: Some(ms(arrive)),
            depart: Some(ms(depart)),
        }),
        ..Stop::default()
    };
    let mut changes = vec![told(Source::Transport, Body::Stop(body), modified, &[])];
    let codes = match is_pickup {
        true => [MilestoneCode::PickupArrived, MilestoneCode::PickupDeparted],
        false => [MilestoneCode::DeliveryArrived, MilestoneCode::Delivered],
    };
    for (code, at) in codes
        .into_iter()
        .zip(done.iter().flat_map(|(a, d)| [*a, *d]))
    {
        let mut body = milestone(&format!("{SHIPMENT}|{stop_id}"), None, code, at);
        body.scope = Text::from("stop");
        body.shipment_no = text(SHIPMENT);
        body.stop_id = text(stop_id);
        changes.push(told(
            Source::Transport,
            Body::Milestone(body),
            modified,
            &[],
        ));
    }
    changes
}

fn trip(modified: &str, status: &'static str, done: bool) -> Vec<Change<'static>> {
    let body = Shipment {
        shipment_no: Text::from(SHIPMENT),
        source_id: text("b0000000-0000-4000-8000-000000055013"),
        status: text(status),
        mode: text("road"),
        carrier_scac: text("TSTL"),
        carrier_name: text("Testline Drayage"),
        pro: text("0447120931"),
        bol: text("BOL5501300"),
        booking_no: text("BKG7712345"),
        container_no: text("TSTU9044179"),
        customer_po: text("4500091822"),
        order_nos: vec![Text::from(ORDER)],
        vehicle_ref: text("281474980000011"),
        vehicle_plate: text("XK-1180"),
        vehicle_vin: text("SYNTH000000000011"),
        planned_cost_minor: Some(74_000),
        currency: text("USD"),
        planned_start: Some(ms("2026-11-09T12:00:00Z")),
        planned_end: Some(ms("2026-11-09T20:00:00Z")),
        stop_ids: vec![Text::from(PICKUP), Text::from(DELIVERY)],
        ..Shipment::default()
    };
    let held = [
        "shipment_no:L-2026-55013",
        "pro:TSTL:0447120931",
        "bol:BOL5501300",
        "booking:BKG7712345",
        "container:TSTU9044179",
        "customer_po:4500091822",
        "order_no:SO-104577",
        "vehicle:281474980000011",
        "vehicle:XK-1180",
        "vehicle:SYNTH000000000011",
    ];
    let mut changes = vec![told(
        Source::Transport,
        Body::Shipment(body),
        modified,
        &held,
    )];
    let pickup = ("2026-11-09T12:21:00Z", "2026-11-09T12:45:00Z");
    let delivery = ("2026-11-09T18:22:00Z", "2026-11-09T19:31:00Z");
    changes.extend(stop(PICKUP, modified, done.then_some(pickup)));
    changes.extend(stop(DELIVERY, modified, done.then_some(delivery)));
    changes
}

fn status(code: MilestoneCode, x12: &str, at: &str, sent: &str) -> Change<'static> {
    let id = format!("TSTL|{SHIPMENT}|{x12}|{at}");
    let mut body = milestone(SHIPMENT, Some(id), code, at);
    body.shipment_no = text(SHIPMENT);
    body.container_no = text(CONTAINER);
    told(Source::Carrier, Body::Milestone(body), sent, &CARRIER)
}

fn tender() -> Change<'static> {
    // Midnight where the carrier is.
    let at = "2026-11-08T05:00:00Z";
    let mut body = milestone(
        SHIPMENT,
        Some(format!("TSTL|{SHIPMENT}|A")),
        MilestoneCode::TenderAccepted,
        at,
    );
    body.shipment_no = text(SHIPMENT);
    body.time_precision = TimePrecision::Day;
    told(
        Source::Carrier,
        Body::Milestone(body),
        "2026-11-08T14:00:00Z",
        &["shipment_no:L-2026-55013", "bol:L-2026-55013"],
    )
}

fn invoice() -> Change<'static> {
    let body = FreightInvoice {
        scac: Text::from("TSTL"),
        invoice_no: Text::from("INV558201"),
        shipment_no: text(SHIPMENT),
        pro: text("0447120931"),
        bol: text("BOL5501300"),
        invoice_date: "2026-11-10".parse().ok(),
        delivery_date: "2026-11-09".parse().ok(),
        currency: text("USD"),
        net_minor: Some(74_938),
        sum_ok: Some(true),
        line_numbers: vec![1, 2, 3],
        ..FreightInvoice::default()
    };
    told(
        Source::Carrier,
        Body::FreightInvoice(body),
        "2026-11-10T13:30:00Z",
        &CARRIER[..5],
    )
}

fn ocean(
    id: &str,
    code: MilestoneCode,
    classifier: Classifier,
    at: &str,
    updated: &str,
) -> Vec<Change<'static>> {
    let mut body = milestone(
        CONTAINER,
        Some(format!("dcsa|SMDG|LCL|TSTO|{id}")),
        code,
        at,
    );
    body.classifier = classifier;
    body.place_code = text("USNYC");
    body.shipment_no = text(SHIPMENT);
    let with_container = classifier == Classifier::Actual;
    body.container_no = with_container.then(|| Text::from(CONTAINER));
    let mut changes = vec![told(
        Source::Visibility,
        Body::Milestone(body),
        updated,
        &OCEAN,
    )];
    if with_container {
        let body = Container {
            container_no: Text::from(CONTAINER),
            last_event_time: Some(ms(at)),
            shipment_no: text(SHIPMENT),
            booking_no: text("BKG7712345"),
            ..Container::default()
        };
        // Its version is the event's own time.
        changes.push(told(Source::Visibility, Body::Container(body), at, &[]));
    }
    changes
}

fn retracted() -> Change<'static> {
    let key =
        record::RecordKey::from_text(record::Entity::Milestone, "dcsa|SMDG|LCL|TSTO|e-arri-1")
            .unwrap();
    let at = ms("2026-11-06T12:00:00Z");
    let version = SourceVersion::new(u64::try_from(at.0).unwrap(), 1);
    let provenance =
        record::Provenance::new("retraction", "0af7651916cd43dd8448eb211c80319c", at, at);
    change(Record::tombstone(
        Source::Visibility,
        key,
        version,
        provenance,
    ))
}

fn notification() -> Change<'static> {
    let id = format!("dcsa2|{CONTAINER}|BKG7712345|USNYC|EQUIPMENT-GTOT|ACT");
    let mut body = milestone(
        CONTAINER,
        Some(id),
        MilestoneCode::GateOut,
        "2026-11-09T12:45:00Z",
    );
    body.container_no = text(CONTAINER);
    let held = ["booking:BKG7712345", "customer_po:4500091822"];
    told(
        Source::Visibility,
        Body::Milestone(body),
        "2026-11-09T12:52:00Z",
        &held,
    )
}

fn scan() -> Vec<Change<'static>> {
    let at = "2026-11-09T19:58:07Z";
    let id = "epcis|urn:uuid:374d95fc-9457-4a51-bd6a-0bba13310001".to_owned();
    let mut body = milestone(SSCC[0], Some(id), MilestoneCode::ReceivedInWms, at);
    body.scope = Text::from("unit");
    let held = [
        "sscc:006141410000070015",
        "sscc:006141410000070022",
        "customer_po:4500091822",
    ];
    let mut changes = vec![told(Source::Visibility, Body::Milestone(body), at, &held)];
    changes.extend(SSCC.map(|sscc| {
        let body = HandlingUnit {
            sscc: Text::from(sscc),
            last_event_time: Some(ms(at)),
            ..HandlingUnit::default()
        };
        told(Source::Visibility, Body::HandlingUnit(body), at, &[])
    }));
    changes
}

fn moved(
    id: &'static str,
    kind: &'static str,
    qty: &str,
    at: &str,
    sscc: Option<&'static str>,
) -> Vec<Change<'static>> {
    let cutoff = "2026-11-09T20:30:00Z";
    let body = InventoryMovement {
        warehouse: Text::from("DC3"),
        movement_id: Text::from(id),
        movement_type: text(kind),
        sku: text("OLV-1L"),
        lot: text("LT-2231"),
        qty_base: qty.parse().ok(),
        uom_base: text("CS"),
        qty: qty.parse().ok(),
        uom: text("CS"),
        order_no: text(ORDER),
        line_no: Some(10_000),
        sscc: sscc.map(Text::from),
        load_ref: text(SHIPMENT),
        reason: (kind == "adjust").then(|| Text::from("DAMAGED")),
        movement_time: Some(ms(at)),
        ..InventoryMovement::default()
    };
    let mut changes = vec![told(
        Source::Warehouse,
        Body::InventoryMovement(body),
        cutoff,
        &[],
    )];
    let code = match kind {
        "receipt" => MilestoneCode::ReceivedInWms,
        _ => MilestoneCode::Exception,
    };
    let mut body = milestone(SHIPMENT, Some(format!("wms|DC3|{id}")), code, at);
    body.shipment_no = text(SHIPMENT);
    body.order_no = text(ORDER);
    body.place_code = text("DC3");
    changes.push(told(Source::Warehouse, Body::Milestone(body), cutoff, &[]));
    changes
}

fn vehicle() -> Vec<Change<'static>> {
    let body = Vehicle {
        provider: Text::from("samsara"),
        vehicle_id: Text::from("281474980000011"),
        name: text("Truck 201"),
        vin: text("SYNTH000000000011"),
        ..Vehicle::default()
    };
    let reading = |at: &str| {
        let body = VehiclePosition {
            provider: Text::from("samsara"),
            vehicle_id: Text::from("281474980000011"),
            stream: Text::from("gps"),
            reading_time: ms(at),
            lat_e6: Some(40_678_410),
            lon_e6: Some(-74_150_720),
            ..VehiclePosition::default()
        };
        told(Source::Telematics, Body::VehiclePosition(body), at, &[])
    };
    vec![
        told(
            Source::Telematics,
            Body::Vehicle(body),
            "2026-11-09T12:18:00Z",
            &[],
        ),
        reading("2026-11-08T20:00:00Z"),
        reading("2026-11-09T12:19:40.100Z"),
        reading("2026-11-09T15:31:00.250Z"),
        reading("2026-11-10T09:00:00Z"),
    ]
}

/// Everything, in the order in which the sources said it.
pub(crate) fn story() -> Vec<Change<'static>> {
    use Classifier::{Actual, Estimated};
    use MilestoneCode as Code;
    let mut story = order("2026-11-02T09:15:22.417Z", "open", "0");
    story.extend(ocean(
        "e-arri-1",
        Code::EtaUpdated,
        Estimated,
        "2026-11-06T03:00:00Z",
        "2026-11-03T08:00:00Z",
    ));
    story.extend(ocean(
        "e-disc-1",
        Code::ContainerDischarged,
        Actual,
        "2026-11-06T09:20:00Z",
        "2026-11-06T09:41:00Z",
    ));
    story.extend(ocean(
        "e-cusr-1",
        Code::CustomsReleased,
        Actual,
        "2026-11-06T21:05:00Z",
        "2026-11-06T21:10:00Z",
    ));
    story.extend(ocean(
        "e-disc-1",
        Code::ContainerDischarged,
        Actual,
        "2026-11-06T09:35:00Z",
        "2026-11-06T12:00:00Z",
    ));
    story.push(retracted());
    story.extend(ocean(
        "e-gtot-1",
        Code::GateOut,
        Actual,
        "2026-11-09T12:45:00Z",
        "2026-11-09T12:52:00Z",
    ));
    story.extend(trip("2026-11-08T10:00:00Z", "confirmed", false));
    story.push(tender());
    story.push(notification());
    story.extend([
        status(
            Code::PickupArrived,
            "AT701:X3",
            "2026-11-09T12:21:00Z",
            "2026-11-09T19:35:00Z",
        ),
        status(
            Code::PickupDeparted,
            "AT701:AF",
            "2026-11-09T12:45:00Z",
            "2026-11-09T19:35:00Z",
        ),
        status(
            Code::DeliveryArrived,
            "AT701:X1",
            "2026-11-09T18:22:00Z",
            "2026-11-09T19:35:00Z",
        ),
        status(
            Code::DeliveryArrived,
            "AT701:X1",
            "2026-11-09T18:22:00Z",
            "2026-11-09T19:58:00Z",
        ),
        status(
            Code::Delivered,
            "AT701:D1",
            "2026-11-09T19:31:00Z",
            "2026-11-09T19:58:00Z",
        ),
    ]);
    story.extend(trip("2026-11-09T19:32:05Z", "completed", true));
    story.extend(scan());
    story.extend(moved(
        "884120",
        "receipt",
        "120",
        "2026-11-09T19:58:07Z",
        Some(SSCC[0]),
    ));
    story.extend(moved(
        "884121",
        "receipt",
        "118",
        "2026-11-09T20:03:44Z",
        Some(SSCC[1]),
    ));
    story.extend(moved("884122", "adjust", "2", "2026-11-09T20:20:10Z", None));
    story.extend(moved("884122", "adjust", "2", "2026-11-09T20:20:10Z", None));
    story.extend(vehicle());
    story.push(invoice());
    story.extend(order("2026-11-10T07:00:00Z", "open", "240"));
    story
}
