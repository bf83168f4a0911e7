//! The closed lists of sources and entities.

use serde::{Deserialize, Serialize};

/// A name that is in none of our lists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not a known {list}")]
pub struct UnknownName {
    /// Which list was asked: `source` or `entity`.
    pub list: &'static str,
    /// The name as it was found.
    pub name: String,
}

/// Declares an enum whose variants have one stable text each, in documents, columns and logs alike.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident ($list:literal) { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// Every variant, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The stable text: the same in documents, columns and logs.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = $crate::UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err($crate::UnknownName { list: $list, name: text.to_owned() }),
                }
            }
        }
    };
}
pub(crate) use named;

named! {
    /// The system that a record comes from. One function app serves one source.
    Source ("source") {
        /// ERP and order management.
        Orders = "orders",
        /// Warehouse management.
        Warehouse = "warehouse",
        /// Transport management.
        Transport = "transport",
        /// Carriers, by EDI.
        Carrier = "carrier",
        /// Vehicle gateways.
        Telematics = "telematics",
        /// Ocean, customs and logistic units.
        Visibility = "visibility",
    }
}

named! {
    /// What kind of thing a record describes.
    Entity ("entity") {
        /// An order's header.
        Order = "order",
        /// One line of an order.
        OrderLine = "order_line",
        /// A load on its way: one trip of one vehicle.
        Shipment = "shipment",
        /// A place where a shipment stops.
        Stop = "stop",
        /// Something that happened, or is expected to happen, to a shipment, order, container or unit.
        Milestone = "milestone",
        /// Something that changed what lies in a warehouse.
        InventoryMovement = "inventory_movement",
        /// What lies in one place of a warehouse at one time.
        InventorySnapshot = "inventory_snapshot",
        /// What a vehicle's gateway read at one time.
        VehiclePosition = "vehicle_position",
        /// A vehicle as its telematics provider knows it.
        Vehicle = "vehicle",
        /// A carrier's invoice.
        FreightInvoice = "freight_invoice",
        /// One charge of a carrier's invoice.
        FreightInvoiceLine = "freight_invoice_line",
        /// A container, as of its latest event.
        Container = "container",
        /// A pallet or parcel, as of its latest event.
        HandlingUnit = "handling_unit",
        /// The acknowledgement of one group of an EDI interchange.
        EdiAck = "edi_ack",
        /// That the way from a source's app to the report is open.
        Canary = "canary",
    }
}
