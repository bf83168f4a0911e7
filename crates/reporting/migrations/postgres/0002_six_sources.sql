-- What warehouse, telematics, carrier and visibility fill. Only adds: a release without it goes on working.

CREATE TABLE rpt_inventory_movement (
    warehouse text COLLATE "C" NOT NULL,
    movement_id text COLLATE "C" NOT NULL,
    movement_type text,
    sku text,
    lot text,
    serial text,
    qty_base numeric,
    uom_base text,
    qty numeric,
    uom text,
    order_no text,
    line_no bigint,
    sscc text,
    load_ref text,
    reason text,
    bin_from text,
    bin_to text,
    stock_status text,
    movement_time timestamptz,
    tz_basis text,
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
    PRIMARY KEY (warehouse, movement_id)
);
COMMENT ON TABLE rpt_inventory_movement IS 'One row per movement of stock: its newest version.';
COMMENT ON COLUMN rpt_inventory_movement.warehouse IS 'The warehouse''s code.';
COMMENT ON COLUMN rpt_inventory_movement.movement_id IS 'Id of the movement, unique within the warehouse.';
COMMENT ON COLUMN rpt_inventory_movement.movement_type IS 'Kind of movement in lower snake case.';
COMMENT ON COLUMN rpt_inventory_movement.sku IS 'The item.';
COMMENT ON COLUMN rpt_inventory_movement.lot IS 'The item''s lot.';
COMMENT ON COLUMN rpt_inventory_movement.serial IS 'The item''s serial number.';
COMMENT ON COLUMN rpt_inventory_movement.qty_base IS 'Quantity in the item''s base unit, with the sign of its effect on the stock.';
COMMENT ON COLUMN rpt_inventory_movement.uom_base IS 'The item''s base unit.';
COMMENT ON COLUMN rpt_inventory_movement.qty IS 'Quantity as the source wrote it.';
COMMENT ON COLUMN rpt_inventory_movement.uom IS 'Unit of measure as the source wrote it.';
COMMENT ON COLUMN rpt_inventory_movement.order_no IS 'Order that it is for.';
COMMENT ON COLUMN rpt_inventory_movement.line_no IS 'Line of that order.';
COMMENT ON COLUMN rpt_inventory_movement.sscc IS 'The logistic unit: 18 digits.';
COMMENT ON COLUMN rpt_inventory_movement.load_ref IS 'Shipment that it is for.';
COMMENT ON COLUMN rpt_inventory_movement.reason IS 'Why, in the source''s own code.';
COMMENT ON COLUMN rpt_inventory_movement.bin_from IS 'Bin that was left.';
COMMENT ON COLUMN rpt_inventory_movement.bin_to IS 'Bin that was reached.';
COMMENT ON COLUMN rpt_inventory_movement.stock_status IS 'Status of the stock.';
COMMENT ON COLUMN rpt_inventory_movement.movement_time IS 'When it happened.';
COMMENT ON COLUMN rpt_inventory_movement.tz_basis IS 'How the instant was found from what the source wrote.';
COMMENT ON COLUMN rpt_inventory_movement.source IS 'System that the stored version comes from.';
COMMENT ON COLUMN rpt_inventory_movement.record_key IS 'The record''s business key as one text, as logs and dead letters show it.';
COMMENT ON COLUMN rpt_inventory_movement.version IS 'Version that the source gave; byte order is age order.';
COMMENT ON COLUMN rpt_inventory_movement.content_hash IS 'Fingerprint of the content; orders two contents of one version.';
COMMENT ON COLUMN rpt_inventory_movement.document_id IS 'Feed document that the stored version came from.';
COMMENT ON COLUMN rpt_inventory_movement.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN rpt_inventory_movement.event_time IS 'When the thing happened, if the record is about an event.';
COMMENT ON COLUMN rpt_inventory_movement.source_modified_at IS 'When the source says that the record changed.';
COMMENT ON COLUMN rpt_inventory_movement.applied_at IS 'When the stored version was written here.';
COMMENT ON COLUMN rpt_inventory_movement.dq IS 'Doubts about the record that was taken all the same.';
COMMENT ON COLUMN rpt_inventory_movement.tombstone IS 'Whether the newest version says that the thing is gone.';

