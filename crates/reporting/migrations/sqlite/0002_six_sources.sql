-- What warehouse, telematics, carrier and visibility fill. Only adds: a release without it goes on working.

-- One row per movement of stock: its newest version.
CREATE TABLE rpt_inventory_movement (
    -- The warehouse's code.
    warehouse TEXT NOT NULL,
    -- Id of the movement, unique within the warehouse.
    movement_id TEXT NOT NULL,
    -- Kind of movement in lower snake case.
    movement_type TEXT,
    -- The item.
    sku TEXT,
    -- The item's lot.
    lot TEXT,
    -- The item's serial number.
    serial TEXT,
    -- Quantity in the item's base unit, with the sign of its effect on the stock.
    qty_base TEXT,
    -- The item's base unit.
    uom_base TEXT,
    -- Quantity as the source wrote it.
    qty TEXT,
    -- Unit of measure as the source wrote it.
    uom TEXT,
    -- Order that it is for.
    order_no TEXT,
    -- Line of that order.
    line_no INTEGER,
    -- The logistic unit: 18 digits.
    sscc TEXT,
    -- Shipment that it is for.
    load_ref TEXT,
    -- Why, in the source's own code.
    reason TEXT,
    -- Bin that was left.
    bin_from TEXT,
    -- Bin that was reached.
    bin_to TEXT,
    -- Status of the stock.
    stock_status TEXT,
    -- When it happened.
    movement_time INTEGER,
    -- How the instant was found from what the source wrote.
    tz_basis TEXT,
    -- System that the stored version comes from.
    source TEXT NOT NULL,
    -- The record's business key as one text, as logs and dead letters show it.
    record_key TEXT NOT NULL,
    -- Version that the source gave; byte order is age order.
    version TEXT NOT NULL,
    -- Fingerprint of the content; orders two contents of one version.
    content_hash TEXT NOT NULL,
    -- Feed document that the stored version came from.
    document_id TEXT NOT NULL,
    -- Follows the record from the upstream message to this row.
    correlation_id TEXT NOT NULL,
    -- When the thing happened, if the record is about an event.
    event_time INTEGER,
    -- When the source says that the record changed.
    source_modified_at INTEGER NOT NULL,
    -- When the stored version was written here.
    applied_at INTEGER NOT NULL,
    -- Doubts about the record that was taken all the same.
    dq TEXT NOT NULL,
    -- Whether the newest version says that the thing is gone.
    tombstone INTEGER NOT NULL,
    PRIMARY KEY (warehouse, movement_id)
) WITHOUT ROWID;

-- One row per place with stock: its newest count.
CREATE TABLE rpt_inventory_snapshot (
    -- The warehouse's code.
    warehouse TEXT NOT NULL,
    -- The item.
    sku TEXT NOT NULL,
    -- The item's lot; - without one.
    lot TEXT NOT NULL,
    -- The bin; - without one.
    bin TEXT NOT NULL,
    -- Status of the stock; - without one.
    stock_status TEXT NOT NULL,
    -- Quantity on hand, in the item's base unit.
    qty_base TEXT,
    -- The item's base unit.
    uom_base TEXT,
    -- When it was counted.
    as_of INTEGER,
    -- System that the stored version comes from.
    source TEXT NOT NULL,
    -- The record's business key as one text, as logs and dead letters show it.
    record_key TEXT NOT NULL,
    -- Version that the source gave; byte order is age order.
    version TEXT NOT NULL,
    -- Fingerprint of the content; orders two contents of one version.
    content_hash TEXT NOT NULL,
    -- Feed document that the stored version came from.
    document_id TEXT NOT NULL,
    -- Follows the record from the upstream message to this row.
    correlation_id TEXT NOT NULL,
    -- When the thing happened, if the record is about an event.
    event_time INTEGER,
    -- When the source says that the record changed.
    source_modified_at INTEGER NOT NULL,
    -- When the stored version was written here.
    applied_at INTEGER NOT NULL,
    -- Doubts about the record that was taken all the same.
    dq TEXT NOT NULL,
    -- Whether the newest version says that the thing is gone.
    tombstone INTEGER NOT NULL,
    PRIMARY KEY (warehouse, sku, lot, bin, stock_status)
) WITHOUT ROWID;

