//! Carriers' invoices and their lines.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{Entity, ExactDecimal, InvalidKey, RecordKey, Text, entity::named};

named! {
    /// What an invoice is to an invoice before it.
    #[derive(Default)]
    InvoiceKind ("invoice kind") {
        /// The first invoice for the service.
        #[default]
        Original = "original",
        /// It corrects an invoice before it.
        Adjustment = "adjustment",
        /// It asks for what an invoice before it left out.
        BalanceDue = "balance_due",
    }
}

/// A carrier's invoice. Key: the carrier's SCAC, invoice number and kind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FreightInvoice<'a> {
    /// Standard Carrier Alpha Code of the carrier.
    #[serde(borrow)]
    pub scac: Text<'a>,
    /// The carrier's number of the invoice.
    #[serde(borrow)]
    pub invoice_no: Text<'a>,
    /// What it is to an invoice before it; part of the key.
    pub kind: InvoiceKind,
    /// The shipment, if the invoice names it.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub shipment_no: Option<Text<'a>>,
    /// The carrier's own reference (PRO number).
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub pro: Option<Text<'a>>,
    /// Bill of lading number.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub bol: Option<Text<'a>>,
    /// Day of the invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_date: Option<Date>,
    /// Day of the delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery_date: Option<Date>,
    /// ISO 4217 code.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Text<'a>>,
    /// Amount to be paid, in minor units of the currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net_minor: Option<i64>,
    /// Weight in kilograms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_kg: Option<ExactDecimal>,
    /// Number of pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pieces: Option<i64>,
    /// Whether the lines add up to the amount to be paid; none where there is nothing to add.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sum_ok: Option<bool>,
    /// Amount to be paid less the sum of the lines, in minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sum_difference_minor: Option<i64>,
    /// The numbers of all lines that this version has, ascending. A line that a newer version of the invoice does not
    /// list is deleted.
    pub line_numbers: Vec<i64>,
}

impl FreightInvoice<'_> {
    /// The business key of the invoice.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        RecordKey::new(
            Entity::FreightInvoice,
            &[&self.scac, &self.invoice_no, self.kind.as_str()],
        )
    }
}

/// One charge of a carrier's invoice. Key: the invoice's key and the line number. Its version is the invoice's.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FreightInvoiceLine<'a> {
    /// Standard Carrier Alpha Code of the carrier.
    #[serde(borrow)]
    pub scac: Text<'a>,
    /// The invoice that the line belongs to.
    #[serde(borrow)]
    pub invoice_no: Text<'a>,
    /// Kind of that invoice.
    pub kind: InvoiceKind,
    /// Position within the invoice.
    pub line_no: i64,
    /// What is charged, in the carrier's code.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub code: Option<Text<'a>>,
    /// What is charged, in words.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text<'a>>,
    /// Price of one unit, in major units of the invoice's currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<ExactDecimal>,
    /// What the rate is for: per hundredweight, per mile, flat.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub rate_qualifier: Option<Text<'a>>,
    /// Amount, in minor units of the invoice's currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_minor: Option<i64>,
}

impl FreightInvoiceLine<'_> {
    /// The business key of the line.
    pub fn key(&self) -> Result<RecordKey, InvalidKey> {
        let line_no = self.line_no.to_string();
        let parts: [&str; 4] = [&self.scac, &self.invoice_no, self.kind.as_str(), &line_no];
        RecordKey::new(Entity::FreightInvoiceLine, &parts)
    }
}
