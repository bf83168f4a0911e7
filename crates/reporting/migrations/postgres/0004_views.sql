-- The pictures that analysts see, over what 0003 resolves. Only adds.

CREATE TABLE ref_on_time_tolerance (
    customer_no text COLLATE "C" NOT NULL,
    minutes bigint NOT NULL,
    CHECK (minutes IN (0, 15, 30, 60)),
    PRIMARY KEY (customer_no)
);
COMMENT ON TABLE ref_on_time_tolerance IS 'How many minutes after its window an arrival still counts as on time, by customer. The row with an empty customer holds for all others.';
COMMENT ON COLUMN ref_on_time_tolerance.customer_no IS 'The customer''s number; empty for all who have no row.';
COMMENT ON COLUMN ref_on_time_tolerance.minutes IS 'Minutes of tolerance: 0, 15, 30 or 60.';
INSERT INTO ref_on_time_tolerance VALUES
    ('', 15);

CREATE TABLE ref_excused_reason (
    reason_code text COLLATE "C" NOT NULL,
    meaning text NOT NULL,
    PRIMARY KEY (reason_code)
);
COMMENT ON TABLE ref_excused_reason IS 'Reasons for a late arrival that are not the carrier''s, in the code that the carrier gives (X12 element 1652).';
COMMENT ON COLUMN ref_excused_reason.reason_code IS 'The code.';
COMMENT ON COLUMN ref_excused_reason.meaning IS 'What it means.';
INSERT INTO ref_excused_reason VALUES
    ('AD', 'customer requested future delivery'),
    ('AG', 'consignee related'),
    ('AM', 'shipper related'),
    ('AN', 'holiday, closed'),
    ('AO', 'weather or natural disaster'),
    ('AS', 'held for customs documents'),
    ('AU', 'civil event'),
    ('B1', 'consignee closed'),
    ('B5', 'held for consignee'),
    ('BB', 'held by shipper'),
    ('BD', 'border clearance');

CREATE TABLE ref_detention (
    place_code text COLLATE "C" NOT NULL,
    free_minutes bigint NOT NULL,
    hour_minor bigint NOT NULL,
    currency text NOT NULL,
    PRIMARY KEY (place_code)
);
COMMENT ON TABLE ref_detention IS 'Minutes that a vehicle stands for free, and what an hour beyond them costs, by place. The row with an empty place holds for all others.';
COMMENT ON COLUMN ref_detention.place_code IS 'The place''s code; empty for all that have no row.';
COMMENT ON COLUMN ref_detention.free_minutes IS 'Minutes that cost nothing.';
COMMENT ON COLUMN ref_detention.hour_minor IS 'Price of an hour, in minor units; counted by started quarters of an hour.';
COMMENT ON COLUMN ref_detention.currency IS 'ISO 4217 code.';
INSERT INTO ref_detention VALUES
    ('', 120, 7500, 'USD');

CREATE TABLE ref_invoice_tolerance (
    scac text COLLATE "C" NOT NULL,
    share_bp bigint NOT NULL,
    amount_minor bigint NOT NULL,
    PRIMARY KEY (scac)
);
COMMENT ON TABLE ref_invoice_tolerance IS 'How far an invoice may lie from the planned cost: the greater of a share and an amount, by carrier. The row with an empty carrier holds for all others.';
COMMENT ON COLUMN ref_invoice_tolerance.scac IS 'The carrier; empty for all that have no row.';
COMMENT ON COLUMN ref_invoice_tolerance.share_bp IS 'Share of the planned cost, in hundredths of a percent.';
COMMENT ON COLUMN ref_invoice_tolerance.amount_minor IS 'Amount, in minor units.';
INSERT INTO ref_invoice_tolerance VALUES
    ('', 100, 500);

CREATE TABLE ref_contracted_charge (
    scac text COLLATE "C" NOT NULL,
    code text COLLATE "C" NOT NULL,
    PRIMARY KEY (scac, code)
);
COMMENT ON TABLE ref_contracted_charge IS 'Codes of charges that a carrier may bill. A carrier without any row may bill all.';
COMMENT ON COLUMN ref_contracted_charge.scac IS 'The carrier.';
COMMENT ON COLUMN ref_contracted_charge.code IS 'The code of the charge.';

-- Reports follow a resolved record to its row, and stock to its movements, and ask for stops by day.
CREATE INDEX rpt_stop_window ON rpt_stop (window_end);
CREATE INDEX rpt_freight_invoice_record ON rpt_freight_invoice (record_key);
CREATE INDEX rpt_inventory_movement_stock ON rpt_inventory_movement (warehouse, sku, movement_time);

CREATE VIEW v_milestone_resolved AS
SELECT
    told.milestone_id,
    found.shipment_no,
    coalesce(told.order_no, found.order_no) AS order_no,
    told.container_no,
    coalesce(
        told.stop_id,
        (
            SELECT CASE WHEN count(*) = 1 THEN min(stop.stop_id) END FROM v_stop AS stop
            WHERE stop.shipment_no = found.shipment_no AND NOT stop.deleted
                AND stop.kind = CASE WHEN told.code IN ('pickup_appointment', 'pickup_arrived', 'loading_done', 'pickup_departed') THEN 'pickup' WHEN told.code IN ('delivery_arrived', 'delivered', 'received_in_wms', 'delivery_departed') THEN 'delivery' END
        ),
        (
            SELECT CASE WHEN count(*) = 1 THEN min(stop.stop_id) END FROM v_stop AS stop
            WHERE stop.shipment_no = found.shipment_no AND NOT stop.deleted AND stop.place_code = told.place_code
                AND stop.kind = CASE WHEN told.code IN ('pickup_appointment', 'pickup_arrived', 'loading_done', 'pickup_departed') THEN 'pickup' WHEN told.code IN ('delivery_arrived', 'delivered', 'received_in_wms', 'delivery_departed') THEN 'delivery' END
        )
    ) AS stop_id,
    told.code,
    told.classifier,
    told.event_time,
    told.time_precision,
    told.place_code,
    told.reason_code,
    told.source_code,
    told.source,
    CAST(CASE
        WHEN told.code IN ('terminal_arrived', 'terminal_departed', 'container_discharged', 'gate_in', 'gate_out', 'customs_hold', 'customs_inspect', 'customs_released')
            THEN CASE told.source WHEN 'visibility' THEN 1 WHEN 'transport' THEN 2 WHEN 'carrier' THEN 3 ELSE 4 END
        WHEN told.code IN ('received_in_wms')
            THEN CASE told.source WHEN 'warehouse' THEN 1 WHEN 'visibility' THEN 2 ELSE 3 END
        ELSE CASE told.source WHEN 'transport' THEN 1 WHEN 'carrier' THEN 2 WHEN 'visibility' THEN 3 ELSE 4 END
    END AS bigint) AS source_rank,
    found.match_rule,
    found.match_confidence,
    found.stub,
    told.version,
    told.correlation_id,
    told.source_modified_at,
    told.applied_at
FROM rpt_resolution AS found
JOIN v_milestone AS told ON told.milestone_id = found.record_key
WHERE found.entity = 'milestone' AND found.shipment_no IS NOT NULL AND NOT told.deleted
UNION ALL
-- An order tells of its making only the day, whoever asks for it and whenever: it is derived, not a milestone of its own.
SELECT
    'orders|' || made.company || '|' || made.order_no || '|' || placed.shipment_no,
    placed.shipment_no,
    made.order_no,
    NULL,
    NULL,
    'order_created',
    'ACT',
    made.order_date::timestamp AT TIME ZONE 'UTC',
    'day',
    NULL,
    NULL,
    'orders:orderDate',
    made.source,
    1,
    placed.match_rule,
    placed.match_confidence,
    placed.match_rule = 'order_no_stub',
    made.version,
    made.correlation_id,
    made.source_modified_at,
    made.applied_at
