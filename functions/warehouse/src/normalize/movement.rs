//! Movements, and what they say about orders, loads and pallets.

use std::borrow::Cow;

use feed::Reason;
use identifiers::Sscc;
use ingest::{Normalized, Rejection};
use record::{
    Body, Classifier, EpochMillis, ExactDecimal, HandlingUnit, InvalidKey, InventoryMovement,
    Milestone, MilestoneCode, QualityFlag, Record, Reference, ReferenceKind, Source, SourceVersion,
    Text,
};
use rust_decimal::Decimal;
use sha2::{Digest as _, Sha256};

use super::{Batch, CONTENT_KEYS_MAX, Origin, Repeats, bad_row, place, version::version};
use crate::wire::{Field, Movement};

/// What a type of movement means.
struct Meaning {
    /// Its name in the record.
    name: &'static str,
    effect: Effect,
    /// The milestone that it is.
    milestone: Option<MilestoneCode>,
}

/// What becomes of the sign of a quantity.
#[derive(Clone, Copy)]
enum Effect {
    /// As written: what comes in is positive, and a negative receipt takes one back.
    AsWritten,
    /// What leaves is negative, whether the site writes it so or not.
    Leaves,
}

/// The sign rule and the vocabulary; `None` for a type that we have no word for.
fn meaning(movement_type: &str) -> Option<Meaning> {
    const fn meaning(name: &'static str, effect: Effect) -> Meaning {
        Meaning {
            name,
            effect,
            milestone: None,
        }
    }
    Some(match movement_type.to_ascii_uppercase().as_str() {
        "RECEIPT" => Meaning {
            milestone: Some(MilestoneCode::ReceivedInWms),
            ..meaning("receipt", Effect::AsWritten)
        },
        "SHIP" => Meaning {
            milestone: Some(MilestoneCode::LoadingDone),
            ..meaning("ship", Effect::Leaves)
        },
        "PUTAWAY" => meaning("putaway", Effect::AsWritten),
        "PICK" => meaning("pick", Effect::AsWritten),
        "ADJUST" => meaning("adjust", Effect::AsWritten),
        "TRANSFER_IN" => meaning("transfer_in", Effect::AsWritten),
        "TRANSFER_OUT" => meaning("transfer_out", Effect::Leaves),
        "COUNT" => meaning("count", Effect::AsWritten),
        "RETURN" => meaning("return", Effect::AsWritten),
        _ => return None,
    })
}

/// The records of a batch, and the rejections of its bad rows.
#[must_use]
pub fn movements<'a>(
    batch: &'a Batch,
    origin: &Origin<'a>,
    repeats: &mut Repeats,
) -> Normalized<'a> {
    let mut normalized = Normalized {
        records: Vec::with_capacity(batch.lines.len() * 2),
        rejections: batch
            .bad
            .iter()
            .map(|error| bad_row(origin, error))
            .collect(),
    };
    for line in batch.lines.iter() {
        if let Err(rejection) = push(line, origin, repeats, &mut normalized.records) {
            normalized.rejections.push(rejection);
        }
    }
    normalized
}

/// What the records of one row have in common.
struct Facts<'a> {
    line: Movement<'a>,
    movement_id: Cow<'a, str>,
    meaning: Option<Meaning>,
    sscc: Option<Sscc>,
    version: SourceVersion,
    doubts: Vec<QualityFlag>,
}

fn push<'a>(
    line: Movement<'a>,
    origin: &Origin<'a>,
    repeats: &mut Repeats,
    records: &mut Vec<Record<'a>>,
) -> Result<(), Rejection<'a>> {
    let movement_id = match line.text(Field::MovementId) {
        Some(id) => Cow::Borrowed(id),
        None => content_id(line, repeats).ok_or_else(|| too_many(line, origin))?,
    };
    let row = repeats.version_row(&movement_id, line.fingerprint(), line.row());
    let mut doubts = Vec::new();
    let meaning = line.text(Field::MovementType).and_then(meaning);
    if meaning.is_none() {
        doubts.push(QualityFlag::UnmappedCode);
    }
    if line.moment().ambiguous {
        doubts.push(QualityFlag::TimeAmbiguous);
    }
    let sscc = line.text(Field::Sscc).map(Sscc::parse);
    if matches!(sscc, Some(Err(_))) {
        doubts.push(QualityFlag::CheckDigit);
    }
    let facts = Facts {
        line,
        movement_id,
        meaning,
        sscc: sscc.and_then(Result::ok),
        version: version(origin.name, row, line.is_whole()),
        doubts,
    };
    let invalid = |error| invalid_key(line, origin, &error);
    records.push(movement(&facts, origin).map_err(invalid)?);
    if let Some(milestone) = milestone(&facts, origin) {
        records.push(milestone.map_err(invalid)?);
    }
    if let Some(unit) = handling_unit(&facts, origin) {
        records.push(unit.map_err(invalid)?);
    }
    Ok(())
}