CREATE TABLE rpt_inventory_snapshot (
    warehouse text COLLATE "C" NOT NULL,
    sku text COLLATE "C" NOT NULL,
    lot text COLLATE "C" NOT NULL,
    bin text COLLATE "C" NOT NULL,
    stock_status text COLLATE "C" NOT NULL,
    qty_base numeric,
    uom_base text,
    as_of timestamptz,
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
    PRIMARY KEY (warehouse, sku, lot, bin, stock_status)
);
COMMENT ON TABLE rpt_inventory_snapshot IS 'One row per place with stock: its newest count.';
COMMENT ON COLUMN rpt_inventory_snapshot.warehouse IS 'The warehouse''s code.';
COMMENT ON COLUMN rpt_inventory_snapshot.sku IS 'The item.';
COMMENT ON COLUMN rpt_inventory_snapshot.lot IS 'The item''s lot; - without one.';
COMMENT ON COLUMN rpt_inventory_snapshot.bin IS 'The bin; - without one.';
COMMENT ON COLUMN rpt_inventory_snapshot.stock_status IS 'Status of the stock; - without one.';
COMMENT ON COLUMN rpt_inventory_snapshot.qty_base IS 'Quantity on hand, in the item''s base unit.';
COMMENT ON COLUMN rpt_inventory_snapshot.uom_base IS 'The item''s base unit.';
COMMENT ON COLUMN rpt_inventory_snapshot.as_of IS 'When it was counted.';
COMMENT ON COLUMN rpt_inventory_snapshot.source IS 'System that the stored version comes from.';
COMMENT ON COLUMN rpt_inventory_snapshot.record_key IS 'The record''s business key as one text, as logs and dead letters show it.';
COMMENT ON COLUMN rpt_inventory_snapshot.version IS 'Version that the source gave; byte order is age order.';
COMMENT ON COLUMN rpt_inventory_snapshot.content_hash IS 'Fingerprint of the content; orders two contents of one version.';
COMMENT ON COLUMN rpt_inventory_snapshot.document_id IS 'Feed document that the stored version came from.';
COMMENT ON COLUMN rpt_inventory_snapshot.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN rpt_inventory_snapshot.event_time IS 'When the thing happened, if the record is about an event.';
COMMENT ON COLUMN rpt_inventory_snapshot.source_modified_at IS 'When the source says that the record changed.';
COMMENT ON COLUMN rpt_inventory_snapshot.applied_at IS 'When the stored version was written here.';
COMMENT ON COLUMN rpt_inventory_snapshot.dq IS 'Doubts about the record that was taken all the same.';
COMMENT ON COLUMN rpt_inventory_snapshot.tombstone IS 'Whether the newest version says that the thing is gone.';

CREATE TABLE rpt_vehicle_position (
    provider text COLLATE "C" NOT NULL,
    vehicle_id text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    reading_time timestamptz NOT NULL,
    lat_e6 bigint CHECK (lat_e6 BETWEEN -90000000 AND 90000000),
    lon_e6 bigint CHECK (lon_e6 BETWEEN -180000000 AND 180000000),
    speed_kmh numeric,
    heading_deg bigint,
    odometer_m bigint,
    engine_s bigint,
    engine_state text,
    place_text text,
    kept_reason text,
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
    PRIMARY KEY (provider, vehicle_id, stream, reading_time)
);
COMMENT ON TABLE rpt_vehicle_position IS 'One row per reading of a vehicle''s gateway.';
COMMENT ON COLUMN rpt_vehicle_position.provider IS 'Telematics provider.';
COMMENT ON COLUMN rpt_vehicle_position.vehicle_id IS 'The provider''s own id of the vehicle.';
COMMENT ON COLUMN rpt_vehicle_position.stream IS 'The provider''s stream.';
COMMENT ON COLUMN rpt_vehicle_position.reading_time IS 'When the gateway read it.';
COMMENT ON COLUMN rpt_vehicle_position.lat_e6 IS 'Latitude in microdegrees.';
COMMENT ON COLUMN rpt_vehicle_position.lon_e6 IS 'Longitude in microdegrees.';
COMMENT ON COLUMN rpt_vehicle_position.speed_kmh IS 'Speed in kilometres per hour.';
COMMENT ON COLUMN rpt_vehicle_position.heading_deg IS 'Direction of travel in degrees, clockwise from north.';
COMMENT ON COLUMN rpt_vehicle_position.odometer_m IS 'Distance driven so far, in metres.';
COMMENT ON COLUMN rpt_vehicle_position.engine_s IS 'Time that the engine has run so far, in seconds.';
COMMENT ON COLUMN rpt_vehicle_position.engine_state IS 'State of the engine in lower snake case.';
COMMENT ON COLUMN rpt_vehicle_position.place_text IS 'The place in the provider''s words.';
COMMENT ON COLUMN rpt_vehicle_position.kept_reason IS 'Why the reading was kept when others were thinned out.';
COMMENT ON COLUMN rpt_vehicle_position.source IS 'System that the stored version comes from.';
COMMENT ON COLUMN rpt_vehicle_position.record_key IS 'The record''s business key as one text, as logs and dead letters show it.';
COMMENT ON COLUMN rpt_vehicle_position.version IS 'Version that the source gave; byte order is age order.';
COMMENT ON COLUMN rpt_vehicle_position.content_hash IS 'Fingerprint of the content; orders two contents of one version.';
COMMENT ON COLUMN rpt_vehicle_position.document_id IS 'Feed document that the stored version came from.';
COMMENT ON COLUMN rpt_vehicle_position.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN rpt_vehicle_position.event_time IS 'When the thing happened, if the record is about an event.';
COMMENT ON COLUMN rpt_vehicle_position.source_modified_at IS 'When the source says that the record changed.';
COMMENT ON COLUMN rpt_vehicle_position.applied_at IS 'When the stored version was written here.';
COMMENT ON COLUMN rpt_vehicle_position.dq IS 'Doubts about the record that was taken all the same.';
COMMENT ON COLUMN rpt_vehicle_position.tombstone IS 'Whether the newest version says that the thing is gone.';