FROM rpt_order_shipment AS placed
JOIN rpt_order AS made ON made.company = placed.company AND made.order_no = placed.order_no
WHERE NOT made.tombstone AND made.order_date IS NOT NULL;
COMMENT ON VIEW v_milestone_resolved IS 'Milestones of all sources that are known to be about a shipment, one row each. What was taken back is not among them.';
COMMENT ON COLUMN v_milestone_resolved.milestone_id IS 'Key of the milestone.';
COMMENT ON COLUMN v_milestone_resolved.shipment_no IS 'The shipment that it is found to be about.';
COMMENT ON COLUMN v_milestone_resolved.order_no IS 'The order, if it is known.';
COMMENT ON COLUMN v_milestone_resolved.container_no IS 'The container, if it is known.';
COMMENT ON COLUMN v_milestone_resolved.stop_id IS 'The stop: as told, else the only one of its kind, else the only one at the place.';
COMMENT ON COLUMN v_milestone_resolved.code IS 'What happened.';
COMMENT ON COLUMN v_milestone_resolved.classifier IS 'How certain it is: ACT, EST, PLN.';
COMMENT ON COLUMN v_milestone_resolved.event_time IS 'When it happened or is expected to.';
COMMENT ON COLUMN v_milestone_resolved.time_precision IS 'How exact the time is.';
COMMENT ON COLUMN v_milestone_resolved.place_code IS 'The place''s code.';
COMMENT ON COLUMN v_milestone_resolved.reason_code IS 'Why, in the source''s own code.';
COMMENT ON COLUMN v_milestone_resolved.source_code IS 'What the source itself called it.';
COMMENT ON COLUMN v_milestone_resolved.source IS 'System that says so.';
COMMENT ON COLUMN v_milestone_resolved.source_rank IS 'Whose word counts first for this code, from 1.';
COMMENT ON COLUMN v_milestone_resolved.match_rule IS 'Why it belongs to the shipment.';
COMMENT ON COLUMN v_milestone_resolved.match_confidence IS 'How sure that is, from 0 to 1.';
COMMENT ON COLUMN v_milestone_resolved.stub IS 'Whether transport does not know the shipment yet.';
COMMENT ON COLUMN v_milestone_resolved.version IS 'Version that the source gave.';
COMMENT ON COLUMN v_milestone_resolved.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN v_milestone_resolved.source_modified_at IS 'When the source says that it changed.';
COMMENT ON COLUMN v_milestone_resolved.applied_at IS 'When it was written here.';

CREATE VIEW v_shipment_timeline AS
SELECT
    shipment_no,
    code,
    stop_id,
    event_time,
    classifier,
    time_precision,
    source AS chosen_source,
    substr(CASE WHEN by_carrier = 1 THEN '+carrier' ELSE '' END || CASE WHEN by_orders = 1 THEN '+orders' ELSE '' END || CASE WHEN by_telematics = 1 THEN '+telematics' ELSE '' END || CASE WHEN by_transport = 1 THEN '+transport' ELSE '' END || CASE WHEN by_visibility = 1 THEN '+visibility' ELSE '' END || CASE WHEN by_warehouse = 1 THEN '+warehouse' ELSE '' END, 2) AS sources,
    milestone_id,
    place_code,
    reason_code,
    order_no,
    container_no,
    correlation_id
FROM (
    SELECT
        told.*,
        max(CASE WHEN told.source = 'orders' THEN 1 ELSE 0 END) OVER same AS by_orders,
        max(CASE WHEN told.source = 'transport' THEN 1 ELSE 0 END) OVER same AS by_transport,
        max(CASE WHEN told.source = 'carrier' THEN 1 ELSE 0 END) OVER same AS by_carrier,
        max(CASE WHEN told.source = 'visibility' THEN 1 ELSE 0 END) OVER same AS by_visibility,
        max(CASE WHEN told.source = 'warehouse' THEN 1 ELSE 0 END) OVER same AS by_warehouse,
        max(CASE WHEN told.source = 'telematics' THEN 1 ELSE 0 END) OVER same AS by_telematics,
        row_number() OVER (
            PARTITION BY told.shipment_no, told.code, told.stop_id
            ORDER BY
                CASE told.classifier WHEN 'ACT' THEN 1 WHEN 'EST' THEN 2 ELSE 3 END,
                told.source_rank,
                CASE WHEN told.classifier = 'ACT' THEN 0 ELSE -extract(epoch FROM told.source_modified_at) END,
                CASE WHEN told.code IN ('loading_done', 'pickup_departed', 'terminal_departed', 'delivered', 'delivery_departed') THEN -extract(epoch FROM told.event_time) ELSE extract(epoch FROM told.event_time) END,
                told.milestone_id
        ) AS place
    FROM v_milestone_resolved AS told
    WINDOW same AS (PARTITION BY told.shipment_no, told.code, told.stop_id, told.classifier)
) AS ranked
WHERE place = 1;
COMMENT ON VIEW v_shipment_timeline IS 'What happened to a shipment: for each milestone, and each stop where it is about one, the statement that counts. What happened counts before what is expected, however late it is told; of several sources the one that knows best.';
COMMENT ON COLUMN v_shipment_timeline.shipment_no IS 'The shipment.';
COMMENT ON COLUMN v_shipment_timeline.code IS 'What happened.';
COMMENT ON COLUMN v_shipment_timeline.stop_id IS 'The stop, where it is about one.';
COMMENT ON COLUMN v_shipment_timeline.event_time IS 'When it happened or is expected to.';
COMMENT ON COLUMN v_shipment_timeline.classifier IS 'How certain it is: ACT, EST, PLN.';
COMMENT ON COLUMN v_shipment_timeline.time_precision IS 'How exact the time is.';
COMMENT ON COLUMN v_shipment_timeline.chosen_source IS 'Whose word counts.';
COMMENT ON COLUMN v_shipment_timeline.sources IS 'All who tell it that certainly, joined by +.';
COMMENT ON COLUMN v_shipment_timeline.milestone_id IS 'The statement that counts.';
COMMENT ON COLUMN v_shipment_timeline.place_code IS 'The place''s code.';
COMMENT ON COLUMN v_shipment_timeline.reason_code IS 'Why, in the source''s own code.';
COMMENT ON COLUMN v_shipment_timeline.order_no IS 'The order, if it is known.';
COMMENT ON COLUMN v_shipment_timeline.container_no IS 'The container, if it is known.';
COMMENT ON COLUMN v_shipment_timeline.correlation_id IS 'Follows the statement from the upstream message to this row.';

CREATE VIEW v_stop_times AS
SELECT
    stop.shipment_no,
    stop.stop_id,
    stop.seq,
    stop.kind,
    stop.place_code,
    load.carrier_scac,
    stop.window_start,
    stop.window_end,
    coalesce(stop.actual_arrive, arrived.event_time) AS arrived_at,
    CASE WHEN stop.actual_arrive IS NOT NULL THEN stop.source ELSE arrived.chosen_source END AS arrived_source,
    coalesce(stop.actual_depart, departed.event_time, handed.event_time) AS departed_at,
    CASE WHEN stop.actual_depart IS NOT NULL THEN stop.source ELSE coalesce(departed.chosen_source, handed.chosen_source) END AS departed_source