fn movement<'a>(facts: &Facts<'a>, origin: &Origin<'a>) -> Result<Record<'a>, InvalidKey> {
    let (line, moment) = (facts.line, facts.line.moment());
    let text = |field| line.text(field).map(Text::from);
    let (unit, sku) = (
        line.text(Field::Uom),
        line.text(Field::Sku).unwrap_or_default(),
    );
    let signed = signed(line.qty(), facts.meaning.as_ref());
    let converted = unit.and_then(|unit| {
        let site = &origin.site.code;
        origin.units.convert(signed, unit, site, sku)
    });
    let mut doubts = facts.doubts.clone();
    if converted.is_none() && !doubts.contains(&QualityFlag::UnmappedCode) {
        doubts.push(QualityFlag::UnmappedCode);
    }
    let body = InventoryMovement {
        warehouse: Text::from(origin.site.code.as_str()),
        movement_id: Text::from(facts.movement_id.clone()),
        movement_type: Some(type_name(facts)),
        sku: text(Field::Sku),
        lot: text(Field::Lot),
        serial: text(Field::Serial),
        // Without a factor the unit stands for itself.
        qty_base: Some(ExactDecimal::from(
            converted.map_or(signed, |found| found.quantity),
        )),
        uom_base: converted
            .map(|found| Text::from(found.base))
            .or_else(|| text(Field::Uom)),
        qty: Some(ExactDecimal::from(line.qty())),
        uom: text(Field::Uom),
        order_no: text(Field::OrderNo),
        line_no: line.line_no(),
        sscc: match facts.sscc {
            Some(sscc) => Some(Text::from(sscc.digits().to_owned())),
            None => text(Field::Sscc),
        },
        load_ref: text(Field::LoadRef),
        reason: text(Field::Reason),
        bin_from: text(Field::FromBin),
        bin_to: text(Field::ToBin),
        stock_status: text(Field::Status),
        movement_time: Some(moment.at),
        tz_basis: Some(moment.basis),
    };
    record(
        Body::InventoryMovement(body),
        facts.version,
        &doubts,
        facts,
        origin,
    )
}

fn signed(qty: Decimal, meaning: Option<&Meaning>) -> Decimal {
    match meaning.map(|meaning| meaning.effect) {
        Some(Effect::Leaves) => -qty.abs(),
        Some(Effect::AsWritten) | None => qty,
    }
}

/// Our name of the type; one that we do not know keeps its own, in lower snake case.
fn type_name<'a>(facts: &Facts<'a>) -> Text<'a> {
    match &facts.meaning {
        Some(meaning) => Text::from(meaning.name),
        None => {
            let written = facts.line.text(Field::MovementType).unwrap_or_default();
            Text::from(written.to_lowercase().replace([' ', '-'], "_"))
        }
    }
}

/// Receipts, despatches and damage, where the row says what it is about: a load, an order or a pallet.
fn milestone<'a>(facts: &Facts<'a>, origin: &Origin<'a>) -> Option<Result<Record<'a>, InvalidKey>> {
    let line = facts.line;
    let code = code(facts)?;
    let (load, order) = (line.text(Field::LoadRef), line.text(Field::OrderNo));
    let (scope, scope_ref) = match (load, order, facts.sscc) {
        (Some(load), _, _) => ("shipment", Text::from(load)),
        (None, Some(order), _) => ("order", Text::from(order)),
        (None, None, Some(sscc)) => ("unit", Text::from(sscc.digits().to_owned())),
        (None, None, None) => return None,
    };
    let moment = line.moment();
    let written = line.text(Field::MovementType).unwrap_or_default();
    let body = Milestone {
        scope: Text::from(scope),
        scope_ref,
        event_id: Some(Text::from(format!(
            "wms|{}|{}",
            origin.site.code, facts.movement_id
        ))),
        shipment_no: load.map(Text::from),
        order_no: order.map(Text::from),
        container_no: None,
        stop_id: None,
        code,
        classifier: Classifier::Actual,
        event_time: moment.at,
        time_precision: moment.precision,
        tz_basis: moment.basis,
        place_code: Some(Text::from(origin.site.code.as_str())),
        lat_e6: None,
        lon_e6: None,
        reason_code: line.text(Field::Reason).map(Text::from),
        source_code: Text::from(format!("wms:{written}")),
    };
    Some(record(
        Body::Milestone(body),
        facts.version,
        &facts.doubts,
        facts,
        origin,
    ))
}

/// The milestone that a movement is, if it is one: damage is an adjustment whose reason says so.
fn code(facts: &Facts<'_>) -> Option<MilestoneCode> {
    let meaning = facts.meaning.as_ref()?;
    let reason = facts.line.text(Field::Reason).unwrap_or_default();
    if meaning.name == "adjust" && reason.eq_ignore_ascii_case("DAMAGED") {
        return Some(MilestoneCode::Exception);
    }
    // A negative receipt takes one back.
    meaning
        .milestone
        .filter(|_| facts.line.qty() > Decimal::ZERO || meaning.name == "ship")
}