CREATE TABLE rpt_vehicle (
    provider text COLLATE "C" NOT NULL,
    vehicle_id text COLLATE "C" NOT NULL,
    name text,
    vin text,
    plate text,
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
    PRIMARY KEY (provider, vehicle_id)
);
COMMENT ON TABLE rpt_vehicle IS 'One row per vehicle: its newest version.';
COMMENT ON COLUMN rpt_vehicle.provider IS 'Telematics provider.';
COMMENT ON COLUMN rpt_vehicle.vehicle_id IS 'The provider''s own id of the vehicle.';
COMMENT ON COLUMN rpt_vehicle.name IS 'Name that its owner gave it.';
COMMENT ON COLUMN rpt_vehicle.vin IS 'Vehicle identification number.';
COMMENT ON COLUMN rpt_vehicle.plate IS 'Licence plate.';
COMMENT ON COLUMN rpt_vehicle.source IS 'System that the stored version comes from.';
COMMENT ON COLUMN rpt_vehicle.record_key IS 'The record''s business key as one text, as logs and dead letters show it.';
COMMENT ON COLUMN rpt_vehicle.version IS 'Version that the source gave; byte order is age order.';
COMMENT ON COLUMN rpt_vehicle.content_hash IS 'Fingerprint of the content; orders two contents of one version.';
COMMENT ON COLUMN rpt_vehicle.document_id IS 'Feed document that the stored version came from.';
COMMENT ON COLUMN rpt_vehicle.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN rpt_vehicle.event_time IS 'When the thing happened, if the record is about an event.';
COMMENT ON COLUMN rpt_vehicle.source_modified_at IS 'When the source says that the record changed.';
COMMENT ON COLUMN rpt_vehicle.applied_at IS 'When the stored version was written here.';
COMMENT ON COLUMN rpt_vehicle.dq IS 'Doubts about the record that was taken all the same.';
COMMENT ON COLUMN rpt_vehicle.tombstone IS 'Whether the newest version says that the thing is gone.';