FROM v_stop AS stop
JOIN rpt_shipment AS load ON load.shipment_no = stop.shipment_no
LEFT JOIN LATERAL (
    SELECT step.event_time, step.chosen_source FROM v_shipment_timeline AS step
    WHERE stop.actual_arrive IS NULL AND step.code = CASE stop.kind WHEN 'pickup' THEN 'pickup_arrived' WHEN 'delivery' THEN 'delivery_arrived' END AND step.shipment_no = stop.shipment_no AND step.stop_id = stop.stop_id AND step.classifier = 'ACT'
    LIMIT 1
) AS arrived ON true
LEFT JOIN LATERAL (
    SELECT step.event_time, step.chosen_source FROM v_shipment_timeline AS step
    WHERE stop.actual_depart IS NULL AND step.code = CASE stop.kind WHEN 'pickup' THEN 'pickup_departed' WHEN 'delivery' THEN 'delivery_departed' END AND step.shipment_no = stop.shipment_no AND step.stop_id = stop.stop_id AND step.classifier = 'ACT'
    LIMIT 1
) AS departed ON true
LEFT JOIN LATERAL (
    SELECT step.event_time, step.chosen_source FROM v_shipment_timeline AS step
    WHERE stop.actual_depart IS NULL AND step.code = 'delivered' AND stop.kind = 'delivery' AND step.shipment_no = stop.shipment_no AND step.stop_id = stop.stop_id AND step.classifier = 'ACT'
    LIMIT 1
) AS handed ON true
WHERE NOT stop.deleted AND NOT load.tombstone;
COMMENT ON VIEW v_stop_times IS 'When a vehicle was at a stop, by whoever knows best.';
COMMENT ON COLUMN v_stop_times.shipment_no IS 'The shipment.';
COMMENT ON COLUMN v_stop_times.stop_id IS 'The stop.';
COMMENT ON COLUMN v_stop_times.seq IS 'Position within the trip, from 0.';
COMMENT ON COLUMN v_stop_times.kind IS 'What happens here: pickup, delivery, other.';
COMMENT ON COLUMN v_stop_times.place_code IS 'The place''s code.';
COMMENT ON COLUMN v_stop_times.carrier_scac IS 'The carrier.';
COMMENT ON COLUMN v_stop_times.window_start IS 'Begin of the appointment window.';
COMMENT ON COLUMN v_stop_times.window_end IS 'End of the appointment window.';
COMMENT ON COLUMN v_stop_times.arrived_at IS 'Arrival; null while nobody tells it.';
COMMENT ON COLUMN v_stop_times.arrived_source IS 'Who tells it.';
COMMENT ON COLUMN v_stop_times.departed_at IS 'Departure; null while nobody tells it.';
COMMENT ON COLUMN v_stop_times.departed_source IS 'Who tells it.';

CREATE VIEW v_on_time AS
SELECT
    judged.*,
    CASE
        WHEN arrived_at IS NULL THEN 'no_data'
        WHEN window_end IS NULL THEN 'no_window'
        WHEN minutes_late <= tolerance_min THEN 'on_time'
        WHEN reason_code IS NOT NULL THEN 'excused'
        ELSE 'late'
    END AS status
FROM (
    SELECT
        measured.*,
        CASE WHEN minutes_late > tolerance_min THEN (
            SELECT min(told.reason_code) FROM v_milestone_resolved AS told
            JOIN ref_excused_reason AS excused ON excused.reason_code = told.reason_code
            WHERE told.shipment_no = measured.shipment_no AND (told.stop_id IS NULL OR told.stop_id = measured.stop_id)
        ) END AS reason_code
    FROM (
        SELECT
            stop.shipment_no,
            stop.stop_id,
            stop.seq,
            stop.kind,
            stop.place_code,
            stop.carrier_scac,
            stop.window_start,
            stop.window_end,
            stop.arrived_at,
            stop.arrived_source,
            floor(extract(epoch FROM stop.arrived_at - stop.window_end) / 60)::bigint AS minutes_late,
            floor(extract(epoch FROM stop.window_start - stop.arrived_at) / 60)::bigint AS minutes_early,
            coalesce(
                (
                    SELECT min(coalesce(own.minutes, fallback.minutes)) FROM rpt_order_shipment AS placed
                    JOIN rpt_order AS made ON made.company = placed.company AND made.order_no = placed.order_no
                    LEFT JOIN ref_on_time_tolerance AS own ON own.customer_no = made.customer_no
                    LEFT JOIN ref_on_time_tolerance AS fallback ON fallback.customer_no = ''
                    WHERE placed.shipment_no = stop.shipment_no
                ),
                (SELECT minutes FROM ref_on_time_tolerance WHERE customer_no = ''),
                0
            ) AS tolerance_min
        FROM v_stop_times AS stop
        WHERE stop.kind IN ('pickup', 'delivery')
    ) AS measured
) AS judged;
COMMENT ON VIEW v_on_time IS 'Arrivals against their appointment windows, one row per stop where goods are loaded or unloaded. That nothing is known is told apart from lateness.';
COMMENT ON COLUMN v_on_time.shipment_no IS 'The shipment.';
COMMENT ON COLUMN v_on_time.stop_id IS 'The stop; each is counted once.';
COMMENT ON COLUMN v_on_time.seq IS 'Position within the trip, from 0.';
COMMENT ON COLUMN v_on_time.kind IS 'What happens here.';
COMMENT ON COLUMN v_on_time.place_code IS 'The place''s code.';
COMMENT ON COLUMN v_on_time.carrier_scac IS 'The carrier.';
COMMENT ON COLUMN v_on_time.window_start IS 'Begin of the appointment window.';
COMMENT ON COLUMN v_on_time.window_end IS 'End of the appointment window.';
COMMENT ON COLUMN v_on_time.arrived_at IS 'Arrival; null while nobody tells it.';
COMMENT ON COLUMN v_on_time.arrived_source IS 'Who tells it.';
COMMENT ON COLUMN v_on_time.minutes_late IS 'Full minutes from the end of the window to the arrival; negative before it.';
COMMENT ON COLUMN v_on_time.minutes_early IS 'Full minutes from the arrival to the begin of the window; negative after it.';
COMMENT ON COLUMN v_on_time.tolerance_min IS 'Minutes of tolerance: the least of the customers whose orders are on board.';
COMMENT ON COLUMN v_on_time.reason_code IS 'A reason that excuses the lateness, if one was given.';
COMMENT ON COLUMN v_on_time.status IS 'on_time; late; excused; no_data: nobody tells the arrival; no_window: there is no appointment.';

CREATE VIEW v_on_time_pickup AS
SELECT * FROM v_on_time WHERE kind = 'pickup';
COMMENT ON VIEW v_on_time_pickup IS 'v_on_time for each pickup.';
COMMENT ON COLUMN v_on_time_pickup.shipment_no IS 'The shipment.';
COMMENT ON COLUMN v_on_time_pickup.stop_id IS 'The stop; each is counted once.';
COMMENT ON COLUMN v_on_time_pickup.seq IS 'Position within the trip, from 0.';
COMMENT ON COLUMN v_on_time_pickup.kind IS 'What happens here.';
COMMENT ON COLUMN v_on_time_pickup.place_code IS 'The place''s code.';
COMMENT ON COLUMN v_on_time_pickup.carrier_scac IS 'The carrier.';
COMMENT ON COLUMN v_on_time_pickup.window_start IS 'Begin of the appointment window.';
COMMENT ON COLUMN v_on_time_pickup.window_end IS 'End of the appointment window.';
COMMENT ON COLUMN v_on_time_pickup.arrived_at IS 'Arrival; null while nobody tells it.';
COMMENT ON COLUMN v_on_time_pickup.arrived_source IS 'Who tells it.';
COMMENT ON COLUMN v_on_time_pickup.minutes_late IS 'Full minutes from the end of the window to the arrival; negative before it.';
COMMENT ON COLUMN v_on_time_pickup.minutes_early IS 'Full minutes from the arrival to the begin of the window; negative after it.';
COMMENT ON COLUMN v_on_time_pickup.tolerance_min IS 'Minutes of tolerance: the least of the customers whose orders are on board.';
COMMENT ON COLUMN v_on_time_pickup.reason_code IS 'A reason that excuses the lateness, if one was given.';
COMMENT ON COLUMN v_on_time_pickup.status IS 'on_time; late; excused; no_data: nobody tells the arrival; no_window: there is no appointment.';

