//! Records to publish.

use record::{
    Document, EpochMillis, Order, PartitionKey, Provenance, Record, Source, SourceVersion, Text,
};

/// An order of this number in this version; the note makes it as large as wanted.
pub(crate) fn order(company: &str, number: u64, version: u64, note: &str) -> Document {
    let body = Order {
        company: Text::from(company),
        order_no: Text::from(format!("SO-{number:06}")),
        source_id: Some(Text::from(format!("id-{number}"))),
        customer_name: Some(Text::from(note)),
        status: Some(Text::from(format!("v{version}"))),
        ..Order::default()
    };
    let at = EpochMillis(1_793_610_922_417);
    let provenance = Provenance::new("page-1", "0af7651916cd43dd8448eb211c80319c", at, at);
    let version = SourceVersion::new(version, 0);
    Record::order(Source::Orders, body, version, provenance)
        .unwrap()
        .to_document()
}

pub(crate) fn orders(numbers: impl IntoIterator<Item = u64>) -> Vec<Document> {
    numbers
        .into_iter()
        .map(|number| order("CRONUS", number, 1, "Trey Research"))
        .collect()
}

/// Numbers of orders that share the partition of order 0.
pub(crate) fn numbers_of_one_partition(count: usize) -> Vec<u64> {
    let partition: PartitionKey = order("CRONUS", 0, 1, "").partition().clone();
    (0..)
        .filter(|&number| *order("CRONUS", number, 1, "").partition() == partition)
        .take(count)
        .collect()
}
