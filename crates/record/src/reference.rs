//! References by which records of different sources find each other.

use serde::{Deserialize, Serialize};

use crate::{Text, entity::named};

named! {
    /// What a reference names.
    ReferenceKind ("reference kind") {
        /// Order number.
        OrderNo = "order_no",
        /// The customer's purchase order number.
        CustomerPo = "customer_po",
        /// Shipment or load number.
        ShipmentNo = "shipment_no",
        /// Bill of lading.
        Bol = "bol",
        /// The carrier's reference; the issuer is its SCAC.
        Pro = "pro",
        /// Booking reference of an ocean carrier.
        Booking = "booking",
        /// Transport document of an ocean carrier.
        TransportDoc = "transport_doc",
        /// Container.
        Container = "container",
        /// Logistic unit.
        Sscc = "sscc",
        /// Vehicle, by telematics id, plate or VIN.
        Vehicle = "vehicle",
        /// An event of the source's own that stands in for this one.
        Event = "event",
    }
}

/// One reference that a record carries. The value is as the source wrote it; matching normalizes, storing does not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reference<'a> {
    /// What it names.
    pub kind: ReferenceKind,
    /// Who gave the number, where numbers of several issuers may collide.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<Text<'a>>,
    /// The number itself.
    #[serde(borrow)]
    pub value: Text<'a>,
}