/// The pallet, as of this movement. Other sources tell of it too: by time, then by when it was noted.
fn handling_unit<'a>(
    facts: &Facts<'a>,
    origin: &Origin<'a>,
) -> Option<Result<Record<'a>, InvalidKey>> {
    let (line, sscc) = (facts.line, facts.sscc?);
    let at = line.moment().at;
    let code = code(facts).unwrap_or(MilestoneCode::Other);
    let body = HandlingUnit {
        sscc: Text::from(sscc.digits().to_owned()),
        last_place: Some(Text::from(origin.site.code.as_str())),
        last_code: Some(Text::from(code.as_str())),
        last_event_time: Some(at),
        shipment_no: line.text(Field::LoadRef).map(Text::from),
        order_no: line.text(Field::OrderNo).map(Text::from),
    };
    let version = unit_version(at, origin);
    Some(record(
        Body::HandlingUnit(body),
        version,
        &facts.doubts,
        facts,
        origin,
    ))
}

/// In nanoseconds, and milliseconds for when it was noted: as the other sources of pallets have it.
fn unit_version(at: EpochMillis, origin: &Origin<'_>) -> SourceVersion {
    let number = |number: i64| u64::try_from(number).unwrap_or(0);
    let noted = origin.name.cutoff.as_millisecond();
    SourceVersion::new(number(at.0).saturating_mul(1_000_000), number(noted))
}

fn record<'a>(
    body: Body<'a>,
    version: SourceVersion,
    doubts: &[QualityFlag],
    facts: &Facts<'a>,
    origin: &Origin<'a>,
) -> Result<Record<'a>, InvalidKey> {
    let line = facts.line;
    let place = place::of_row(line.row(), &line.bytes());
    let provenance = origin.provenance(place, Some(line.moment().at));
    let record = Record::upsert(Source::Warehouse, body, version, provenance)?;
    let record = record.with_references(references(facts));
    Ok(doubts
        .iter()
        .fold(record, |record, doubt| record.with_quality(*doubt)))
}

fn references<'a>(facts: &Facts<'a>) -> Vec<Reference<'a>> {
    let line = facts.line;
    let named = [
        (
            ReferenceKind::OrderNo,
            line.text(Field::OrderNo).map(Text::from),
        ),
        (
            ReferenceKind::ShipmentNo,
            line.text(Field::LoadRef).map(Text::from),
        ),
        (
            ReferenceKind::Sscc,
            facts.sscc.map(|sscc| Text::from(sscc.digits().to_owned())),
        ),
    ];
    named
        .into_iter()
        .filter_map(|(kind, value)| {
            Some(Reference {
                kind,
                issuer: None,
                value: value?,
            })
        })
        .collect()
}

/// The id of a row that has none: what it says, and how often that was said before in this file. So true repeats stay
/// apart, and a file that is dropped again doubles nothing.
fn content_id(line: Movement<'_>, repeats: &mut Repeats) -> Option<Cow<'static, str>> {
    let mut hasher = Sha256::new();
    for field in Field::ALL {
        hasher.update(line.text(field).unwrap_or_default());
        hasher.update([0x1f]);
    }
    let numbers = format!(
        "{:?}\u{1f}{}\u{1f}{}",
        line.line_no(),
        line.qty().normalize(),
        line.moment().at.0
    );
    let digest = hasher.chain_update(numbers).finalize();
    let mut half = [0; 8];
    half.copy_from_slice(&digest[..8]);
    let occurrence = repeats.occurrence(u64::from_be_bytes(half))?;
    let hex: String = digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Some(Cow::Owned(format!("c-{hex}-{occurrence}")))
}

fn too_many(line: Movement<'_>, origin: &Origin<'_>) -> Rejection<'static> {
    let detail = format!("no movement_id, and more than {CONTENT_KEYS_MAX} rows without one");
    of_line(line, origin, Reason::Unsupported, detail)
}

fn invalid_key(line: Movement<'_>, origin: &Origin<'_>, error: &InvalidKey) -> Rejection<'static> {
    of_line(line, origin, Reason::InvalidUnit, error.to_string())
}

/// Of a row whose bytes are not at hand any more: they are where `place` says.
fn of_line(
    line: Movement<'_>,
    origin: &Origin<'_>,
    reason: Reason,
    detail: String,
) -> Rejection<'static> {
    let row = place::of_row(line.row(), &line.bytes());
    Rejection {
        reason,
        place: format!("{}, {row}", origin.file.path()),
        detail,
        raw: Cow::Owned(format!("{}, {row}", origin.file.key()).into_bytes()),
        record_key: None,
        message: None,
    }
}