CREATE VIEW v_on_time_delivery AS
SELECT * FROM v_on_time WHERE kind = 'delivery';
COMMENT ON VIEW v_on_time_delivery IS 'v_on_time for each delivery.';
COMMENT ON COLUMN v_on_time_delivery.shipment_no IS 'The shipment.';
COMMENT ON COLUMN v_on_time_delivery.stop_id IS 'The stop; each is counted once.';
COMMENT ON COLUMN v_on_time_delivery.seq IS 'Position within the trip, from 0.';
COMMENT ON COLUMN v_on_time_delivery.kind IS 'What happens here.';
COMMENT ON COLUMN v_on_time_delivery.place_code IS 'The place''s code.';
COMMENT ON COLUMN v_on_time_delivery.carrier_scac IS 'The carrier.';
COMMENT ON COLUMN v_on_time_delivery.window_start IS 'Begin of the appointment window.';
COMMENT ON COLUMN v_on_time_delivery.window_end IS 'End of the appointment window.';
COMMENT ON COLUMN v_on_time_delivery.arrived_at IS 'Arrival; null while nobody tells it.';
COMMENT ON COLUMN v_on_time_delivery.arrived_source IS 'Who tells it.';
COMMENT ON COLUMN v_on_time_delivery.minutes_late IS 'Full minutes from the end of the window to the arrival; negative before it.';
COMMENT ON COLUMN v_on_time_delivery.minutes_early IS 'Full minutes from the arrival to the begin of the window; negative after it.';
COMMENT ON COLUMN v_on_time_delivery.tolerance_min IS 'Minutes of tolerance: the least of the customers whose orders are on board.';
COMMENT ON COLUMN v_on_time_delivery.reason_code IS 'A reason that excuses the lateness, if one was given.';
COMMENT ON COLUMN v_on_time_delivery.status IS 'on_time; late; excused; no_data: nobody tells the arrival; no_window: there is no appointment.';

CREATE VIEW v_dwell AS
SELECT
    stood.shipment_no,
    'stop' AS what,
    stood.stop_id,
    stood.kind,
    stood.place_code,
    stood.arrived_at,
    stood.departed_at,
    stood.dwell_min,
    stood.free_min,
    CASE WHEN stood.dwell_min > stood.free_min THEN stood.dwell_min - stood.free_min ELSE 0 END AS detention_min,
    CASE WHEN stood.dwell_min > stood.free_min THEN (stood.dwell_min - stood.free_min + 14) / 15 * stood.hour_minor / 4 ELSE 0 END
        AS detention_cost_minor,
    stood.currency
FROM (
    SELECT
        stop.*,
        floor(extract(epoch FROM stop.departed_at - stop.arrived_at) / 60)::bigint AS dwell_min,
        coalesce(own.free_minutes, fallback.free_minutes) AS free_min,
        coalesce(own.hour_minor, fallback.hour_minor) AS hour_minor,
        coalesce(own.currency, fallback.currency) AS currency
    FROM v_stop_times AS stop
    LEFT JOIN ref_detention AS own ON own.place_code = stop.place_code
    LEFT JOIN ref_detention AS fallback ON fallback.place_code = ''
    WHERE stop.arrived_at IS NOT NULL
) AS stood
UNION ALL
SELECT
    discharged.shipment_no,
    'container',
    coalesce(discharged.container_no, '-'),
    NULL,
    discharged.place_code,
    discharged.event_time,
    gone.event_time,
    floor(extract(epoch FROM gone.event_time - discharged.event_time) / 60)::bigint,
    NULL,
    NULL,
    NULL,
    NULL
FROM v_shipment_timeline AS discharged
LEFT JOIN v_shipment_timeline AS gone
    ON gone.shipment_no = discharged.shipment_no AND gone.code = 'gate_out' AND gone.classifier = 'ACT'
WHERE discharged.code = 'container_discharged' AND discharged.classifier = 'ACT';
COMMENT ON VIEW v_dwell IS 'How long vehicles and containers stood: one row per stop with an arrival, and one per shipment whose container was discharged.';
COMMENT ON COLUMN v_dwell.shipment_no IS 'The shipment.';
COMMENT ON COLUMN v_dwell.what IS 'stop or container.';
COMMENT ON COLUMN v_dwell.stop_id IS 'The stop; the container''s number where what is container.';
COMMENT ON COLUMN v_dwell.kind IS 'What happens at the stop; null for a container.';
COMMENT ON COLUMN v_dwell.place_code IS 'The place''s code.';
COMMENT ON COLUMN v_dwell.arrived_at IS 'Arrival of the vehicle, discharge of the container.';
COMMENT ON COLUMN v_dwell.departed_at IS 'Departure of the vehicle, gate-out of the container; null while it stands.';
COMMENT ON COLUMN v_dwell.dwell_min IS 'Full minutes between the two.';
COMMENT ON COLUMN v_dwell.free_min IS 'Minutes that cost nothing; null for a container.';
COMMENT ON COLUMN v_dwell.detention_min IS 'Minutes beyond them.';
COMMENT ON COLUMN v_dwell.detention_cost_minor IS 'What these cost, by started quarters of an hour, in minor units.';
COMMENT ON COLUMN v_dwell.currency IS 'ISO 4217 code of the cost.';

CREATE VIEW v_freight_invoice_match AS
SELECT
    scac,
    invoice_no,
    kind,
    shipment_no,
    match_rule,
    invoice_date,
    currency,
    net_minor,
    planned_cost_minor,
    planned_currency,
    variance_minor,
    CASE
        WHEN planned_cost_minor > 0 AND variance_minor >= 0
            THEN (20000 * variance_minor + planned_cost_minor) / (2 * planned_cost_minor)
        WHEN planned_cost_minor > 0
            THEN -((20000 * -variance_minor + planned_cost_minor) / (2 * planned_cost_minor))
    END AS variance_bp,
    tolerance_minor,
    originals,
    charges_not_contracted,
    sum_ok,
    CASE
        WHEN shipment_no IS NULL THEN 'no_shipment'
        WHEN NOT sum_ok THEN 'sum_error'
        WHEN kind = 'original' AND originals > 1 THEN 'duplicate'
        WHEN charges_not_contracted > 0 THEN 'not_contracted'
        WHEN kind <> 'original' THEN 'supplement'
        WHEN planned_cost_minor IS NULL THEN 'no_plan'
        WHEN variance_minor IS NULL THEN 'other_currency'
        WHEN variance_minor > tolerance_minor THEN 'over'
        WHEN variance_minor < -tolerance_minor THEN 'under'
        ELSE 'within'
    END AS status,
    correlation_id
