//! Our words for what the standards call it.

use record::{Classifier, MilestoneCode};

/// What stands for an event whose code we have no word for; the source's own code tells, and a flag.
pub(super) const UNMAPPED: MilestoneCode = MilestoneCode::Other;

/// What decides about a DCSA code beside the code itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) classifier: Classifier,
    pub(super) facility_type: Option<&'a str>,
    pub(super) movement: Option<&'a str>,
}

/// Our word for a DCSA event; None where there is none.
pub(super) fn of_dcsa(kind: &str, code: &str, around: Surroundings<'_>) -> Option<MilestoneCode> {
    use MilestoneCode as M;
    let expected = around.classifier != Classifier::Actual;
    let leaves_depot = around.facility_type == Some("DEPO") && around.movement == Some("EXPORT");
    Some(match (kind, code) {
        // A forecast of an arrival is the one that people ask for.
        ("TRANSPORT", "ARRI") if expected => M::EtaUpdated,
        ("TRANSPORT", "ARRI") => M::TerminalArrived,
        ("TRANSPORT", "DEPA") => M::TerminalDeparted,
        ("SHIPMENT", "CONF") => M::TenderAccepted,
        ("SHIPMENT", "DECL") => M::TenderDeclined,
        ("SHIPMENT", "HOLD") => M::Exception,
        ("EQUIPMENT", "LOAD" | "STUF") => M::LoadingDone,
        ("EQUIPMENT", "DISC") => M::ContainerDischarged,
        ("EQUIPMENT", "GTIN") => M::GateIn,
        ("EQUIPMENT", "GTOT") if leaves_depot => M::PickupDeparted,
        ("EQUIPMENT", "GTOT") => M::GateOut,
        ("EQUIPMENT", "CUSS") => M::CustomsHold,
        ("EQUIPMENT", "CUSI") => M::CustomsInspect,
        ("EQUIPMENT", "CUSR") => M::CustomsReleased,
        ("EQUIPMENT", "DROP" | "STRP") => M::Delivered,
        _ => return None,
    })
}

/// Our word for an EPCIS business step, whether it comes bare, as URN or as web address; None where there is none.
pub(super) fn of_biz_step(step: &str) -> Option<MilestoneCode> {
    use MilestoneCode as M;
    Some(match bare_step(step)? {
        "loading" => M::LoadingDone,
        "shipping" | "departing" => M::PickupDeparted,
        "transporting" => M::InTransit,
        "arriving" => M::DeliveryArrived,
        "unloading" => M::ContainerDischarged,
        "receiving" | "accepting" => M::ReceivedInWms,
        _ => return None,
    })
}

/// The bare word of a business step of the Core Business Vocabulary; None for one of another vocabulary.
pub(super) fn bare_step(step: &str) -> Option<&str> {
    const FORMS: [&str; 4] = [
        "urn:epcglobal:cbv:bizstep:",
        "https://ref.gs1.org/cbv/BizStep-",
        "cbv:BizStep-",
        "https://ns.gs1.org/cbv/BizStep-",
    ];
    match FORMS.iter().find_map(|form| step.strip_prefix(form)) {
        Some(bare) => Some(bare),
        None if step.contains(':') => None,
        None => Some(step),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_business_step_is_read_in_all_its_forms() {
        for step in [
            "receiving",
            "urn:epcglobal:cbv:bizstep:receiving",
            "https://ref.gs1.org/cbv/BizStep-receiving",
            "cbv:BizStep-receiving",
        ] {
            assert_eq!(
                of_biz_step(step),
                Some(MilestoneCode::ReceivedInWms),
                "{step}"
            );
        }
        assert_eq!(of_biz_step("ext1:receiving"), None);
        assert_eq!(of_biz_step("commissioning"), None);
    }

    #[test]
    fn where_and_how_certain_decide_with_the_code() {
        let around = |classifier, facility_type, movement| Surroundings {
            classifier,
            facility_type,
            movement,
        };
        let here = around(Classifier::Actual, Some("DEPO"), Some("EXPORT"));
        assert_eq!(
            of_dcsa("EQUIPMENT", "GTOT", here),
            Some(MilestoneCode::PickupDeparted)
        );
        let here = around(Classifier::Actual, Some("POTE"), Some("IMPORT"));
        assert_eq!(
            of_dcsa("EQUIPMENT", "GTOT", here),
            Some(MilestoneCode::GateOut)
        );
        let expected = around(Classifier::Planned, None, None);
        assert_eq!(
            of_dcsa("TRANSPORT", "ARRI", expected),
            Some(MilestoneCode::EtaUpdated)
        );
        assert_eq!(of_dcsa("SHIPMENT", "DRFT", here), None);
    }
}