-- One row per reading of a vehicle's gateway.
CREATE TABLE rpt_vehicle_position (
    -- Telematics provider.
    provider TEXT NOT NULL,
    -- The provider's own id of the vehicle.
    vehicle_id TEXT NOT NULL,
    -- The provider's stream.
    stream TEXT NOT NULL,
    -- When the gateway read it.
    reading_time INTEGER NOT NULL,
    -- Latitude in microdegrees.
    lat_e6 INTEGER CHECK (lat_e6 BETWEEN -90000000 AND 90000000),
    -- Longitude in microdegrees.
    lon_e6 INTEGER CHECK (lon_e6 BETWEEN -180000000 AND 180000000),
    -- Speed in kilometres per hour.
    speed_kmh TEXT,
    -- Direction of travel in degrees, clockwise from north.
    heading_deg INTEGER,
    -- Distance driven so far, in metres.
    odometer_m INTEGER,
    -- Time that the engine has run so far, in seconds.
    engine_s INTEGER,
    -- State of the engine in lower snake case.
    engine_state TEXT,
    -- The place in the provider's words.
    place_text TEXT,
    -- Why the reading was kept when others were thinned out.
    kept_reason TEXT,
    -- System that the stored version comes from.
    source TEXT NOT NULL,
    -- The record's business key as one text, as logs and dead letters show it.
    record_key TEXT NOT NULL,
    -- Version that the source gave; byte order is age order.
    version TEXT NOT NULL,
    -- Fingerprint of the content; orders two contents of one version.
    content_hash TEXT NOT NULL,
    -- Feed document that the stored version came from.
    document_id TEXT NOT NULL,
    -- Follows the record from the upstream message to this row.
    correlation_id TEXT NOT NULL,
    -- When the thing happened, if the record is about an event.
    event_time INTEGER,
    -- When the source says that the record changed.
    source_modified_at INTEGER NOT NULL,
    -- When the stored version was written here.
    applied_at INTEGER NOT NULL,
    -- Doubts about the record that was taken all the same.
    dq TEXT NOT NULL,
    -- Whether the newest version says that the thing is gone.
    tombstone INTEGER NOT NULL,
    PRIMARY KEY (provider, vehicle_id, stream, reading_time)
) WITHOUT ROWID;

-- One row per vehicle: its newest version.
CREATE TABLE rpt_vehicle (
    -- Telematics provider.
    provider TEXT NOT NULL,
    -- The provider's own id of the vehicle.
    vehicle_id TEXT NOT NULL,
    -- Name that its owner gave it.
    name TEXT,
    -- Vehicle identification number.
    vin TEXT,
    -- Licence plate.
    plate TEXT,
    -- System that the stored version comes from.
    source TEXT NOT NULL,
    -- The record's business key as one text, as logs and dead letters show it.
    record_key TEXT NOT NULL,
    -- Version that the source gave; byte order is age order.
    version TEXT NOT NULL,
    -- Fingerprint of the content; orders two contents of one version.
    content_hash TEXT NOT NULL,
    -- Feed document that the stored version came from.
    document_id TEXT NOT NULL,
    -- Follows the record from the upstream message to this row.
    correlation_id TEXT NOT NULL,
    -- When the thing happened, if the record is about an event.
    event_time INTEGER,
    -- When the source says that the record changed.
    source_modified_at INTEGER NOT NULL,
    -- When the stored version was written here.
    applied_at INTEGER NOT NULL,
    -- Doubts about the record that was taken all the same.
    dq TEXT NOT NULL,
    -- Whether the newest version says that the thing is gone.
    tombstone INTEGER NOT NULL,
    PRIMARY KEY (provider, vehicle_id)
) WITHOUT ROWID;

