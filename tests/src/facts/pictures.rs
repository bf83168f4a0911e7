//! What the expected timeline says, compared with the views over all sources.

use anyhow::{Context as _, Result};
use reporting::View;
use serde_json::Value;

use super::Facts;

impl Facts<'_> {
    /// What the views over all sources say.
    pub(super) fn pictures(&mut self, running: &[&str]) -> Result<()> {
        let (reports, expected) = (self.reports, self.expected);
        for milestone in expected["milestones_utc"].as_array().into_iter().flatten() {
            let text = |index: usize| milestone[index].as_str().unwrap_or_default();
            let (code, sources) = (text(0), text(2));
            let told = sources
                .split('+')
                .filter(|source| *source == "orders" || running.contains(source));
            let told: Vec<&str> = told.collect();
            let mut chosen = reports
                .view(View::ShipmentTimeline)
                .filter(|row| row["code"] == code);
            let row = chosen.next();
            let source = row
                .and_then(|row| row["chosen_source"].as_str())
                .unwrap_or_default();
            if !told.is_empty() && !told.contains(&source) {
                let difference = format!("{code} is told by `{source}`, should be one of {told:?}");
                self.differences.push(difference);
            }
        }
        let facts = [
            (
                View::OnTimePickup,
                "kind",
                "pickup",
                "status",
                Value::from("on_time"),
            ),
            (
                View::OnTimeDelivery,
                "kind",
                "delivery",
                "status",
                Value::from("on_time"),
            ),
            (
                View::Dwell,
                "kind",
                "pickup",
                "dwell_min",
                expected["dwell_pickup_min"].clone(),
            ),
            (
                View::Dwell,
                "kind",
                "delivery",
                "dwell_min",
                expected["dwell_delivery_min"].clone(),
            ),
            (
                View::OrderToDelivery,
                "order_no",
                "SO-104577",
                "shipment_no",
                expected["shipment_no"].clone(),
            ),
        ];
        let freight = [
            (
                View::FreightInvoiceMatch,
                "scac",
                "TSTL",
                "variance_bp",
                Value::from(127),
            ),
            (
                View::FreightInvoiceMatch,
                "scac",
                "TSTL",
                "shipment_no",
                expected["shipment_no"].clone(),
            ),
        ];
        let stock = [
            (
                View::OrderToDelivery,
                "order_no",
                "SO-104577",
                "received_qty",
                Value::from(expected["received_qty"].to_string()),
            ),
            (
                View::OrderToDelivery,
                "order_no",
                "SO-104577",
                "damaged_qty",
                Value::from(expected["damaged_qty"].to_string()),
            ),
        ];
        let mut facts = Vec::from(facts);
        facts.extend(freight.into_iter().filter(|_| running.contains(&"carrier")));
        facts.extend(stock.into_iter().filter(|_| running.contains(&"warehouse")));
        for (view, column, value, fact, expected) in facts {
            let row = reports.view(view).find(|row| row[column] == value);
            let row = row.with_context(|| format!("{} has no {value}", view.name()))?;
            self.equal(
                &format!("{}: {fact} of {value}", view.name()),
                &row[fact],
                &expected,
            );
        }
        // Pallets are known by what warehouses say of them.
        let all = running.contains(&"carrier") && running.contains(&"warehouse");
        let doubts = reports
            .view(View::Orphans)
            .chain(reports.view(View::XrefConflicts));
        for row in doubts.filter(|_| all) {
            let difference = format!("nobody knows whose this is: {}", Value::from(row.clone()));
            self.differences.push(difference);
        }
        Ok(())
    }
}
