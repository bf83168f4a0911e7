//! By what rule the rows of each report come about.

/// Name of the table or view, and its rule.
pub const RULES: [(&str, &str); 29] = [
    (
        "rpt_order",
        "the newest version of each order by the time of its change",
    ),
    (
        "rpt_order_line",
        "a line is gone when a newer version of its order does not list it",
    ),
    (
        "rpt_shipment",
        "the newest version of each trip by the time of its change",
    ),
    (
        "rpt_stop",
        "a stop is gone when a newer version of its trip does not list it; observed times outrank projected, planned, requested ones",
    ),
    (
        "rpt_milestone",
        "the newest version of each statement; what was retracted is gone",
    ),
    (
        "rpt_inventory_movement",
        "a movement of an earlier file never overwrites one of a later file",
    ),
    (
        "rpt_inventory_snapshot",
        "the last full count; stock that it does not list is gone",
    ),
    ("rpt_vehicle_position", "one row per reading"),
    (
        "rpt_vehicle",
        "what is known of a vehicle as of its newest reading",
    ),
    (
        "rpt_freight_invoice",
        "the newest version of each invoice by interchange",
    ),
    (
        "rpt_freight_invoice_line",
        "a charge is gone when a newer version of its invoice does not list it",
    ),
    (
        "rpt_container",
        "the latest event; type and gate times each from the latest event that tells them",
    ),
    (
        "rpt_handling_unit",
        "the latest event of each logistic unit",
    ),
    ("rpt_edi_ack", "one row per acknowledged group"),
    (
        "v_milestone_resolved",
        "every statement whose shipment is known, with the stop that it is about",
    ),
    (
        "v_shipment_timeline",
        "what happened counts before what is expected; of several sources the one that knows best",
    ),
    (
        "v_stop_times",
        "as transport observed them, else as the timeline has them",
    ),
    (
        "v_on_time",
        "an arrival up to 15 minutes after its window is on time; a reason that is not the carrier's excuses",
    ),
    ("v_on_time_pickup", "v_on_time for pickups"),
    ("v_on_time_delivery", "v_on_time for deliveries"),
    (
        "v_dwell",
        "departure less arrival; beyond 120 minutes by started quarters of an hour",
    ),
    (
        "v_freight_invoice_match",
        "within the greater of 1 % and 5.00 of the plan; second originals are duplicates",
    ),
    (
        "v_order_to_delivery",
        "one row per order line and shipment; lines without shipment have a row too",
    ),
    (
        "v_inventory_position",
        "the last count and what moved since",
    ),
    (
        "v_vehicle_use",
        "twelve hours around the window of each stop of the trip",
    ),
    (
        "v_vehicle_position_resolved",
        "of the trips that the vehicle drives, the one whose stop is nearest in time",
    ),
    (
        "v_xref_conflicts",
        "trips that share a number that only one can have; listed, never merged",
    ),
    (
        "v_orphans",
        "records whose shipment transport does not know",
    ),
    (
        "v_carrier_scorecard",
        "shares of what can be judged, by carrier, month and lane",
    ),
];
