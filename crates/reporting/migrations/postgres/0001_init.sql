-- The reporting store on PostgreSQL.
--
-- Instants are timestamptz, money is bigint in minor units, lists are jsonb. Versions, hashes and keys compare byte by byte.

CREATE TABLE rpt_order (
    company text COLLATE "C" NOT NULL,
    order_no text COLLATE "C" NOT NULL,
    source_id text,
    customer_no text,
    customer_name text,
    customer_po text,
    order_date date,
    requested_delivery_date date,
    status text,
    currency text,
    amount_ex_tax_minor bigint,
    amount_inc_tax_minor bigint,
    ship_to_name text,
    ship_to_line1 text,
    ship_to_city text,
    ship_to_region text,
    ship_to_postcode text,
    ship_to_country text,
    fully_shipped boolean,
    line_sequences jsonb,
    source text NOT NULL,
    record_key text NOT NULL,
    version text COLLATE "C" NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    document_id text NOT NULL,
    correlation_id text NOT NULL,
    event_time timestamptz,
    source_modified_at timestamptz NOT NULL,
    applied_at timestamptz NOT NULL,
    dq jsonb NOT NULL,
    tombstone boolean NOT NULL,
    PRIMARY KEY (company, order_no)
);
COMMENT ON TABLE rpt_order IS 'One row per order: its newest version.';
COMMENT ON COLUMN rpt_order.company IS 'Company whose books hold the order.';
COMMENT ON COLUMN rpt_order.order_no IS 'Order number, unique within the company.';
COMMENT ON COLUMN rpt_order.source_id IS 'The source''s own id of the order.';
COMMENT ON COLUMN rpt_order.customer_no IS 'The customer''s number.';
COMMENT ON COLUMN rpt_order.customer_name IS 'The customer''s name.';
COMMENT ON COLUMN rpt_order.customer_po IS 'The customer''s own purchase order number.';
COMMENT ON COLUMN rpt_order.order_date IS 'Day of the order.';
COMMENT ON COLUMN rpt_order.requested_delivery_date IS 'Day on which the customer asked for delivery.';
COMMENT ON COLUMN rpt_order.status IS 'The source''s status in lower snake case.';
COMMENT ON COLUMN rpt_order.currency IS 'ISO 4217 code; null means the company''s local currency.';
COMMENT ON COLUMN rpt_order.amount_ex_tax_minor IS 'Total without tax, in minor units of the currency.';
COMMENT ON COLUMN rpt_order.amount_inc_tax_minor IS 'Total with tax, in minor units of the currency.';
COMMENT ON COLUMN rpt_order.ship_to_name IS 'Name at the ship-to address.';
COMMENT ON COLUMN rpt_order.ship_to_line1 IS 'First line of the ship-to address.';
COMMENT ON COLUMN rpt_order.ship_to_city IS 'City of the ship-to address.';
COMMENT ON COLUMN rpt_order.ship_to_region IS 'State or region of the ship-to address.';
COMMENT ON COLUMN rpt_order.ship_to_postcode IS 'Post code of the ship-to address.';
COMMENT ON COLUMN rpt_order.ship_to_country IS 'Country of the ship-to address, as the source writes it.';
COMMENT ON COLUMN rpt_order.fully_shipped IS 'Whether everything ordered has left.';
COMMENT ON COLUMN rpt_order.line_sequences IS 'Sequences of all lines that this version has.';
COMMENT ON COLUMN rpt_order.source IS 'System that the stored version comes from.';
COMMENT ON COLUMN rpt_order.record_key IS 'The record''s business key as one text, as logs and dead letters show it.';
COMMENT ON COLUMN rpt_order.version IS 'Version that the source gave; byte order is age order.';
COMMENT ON COLUMN rpt_order.content_hash IS 'Fingerprint of the content; orders two contents of one version.';
COMMENT ON COLUMN rpt_order.document_id IS 'Feed document that the stored version came from.';
COMMENT ON COLUMN rpt_order.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN rpt_order.event_time IS 'When the thing happened, if the record is about an event.';
COMMENT ON COLUMN rpt_order.source_modified_at IS 'When the source says that the record changed.';
COMMENT ON COLUMN rpt_order.applied_at IS 'When the stored version was written here.';
COMMENT ON COLUMN rpt_order.dq IS 'Doubts about the record that was taken all the same.';
COMMENT ON COLUMN rpt_order.tombstone IS 'Whether the newest version says that the thing is gone.';