CREATE TABLE rpt_freight_invoice (
    scac text COLLATE "C" NOT NULL,
    invoice_no text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    shipment_no text,
    pro text,
    bol text,
    invoice_date date,
    delivery_date date,
    currency text,
    net_minor bigint,
    weight_kg numeric,
    pieces bigint,
    sum_ok boolean,
    sum_difference_minor bigint,
    line_numbers jsonb,
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
    PRIMARY KEY (scac, invoice_no, kind)
);
COMMENT ON TABLE rpt_freight_invoice IS 'One row per invoice of a carrier: its newest version.';
COMMENT ON COLUMN rpt_freight_invoice.scac IS 'Standard Carrier Alpha Code of the carrier.';
COMMENT ON COLUMN rpt_freight_invoice.invoice_no IS 'The carrier''s number of the invoice.';
COMMENT ON COLUMN rpt_freight_invoice.kind IS 'What it is to an invoice before it: original, adjustment, balance_due.';
COMMENT ON COLUMN rpt_freight_invoice.shipment_no IS 'The shipment, if the invoice names it.';
COMMENT ON COLUMN rpt_freight_invoice.pro IS 'The carrier''s own reference (PRO number).';
COMMENT ON COLUMN rpt_freight_invoice.bol IS 'Bill of lading number.';
COMMENT ON COLUMN rpt_freight_invoice.invoice_date IS 'Day of the invoice.';
COMMENT ON COLUMN rpt_freight_invoice.delivery_date IS 'Day of the delivery.';
COMMENT ON COLUMN rpt_freight_invoice.currency IS 'ISO 4217 code.';
COMMENT ON COLUMN rpt_freight_invoice.net_minor IS 'Amount to be paid, in minor units of the currency.';
COMMENT ON COLUMN rpt_freight_invoice.weight_kg IS 'Weight in kilograms.';
COMMENT ON COLUMN rpt_freight_invoice.pieces IS 'Number of pieces.';
COMMENT ON COLUMN rpt_freight_invoice.sum_ok IS 'Whether the lines add up to the amount to be paid.';
COMMENT ON COLUMN rpt_freight_invoice.sum_difference_minor IS 'Amount to be paid less the sum of the lines, in minor units.';
COMMENT ON COLUMN rpt_freight_invoice.line_numbers IS 'Numbers of all lines that this version has.';
COMMENT ON COLUMN rpt_freight_invoice.source IS 'System that the stored version comes from.';
COMMENT ON COLUMN rpt_freight_invoice.record_key IS 'The record''s business key as one text, as logs and dead letters show it.';
COMMENT ON COLUMN rpt_freight_invoice.version IS 'Version that the source gave; byte order is age order.';
COMMENT ON COLUMN rpt_freight_invoice.content_hash IS 'Fingerprint of the content; orders two contents of one version.';
COMMENT ON COLUMN rpt_freight_invoice.document_id IS 'Feed document that the stored version came from.';
COMMENT ON COLUMN rpt_freight_invoice.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN rpt_freight_invoice.event_time IS 'When the thing happened, if the record is about an event.';
COMMENT ON COLUMN rpt_freight_invoice.source_modified_at IS 'When the source says that the record changed.';
COMMENT ON COLUMN rpt_freight_invoice.applied_at IS 'When the stored version was written here.';
COMMENT ON COLUMN rpt_freight_invoice.dq IS 'Doubts about the record that was taken all the same.';
COMMENT ON COLUMN rpt_freight_invoice.tombstone IS 'Whether the newest version says that the thing is gone.';

CREATE TABLE rpt_freight_invoice_line (
    scac text COLLATE "C" NOT NULL,
    invoice_no text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    line_no bigint NOT NULL,
    code text,
    description text,
    rate numeric,
    rate_qualifier text,
    amount_minor bigint,
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
    PRIMARY KEY (scac, invoice_no, kind, line_no)
);
COMMENT ON TABLE rpt_freight_invoice_line IS 'One row per charge of a carrier''s invoice: its newest version.';
COMMENT ON COLUMN rpt_freight_invoice_line.scac IS 'Standard Carrier Alpha Code of the carrier.';
COMMENT ON COLUMN rpt_freight_invoice_line.invoice_no IS 'Invoice that the line belongs to.';
COMMENT ON COLUMN rpt_freight_invoice_line.kind IS 'Kind of that invoice.';
COMMENT ON COLUMN rpt_freight_invoice_line.line_no IS 'Position within the invoice.';
COMMENT ON COLUMN rpt_freight_invoice_line.code IS 'What is charged, in the carrier''s code.';
COMMENT ON COLUMN rpt_freight_invoice_line.description IS 'What is charged, in words.';
COMMENT ON COLUMN rpt_freight_invoice_line.rate IS 'Price of one unit, in major units of the invoice''s currency.';
COMMENT ON COLUMN rpt_freight_invoice_line.rate_qualifier IS 'What the rate is for.';
COMMENT ON COLUMN rpt_freight_invoice_line.amount_minor IS 'Amount, in minor units of the invoice''s currency.';
COMMENT ON COLUMN rpt_freight_invoice_line.source IS 'System that the stored version comes from.';
COMMENT ON COLUMN rpt_freight_invoice_line.record_key IS 'The record''s business key as one text, as logs and dead letters show it.';
COMMENT ON COLUMN rpt_freight_invoice_line.version IS 'Version that the source gave; byte order is age order.';
COMMENT ON COLUMN rpt_freight_invoice_line.content_hash IS 'Fingerprint of the content; orders two contents of one version.';
COMMENT ON COLUMN rpt_freight_invoice_line.document_id IS 'Feed document that the stored version came from.';
COMMENT ON COLUMN rpt_freight_invoice_line.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN rpt_freight_invoice_line.event_time IS 'When the thing happened, if the record is about an event.';
COMMENT ON COLUMN rpt_freight_invoice_line.source_modified_at IS 'When the source says that the record changed.';
COMMENT ON COLUMN rpt_freight_invoice_line.applied_at IS 'When the stored version was written here.';
COMMENT ON COLUMN rpt_freight_invoice_line.dq IS 'Doubts about the record that was taken all the same.';
COMMENT ON COLUMN rpt_freight_invoice_line.tombstone IS 'Whether the newest version says that the thing is gone.';