-- One row per invoice of a carrier: its newest version.
CREATE TABLE rpt_freight_invoice (
    -- Standard Carrier Alpha Code of the carrier.
    scac TEXT NOT NULL,
    -- The carrier's number of the invoice.
    invoice_no TEXT NOT NULL,
    -- What it is to an invoice before it: original, adjustment, balance_due.
    kind TEXT NOT NULL,
    -- The shipment, if the invoice names it.
    shipment_no TEXT,
    -- The carrier's own reference (PRO number).
    pro TEXT,
    -- Bill of lading number.
    bol TEXT,
    -- Day of the invoice.
    invoice_date TEXT,
    -- Day of the delivery.
    delivery_date TEXT,
    -- ISO 4217 code.
    currency TEXT,
    -- Amount to be paid, in minor units of the currency.
    net_minor INTEGER,
    -- Weight in kilograms.
    weight_kg TEXT,
    -- Number of pieces.
    pieces INTEGER,
    -- Whether the lines add up to the amount to be paid.
    sum_ok INTEGER,
    -- Amount to be paid less the sum of the lines, in minor units.
    sum_difference_minor INTEGER,
    -- Numbers of all lines that this version has.
    line_numbers TEXT,
    -- System that the stored version comes from.
    source TEXT NOT NULL,
    -- The record's business key as one text, as logs and dead letters show it.
    record_key TEXT NOT NULL,
    -- Version that the source gave; byte order is age order.
    version TEXT NOT NULL,
    -- Fingerprint of the content; orders two contents of one version.
    content_hash TEXT NOT NULL,
    -- Feed document that the stored version came from.
    document_id TEXT NOT NULL,
    -- Follows the record from the upstream message to this row.
    correlation_id TEXT NOT NULL,
    -- When the thing happened, if the record is about an event.
    event_time INTEGER,
    -- When the source says that the record changed.
    source_modified_at INTEGER NOT NULL,
    -- When the stored version was written here.
    applied_at INTEGER NOT NULL,
    -- Doubts about the record that was taken all the same.
    dq TEXT NOT NULL,
    -- Whether the newest version says that the thing is gone.
    tombstone INTEGER NOT NULL,
    PRIMARY KEY (scac, invoice_no, kind)
) WITHOUT ROWID;

-- One row per charge of a carrier's invoice: its newest version.
CREATE TABLE rpt_freight_invoice_line (
    -- Standard Carrier Alpha Code of the carrier.
    scac TEXT NOT NULL,
    -- Invoice that the line belongs to.
    invoice_no TEXT NOT NULL,
    -- Kind of that invoice.
    kind TEXT NOT NULL,
    -- Position within the invoice.
    line_no INTEGER NOT NULL,
    -- What is charged, in the carrier's code.
    code TEXT,
    -- What is charged, in words.
    description TEXT,
    -- Price of one unit, in major units of the invoice's currency.
    rate TEXT,
    -- What the rate is for.
    rate_qualifier TEXT,
    -- Amount, in minor units of the invoice's currency.
    amount_minor INTEGER,
    -- System that the stored version comes from.
    source TEXT NOT NULL,
    -- The record's business key as one text, as logs and dead letters show it.
    record_key TEXT NOT NULL,
    -- Version that the source gave; byte order is age order.
    version TEXT NOT NULL,
    -- Fingerprint of the content; orders two contents of one version.
    content_hash TEXT NOT NULL,
    -- Feed document that the stored version came from.
    document_id TEXT NOT NULL,
    -- Follows the record from the upstream message to this row.
    correlation_id TEXT NOT NULL,
    -- When the thing happened, if the record is about an event.
    event_time INTEGER,
    -- When the source says that the record changed.
    source_modified_at INTEGER NOT NULL,
    -- When the stored version was written here.
    applied_at INTEGER NOT NULL,
    -- Doubts about the record that was taken all the same.
    dq TEXT NOT NULL,
    -- Whether the newest version says that the thing is gone.
    tombstone INTEGER NOT NULL,
    PRIMARY KEY (scac, invoice_no, kind, line_no)
) WITHOUT ROWID;