CREATE TABLE rpt_order_line (
    company text COLLATE "C" NOT NULL,
    order_no text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    line_type text,
    item_no text,
    description text,
    uom text,
    qty numeric,
    shipped_qty numeric,
    invoiced_qty numeric,
    unit_price numeric,
    planned_ship_date date,
    source text NOT NULL,
    record_key text NOT NULL,
    version text COLLATE "C" NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    document_id text NOT NULL,
    correlation_id text NOT NULL,
    event_time timestamptz,
    source_modified_at timestamptz NOT NULL,
    applied_at timestamptz NOT NULL,
    dq jsonb NOT NULL,
    tombstone boolean NOT NULL,
    PRIMARY KEY (company, order_no, sequence)
);
COMMENT ON TABLE rpt_order_line IS 'One row per line of an order: its newest version.';
COMMENT ON COLUMN rpt_order_line.company IS 'Company whose books hold the order.';
COMMENT ON COLUMN rpt_order_line.order_no IS 'Order that the line belongs to.';
COMMENT ON COLUMN rpt_order_line.sequence IS 'Position within the order, as the source numbers it.';
COMMENT ON COLUMN rpt_order_line.line_type IS 'Kind of line: item, comment, charge.';
COMMENT ON COLUMN rpt_order_line.item_no IS 'Number of the item, account or charge.';
COMMENT ON COLUMN rpt_order_line.description IS 'Free text.';
COMMENT ON COLUMN rpt_order_line.uom IS 'Unit of measure of the quantities.';
COMMENT ON COLUMN rpt_order_line.qty IS 'Quantity ordered.';
COMMENT ON COLUMN rpt_order_line.shipped_qty IS 'Quantity shipped so far.';
COMMENT ON COLUMN rpt_order_line.invoiced_qty IS 'Quantity invoiced so far.';
COMMENT ON COLUMN rpt_order_line.unit_price IS 'Price of one unit, in major units of the order''s currency.';
COMMENT ON COLUMN rpt_order_line.planned_ship_date IS 'Day on which the line is planned to leave.';
COMMENT ON COLUMN rpt_order_line.source IS 'System that the stored version comes from.';
COMMENT ON COLUMN rpt_order_line.record_key IS 'The record''s business key as one text, as logs and dead letters show it.';
COMMENT ON COLUMN rpt_order_line.version IS 'Version that the source gave; byte order is age order.';
COMMENT ON COLUMN rpt_order_line.content_hash IS 'Fingerprint of the content; orders two contents of one version.';
COMMENT ON COLUMN rpt_order_line.document_id IS 'Feed document that the stored version came from.';
COMMENT ON COLUMN rpt_order_line.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN rpt_order_line.event_time IS 'When the thing happened, if the record is about an event.';
COMMENT ON COLUMN rpt_order_line.source_modified_at IS 'When the source says that the record changed.';
COMMENT ON COLUMN rpt_order_line.applied_at IS 'When the stored version was written here.';
COMMENT ON COLUMN rpt_order_line.dq IS 'Doubts about the record that was taken all the same.';
COMMENT ON COLUMN rpt_order_line.tombstone IS 'Whether the newest version says that the thing is gone.';