CREATE TABLE rpt_container (
    container_no text COLLATE "C" NOT NULL,
    check_digit text,
    iso_type text,
    laden boolean,
    last_code text,
    last_place text,
    last_event_time timestamptz,
    shipment_no text,
    booking_no text,
    gate_in_at timestamptz,
    gate_out_at timestamptz,
    iso_type_version text COLLATE "C",
    iso_type_hash text COLLATE "C",
    gate_in_version text COLLATE "C",
    gate_in_hash text COLLATE "C",
    gate_out_version text COLLATE "C",
    gate_out_hash text COLLATE "C",
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
    PRIMARY KEY (container_no)
);
COMMENT ON TABLE rpt_container IS 'One row per container, as of its latest event. Its type and its two gate times each keep their own version.';
COMMENT ON COLUMN rpt_container.container_no IS 'Owner code and serial number without the check digit.';
COMMENT ON COLUMN rpt_container.check_digit IS 'Check digit.';
COMMENT ON COLUMN rpt_container.iso_type IS 'Size and type (ISO 6346).';
COMMENT ON COLUMN rpt_container.laden IS 'Whether it is loaded.';
COMMENT ON COLUMN rpt_container.last_code IS 'Code of its latest event.';
COMMENT ON COLUMN rpt_container.last_place IS 'Place of its latest event.';
COMMENT ON COLUMN rpt_container.last_event_time IS 'Time of its latest event.';
COMMENT ON COLUMN rpt_container.shipment_no IS 'The shipment, if the latest event names it.';
COMMENT ON COLUMN rpt_container.booking_no IS 'The ocean carrier''s booking reference, if the latest event names it.';
COMMENT ON COLUMN rpt_container.gate_in_at IS 'When it last entered a terminal or depot.';
COMMENT ON COLUMN rpt_container.gate_out_at IS 'When it last left one.';
COMMENT ON COLUMN rpt_container.iso_type_version IS 'Version of the type.';
COMMENT ON COLUMN rpt_container.iso_type_hash IS 'Content hash of the record that gave the type.';
COMMENT ON COLUMN rpt_container.gate_in_version IS 'Version of the time of entry.';
COMMENT ON COLUMN rpt_container.gate_in_hash IS 'Content hash of the record that gave the time of entry.';
COMMENT ON COLUMN rpt_container.gate_out_version IS 'Version of the time of departure.';
COMMENT ON COLUMN rpt_container.gate_out_hash IS 'Content hash of the record that gave the time of departure.';
COMMENT ON COLUMN rpt_container.source IS 'System that the stored version comes from.';
COMMENT ON COLUMN rpt_container.record_key IS 'The record''s business key as one text, as logs and dead letters show it.';
COMMENT ON COLUMN rpt_container.version IS 'Version that the source gave; byte order is age order.';
COMMENT ON COLUMN rpt_container.content_hash IS 'Fingerprint of the content; orders two contents of one version.';
COMMENT ON COLUMN rpt_container.document_id IS 'Feed document that the stored version came from.';
COMMENT ON COLUMN rpt_container.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN rpt_container.event_time IS 'When the thing happened, if the record is about an event.';
COMMENT ON COLUMN rpt_container.source_modified_at IS 'When the source says that the record changed.';
COMMENT ON COLUMN rpt_container.applied_at IS 'When the stored version was written here.';
COMMENT ON COLUMN rpt_container.dq IS 'Doubts about the record that was taken all the same.';
COMMENT ON COLUMN rpt_container.tombstone IS 'Whether the newest version says that the thing is gone.';