FROM (
    SELECT
        billed.scac,
        billed.invoice_no,
        billed.kind,
        load.shipment_no,
        found.match_rule,
        billed.invoice_date,
        billed.currency,
        billed.net_minor,
        load.planned_cost_minor,
        load.currency AS planned_currency,
        CASE WHEN billed.kind = 'original' AND billed.currency = load.currency THEN billed.net_minor - load.planned_cost_minor END
            AS variance_minor,
        greatest(load.planned_cost_minor * coalesce(own.share_bp, fallback.share_bp) / 10000, coalesce(own.amount_minor, fallback.amount_minor))
            AS tolerance_minor,
        (
            SELECT count(*) FROM rpt_resolution AS same
            JOIN rpt_freight_invoice AS other ON other.record_key = same.record_key
            WHERE same.entity = 'freight_invoice' AND same.shipment_no = load.shipment_no
                AND other.scac = billed.scac AND other.kind = 'original' AND NOT other.tombstone
        ) AS originals,
        (
            SELECT count(*) FROM v_freight_invoice_line AS charge
            WHERE charge.scac = billed.scac AND charge.invoice_no = billed.invoice_no AND charge.kind = billed.kind
                AND NOT charge.deleted
                AND EXISTS (SELECT 1 FROM ref_contracted_charge AS any_of WHERE any_of.scac = billed.scac)
                AND NOT EXISTS (
                    SELECT 1 FROM ref_contracted_charge AS agreed
                    WHERE agreed.scac = billed.scac AND agreed.code = charge.code
                )
        ) AS charges_not_contracted,
        billed.sum_ok,
        billed.correlation_id
    FROM rpt_freight_invoice AS billed
    LEFT JOIN rpt_resolution AS found ON found.entity = 'freight_invoice' AND found.record_key = billed.record_key
    LEFT JOIN rpt_shipment AS load ON load.shipment_no = found.shipment_no AND NOT load.tombstone
    LEFT JOIN ref_invoice_tolerance AS own ON own.scac = billed.scac
    LEFT JOIN ref_invoice_tolerance AS fallback ON fallback.scac = ''
    WHERE NOT billed.tombstone
) AS matched;
COMMENT ON VIEW v_freight_invoice_match IS 'Carriers'' invoices against the planned cost of the shipments that they are found to be for.';
COMMENT ON COLUMN v_freight_invoice_match.scac IS 'The carrier.';
COMMENT ON COLUMN v_freight_invoice_match.invoice_no IS 'The carrier''s number of the invoice.';
COMMENT ON COLUMN v_freight_invoice_match.kind IS 'original, adjustment or balance_due.';
COMMENT ON COLUMN v_freight_invoice_match.shipment_no IS 'The shipment that it is found to be for.';
COMMENT ON COLUMN v_freight_invoice_match.match_rule IS 'Why it is for the shipment.';
COMMENT ON COLUMN v_freight_invoice_match.invoice_date IS 'Day of the invoice.';
COMMENT ON COLUMN v_freight_invoice_match.currency IS 'ISO 4217 code of the invoice.';
COMMENT ON COLUMN v_freight_invoice_match.net_minor IS 'Amount to be paid, in minor units.';
COMMENT ON COLUMN v_freight_invoice_match.planned_cost_minor IS 'Planned cost of the shipment, in minor units.';
COMMENT ON COLUMN v_freight_invoice_match.planned_currency IS 'ISO 4217 code of the planned cost.';
COMMENT ON COLUMN v_freight_invoice_match.variance_minor IS 'Amount to be paid less planned cost, of an original in the currency of the plan.';
COMMENT ON COLUMN v_freight_invoice_match.variance_bp IS 'The variance in hundredths of a percent of the planned cost, rounded half away from zero.';
COMMENT ON COLUMN v_freight_invoice_match.tolerance_minor IS 'How far it may lie off.';
COMMENT ON COLUMN v_freight_invoice_match.originals IS 'Original invoices of this carrier for the shipment; more than one are duplicates.';
COMMENT ON COLUMN v_freight_invoice_match.charges_not_contracted IS 'Charges whose code the carrier may not bill.';
COMMENT ON COLUMN v_freight_invoice_match.sum_ok IS 'Whether the lines add up to the amount.';
COMMENT ON COLUMN v_freight_invoice_match.status IS 'no_shipment, sum_error, duplicate, not_contracted, supplement (not an original), no_plan, other_currency, within, over, under: the first that holds.';
COMMENT ON COLUMN v_freight_invoice_match.correlation_id IS 'Follows the invoice from the upstream message to this row.';

CREATE VIEW v_order_to_delivery AS
SELECT
    line.company,
    line.order_no,
    line.sequence,
    placed.shipment_no,
    placed.match_rule,
    placed.match_confidence,
    made.customer_no,
    made.status,
    line.item_no,
    line.uom,
    line.qty,
    line.shipped_qty,
    (
        SELECT sum(moved.qty) FROM rpt_inventory_movement AS moved
        WHERE moved.order_no = line.order_no AND moved.line_no = line.sequence AND NOT moved.tombstone
            AND (moved.uom = line.uom OR line.uom IS NULL) AND moved.movement_type IN ('receipt', 'return')
    ) AS received_qty,
    (
        SELECT sum(moved.qty) FROM rpt_inventory_movement AS moved
        WHERE moved.order_no = line.order_no AND moved.line_no = line.sequence AND NOT moved.tombstone
            AND (moved.uom = line.uom OR line.uom IS NULL) AND moved.movement_type = 'adjust' AND upper(moved.reason) = 'DAMAGED'
    ) AS damaged_qty,
    made.order_date AS ordered_on,
    made.requested_delivery_date,
    way.tendered_at,
    way.tendered_source,
    way.picked_up_at,
    way.picked_up_source,
    way.in_transit_at,
    way.in_transit_source,
    way.discharged_at,
    way.discharged_source,
    way.customs_released_at,
    way.customs_released_source,
    way.gate_out_at,
    way.gate_out_source,
    way.delivered_at,
    way.delivered_source,
    way.received_at,
    way.received_source,
    (
        SELECT min(billed.invoice_date) FROM rpt_resolution AS found
        JOIN rpt_freight_invoice AS billed ON billed.record_key = found.record_key
        WHERE found.entity = 'freight_invoice' AND found.shipment_no = placed.shipment_no AND NOT billed.tombstone
    ) AS invoiced_on,
    line.correlation_id
FROM v_order_line AS line
LEFT JOIN rpt_order AS made ON made.company = line.company AND made.order_no = line.order_no AND NOT made.tombstone
LEFT JOIN rpt_order_shipment AS placed ON placed.company = line.company AND placed.order_no = line.order_no
LEFT JOIN LATERAL (
    SELECT
        max(CASE WHEN step.code = 'tender_accepted' THEN step.event_time END) AS tendered_at,
        max(CASE WHEN step.code = 'tender_accepted' THEN step.chosen_source END) AS tendered_source,
        max(CASE WHEN step.code = 'pickup_departed' THEN step.event_time END) AS picked_up_at,
        max(CASE WHEN step.code = 'pickup_departed' THEN step.chosen_source END) AS picked_up_source,
        max(CASE WHEN step.code = 'in_transit' THEN step.event_time END) AS in_transit_at,
        max(CASE WHEN step.code = 'in_transit' THEN step.chosen_source END) AS in_transit_source,
        max(CASE WHEN step.code = 'container_discharged' THEN step.event_time END) AS discharged_at,
        max(CASE WHEN step.code = 'container_discharged' THEN step.chosen_source END) AS discharged_source,
        max(CASE WHEN step.code = 'customs_released' THEN step.event_time END) AS customs_released_at,
        max(CASE WHEN step.code = 'customs_released' THEN step.chosen_source END) AS customs_released_source,
        max(CASE WHEN step.code = 'gate_out' THEN step.event_time END) AS gate_out_at,
        max(CASE WHEN step.code = 'gate_out' THEN step.chosen_source END) AS gate_out_source,
        max(CASE WHEN step.code = 'delivered' THEN step.event_time END) AS delivered_at,
        max(CASE WHEN step.code = 'delivered' THEN step.chosen_source END) AS delivered_source,
        max(CASE WHEN step.code = 'received_in_wms' THEN step.event_time END) AS received_at,
        max(CASE WHEN step.code = 'received_in_wms' THEN step.chosen_source END) AS received_source
    FROM v_shipment_timeline AS step
    WHERE step.classifier = 'ACT' AND step.shipment_no = placed.shipment_no
) AS way ON true
WHERE NOT line.deleted AND coalesce(line.line_type, 'item') <> 'comment';
COMMENT ON VIEW v_order_to_delivery IS 'From the order to the delivery: one row per order line and shipment that it is on. An order without shipment has its rows too.';
COMMENT ON COLUMN v_order_to_delivery.company IS 'Company whose books hold the order.';
COMMENT ON COLUMN v_order_to_delivery.order_no IS 'The order.';
COMMENT ON COLUMN v_order_to_delivery.sequence IS 'The order''s line.';
COMMENT ON COLUMN v_order_to_delivery.shipment_no IS 'The shipment; null where there is none yet.';
COMMENT ON COLUMN v_order_to_delivery.match_rule IS 'Why the order is on the shipment.';
COMMENT ON COLUMN v_order_to_delivery.match_confidence IS 'How sure that is, from 0 to 1.';
COMMENT ON COLUMN v_order_to_delivery.customer_no IS 'The customer''s number.';
COMMENT ON COLUMN v_order_to_delivery.status IS 'The order''s status.';
COMMENT ON COLUMN v_order_to_delivery.item_no IS 'The item.';
COMMENT ON COLUMN v_order_to_delivery.uom IS 'Unit of measure.';
COMMENT ON COLUMN v_order_to_delivery.qty IS 'Quantity ordered.';
COMMENT ON COLUMN v_order_to_delivery.shipped_qty IS 'Quantity shipped, as the order says.';
COMMENT ON COLUMN v_order_to_delivery.received_qty IS 'Quantity that warehouses received for the line, in its unit.';
COMMENT ON COLUMN v_order_to_delivery.damaged_qty IS 'Quantity that warehouses put aside as damaged, in its unit.';
COMMENT ON COLUMN v_order_to_delivery.ordered_on IS 'Day of the order.';
COMMENT ON COLUMN v_order_to_delivery.requested_delivery_date IS 'Day on which the customer asked for delivery.';
COMMENT ON COLUMN v_order_to_delivery.tendered_at IS 'When it happened: tender_accepted.';
COMMENT ON COLUMN v_order_to_delivery.tendered_source IS 'Who tells that.';
COMMENT ON COLUMN v_order_to_delivery.picked_up_at IS 'When it happened: pickup_departed.';
COMMENT ON COLUMN v_order_to_delivery.picked_up_source IS 'Who tells that.';
COMMENT ON COLUMN v_order_to_delivery.in_transit_at IS 'When it happened: in_transit.';
COMMENT ON COLUMN v_order_to_delivery.in_transit_source IS 'Who tells that.';
COMMENT ON COLUMN v_order_to_delivery.discharged_at IS 'When it happened: container_discharged.';
COMMENT ON COLUMN v_order_to_delivery.discharged_source IS 'Who tells that.';
COMMENT ON COLUMN v_order_to_delivery.customs_released_at IS 'When it happened: customs_released.';
COMMENT ON COLUMN v_order_to_delivery.customs_released_source IS 'Who tells that.';
COMMENT ON COLUMN v_order_to_delivery.gate_out_at IS 'When it happened: gate_out.';
COMMENT ON COLUMN v_order_to_delivery.gate_out_source IS 'Who tells that.';
COMMENT ON COLUMN v_order_to_delivery.delivered_at IS 'When it happened: delivered.';
COMMENT ON COLUMN v_order_to_delivery.delivered_source IS 'Who tells that.';
COMMENT ON COLUMN v_order_to_delivery.received_at IS 'When it happened: received_in_wms.';
COMMENT ON COLUMN v_order_to_delivery.received_source IS 'Who tells that.';
COMMENT ON COLUMN v_order_to_delivery.invoiced_on IS 'Day of the carrier''s first invoice for the shipment.';
COMMENT ON COLUMN v_order_to_delivery.correlation_id IS 'Follows the line from the upstream message to this row.';

