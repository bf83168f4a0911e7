//! Generators of records as hostile as sources are.

mod other_sources;

use jiff::civil::Date;
use proptest::{option, prelude::*, sample::select};
use record::{
    Body, Classifier, EpochMillis, ExactDecimal, Lifecycle, Milestone, MilestoneCode, Order,
    OrderLine, Provenance, QualityFlag, Record, Reference, ReferenceKind, Shipment, Source,
    SourceVersion, Stop, StopKind, StopTimes, Text, TimeBasis, TimePrecision,
};

pub(crate) fn version() -> impl Strategy<Value = SourceVersion> {
    // Few distinct values, so that equal parts and ties happen.
    (
        0_u8..3,
        prop_oneof![0_u64..4, any::<u64>()],
        prop_oneof![0_u64..4, any::<u64>()],
    )
        .prop_map(|(precedence, major, minor)| {
            SourceVersion::new(major, minor).with_precedence(precedence)
        })
}

/// Free text, among it what the host takes for a date.
pub(crate) fn text() -> impl Strategy<Value = Text<'static>> {
    prop_oneof![
        4 => "\\PC{0,30}",
        2 => "[0-9]{4}-[0-1][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-][01][0-9]:00)?",
        1 => "~{0,2}[0-9]{4}-11-0[1-9]T10:00:00Z",
        1 => "/Date\\([0-9]{1,13}\\)/",
        1 => Just("2026-11-02T09:15:22.1200000Z".to_owned()),
    ]
    .prop_map(Text::from)
}

fn part() -> impl Strategy<Value = Text<'static>> {
    prop_oneof![
        Just("2026-11-02T09:15:22Z".to_owned()),
        "[A-Za-z0-9][A-Za-z0-9 .:-]{0,20}[A-Za-z0-9]"
    ]
    .prop_map(Text::from)
}

fn date() -> impl Strategy<Value = Date> {
    (1990_i16..2050, 1_i8..=12, 1_i8..=28)
        .prop_map(|(y, m, d)| Date::new(y, m, d).expect("days up to 28 exist"))
}

fn decimal() -> impl Strategy<Value = ExactDecimal> {
    (any::<i64>(), 0_u32..=9)
        .prop_map(|(digits, scale)| rust_decimal::Decimal::new(digits, scale).into())
}

fn instant() -> impl Strategy<Value = EpochMillis> {
    (0_i64..4_102_444_800_000).prop_map(EpochMillis)
}

fn order() -> impl Strategy<Value = Body<'static>> {
    (
        part(),
        part(),
        option::of(text()),
        option::of(text()),
        option::of(date()),
        option::of(any::<i64>()),
        any::<Vec<i64>>(),
    )
        .prop_map(
            |(
                company,
                order_no,
                customer_name,
                status,
                order_date,
                amount_ex_tax_minor,
                line_sequences,
            )| {
                Body::Order(Order {
                    company,
                    order_no,
                    customer_name,
                    status,
                    order_date,
                    amount_ex_tax_minor,
                    line_sequences,
                    ..Order::default()
                })
            },
        )
}

fn order_line() -> impl Strategy<Value = Body<'static>> {
    (
        part(),
        part(),
        any::<i64>(),
        option::of(text()),
        option::of(decimal()),
        option::of(decimal()),
    )
        .prop_map(
            |(company, order_no, sequence, description, qty, unit_price)| {
                Body::OrderLine(OrderLine {
                    company,
                    order_no,
                    sequence,
                    description,
                    qty,
                    unit_price,
                    ..OrderLine::default()
                })
            },
        )
}

fn shipment() -> impl Strategy<Value = Body<'static>> {
    (
        part(),
        option::of(text()),
        prop::collection::vec(text(), 0..4),
        option::of(instant()),
        prop::collection::vec(part(), 0..4),
    )
        .prop_map(
            |(shipment_no, driver, order_nos, planned_start, stop_ids)| {
                Body::Shipment(Shipment {
                    shipment_no,
                    driver,
                    order_nos,
                    planned_start,
                    stop_ids,
                    ..Shipment::default()
                })
            },
        )
}

fn times() -> impl Strategy<Value = StopTimes> {
    (
        select(Lifecycle::ALL),
        option::of(instant()),
        option::of(instant()),
    )
        .prop_map(|(lifecycle, arrive, depart)| StopTimes {
            lifecycle,
            arrive,
            depart,
        })
}

fn stop() -> impl Strategy<Value = Body<'static>> {
    (
        part(),
        part(),
        select(StopKind::ALL),
        option::of(text()),
        option::of(-90_000_000_i64..90_000_000),
        option::of(times()),
        option::of(times()),
    )
        .prop_map(
            |(shipment_no, stop_id, kind, place_name, lat_e6, planned, actual)| {
                Body::Stop(Stop {
                    shipment_no,
                    stop_id,
                    kind,
                    place_name,
                    lat_e6,
                    planned,
                    actual,
                    ..Stop::default()
                })
            },
        )
}

fn milestone() -> impl Strategy<Value = Body<'static>> {
    (
        part(),
        option::of(part()),
        select(MilestoneCode::ALL),
        select(Classifier::ALL),
        instant(),
        select(TimeBasis::ALL),
        text(),
    )
        .prop_map(
            |(scope_ref, event_id, code, classifier, event_time, tz_basis, source_code)| {
                Body::Milestone(Milestone {
                    scope: Text::from("stop"),
                    scope_ref,
                    event_id,
                    shipment_no: None,
                    order_no: None,
                    container_no: None,
                    stop_id: None,
                    code,
                    classifier,
                    event_time,
                    time_precision: TimePrecision::Second,
                    tz_basis,
                    place_code: None,
                    lat_e6: None,
                    lon_e6: None,
                    reason_code: None,
                    source_code,
                })
            },
        )
}

fn body() -> impl Strategy<Value = Body<'static>> {
    prop_oneof![
        5 => prop_oneof![order(), order_line(), shipment(), stop(), milestone()],
        9 => other_sources::body(),
    ]
}

fn reference() -> impl Strategy<Value = Reference<'static>> {
    (select(ReferenceKind::ALL), option::of(text()), text()).prop_map(|(kind, issuer, value)| {
        Reference {
            kind,
            issuer,
            value,
        }
    })
}

pub(crate) fn provenance() -> impl Strategy<Value = Provenance<'static>> {
    (text(), "[0-9a-f]{32}", instant(), instant()).prop_map(
        |(message, correlation, modified, received)| {
            Provenance::new(message, correlation, modified, received)
        },
    )
}

pub(crate) fn record() -> impl Strategy<Value = Record<'static>> {
    (
        select(Source::ALL),
        body(),
        version(),
        provenance(),
        prop::collection::vec(reference(), 0..3),
        prop::collection::vec(select(QualityFlag::ALL), 0..3),
        any::<bool>(),
    )
        .prop_map(
            |(source, body, version, provenance, references, quality, gone)| {
                let upsert = Record::upsert(source, body, version, provenance.clone())
                    .expect("generated parts are valid");
                if gone {
                    Record::tombstone(source, upsert.key().clone(), version, provenance)
                } else {
                    let replaced = references.iter().skip(2).cloned().collect();
                    let upsert = upsert.with_references(references).with_replaced(replaced);
                    quality.into_iter().fold(upsert, Record::with_quality)
                }
            },
        )
}
