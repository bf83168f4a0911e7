-- The reporting store on SQLite.
--
-- Instants are integer milliseconds since 1970 (`datetime(x / 1000, 'unixepoch')`), money is integer minor units,
-- decimals are exact texts, dates are `yyyy-mm-dd`, booleans are 0 and 1, lists are JSON texts.
-- Texts compare byte by byte, SQLite's default.

-- One row per order: its newest version.
CREATE TABLE rpt_order (
    -- Company whose books hold the order.
    company TEXT NOT NULL,
    -- Order number, unique within the company.
    order_no TEXT NOT NULL,
    -- The source's own id of the order.
    source_id TEXT,
    -- The customer's number.
    customer_no TEXT,
    -- The customer's name.
    customer_name TEXT,
    -- The customer's own purchase order number.
    customer_po TEXT,
    -- Day of the order.
    order_date TEXT,
    -- Day on which the customer asked for delivery.
    requested_delivery_date TEXT,
    -- The source's status in lower snake case.
    status TEXT,
    -- ISO 4217 code; null means the company's local currency.
    currency TEXT,
    -- Total without tax, in minor units of the currency.
    amount_ex_tax_minor INTEGER,
    -- Total with tax, in minor units of the currency.
    amount_inc_tax_minor INTEGER,
    -- Name at the ship-to address.
    ship_to_name TEXT,
    -- First line of the ship-to address.
    ship_to_line1 TEXT,
    -- City of the ship-to address.
    ship_to_city TEXT,
    -- State or region of the ship-to address.
    ship_to_region TEXT,
    -- Post code of the ship-to address.
    ship_to_postcode TEXT,
    -- Country of the ship-to address, as the source writes it.
    ship_to_country TEXT,
    -- Whether everything ordered has left.
    fully_shipped INTEGER,
    -- Sequences of all lines that this version has.
    line_sequences TEXT,
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
    PRIMARY KEY (company, order_no)
) WITHOUT ROWID;

-- One row per line of an order: its newest version.
CREATE TABLE rpt_order_line (
    -- Company whose books hold the order.
    company TEXT NOT NULL,
    -- Order that the line belongs to.
    order_no TEXT NOT NULL,
    -- Position within the order, as the source numbers it.
    sequence INTEGER NOT NULL,
    -- Kind of line: item, comment, charge.
    line_type TEXT,
    -- Number of the item, account or charge.
    item_no TEXT,
    -- Free text.
    description TEXT,
    -- Unit of measure of the quantities.
    uom TEXT,
    -- Quantity ordered.
    qty TEXT,
    -- Quantity shipped so far.
    shipped_qty TEXT,
    -- Quantity invoiced so far.
    invoiced_qty TEXT,
    -- Price of one unit, in major units of the order's currency.
    unit_price TEXT,
    -- Day on which the line is planned to leave.
    planned_ship_date TEXT,
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
    PRIMARY KEY (company, order_no, sequence)
) WITHOUT ROWID;

-- One row per shipment: its newest version.
CREATE TABLE rpt_shipment (
    -- Number under which all parties know the load.
    shipment_no TEXT NOT NULL,
    -- The source's own id of the trip.
    source_id TEXT,
    -- Status in lower snake case.
    status TEXT,
    -- Mode of transport in lower snake case.
    mode TEXT,
    -- Standard Carrier Alpha Code.
    carrier_scac TEXT,
    -- The carrier's name.
    carrier_name TEXT,
    -- The carrier's own reference (PRO number).
    pro TEXT,
    -- Bill of lading number.
    bol TEXT,
    -- The ocean carrier's booking reference.
    booking_no TEXT,
    -- Container number as the source writes it.
    container_no TEXT,
    -- The customer's purchase order number.
    customer_po TEXT,
    -- Orders on board.
    order_nos TEXT,
    -- Id of the vehicle at its telematics provider.
    vehicle_ref TEXT,
    -- Licence plate.
    vehicle_plate TEXT,
    -- Vehicle identification number.
    vehicle_vin TEXT,
    -- The driver's name.
    driver TEXT,
    -- Planned cost, in minor units of the currency.
    planned_cost_minor INTEGER,
    -- ISO 4217 code of the planned cost.
    currency TEXT,
    -- When the first stop is planned to begin.
    planned_start INTEGER,
    -- When the last stop is planned to end.
    planned_end INTEGER,
    -- Ids of all stops that this version has, in the order of the trip.
    stop_ids TEXT,
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
    PRIMARY KEY (shipment_no)
) WITHOUT ROWID;