CREATE TABLE rpt_shipment (
    shipment_no text COLLATE "C" NOT NULL,
    source_id text,
    status text,
    mode text,
    carrier_scac text,
    carrier_name text,
    pro text,
    bol text,
    booking_no text,
    container_no text,
    customer_po text,
    order_nos jsonb,
    vehicle_ref text,
    vehicle_plate text,
    vehicle_vin text,
    driver text,
    planned_cost_minor bigint,
    currency text,
    planned_start timestamptz,
    planned_end timestamptz,
    stop_ids jsonb,
    source text NOT NULL,
    record_key text NOT NULL,
    version text COLLATE "C" NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    document_id text NOT NULL,
    correlation_id text NOT NULL,
    event_time timestamptz,
    source_modified_at timestamptz NOT NULL,
    applied_at timestamptz NOT NULL,
    dq jsonb NOT NULL,
    tombstone boolean NOT NULL,
    PRIMARY KEY (shipment_no)
);
COMMENT ON TABLE rpt_shipment IS 'One row per shipment: its newest version.';
COMMENT ON COLUMN rpt_shipment.shipment_no IS 'Number under which all parties know the load.';
COMMENT ON COLUMN rpt_shipment.source_id IS 'The source''s own id of the trip.';
COMMENT ON COLUMN rpt_shipment.status IS 'Status in lower snake case.';
COMMENT ON COLUMN rpt_shipment.mode IS 'Mode of transport in lower snake case.';
COMMENT ON COLUMN rpt_shipment.carrier_scac IS 'Standard Carrier Alpha Code.';
COMMENT ON COLUMN rpt_shipment.carrier_name IS 'The carrier''s name.';
COMMENT ON COLUMN rpt_shipment.pro IS 'The carrier''s own reference (PRO number).';
COMMENT ON COLUMN rpt_shipment.bol IS 'Bill of lading number.';
COMMENT ON COLUMN rpt_shipment.booking_no IS 'The ocean carrier''s booking reference.';
COMMENT ON COLUMN rpt_shipment.container_no IS 'Container number as the source writes it.';
COMMENT ON COLUMN rpt_shipment.customer_po IS 'The customer''s purchase order number.';
COMMENT ON COLUMN rpt_shipment.order_nos IS 'Orders on board.';
COMMENT ON COLUMN rpt_shipment.vehicle_ref IS 'Id of the vehicle at its telematics provider.';
COMMENT ON COLUMN rpt_shipment.vehicle_plate IS 'Licence plate.';
COMMENT ON COLUMN rpt_shipment.vehicle_vin IS 'Vehicle identification number.';
COMMENT ON COLUMN rpt_shipment.driver IS 'The driver''s name.';
COMMENT ON COLUMN rpt_shipment.planned_cost_minor IS 'Planned cost, in minor units of the currency.';
COMMENT ON COLUMN rpt_shipment.currency IS 'ISO 4217 code of the planned cost.';
COMMENT ON COLUMN rpt_shipment.planned_start IS 'When the first stop is planned to begin.';
COMMENT ON COLUMN rpt_shipment.planned_end IS 'When the last stop is planned to end.';
COMMENT ON COLUMN rpt_shipment.stop_ids IS 'Ids of all stops that this version has, in the order of the trip.';
COMMENT ON COLUMN rpt_shipment.source IS 'System that the stored version comes from.';
COMMENT ON COLUMN rpt_shipment.record_key IS 'The record''s business key as one text, as logs and dead letters show it.';
COMMENT ON COLUMN rpt_shipment.version IS 'Version that the source gave; byte order is age order.';
COMMENT ON COLUMN rpt_shipment.content_hash IS 'Fingerprint of the content; orders two contents of one version.';
COMMENT ON COLUMN rpt_shipment.document_id IS 'Feed document that the stored version came from.';
COMMENT ON COLUMN rpt_shipment.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN rpt_shipment.event_time IS 'When the thing happened, if the record is about an event.';
COMMENT ON COLUMN rpt_shipment.source_modified_at IS 'When the source says that the record changed.';
COMMENT ON COLUMN rpt_shipment.applied_at IS 'When the stored version was written here.';
COMMENT ON COLUMN rpt_shipment.dq IS 'Doubts about the record that was taken all the same.';
COMMENT ON COLUMN rpt_shipment.tombstone IS 'Whether the newest version says that the thing is gone.';