CREATE VIEW v_inventory_position AS
SELECT
    warehouse,
    sku,
    lot,
    uom_base,
    as_of,
    counted AS counted_qty,
    since AS movements_since,
    moved AS moved_qty,
    coalesce(counted, 0) + moved AS on_hand_qty,
    derived AS derived_qty,
    counted - derived AS variance_qty
FROM (
    SELECT
        place.warehouse,
        place.sku,
        place.lot,
        max(place.uom_base) AS uom_base,
        max(place.as_of) AS as_of,
        max(place.counted) AS counted,
        count(CASE WHEN place.as_of IS NULL OR moved.movement_time > place.as_of THEN moved.movement_id END) AS since,
        coalesce(sum(CASE WHEN place.as_of IS NULL OR moved.movement_time > place.as_of THEN moved.qty_base END), 0) AS moved,
        sum(CASE WHEN moved.movement_time <= place.as_of THEN moved.qty_base END) AS derived
    FROM (
        SELECT warehouse, sku, lot, max(uom_base) AS uom_base, max(as_of) AS as_of, sum(qty_base) AS counted
        FROM rpt_inventory_snapshot WHERE NOT tombstone
        GROUP BY warehouse, sku, lot
        UNION ALL
        SELECT alone.warehouse, alone.sku, coalesce(alone.lot, '-'), max(alone.uom_base), NULL::timestamptz, NULL::numeric
        FROM rpt_inventory_movement AS alone
        WHERE NOT alone.tombstone AND alone.sku IS NOT NULL AND alone.movement_type IN ('receipt', 'ship', 'adjust', 'transfer_in', 'transfer_out', 'return') AND NOT EXISTS (
            SELECT 1 FROM rpt_inventory_snapshot AS counted
            WHERE counted.warehouse = alone.warehouse AND counted.sku = alone.sku AND counted.lot = coalesce(alone.lot, '-')
                AND NOT counted.tombstone
        )
        GROUP BY alone.warehouse, alone.sku, coalesce(alone.lot, '-')
    ) AS place
    LEFT JOIN rpt_inventory_movement AS moved
        ON moved.warehouse = place.warehouse AND moved.sku = place.sku AND coalesce(moved.lot, '-') = place.lot
        AND NOT moved.tombstone AND moved.movement_type IN ('receipt', 'ship', 'adjust', 'transfer_in', 'transfer_out', 'return')
    GROUP BY place.warehouse, place.sku, place.lot
) AS summed;
COMMENT ON VIEW v_inventory_position IS 'Stock on hand by warehouse, item and lot: the last count and what moved since; beside it what all movements add up to.';
COMMENT ON COLUMN v_inventory_position.warehouse IS 'The warehouse''s code.';
COMMENT ON COLUMN v_inventory_position.sku IS 'The item.';
COMMENT ON COLUMN v_inventory_position.lot IS 'The lot; - where there is none.';
COMMENT ON COLUMN v_inventory_position.uom_base IS 'The item''s base unit.';
COMMENT ON COLUMN v_inventory_position.as_of IS 'When it was counted last; null if never.';
COMMENT ON COLUMN v_inventory_position.counted_qty IS 'Quantity of the last count, in base units.';
COMMENT ON COLUMN v_inventory_position.movements_since IS 'Movements after the last count.';
COMMENT ON COLUMN v_inventory_position.moved_qty IS 'What they add up to.';
COMMENT ON COLUMN v_inventory_position.on_hand_qty IS 'The last count and what moved since.';
COMMENT ON COLUMN v_inventory_position.derived_qty IS 'What all movements until the last count add up to; null if there are none.';
COMMENT ON COLUMN v_inventory_position.variance_qty IS 'The last count less that.';

CREATE VIEW v_vehicle_use AS
SELECT
    drives.value AS number,
    stop.shipment_no,
    stop.stop_id,
    coalesce(stop.window_start, stop.planned_arrive, stop.window_end) + interval '-720 minutes' AS from_at,
    coalesce(stop.window_end, stop.planned_depart, stop.window_start) + interval '720 minutes' AS until_at
FROM rpt_xref AS drives
JOIN v_stop AS stop ON stop.shipment_no = drives.record_key
WHERE drives.entity = 'shipment' AND drives.kind = 'vehicle' AND NOT stop.deleted;
COMMENT ON VIEW v_vehicle_use IS 'Which shipment a vehicle drives, and from when until when a reading of it belongs to that: 12 hours around each stop''s window.';
COMMENT ON COLUMN v_vehicle_use.number IS 'The vehicle by telematics id, plate or VIN, as it is compared.';
COMMENT ON COLUMN v_vehicle_use.shipment_no IS 'The shipment.';
COMMENT ON COLUMN v_vehicle_use.stop_id IS 'The stop.';
COMMENT ON COLUMN v_vehicle_use.from_at IS 'Begin.';
COMMENT ON COLUMN v_vehicle_use.until_at IS 'End.';