-- One row per stop of a shipment. Description and the three groups of times each keep their own version.
CREATE TABLE rpt_stop (
    -- Shipment that stops here.
    shipment_no TEXT NOT NULL,
    -- The source's own id of the stop.
    stop_id TEXT NOT NULL,
    -- Position within the trip, from 0.
    seq INTEGER,
    -- What happens here: pickup, delivery, other.
    kind TEXT,
    -- The place's code.
    place_code TEXT,
    -- The place's name.
    place_name TEXT,
    -- Latitude in microdegrees.
    lat_e6 INTEGER CHECK (lat_e6 BETWEEN -90000000 AND 90000000),
    -- Longitude in microdegrees.
    lon_e6 INTEGER CHECK (lon_e6 BETWEEN -180000000 AND 180000000),
    -- Begin of the appointment window.
    window_start INTEGER,
    -- End of the appointment window.
    window_end INTEGER,
    -- Planned arrival.
    planned_arrive INTEGER,
    -- Planned departure.
    planned_depart INTEGER,
    -- Forecast arrival.
    projected_arrive INTEGER,
    -- Observed arrival.
    actual_arrive INTEGER,
    -- Observed departure.
    actual_depart INTEGER,
    -- Version of the planned times.
    planned_version TEXT,
    -- Content hash of the record that gave the planned times.
    planned_hash TEXT,
    -- Version of the forecast times.
    projected_version TEXT,
    -- Content hash of the record that gave the forecast times.
    projected_hash TEXT,
    -- Version of the observed times.
    actual_version TEXT,
    -- Content hash of the record that gave the observed times.
    actual_hash TEXT,
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
    PRIMARY KEY (shipment_no, stop_id)
) WITHOUT ROWID;

-- One row per milestone: its newest version.
CREATE TABLE rpt_milestone (
    -- What the milestone is about, its code and its classifier.
    milestone_id TEXT NOT NULL,
    -- What the milestone is about: order, shipment, stop, container, unit.
    scope TEXT,
    -- Key of that thing.
    scope_ref TEXT,
    -- The shipment, if known.
    shipment_no TEXT,
    -- The order, if there is exactly one.
    order_no TEXT,
    -- The container, if known.
    container_no TEXT,
    -- The stop, if it is about one.
    stop_id TEXT,
    -- What happened.
    code TEXT,
    -- How certain it is: PLN, EST, ACT.
    classifier TEXT,
    -- When it happened or is expected to.
    event_time INTEGER,
    -- How exact the time is.
    time_precision TEXT,
    -- How the instant was found from what the source wrote.
    tz_basis TEXT,
    -- The place's code.
    place_code TEXT,
    -- Latitude in microdegrees.
    lat_e6 INTEGER CHECK (lat_e6 BETWEEN -90000000 AND 90000000),
    -- Longitude in microdegrees.
    lon_e6 INTEGER CHECK (lon_e6 BETWEEN -180000000 AND 180000000),
    -- Why, in the source's own code.
    reason_code TEXT,
    -- What the source itself called it.
    source_code TEXT,
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
    -- When the source says that the record changed.
    source_modified_at INTEGER NOT NULL,
    -- When the stored version was written here.
    applied_at INTEGER NOT NULL,
    -- Doubts about the record that was taken all the same.
    dq TEXT NOT NULL,
    -- Whether the newest version says that the thing is gone.
    tombstone INTEGER NOT NULL,
    PRIMARY KEY (milestone_id)
) WITHOUT ROWID;

-- Append-only ledger: one row per transaction and source, and one per batch and source with dead letters.
CREATE TABLE rpt_consolidation (
    -- Number of the row.
    consolidation_id INTEGER PRIMARY KEY,
    -- When the transaction was written.
    committed_at INTEGER NOT NULL,
    -- System that the records come from.
    source TEXT NOT NULL,
    -- Records that are now in their row.
    applied INTEGER NOT NULL,
    -- Records that were there already.
    duplicate INTEGER NOT NULL,
    -- Records older than their row.
    superseded INTEGER NOT NULL,
    -- Records that ended as dead letters.
    dead_lettered INTEGER NOT NULL,
    -- For each record applied: milliseconds from the change at the source to this write.
    lags_ms TEXT NOT NULL
);

-- Reports follow a shipment to its milestones; freshness reads the ledger by source.
CREATE INDEX rpt_milestone_shipment ON rpt_milestone (shipment_no, event_time);
CREATE INDEX rpt_consolidation_source ON rpt_consolidation (source, committed_at);

-- The views add `deleted`: the thing itself is gone, or a newer version of its parent is gone or lists it no more.
-- Derived when read, so that it is right in whatever order, and from whatever concurrent transactions, parent and
-- child arrive; a stored flag would need a lock on the parent for every child.
CREATE VIEW v_order AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_order AS child;

CREATE VIEW v_order_line AS
SELECT
    child.*,
    child.tombstone OR coalesce(
        parent.version > child.version
        AND (parent.tombstone OR child.sequence NOT IN (SELECT listed.value FROM json_each(parent.line_sequences) AS listed)),
        0
    ) AS deleted
FROM rpt_order_line AS child
LEFT JOIN rpt_order AS parent ON parent.company = child.company AND parent.order_no = child.order_no;

CREATE VIEW v_shipment AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_shipment AS child;

CREATE VIEW v_stop AS
SELECT
    child.*,
    child.tombstone OR coalesce(
        parent.version > child.version
        AND (parent.tombstone OR child.stop_id NOT IN (SELECT listed.value FROM json_each(parent.stop_ids) AS listed)),
        0
    ) AS deleted
FROM rpt_stop AS child
LEFT JOIN rpt_shipment AS parent ON parent.shipment_no = child.shipment_no;

CREATE VIEW v_milestone AS
SELECT
    child.*,
    child.tombstone OR coalesce(
        parent.version > child.version
        AND (parent.tombstone OR (child.stop_id IS NOT NULL AND child.stop_id NOT IN (SELECT listed.value FROM json_each(parent.stop_ids) AS listed))),
        0
    ) AS deleted
FROM rpt_milestone AS child
LEFT JOIN rpt_shipment AS parent ON parent.shipment_no = child.shipment_no;
