//! 210: an invoice and its lines.

use record::{
    Body, ExactDecimal, FreightInvoice, FreightInvoiceLine, InvoiceKind, QualityFlag, Record,
    Source, Text, to_minor_units,
};
use rust_decimal::{Decimal, RoundingStrategy};
use x12::{Implied, Segment, TransactionSet};

use super::{
    made::{Made, doubted},
    references::References,
    sent::Sent,
    time::civil_date,
};
use crate::wire::{Invoice, Line, Weight};

/// Kilograms in a pound, exactly.
const POUND_KG: Decimal = Decimal::from_parts(45_359_237, 0, 0, false, 8);
/// Kilograms in a metric ton.
const TON_KG: Decimal = Decimal::from_parts(1000, 0, 0, false, 0);
/// Decimals kept of a weight in kilograms.
const WEIGHT_DIGITS: u32 = 3;

pub(super) fn normalize<'a>(
    sent: &Sent<'a>,
    set: &TransactionSet<'a>,
    segments: &[Segment<'a>],
) -> Made<'a> {
    let mut made = Made::default();
    let invoice = Invoice::read(segments, &mut made.findings);
    let Some(invoice_no) = invoice.invoice_no.clone().map(Text::from) else {
        made.no_key(segments, "B3", 2);
        return made;
    };
    let scac = sent.scac(invoice.scac.as_ref());
    if let Err(error) = records(sent, set, &invoice, &scac, &invoice_no, &mut made) {
        made.records.clear();
        made.invalid_key(segments, &error);
    }
    made
}

fn records<'a>(
    sent: &Sent<'a>,
    set: &TransactionSet<'a>,
    invoice: &Invoice<'a>,
    scac: &Text<'a>,
    invoice_no: &Text<'a>,
    made: &mut Made<'a>,
) -> Result<(), record::InvalidKey> {
    let references = references(invoice, scac);
    let kind = kind(invoice.correction.as_deref());
    let currency = invoice.currency.as_deref();
    let currency = currency.unwrap_or(&sent.partner.currency).to_owned();
    let minor = |amount: Option<Implied>| minor(amount, &currency);
    let net_minor = minor(invoice.net);
    let sum = Sum::of(invoice, net_minor, &minor);
    let place = sent.place_of_set(set);
    let body = FreightInvoice {
        scac: scac.clone(),
        invoice_no: invoice_no.clone(),
        kind,
        shipment_no: invoice.shipment_id.clone().map(Text::from),
        pro: references.pro.clone().map(Text::from),
        bol: references.bol.clone().map(Text::from),
        invoice_date: invoice.invoice_date.and_then(civil_date),
        delivery_date: invoice.delivery_date.and_then(civil_date),
        currency: Some(Text::from(currency.clone())),
        net_minor,
        weight_kg: invoice.weight.as_ref().and_then(kilograms),
        pieces: invoice.pieces,
        sum_ok: sum.ok,
        sum_difference_minor: sum.difference_minor,
        line_numbers: (1..).take(invoice.lines.len()).collect(),
    };
    let doubts = [
        // An amount that is there and cannot be told in the currency is a doubt about the sum, too.
        (
            sum.ok == Some(false) || (invoice.net.is_some() && net_minor.is_none()),
            QualityFlag::InvoiceSum,
        ),
        (references.wrong_check_digit, QualityFlag::CheckDigit),
    ];
    let doubts: Vec<_> = doubts.iter().filter(|(doubt, _)| *doubt).collect();
    let doubts: Vec<_> = doubts.into_iter().map(|(_, flag)| *flag).collect();
    let version = sent.version(Some(set));
    let provenance = sent.provenance(place, None);
    let head = Record::upsert(
        Source::Carrier,
        Body::FreightInvoice(body),
        version,
        provenance.clone(),
    )?;
    let head = doubted(head, &doubts).with_references(references.into_list());
    made.records.push(head);
    for (line_no, line) in (1..).zip(&invoice.lines) {
        let line = line_body(line, (scac, invoice_no, kind, line_no), minor(line.charge));
        let body = Body::FreightInvoiceLine(line);
        let record = Record::upsert(Source::Carrier, body, version, provenance.clone())?;
        made.records.push(record);
    }
    Ok(())
}

fn line_body<'a>(
    line: &Line<'a>,
    (scac, invoice_no, kind, line_no): (&Text<'a>, &Text<'a>, InvoiceKind, i64),
    amount_minor: Option<i64>,
) -> FreightInvoiceLine<'a> {
    FreightInvoiceLine {
        scac: scac.clone(),
        invoice_no: invoice_no.clone(),
        kind,
        line_no,
        code: line.code.clone().map(Text::from),
        description: line.description.clone().map(Text::from),
        rate: line.rate.and_then(exact).map(ExactDecimal::from),
        rate_qualifier: line.rate_qualifier.clone().map(Text::from),
        amount_minor,
    }
}

/// A rebill or corrected invoice replaces the original one; adjustment and balance due stand beside it.
fn kind(correction: Option<&str>) -> InvoiceKind {
    match correction {
        Some("AD") => InvoiceKind::Adjustment,
        Some("BD") => InvoiceKind::BalanceDue,
        _ => InvoiceKind::Original,
    }
}

fn references<'a>(invoice: &Invoice<'a>, scac: &Text<'a>) -> References<'a> {
    let mut references = References::default();
    for reference in &invoice.references {
        references.add(reference, scac);
    }
    for equipment in &invoice.equipment {
        references.equipment(equipment);
    }
    if let Some(id) = &invoice.shipment_id {
        references.shipment(id.clone());
    }
    references
}

/// Whether the charges add up.
struct Sum {
    ok: Option<bool>,
    difference_minor: Option<i64>,
}

impl Sum {
    fn of(
        invoice: &Invoice<'_>,
        net_minor: Option<i64>,
        minor: &impl Fn(Option<Implied>) -> Option<i64>,
    ) -> Self {
        let mut charges = invoice.lines.iter().filter(|line| line.charge.is_some());
        let nothing = charges.clone().next().is_none();
        let sum = charges.try_fold(0_i64, |sum, line| sum.checked_add(minor(line.charge)?));
        let difference_minor = match (nothing, net_minor, sum) {
            (false, Some(net), Some(sum)) => net.checked_sub(sum),
            _ => None,
        };
        let total = invoice.total.map(|total| minor(Some(total)));
        let total_agrees = total.is_none_or(|total| total == net_minor);
        Self {
            ok: difference_minor.map(|difference| difference == 0 && total_agrees),
            difference_minor,
        }
    }
}

/// In minor units; `None` also for an amount that the currency cannot express.
fn minor(amount: Option<Implied>, currency: &str) -> Option<i64> {
    let amount = amount?;
    let decimal =
        Decimal::try_from_i128_with_scale(i128::from(amount.digits), u32::from(amount.scale));
    to_minor_units(decimal.ok()?, Some(currency)).ok()
}

/// `None` for a number of more digits than we can hold.
fn exact(number: x12::Decimal) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(number.digits, number.scale).ok()
}

/// `None` for a unit that is not named, or that we do not know.
fn kilograms(weight: &Weight<'_>) -> Option<ExactDecimal> {
    let factor = match weight.unit.as_deref()? {
        "L" => POUND_KG,
        "K" => Decimal::ONE,
        "E" => TON_KG,
        _ => return None,
    };
    let kilograms = exact(weight.value)?.checked_mul(factor)?;
    let rounding = RoundingStrategy::MidpointAwayFromZero;
    let rounded = kilograms.round_dp_with_strategy(WEIGHT_DIGITS, rounding);
    Some(ExactDecimal::from(rounded))
}