-- One row per container, as of its latest event. Its type and its two gate times each keep their own version.
CREATE TABLE rpt_container (
    -- Owner code and serial number without the check digit.
    container_no TEXT NOT NULL,
    -- Check digit.
    check_digit TEXT,
    -- Size and type (ISO 6346).
    iso_type TEXT,
    -- Whether it is loaded.
    laden INTEGER,
    -- Code of its latest event.
    last_code TEXT,
    -- Place of its latest event.
    last_place TEXT,
    -- Time of its latest event.
    last_event_time INTEGER,
    -- The shipment, if the latest event names it.
    shipment_no TEXT,
    -- The ocean carrier's booking reference, if the latest event names it.
    booking_no TEXT,
    -- When it last entered a terminal or depot.
    gate_in_at INTEGER,
    -- When it last left one.
    gate_out_at INTEGER,
    -- Version of the type.
    iso_type_version TEXT,
    -- Content hash of the record that gave the type.
    iso_type_hash TEXT,
    -- Version of the time of entry.
    gate_in_version TEXT,
    -- Content hash of the record that gave the time of entry.
    gate_in_hash TEXT,
    -- Version of the time of departure.
    gate_out_version TEXT,
    -- Content hash of the record that gave the time of departure.
    gate_out_hash TEXT,
    -- System that the stored version comes from.
    source TEXT NOT NULL,
    -- The record's business key as one text, as logs and dead letters show it.
    record_key TEXT NOT NULL,
    -- Version that the source gave; byte order is age order.
    version TEXT NOT NULL,
    -- Fingerprint of the content; orders two contents of one version.
    content_hash TEXT NOT NULL,
    -- Feed document that the stored version came from.
    document_id TEXT NOT NULL,
    -- Follows the record from the upstream message to this row.
    correlation_id TEXT NOT NULL,
    -- When the thing happened, if the record is about an event.
    event_time INTEGER,
    -- When the source says that the record changed.
    source_modified_at INTEGER NOT NULL,
    -- When the stored version was written here.
    applied_at INTEGER NOT NULL,
    -- Doubts about the record that was taken all the same.
    dq TEXT NOT NULL,
    -- Whether the newest version says that the thing is gone.
    tombstone INTEGER NOT NULL,
    PRIMARY KEY (container_no)
) WITHOUT ROWID;

-- One row per logistic unit, as of its latest event.
CREATE TABLE rpt_handling_unit (
    -- Serial Shipping Container Code: 18 digits.
    sscc TEXT NOT NULL,
    -- Place of its latest event.
    last_place TEXT,
    -- Code of its latest event.
    last_code TEXT,
    -- Time of its latest event.
    last_event_time INTEGER,
    -- The shipment, if the latest event names it.
    shipment_no TEXT,
    -- The order, if the latest event names it.
    order_no TEXT,
    -- System that the stored version comes from.
    source TEXT NOT NULL,
    -- The record's business key as one text, as logs and dead letters show it.
    record_key TEXT NOT NULL,
    -- Version that the source gave; byte order is age order.
    version TEXT NOT NULL,
    -- Fingerprint of the content; orders two contents of one version.
    content_hash TEXT NOT NULL,
    -- Feed document that the stored version came from.
    document_id TEXT NOT NULL,
    -- Follows the record from the upstream message to this row.
    correlation_id TEXT NOT NULL,
    -- When the thing happened, if the record is about an event.
    event_time INTEGER,
    -- When the source says that the record changed.
    source_modified_at INTEGER NOT NULL,
    -- When the stored version was written here.
    applied_at INTEGER NOT NULL,
    -- Doubts about the record that was taken all the same.
    dq TEXT NOT NULL,
    -- Whether the newest version says that the thing is gone.
    tombstone INTEGER NOT NULL,
    PRIMARY KEY (sscc)
) WITHOUT ROWID;