CREATE TABLE rpt_stop (
    shipment_no text COLLATE "C" NOT NULL,
    stop_id text COLLATE "C" NOT NULL,
    seq bigint,
    kind text,
    place_code text,
    place_name text,
    lat_e6 bigint CHECK (lat_e6 BETWEEN -90000000 AND 90000000),
    lon_e6 bigint CHECK (lon_e6 BETWEEN -180000000 AND 180000000),
    window_start timestamptz,
    window_end timestamptz,
    planned_arrive timestamptz,
    planned_depart timestamptz,
    projected_arrive timestamptz,
    actual_arrive timestamptz,
    actual_depart timestamptz,
    planned_version text COLLATE "C",
    planned_hash text COLLATE "C",
    projected_version text COLLATE "C",
    projected_hash text COLLATE "C",
    actual_version text COLLATE "C",
    actual_hash text COLLATE "C",
    source text NOT NULL,
    record_key text NOT NULL,
    version text COLLATE "C" NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    document_id text NOT NULL,
    correlation_id text NOT NULL,
    event_time timestamptz,
    source_modified_at timestamptz NOT NULL,
    applied_at timestamptz NOT NULL,
    dq jsonb NOT NULL,
    tombstone boolean NOT NULL,
    PRIMARY KEY (shipment_no, stop_id)
);
COMMENT ON TABLE rpt_stop IS 'One row per stop of a shipment. Description and the three groups of times each keep their own version.';
COMMENT ON COLUMN rpt_stop.shipment_no IS 'Shipment that stops here.';
COMMENT ON COLUMN rpt_stop.stop_id IS 'The source''s own id of the stop.';
COMMENT ON COLUMN rpt_stop.seq IS 'Position within the trip, from 0.';
COMMENT ON COLUMN rpt_stop.kind IS 'What happens here: pickup, delivery, other.';
COMMENT ON COLUMN rpt_stop.place_code IS 'The place''s code.';
COMMENT ON COLUMN rpt_stop.place_name IS 'The place''s name.';
COMMENT ON COLUMN rpt_stop.lat_e6 IS 'Latitude in microdegrees.';
COMMENT ON COLUMN rpt_stop.lon_e6 IS 'Longitude in microdegrees.';
COMMENT ON COLUMN rpt_stop.window_start IS 'Begin of the appointment window.';
COMMENT ON COLUMN rpt_stop.window_end IS 'End of the appointment window.';
COMMENT ON COLUMN rpt_stop.planned_arrive IS 'Planned arrival.';
COMMENT ON COLUMN rpt_stop.planned_depart IS 'Planned departure.';
COMMENT ON COLUMN rpt_stop.projected_arrive IS 'Forecast arrival.';
COMMENT ON COLUMN rpt_stop.actual_arrive IS 'Observed arrival.';
COMMENT ON COLUMN rpt_stop.actual_depart IS 'Observed departure.';
COMMENT ON COLUMN rpt_stop.planned_version IS 'Version of the planned times.';
COMMENT ON COLUMN rpt_stop.planned_hash IS 'Content hash of the record that gave the planned times.';
COMMENT ON COLUMN rpt_stop.projected_version IS 'Version of the forecast times.';
COMMENT ON COLUMN rpt_stop.projected_hash IS 'Content hash of the record that gave the forecast times.';
COMMENT ON COLUMN rpt_stop.actual_version IS 'Version of the observed times.';
COMMENT ON COLUMN rpt_stop.actual_hash IS 'Content hash of the record that gave the observed times.';
COMMENT ON COLUMN rpt_stop.source IS 'System that the stored version comes from.';
COMMENT ON COLUMN rpt_stop.record_key IS 'The record''s business key as one text, as logs and dead letters show it.';
COMMENT ON COLUMN rpt_stop.version IS 'Version that the source gave; byte order is age order.';
COMMENT ON COLUMN rpt_stop.content_hash IS 'Fingerprint of the content; orders two contents of one version.';
COMMENT ON COLUMN rpt_stop.document_id IS 'Feed document that the stored version came from.';
COMMENT ON COLUMN rpt_stop.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN rpt_stop.event_time IS 'When the thing happened, if the record is about an event.';
COMMENT ON COLUMN rpt_stop.source_modified_at IS 'When the source says that the record changed.';
COMMENT ON COLUMN rpt_stop.applied_at IS 'When the stored version was written here.';
COMMENT ON COLUMN rpt_stop.dq IS 'Doubts about the record that was taken all the same.';
COMMENT ON COLUMN rpt_stop.tombstone IS 'Whether the newest version says that the thing is gone.';