CREATE TABLE rpt_handling_unit (
    sscc text COLLATE "C" NOT NULL,
    last_place text,
    last_code text,
    last_event_time timestamptz,
    shipment_no text,
    order_no text,
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
    PRIMARY KEY (sscc)
);
COMMENT ON TABLE rpt_handling_unit IS 'One row per logistic unit, as of its latest event.';
COMMENT ON COLUMN rpt_handling_unit.sscc IS 'Serial Shipping Container Code: 18 digits.';
COMMENT ON COLUMN rpt_handling_unit.last_place IS 'Place of its latest event.';
COMMENT ON COLUMN rpt_handling_unit.last_code IS 'Code of its latest event.';
COMMENT ON COLUMN rpt_handling_unit.last_event_time IS 'Time of its latest event.';
COMMENT ON COLUMN rpt_handling_unit.shipment_no IS 'The shipment, if the latest event names it.';
COMMENT ON COLUMN rpt_handling_unit.order_no IS 'The order, if the latest event names it.';
COMMENT ON COLUMN rpt_handling_unit.source IS 'System that the stored version comes from.';
COMMENT ON COLUMN rpt_handling_unit.record_key IS 'The record''s business key as one text, as logs and dead letters show it.';
COMMENT ON COLUMN rpt_handling_unit.version IS 'Version that the source gave; byte order is age order.';
COMMENT ON COLUMN rpt_handling_unit.content_hash IS 'Fingerprint of the content; orders two contents of one version.';
COMMENT ON COLUMN rpt_handling_unit.document_id IS 'Feed document that the stored version came from.';
COMMENT ON COLUMN rpt_handling_unit.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN rpt_handling_unit.event_time IS 'When the thing happened, if the record is about an event.';
COMMENT ON COLUMN rpt_handling_unit.source_modified_at IS 'When the source says that the record changed.';
COMMENT ON COLUMN rpt_handling_unit.applied_at IS 'When the stored version was written here.';
COMMENT ON COLUMN rpt_handling_unit.dq IS 'Doubts about the record that was taken all the same.';
COMMENT ON COLUMN rpt_handling_unit.tombstone IS 'Whether the newest version says that the thing is gone.';

CREATE TABLE rpt_edi_ack (
    direction text COLLATE "C" NOT NULL,
    partner text COLLATE "C" NOT NULL,
    isa13 text COLLATE "C" NOT NULL,
    gs06 text COLLATE "C" NOT NULL,
    status text,
    sets bigint,
    accepted bigint,
    errors jsonb,
    sent_at timestamptz,
    control_no text,
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
    PRIMARY KEY (direction, partner, isa13, gs06)
);
COMMENT ON TABLE rpt_edi_ack IS 'One row per acknowledged group of an EDI interchange.';
COMMENT ON COLUMN rpt_edi_ack.direction IS 'Who acknowledges: sent by us, received from the partner.';
COMMENT ON COLUMN rpt_edi_ack.partner IS 'The partner''s interchange id.';
COMMENT ON COLUMN rpt_edi_ack.isa13 IS 'Control number of the interchange that is acknowledged.';
COMMENT ON COLUMN rpt_edi_ack.gs06 IS 'Control number of the group that is acknowledged.';
COMMENT ON COLUMN rpt_edi_ack.status IS 'What became of the group: A accepted, E accepted with errors, P partly accepted, R rejected.';
COMMENT ON COLUMN rpt_edi_ack.sets IS 'Transaction sets in the group, as received.';
COMMENT ON COLUMN rpt_edi_ack.accepted IS 'Transaction sets that were accepted.';
COMMENT ON COLUMN rpt_edi_ack.errors IS 'What was wrong, one text each.';
COMMENT ON COLUMN rpt_edi_ack.sent_at IS 'When the acknowledgement was written.';
COMMENT ON COLUMN rpt_edi_ack.control_no IS 'The acknowledgement''s own interchange control number.';
COMMENT ON COLUMN rpt_edi_ack.source IS 'System that the stored version comes from.';
COMMENT ON COLUMN rpt_edi_ack.record_key IS 'The record''s business key as one text, as logs and dead letters show it.';
COMMENT ON COLUMN rpt_edi_ack.version IS 'Version that the source gave; byte order is age order.';
COMMENT ON COLUMN rpt_edi_ack.content_hash IS 'Fingerprint of the content; orders two contents of one version.';
COMMENT ON COLUMN rpt_edi_ack.document_id IS 'Feed document that the stored version came from.';
COMMENT ON COLUMN rpt_edi_ack.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN rpt_edi_ack.event_time IS 'When the thing happened, if the record is about an event.';
COMMENT ON COLUMN rpt_edi_ack.source_modified_at IS 'When the source says that the record changed.';
COMMENT ON COLUMN rpt_edi_ack.applied_at IS 'When the stored version was written here.';
COMMENT ON COLUMN rpt_edi_ack.dq IS 'Doubts about the record that was taken all the same.';
COMMENT ON COLUMN rpt_edi_ack.tombstone IS 'Whether the newest version says that the thing is gone.';

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
COMMENT ON VIEW v_inventory_movement IS 'One row per movement of stock: its newest version. Reports read this view WHERE NOT deleted.';
COMMENT ON COLUMN v_inventory_movement.deleted IS 'Whether the thing is gone, by its own tombstone or by a newer version of its parent.';