-- One row per acknowledged group of an EDI interchange.
CREATE TABLE rpt_edi_ack (
    -- Who acknowledges: sent by us, received from the partner.
    direction TEXT NOT NULL,
    -- The partner's interchange id.
    partner TEXT NOT NULL,
    -- Control number of the interchange that is acknowledged.
    isa13 TEXT NOT NULL,
    -- Control number of the group that is acknowledged.
    gs06 TEXT NOT NULL,
    -- What became of the group: A accepted, E accepted with errors, P partly accepted, R rejected.
    status TEXT,
    -- Transaction sets in the group, as received.
    sets INTEGER,
    -- Transaction sets that were accepted.
    accepted INTEGER,
    -- What was wrong, one text each.
    errors TEXT,
    -- When the acknowledgement was written.
    sent_at INTEGER,
    -- The acknowledgement's own interchange control number.
    control_no TEXT,
    -- System that the stored version comes from.
    source TEXT NOT NULL,
    -- The record's business key as one text, as logs and dead letters show it.
    record_key TEXT NOT NULL,
    -- Version that the source gave; byte order is age order.
    version TEXT NOT NULL,
    -- Fingerprint of the content; orders two contents of one version.
    content_hash TEXT NOT NULL,
    -- Feed document that the stored version came from.
    document_id TEXT NOT NULL,
    -- Follows the record from the upstream message to this row.
    correlation_id TEXT NOT NULL,
    -- When the thing happened, if the record is about an event.
    event_time INTEGER,
    -- When the source says that the record changed.
    source_modified_at INTEGER NOT NULL,
    -- When the stored version was written here.
    applied_at INTEGER NOT NULL,
    -- Doubts about the record that was taken all the same.
    dq TEXT NOT NULL,
    -- Whether the newest version says that the thing is gone.
    tombstone INTEGER NOT NULL,
    PRIMARY KEY (direction, partner, isa13, gs06)
) WITHOUT ROWID;

-- Reports follow an order or a shipment to its movements and invoices, and a shipment to its containers.
CREATE INDEX rpt_inventory_movement_order ON rpt_inventory_movement (order_no, movement_time);
CREATE INDEX rpt_inventory_movement_load ON rpt_inventory_movement (load_ref, movement_time);
CREATE INDEX rpt_freight_invoice_shipment ON rpt_freight_invoice (shipment_no);
CREATE INDEX rpt_container_shipment ON rpt_container (shipment_no);

-- The newest reading of each kind, found from the end of the index.
CREATE INDEX rpt_vehicle_position_place ON rpt_vehicle_position (provider, vehicle_id, reading_time)
WHERE lat_e6 IS NOT NULL AND lon_e6 IS NOT NULL AND NOT tombstone;
CREATE INDEX rpt_vehicle_position_odometer ON rpt_vehicle_position (provider, vehicle_id, reading_time)
WHERE odometer_m IS NOT NULL AND NOT tombstone;
CREATE INDEX rpt_vehicle_position_engine ON rpt_vehicle_position (provider, vehicle_id, reading_time)
WHERE engine_state IS NOT NULL AND NOT tombstone;

-- As in 0001, `deleted` is derived when read.
CREATE VIEW v_inventory_movement AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_inventory_movement AS child;

CREATE VIEW v_inventory_snapshot AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_inventory_snapshot AS child;

CREATE VIEW v_vehicle_position AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_vehicle_position AS child;

CREATE VIEW v_vehicle AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_vehicle AS child;

CREATE VIEW v_freight_invoice AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_freight_invoice AS child;

CREATE VIEW v_freight_invoice_line AS
SELECT
    child.*,
    child.tombstone OR coalesce(
        parent.version > child.version
        AND (parent.tombstone OR child.line_no NOT IN (SELECT listed.value FROM json_each(parent.line_numbers) AS listed)),
        0
    ) AS deleted