CREATE TABLE rpt_milestone (
    milestone_id text COLLATE "C" NOT NULL,
    scope text,
    scope_ref text,
    shipment_no text,
    order_no text,
    container_no text,
    stop_id text,
    code text,
    classifier text,
    event_time timestamptz,
    time_precision text,
    tz_basis text,
    place_code text,
    lat_e6 bigint CHECK (lat_e6 BETWEEN -90000000 AND 90000000),
    lon_e6 bigint CHECK (lon_e6 BETWEEN -180000000 AND 180000000),
    reason_code text,
    source_code text,
    source text NOT NULL,
    record_key text NOT NULL,
    version text COLLATE "C" NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    document_id text NOT NULL,
    correlation_id text NOT NULL,
    source_modified_at timestamptz NOT NULL,
    applied_at timestamptz NOT NULL,
    dq jsonb NOT NULL,
    tombstone boolean NOT NULL,
    PRIMARY KEY (milestone_id)
);
COMMENT ON TABLE rpt_milestone IS 'One row per milestone: its newest version.';
COMMENT ON COLUMN rpt_milestone.milestone_id IS 'What the milestone is about, its code and its classifier.';
COMMENT ON COLUMN rpt_milestone.scope IS 'What the milestone is about: order, shipment, stop, container, unit.';
COMMENT ON COLUMN rpt_milestone.scope_ref IS 'Key of that thing.';
COMMENT ON COLUMN rpt_milestone.shipment_no IS 'The shipment, if known.';
COMMENT ON COLUMN rpt_milestone.order_no IS 'The order, if there is exactly one.';
COMMENT ON COLUMN rpt_milestone.container_no IS 'The container, if known.';
COMMENT ON COLUMN rpt_milestone.stop_id IS 'The stop, if it is about one.';
COMMENT ON COLUMN rpt_milestone.code IS 'What happened.';
COMMENT ON COLUMN rpt_milestone.classifier IS 'How certain it is: PLN, EST, ACT.';
COMMENT ON COLUMN rpt_milestone.event_time IS 'When it happened or is expected to.';
COMMENT ON COLUMN rpt_milestone.time_precision IS 'How exact the time is.';
COMMENT ON COLUMN rpt_milestone.tz_basis IS 'How the instant was found from what the source wrote.';
COMMENT ON COLUMN rpt_milestone.place_code IS 'The place''s code.';
COMMENT ON COLUMN rpt_milestone.lat_e6 IS 'Latitude in microdegrees.';
COMMENT ON COLUMN rpt_milestone.lon_e6 IS 'Longitude in microdegrees.';
COMMENT ON COLUMN rpt_milestone.reason_code IS 'Why, in the source''s own code.';
COMMENT ON COLUMN rpt_milestone.source_code IS 'What the source itself called it.';
COMMENT ON COLUMN rpt_milestone.source IS 'System that the stored version comes from.';
COMMENT ON COLUMN rpt_milestone.record_key IS 'The record''s business key as one text, as logs and dead letters show it.';
COMMENT ON COLUMN rpt_milestone.version IS 'Version that the source gave; byte order is age order.';
COMMENT ON COLUMN rpt_milestone.content_hash IS 'Fingerprint of the content; orders two contents of one version.';
COMMENT ON COLUMN rpt_milestone.document_id IS 'Feed document that the stored version came from.';
COMMENT ON COLUMN rpt_milestone.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN rpt_milestone.source_modified_at IS 'When the source says that the record changed.';
COMMENT ON COLUMN rpt_milestone.applied_at IS 'When the stored version was written here.';
COMMENT ON COLUMN rpt_milestone.dq IS 'Doubts about the record that was taken all the same.';
COMMENT ON COLUMN rpt_milestone.tombstone IS 'Whether the newest version says that the thing is gone.';