CREATE VIEW v_vehicle_position_resolved AS
SELECT
    reading.provider,
    reading.vehicle_id,
    reading.stream,
    reading.reading_time,
    (
        SELECT near.shipment_no FROM (
            SELECT
                drives.shipment_no,
                CASE
                    WHEN reading.reading_time < drives.from_at + interval '720 minutes' THEN extract(epoch FROM drives.from_at) - extract(epoch FROM reading.reading_time) + 43200
                    WHEN reading.reading_time > drives.until_at + interval '-720 minutes' THEN extract(epoch FROM reading.reading_time) - extract(epoch FROM drives.until_at) + 43200
                    ELSE 0
                END AS distance
            FROM v_vehicle_use AS drives
            WHERE drives.number IN (
                    SELECT upper(replace(replace(reading.vehicle_id, ' ', ''), '-', ''))
                    UNION
                    SELECT known.value FROM rpt_xref AS known
                    WHERE known.entity = 'vehicle' AND known.record_key = reading.provider || '|' || reading.vehicle_id
                        AND known.kind = 'vehicle'
                )
                AND reading.reading_time BETWEEN drives.from_at AND drives.until_at
        ) AS near
        ORDER BY near.distance, near.shipment_no
        LIMIT 1
    ) AS shipment_no,
    reading.lat_e6,
    reading.lon_e6,
    reading.odometer_m,
    reading.engine_state
FROM rpt_vehicle_position AS reading
WHERE NOT reading.tombstone;
COMMENT ON VIEW v_vehicle_position_resolved IS 'Readings of vehicles with the shipment that they belong to, if any: the vehicle''s shipment with a stop near in time, of several the one whose stop is nearest.';
COMMENT ON COLUMN v_vehicle_position_resolved.provider IS 'Telematics provider.';
COMMENT ON COLUMN v_vehicle_position_resolved.vehicle_id IS 'The provider''s own id of the vehicle.';
COMMENT ON COLUMN v_vehicle_position_resolved.stream IS 'The provider''s stream.';
COMMENT ON COLUMN v_vehicle_position_resolved.reading_time IS 'When the gateway read it.';
COMMENT ON COLUMN v_vehicle_position_resolved.shipment_no IS 'The shipment; null where there is none.';
COMMENT ON COLUMN v_vehicle_position_resolved.lat_e6 IS 'Latitude in microdegrees.';
COMMENT ON COLUMN v_vehicle_position_resolved.lon_e6 IS 'Longitude in microdegrees.';
COMMENT ON COLUMN v_vehicle_position_resolved.odometer_m IS 'Distance driven so far, in metres.';
COMMENT ON COLUMN v_vehicle_position_resolved.engine_state IS 'State of the engine.';

CREATE VIEW v_xref_conflicts AS
SELECT shipment_no, group_id, doubt, shipments, shared FROM rpt_xref_conflict;
COMMENT ON VIEW v_xref_conflicts IS 'Shipments that are tied together though transport says they are several, and what ties them. They are not merged.';
COMMENT ON COLUMN v_xref_conflicts.shipment_no IS 'One of the shipments.';
COMMENT ON COLUMN v_xref_conflicts.group_id IS 'Name of the group that they are tied into.';
COMMENT ON COLUMN v_xref_conflicts.doubt IS 'xref_conflict or xref_too_large.';
COMMENT ON COLUMN v_xref_conflicts.shipments IS 'All shipments of the group.';
COMMENT ON COLUMN v_xref_conflicts.shared IS 'What ties them.';

CREATE VIEW v_orphans AS
SELECT
    found.entity,
    found.record_key,
    (SELECT max(edge.source) FROM rpt_xref AS edge WHERE edge.entity = found.entity AND edge.record_key = found.record_key) AS source,
    (SELECT max(edge.said_at) FROM rpt_xref AS edge WHERE edge.entity = found.entity AND edge.record_key = found.record_key) AS said_at,
    found.shipment_no,
    found.match_rule,
    found.doubt,
    found.resolved_at AS waiting_since,
    floor(extract(epoch FROM now() - found.resolved_at) / 60)::bigint AS age_min
FROM rpt_resolution AS found
WHERE NOT found.anchored AND found.match_rule IN ('stub', 'unresolved')
    AND (found.entity <> 'inventory_movement' OR found.match_rule = 'stub');
COMMENT ON VIEW v_orphans IS 'Records whose shipment transport does not know, or that nothing leads to a shipment, with their age.';
COMMENT ON COLUMN v_orphans.entity IS 'Kind of the record.';
COMMENT ON COLUMN v_orphans.record_key IS 'Business key of the record.';
COMMENT ON COLUMN v_orphans.source IS 'System that it comes from.';
COMMENT ON COLUMN v_orphans.said_at IS 'When it was said.';
COMMENT ON COLUMN v_orphans.shipment_no IS 'The shipment''s number, where the record names one.';
COMMENT ON COLUMN v_orphans.match_rule IS 'stub or unresolved.';
COMMENT ON COLUMN v_orphans.doubt IS 'Why it is left open, if something speaks for several shipments.';
COMMENT ON COLUMN v_orphans.waiting_since IS 'When it was found to be an orphan.';
COMMENT ON COLUMN v_orphans.age_min IS 'Full minutes since then.';