FROM rpt_freight_invoice_line AS child
LEFT JOIN rpt_freight_invoice AS parent
    ON parent.scac = child.scac AND parent.invoice_no = child.invoice_no AND parent.kind = child.kind;

CREATE VIEW v_container AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_container AS child;

CREATE VIEW v_handling_unit AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_handling_unit AS child;

CREATE VIEW v_edi_ack AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_edi_ack AS child;

-- A milestone goes with its shipment or stop only where one source said both: the versions of two sources do not compare,
-- and what a carrier saw stays true when the planner drops the load.
DROP VIEW v_milestone;
CREATE VIEW v_milestone AS
SELECT
    child.*,
    child.tombstone OR coalesce(
        parent.version > child.version
        AND (parent.tombstone OR (child.stop_id IS NOT NULL AND child.stop_id NOT IN (SELECT listed.value FROM json_each(parent.stop_ids) AS listed))),
        0
    ) AS deleted
FROM rpt_milestone AS child
LEFT JOIN rpt_shipment AS parent ON parent.shipment_no = child.shipment_no AND parent.source = child.source;

-- Where each vehicle is: the newest of its readings by the time of the reading, whenever it arrived. Each stream fills its
-- own columns, so that place, odometer and engine each are the newest reading that has them.
-- A view, since the table of readings is the truth already: it is right after any order of arrival, costs no second write
-- per reading, and takes a few steps into an index per vehicle.
CREATE VIEW v_vehicle_latest AS
SELECT
    vehicle.provider,
    vehicle.vehicle_id,
    place.reading_time,
    place.lat_e6,
    place.lon_e6,
    place.speed_kmh,
    place.heading_deg,
    place.place_text,
    odometer.odometer_m,
    odometer.reading_time AS odometer_time,
    engine.engine_state,
    engine.engine_s,
    engine.reading_time AS engine_time
FROM (SELECT DISTINCT provider, vehicle_id FROM rpt_vehicle_position) AS vehicle
LEFT JOIN rpt_vehicle_position AS place
    ON place.provider = vehicle.provider AND place.vehicle_id = vehicle.vehicle_id
    AND (place.stream, place.reading_time) = (
        SELECT reading.stream, reading.reading_time FROM rpt_vehicle_position AS reading
        WHERE reading.provider = vehicle.provider AND reading.vehicle_id = vehicle.vehicle_id
            AND reading.lat_e6 IS NOT NULL AND reading.lon_e6 IS NOT NULL AND NOT reading.tombstone
        ORDER BY reading.reading_time DESC, reading.stream LIMIT 1
    )
LEFT JOIN rpt_vehicle_position AS odometer
    ON odometer.provider = vehicle.provider AND odometer.vehicle_id = vehicle.vehicle_id
    AND (odometer.stream, odometer.reading_time) = (
        SELECT reading.stream, reading.reading_time FROM rpt_vehicle_position AS reading
        WHERE reading.provider = vehicle.provider AND reading.vehicle_id = vehicle.vehicle_id
            AND reading.odometer_m IS NOT NULL AND NOT reading.tombstone
        ORDER BY reading.reading_time DESC, reading.stream LIMIT 1
    )
LEFT JOIN rpt_vehicle_position AS engine
    ON engine.provider = vehicle.provider AND engine.vehicle_id = vehicle.vehicle_id
    AND (engine.stream, engine.reading_time) = (
        SELECT reading.stream, reading.reading_time FROM rpt_vehicle_position AS reading
        WHERE reading.provider = vehicle.provider AND reading.vehicle_id = vehicle.vehicle_id
            AND reading.engine_state IS NOT NULL AND NOT reading.tombstone
        ORDER BY reading.reading_time DESC, reading.stream LIMIT 1
    )
WHERE place.reading_time IS NOT NULL OR odometer.reading_time IS NOT NULL OR engine.reading_time IS NOT NULL;