CREATE VIEW v_inventory_snapshot AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_inventory_snapshot AS child;
COMMENT ON VIEW v_inventory_snapshot IS 'One row per place with stock: its newest count. Reports read this view WHERE NOT deleted.';
COMMENT ON COLUMN v_inventory_snapshot.deleted IS 'Whether the thing is gone, by its own tombstone or by a newer version of its parent.';

CREATE VIEW v_vehicle_position AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_vehicle_position AS child;
COMMENT ON VIEW v_vehicle_position IS 'One row per reading of a vehicle''s gateway. Reports read this view WHERE NOT deleted.';
COMMENT ON COLUMN v_vehicle_position.deleted IS 'Whether the thing is gone, by its own tombstone or by a newer version of its parent.';

CREATE VIEW v_vehicle AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_vehicle AS child;
COMMENT ON VIEW v_vehicle IS 'One row per vehicle: its newest version. Reports read this view WHERE NOT deleted.';
COMMENT ON COLUMN v_vehicle.deleted IS 'Whether the thing is gone, by its own tombstone or by a newer version of its parent.';

CREATE VIEW v_freight_invoice AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_freight_invoice AS child;
COMMENT ON VIEW v_freight_invoice IS 'One row per invoice of a carrier: its newest version. Reports read this view WHERE NOT deleted.';
COMMENT ON COLUMN v_freight_invoice.deleted IS 'Whether the thing is gone, by its own tombstone or by a newer version of its parent.';

CREATE VIEW v_freight_invoice_line AS
SELECT
    child.*,
    child.tombstone OR coalesce(
        parent.version > child.version
        AND (parent.tombstone OR NOT (parent.line_numbers @> to_jsonb(child.line_no))),
        false
    ) AS deleted
FROM rpt_freight_invoice_line AS child
LEFT JOIN rpt_freight_invoice AS parent
    ON parent.scac = child.scac AND parent.invoice_no = child.invoice_no AND parent.kind = child.kind;
COMMENT ON VIEW v_freight_invoice_line IS 'One row per charge of a carrier''s invoice: its newest version. Reports read this view WHERE NOT deleted.';
COMMENT ON COLUMN v_freight_invoice_line.deleted IS 'Whether the thing is gone, by its own tombstone or by a newer version of its parent.';

CREATE VIEW v_container AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_container AS child;
COMMENT ON VIEW v_container IS 'One row per container, as of its latest event. Its type and its two gate times each keep their own version. Reports read this view WHERE NOT deleted.';
COMMENT ON COLUMN v_container.deleted IS 'Whether the thing is gone, by its own tombstone or by a newer version of its parent.';

CREATE VIEW v_handling_unit AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_handling_unit AS child;
COMMENT ON VIEW v_handling_unit IS 'One row per logistic unit, as of its latest event. Reports read this view WHERE NOT deleted.';
COMMENT ON COLUMN v_handling_unit.deleted IS 'Whether the thing is gone, by its own tombstone or by a newer version of its parent.';

CREATE VIEW v_edi_ack AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_edi_ack AS child;
COMMENT ON VIEW v_edi_ack IS 'One row per acknowledged group of an EDI interchange. Reports read this view WHERE NOT deleted.';
COMMENT ON COLUMN v_edi_ack.deleted IS 'Whether the thing is gone, by its own tombstone or by a newer version of its parent.';

