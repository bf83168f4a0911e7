//! X12 status codes (elements 1650, 1652, 558) in our words.

use record::{Classifier, MilestoneCode};

/// What a code of theirs means to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) code: MilestoneCode,
    pub(super) classifier: Classifier,
    /// Whether it is about the pickup or the delivery, so that the party there is the place.
    pub(super) side: Side,
}

/// The end of the way that a status is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Origin,
    Destination,
    Between,
}

impl Meaning {
    const fn new(code: MilestoneCode, classifier: Classifier, side: Side) -> Self {
        Self {
            code,
            classifier,
            side,
        }
    }

    pub(super) fn is_unmapped(self) -> bool {
        self.code == MilestoneCode::Other
    }
}

/// AT701, shipment status.
pub(super) fn status(code: &str) -> Meaning {
    use Classifier::{Actual, Estimated};
    use MilestoneCode as Code;
    use Side::{Between, Destination, Origin};
    let (code, classifier, side) = match code {
        "XB" => (Code::TenderAccepted, Actual, Between),
        "X3" | "X8" => (Code::PickupArrived, Actual, Origin),
        "CP" | "AM" => (Code::LoadingDone, Actual, Origin),
        "AF" => (Code::PickupDeparted, Actual, Origin),
        "X6" => (Code::InTransit, Actual, Between),
        "X4" | "AR" => (Code::TerminalArrived, Actual, Between),
        "B6" => (Code::TerminalArrived, Estimated, Between),
        "P1" | "RL" => (Code::TerminalDeparted, Actual, Between),
        "C1" => (Code::TerminalDeparted, Estimated, Between),
        "I1" => (Code::GateIn, Actual, Between),
        "OA" => (Code::GateOut, Actual, Between),
        "PR" => (Code::CustomsHold, Actual, Between),
        "K1" => (Code::CustomsInspect, Actual, Between),
        "AG" | "X2" => (Code::EtaUpdated, Estimated, Destination),
        "X1" | "X5" => (Code::DeliveryArrived, Actual, Destination),
        "D1" => (Code::Delivered, Actual, Destination),
        "CD" => (Code::DeliveryDeparted, Actual, Destination),
        "SD" => (Code::Delayed, Actual, Between),
        "A3" | "A7" | "A9" | "AH" | "AP" | "CA" => (Code::Exception, Actual, Between),
        _ => (Code::Other, Actual, Between),
    };
    Meaning::new(code, classifier, side)
}

/// AT703, appointment status.
pub(super) fn appointment(code: &str) -> Meaning {
    let (code, side) = match code {
        "AA" => (MilestoneCode::PickupAppointment, Side::Origin),
        "AB" => (MilestoneCode::EtaUpdated, Side::Destination),
        _ => (MilestoneCode::Other, Side::Between),
    };
    Meaning::new(code, Classifier::Planned, side)
}

/// B104, the answer to a tender.
pub(super) fn answer(code: &str) -> Meaning {
    let code = match code {
        "A" => MilestoneCode::TenderAccepted,
        "D" => MilestoneCode::TenderDeclined,
        _ => MilestoneCode::Other,
    };
    Meaning::new(code, Classifier::Actual, Side::Between)
}

/// What a set that is parked is about, for a person.
pub(super) fn set_name(id: &str) -> &'static str {
    match id {
        "104" => "air shipment information",
        "110" => "air freight details and invoice",
        "204" => "motor carrier load tender",
        "211" => "motor carrier bill of lading",
        "212" => "motor carrier delivery trailer manifest",
        "213" => "motor carrier shipment status inquiry",
        "240" => "motor carrier package status",
        "300" | "301" | "303" => "ocean booking",
        "304" => "shipping instructions",
        "310" => "ocean freight invoice",
        "315" => "ocean status details",
        "322" => "terminal operations activity",
        "404" => "rail carrier shipment information",
        "820" => "payment order",
        "856" => "ship notice",
        "940" => "warehouse shipping order",
        "943" => "warehouse stock transfer shipment advice",
        "944" => "warehouse stock transfer receipt advice",
        "945" => "warehouse shipping advice",
        "947" => "warehouse inventory adjustment advice",
        _ => "a set that is not read here",
    }
}