CREATE TABLE rpt_consolidation (
    consolidation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    committed_at timestamptz NOT NULL,
    source text NOT NULL,
    applied bigint NOT NULL,
    duplicate bigint NOT NULL,
    superseded bigint NOT NULL,
    dead_lettered bigint NOT NULL,
    lags_ms jsonb NOT NULL
);
COMMENT ON TABLE rpt_consolidation IS 'Append-only ledger: one row per transaction and source, and one per batch and source with dead letters.';
COMMENT ON COLUMN rpt_consolidation.consolidation_id IS 'Number of the row.';
COMMENT ON COLUMN rpt_consolidation.committed_at IS 'When the transaction was written.';
COMMENT ON COLUMN rpt_consolidation.source IS 'System that the records come from.';
COMMENT ON COLUMN rpt_consolidation.applied IS 'Records that are now in their row.';
COMMENT ON COLUMN rpt_consolidation.duplicate IS 'Records that were there already.';
COMMENT ON COLUMN rpt_consolidation.superseded IS 'Records older than their row.';
COMMENT ON COLUMN rpt_consolidation.dead_lettered IS 'Records that ended as dead letters.';
COMMENT ON COLUMN rpt_consolidation.lags_ms IS 'For each record applied: milliseconds from the change at the source to this write.';

-- Reports follow a shipment to its milestones; freshness reads the ledger by source.
CREATE INDEX rpt_milestone_shipment ON rpt_milestone (shipment_no, event_time);
CREATE INDEX rpt_consolidation_source ON rpt_consolidation (source, committed_at);

-- The views add `deleted`: the thing itself is gone, or a newer version of its parent is gone or lists it no more.
-- Derived when read, so that it is right in whatever order, and from whatever concurrent transactions, parent and
-- child arrive; a stored flag would need a lock on the parent for every child.
CREATE VIEW v_order AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_order AS child;
COMMENT ON VIEW v_order IS 'One row per order: its newest version. Reports read this view WHERE NOT deleted.';
COMMENT ON COLUMN v_order.deleted IS 'Whether the thing is gone, by its own tombstone or by a newer version of its parent.';

CREATE VIEW v_order_line AS
SELECT
    child.*,
    child.tombstone OR coalesce(
        parent.version > child.version
        AND (parent.tombstone OR NOT (parent.line_sequences @> to_jsonb(child.sequence))),
        false
    ) AS deleted
FROM rpt_order_line AS child
LEFT JOIN rpt_order AS parent ON parent.company = child.company AND parent.order_no = child.order_no;
COMMENT ON VIEW v_order_line IS 'One row per line of an order: its newest version. Reports read this view WHERE NOT deleted.';
COMMENT ON COLUMN v_order_line.deleted IS 'Whether the thing is gone, by its own tombstone or by a newer version of its parent.';

CREATE VIEW v_shipment AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_shipment AS child;
COMMENT ON VIEW v_shipment IS 'One row per shipment: its newest version. Reports read this view WHERE NOT deleted.';
COMMENT ON COLUMN v_shipment.deleted IS 'Whether the thing is gone, by its own tombstone or by a newer version of its parent.';

CREATE VIEW v_stop AS
SELECT
    child.*,
    child.tombstone OR coalesce(
        parent.version > child.version
        AND (parent.tombstone OR NOT (parent.stop_ids ? child.stop_id)),
        false
    ) AS deleted
FROM rpt_stop AS child
LEFT JOIN rpt_shipment AS parent ON parent.shipment_no = child.shipment_no;
COMMENT ON VIEW v_stop IS 'One row per stop of a shipment. Description and the three groups of times each keep their own version. Reports read this view WHERE NOT deleted.';
COMMENT ON COLUMN v_stop.deleted IS 'Whether the thing is gone, by its own tombstone or by a newer version of its parent.';

CREATE VIEW v_milestone AS
SELECT
    child.*,
    child.tombstone OR coalesce(
        parent.version > child.version
        AND (parent.tombstone OR (child.stop_id IS NOT NULL AND NOT (parent.stop_ids ? child.stop_id))),
        false
    ) AS deleted
FROM rpt_milestone AS child
LEFT JOIN rpt_shipment AS parent ON parent.shipment_no = child.shipment_no;
COMMENT ON VIEW v_milestone IS 'One row per milestone: its newest version. Reports read this view WHERE NOT deleted.';
COMMENT ON COLUMN v_milestone.deleted IS 'Whether the thing is gone, by its own tombstone or by a newer version of its parent.';