-- A milestone goes with its shipment or stop only where one source said both: the versions of two sources do not compare,
-- and what a carrier saw stays true when the planner drops the load.
CREATE OR REPLACE VIEW v_milestone AS
SELECT
    child.*,
    child.tombstone OR coalesce(
        parent.version > child.version
        AND (parent.tombstone OR (child.stop_id IS NOT NULL AND NOT (parent.stop_ids ? child.stop_id))),
        false
    ) AS deleted
FROM rpt_milestone AS child
LEFT JOIN rpt_shipment AS parent ON parent.shipment_no = child.shipment_no AND parent.source = child.source;

-- Where each vehicle is: the newest of its readings by the time of the reading, whenever it arrived. Each stream fills its
-- own columns, so that place, odometer and engine each are the newest reading that has them.
-- A view, since the table of readings is the truth already: it is right after any order of arrival, costs no second write
-- per reading, and takes a few steps into an index per vehicle.
CREATE VIEW v_vehicle_latest AS
WITH RECURSIVE vehicle AS (
    (SELECT provider, vehicle_id FROM rpt_vehicle_position ORDER BY provider, vehicle_id LIMIT 1)
    UNION ALL
    SELECT following.provider, following.vehicle_id
    FROM vehicle
    CROSS JOIN LATERAL (
        SELECT reading.provider, reading.vehicle_id FROM rpt_vehicle_position AS reading
        WHERE (reading.provider, reading.vehicle_id) > (vehicle.provider, vehicle.vehicle_id)
        ORDER BY reading.provider, reading.vehicle_id LIMIT 1
    ) AS following
)
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
FROM vehicle
LEFT JOIN LATERAL (
    SELECT reading.* FROM rpt_vehicle_position AS reading
    WHERE reading.provider = vehicle.provider AND reading.vehicle_id = vehicle.vehicle_id
        AND reading.lat_e6 IS NOT NULL AND reading.lon_e6 IS NOT NULL AND NOT reading.tombstone
    ORDER BY reading.reading_time DESC, reading.stream LIMIT 1
) AS place ON true
LEFT JOIN LATERAL (
    SELECT reading.* FROM rpt_vehicle_position AS reading
    WHERE reading.provider = vehicle.provider AND reading.vehicle_id = vehicle.vehicle_id
        AND reading.odometer_m IS NOT NULL AND NOT reading.tombstone
    ORDER BY reading.reading_time DESC, reading.stream LIMIT 1
) AS odometer ON true
LEFT JOIN LATERAL (
    SELECT reading.* FROM rpt_vehicle_position AS reading
    WHERE reading.provider = vehicle.provider AND reading.vehicle_id = vehicle.vehicle_id
        AND reading.engine_state IS NOT NULL AND NOT reading.tombstone
    ORDER BY reading.reading_time DESC, reading.stream LIMIT 1
) AS engine ON true
WHERE place.reading_time IS NOT NULL OR odometer.reading_time IS NOT NULL OR engine.reading_time IS NOT NULL;
COMMENT ON VIEW v_vehicle_latest IS 'One row per vehicle: its newest readings by the time of the reading.';
COMMENT ON COLUMN v_vehicle_latest.provider IS 'Telematics provider.';
COMMENT ON COLUMN v_vehicle_latest.vehicle_id IS 'The provider''s own id of the vehicle.';
COMMENT ON COLUMN v_vehicle_latest.reading_time IS 'When the place was read.';
COMMENT ON COLUMN v_vehicle_latest.lat_e6 IS 'Latitude in microdegrees.';
COMMENT ON COLUMN v_vehicle_latest.lon_e6 IS 'Longitude in microdegrees.';
COMMENT ON COLUMN v_vehicle_latest.speed_kmh IS 'Speed in kilometres per hour, read with the place.';
COMMENT ON COLUMN v_vehicle_latest.heading_deg IS 'Direction of travel in degrees, read with the place.';
COMMENT ON COLUMN v_vehicle_latest.place_text IS 'The place in the provider''s words, read with the place.';
COMMENT ON COLUMN v_vehicle_latest.odometer_m IS 'Distance driven so far, in metres.';
COMMENT ON COLUMN v_vehicle_latest.odometer_time IS 'When the odometer was read.';
COMMENT ON COLUMN v_vehicle_latest.engine_state IS 'State of the engine.';
COMMENT ON COLUMN v_vehicle_latest.engine_s IS 'Time that the engine has run so far in seconds, read with the engine''s state.';
COMMENT ON COLUMN v_vehicle_latest.engine_time IS 'When the engine''s state was read.';