CREATE VIEW v_carrier_scorecard AS
WITH load AS (
    SELECT
        trip.shipment_no,
        coalesce(trip.carrier_scac, '-') AS carrier_scac,
        coalesce(to_char(trip.planned_start AT TIME ZONE 'UTC', 'YYYY-MM'), '-') AS month,
        coalesce((
            SELECT stop.place_code FROM v_stop AS stop
            WHERE stop.shipment_no = trip.shipment_no AND stop.kind = 'pickup' AND NOT stop.deleted
            ORDER BY stop.seq, stop.stop_id LIMIT 1
        ), '-') AS origin,
        coalesce((
            SELECT stop.place_code FROM v_stop AS stop
            WHERE stop.shipment_no = trip.shipment_no AND stop.kind = 'delivery' AND NOT stop.deleted
            ORDER BY stop.seq DESC, stop.stop_id DESC LIMIT 1
        ), '-') AS destination
    FROM rpt_shipment AS trip
    WHERE NOT trip.tombstone
),
answered AS (
    SELECT
        shipment_no,
        max(CASE WHEN code = 'tender_accepted' THEN 1 ELSE 0 END) AS accepted,
        max(CASE WHEN code = 'tender_declined' THEN 1 ELSE 0 END) AS declined,
        count(DISTINCT CASE WHEN code IN ('pickup_arrived', 'pickup_departed', 'delivery_arrived', 'delivered') THEN code END) AS told
    FROM v_milestone_resolved
    WHERE source = 'carrier' AND classifier = 'ACT'
    GROUP BY shipment_no
),
judged AS (
    SELECT
        shipment_no,
        count(CASE WHEN kind = 'pickup' AND status = 'on_time' THEN 1 END) AS pickups_on_time,
        count(CASE WHEN kind = 'pickup' AND status = 'late' THEN 1 END) AS pickups_late,
        count(CASE WHEN kind = 'delivery' AND status = 'on_time' THEN 1 END) AS deliveries_on_time,
        count(CASE WHEN kind = 'delivery' AND status = 'late' THEN 1 END) AS deliveries_late,
        count(CASE WHEN status = 'excused' THEN 1 END) AS stops_excused,
        count(CASE WHEN status = 'no_data' THEN 1 END) AS stops_no_data
    FROM v_on_time
    GROUP BY shipment_no
),
billed AS (
    SELECT shipment_no, count(*) AS invoices, count(CASE WHEN status = 'within' THEN 1 END) AS within
    FROM v_freight_invoice_match
    WHERE kind = 'original'
    GROUP BY shipment_no
),
way AS (
    SELECT
        carrier_scac, month, origin, destination,
        minutes,
        row_number() OVER (PARTITION BY carrier_scac, month, origin, destination ORDER BY minutes) AS place,
        count(*) OVER (PARTITION BY carrier_scac, month, origin, destination) AS of_all
    FROM (
        SELECT load.carrier_scac, load.month, load.origin, load.destination, floor(extract(epoch FROM max(CASE WHEN step.code = 'delivered' THEN step.event_time END) - max(CASE WHEN step.code = 'pickup_departed' THEN step.event_time END)) / 60)::bigint AS minutes
        FROM load
        JOIN v_shipment_timeline AS step ON step.shipment_no = load.shipment_no
        WHERE step.classifier = 'ACT' AND step.code IN ('pickup_departed', 'delivered')
        GROUP BY load.shipment_no, load.carrier_scac, load.month, load.origin, load.destination
    ) AS took
    WHERE minutes IS NOT NULL
),
transit AS (
    SELECT carrier_scac, month, origin, destination, max(CASE WHEN place = (of_all + 1) / 2 THEN minutes END) AS p50 FROM way GROUP BY carrier_scac, month, origin, destination
),
heard AS (
    SELECT
        load.carrier_scac, load.month, load.origin, load.destination,
        floor(extract(epoch FROM told.applied_at - told.event_time) / 60)::bigint AS minutes,
        row_number() OVER (PARTITION BY load.carrier_scac, load.month, load.origin, load.destination ORDER BY extract(epoch FROM told.applied_at) - extract(epoch FROM told.event_time), told.milestone_id) AS place,
        count(*) OVER (PARTITION BY load.carrier_scac, load.month, load.origin, load.destination) AS of_all
    FROM load
    JOIN v_milestone_resolved AS told ON told.shipment_no = load.shipment_no
    WHERE told.source = 'carrier' AND told.classifier = 'ACT'
),
latency AS (
    SELECT
        carrier_scac, month, origin, destination,
        max(CASE WHEN place = (of_all + 1) / 2 THEN minutes END) AS p50,
        max(CASE WHEN place = (9 * of_all + 9) / 10 THEN minutes END) AS p90
    FROM heard
    GROUP BY carrier_scac, month, origin, destination
),
summed AS (
    SELECT
        load.carrier_scac, load.month, load.origin, load.destination,
        count(*) AS shipments,
        CAST(coalesce(sum(answered.accepted), 0) AS bigint) AS tenders_accepted,
        CAST(coalesce(sum(answered.declined), 0) AS bigint) AS tenders_declined,
        CAST(coalesce(sum(judged.pickups_on_time), 0) AS bigint) AS pickups_on_time,
        CAST(coalesce(sum(judged.pickups_late), 0) AS bigint) AS pickups_late,
        CAST(coalesce(sum(judged.deliveries_on_time), 0) AS bigint) AS deliveries_on_time,
        CAST(coalesce(sum(judged.deliveries_late), 0) AS bigint) AS deliveries_late,
        CAST(coalesce(sum(judged.stops_excused), 0) AS bigint) AS stops_excused,
        CAST(coalesce(sum(judged.stops_no_data), 0) AS bigint) AS stops_no_data,
        CAST(coalesce(sum(answered.told), 0) AS bigint) AS milestones_told,
        CAST(coalesce(sum(billed.invoices), 0) AS bigint) AS invoices,
        CAST(coalesce(sum(billed.within), 0) AS bigint) AS invoices_within
    FROM load
    LEFT JOIN answered ON answered.shipment_no = load.shipment_no
    LEFT JOIN judged ON judged.shipment_no = load.shipment_no
    LEFT JOIN billed ON billed.shipment_no = load.shipment_no
    GROUP BY load.carrier_scac, load.month, load.origin, load.destination
)
SELECT
    summed.carrier_scac, summed.month, summed.origin, summed.destination,
    summed.shipments,
    summed.tenders_accepted,
    summed.tenders_declined,
    10000 * summed.tenders_accepted / nullif(summed.tenders_accepted + summed.tenders_declined, 0) AS acceptance_bp,
    summed.pickups_on_time,
    summed.pickups_late,
    10000 * summed.pickups_on_time / nullif(summed.pickups_on_time + summed.pickups_late, 0) AS on_time_pickup_bp,
    summed.deliveries_on_time,
    summed.deliveries_late,
    10000 * summed.deliveries_on_time / nullif(summed.deliveries_on_time + summed.deliveries_late, 0) AS on_time_delivery_bp,
    summed.stops_excused,
    summed.stops_no_data,
    transit.p50 AS transit_min_p50,
    summed.milestones_told,
    10000 * summed.milestones_told / (4 * summed.shipments) AS tracking_bp,
    latency.p50 AS latency_min_p50,
    latency.p90 AS latency_min_p90,
    summed.invoices,
    summed.invoices_within,
    10000 * summed.invoices_within / nullif(summed.invoices, 0) AS invoice_accuracy_bp
FROM summed
LEFT JOIN transit ON transit.carrier_scac = summed.carrier_scac AND transit.month = summed.month AND transit.origin = summed.origin AND transit.destination = summed.destination
LEFT JOIN latency ON latency.carrier_scac = summed.carrier_scac AND latency.month = summed.month AND latency.origin = summed.origin AND latency.destination = summed.destination;
COMMENT ON VIEW v_carrier_scorecard IS 'How carriers do, by lane (first pickup to last delivery) and month of the planned start. Shares are hundredths of a percent, and null where there is nothing to judge.';
COMMENT ON COLUMN v_carrier_scorecard.carrier_scac IS 'The carrier; - where none is named.';
COMMENT ON COLUMN v_carrier_scorecard.month IS 'Month of the planned start in UTC, yyyy-mm; - where none is planned.';
COMMENT ON COLUMN v_carrier_scorecard.origin IS 'Place of the first pickup.';
COMMENT ON COLUMN v_carrier_scorecard.destination IS 'Place of the last delivery.';
COMMENT ON COLUMN v_carrier_scorecard.shipments IS 'Shipments of transport that were not dropped.';
COMMENT ON COLUMN v_carrier_scorecard.tenders_accepted IS 'Shipments that the carrier accepted.';
COMMENT ON COLUMN v_carrier_scorecard.tenders_declined IS 'Shipments that it declined.';
COMMENT ON COLUMN v_carrier_scorecard.acceptance_bp IS 'Accepted among answered.';
COMMENT ON COLUMN v_carrier_scorecard.pickups_on_time IS 'Pickups on time.';
COMMENT ON COLUMN v_carrier_scorecard.pickups_late IS 'Pickups late without excuse.';
COMMENT ON COLUMN v_carrier_scorecard.on_time_pickup_bp IS 'On time among both.';
COMMENT ON COLUMN v_carrier_scorecard.deliveries_on_time IS 'Deliveries on time.';
COMMENT ON COLUMN v_carrier_scorecard.deliveries_late IS 'Deliveries late without excuse.';
COMMENT ON COLUMN v_carrier_scorecard.on_time_delivery_bp IS 'On time among both.';
COMMENT ON COLUMN v_carrier_scorecard.stops_excused IS 'Stops late with an excuse.';
COMMENT ON COLUMN v_carrier_scorecard.stops_no_data IS 'Stops whose arrival nobody tells.';
COMMENT ON COLUMN v_carrier_scorecard.transit_min_p50 IS 'Half of the shipments took at most so many minutes from departure to delivery.';
COMMENT ON COLUMN v_carrier_scorecard.milestones_told IS 'Of pickup arrival and departure, delivery arrival and delivery: how many the carrier told itself.';
COMMENT ON COLUMN v_carrier_scorecard.tracking_bp IS 'These among four per shipment.';
COMMENT ON COLUMN v_carrier_scorecard.latency_min_p50 IS 'Half of what the carrier told was here at most so many minutes after it happened.';
COMMENT ON COLUMN v_carrier_scorecard.latency_min_p90 IS 'The same of nine in ten.';
COMMENT ON COLUMN v_carrier_scorecard.invoices IS 'Original invoices.';
COMMENT ON COLUMN v_carrier_scorecard.invoices_within IS 'Those within tolerance of the plan.';
COMMENT ON COLUMN v_carrier_scorecard.invoice_accuracy_bp IS 'These among all originals.';
