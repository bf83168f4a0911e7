-- Which records are about the same shipment. Only adds: a release without it goes on working, and leaves no edges; they come
-- when its records are delivered again.

CREATE TABLE rpt_xref (
    entity text COLLATE "C" NOT NULL,
    record_key text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    written text COLLATE "C" NOT NULL,
    identity boolean NOT NULL,
    candidate boolean NOT NULL,
    replaced boolean NOT NULL,
    said_at timestamptz NOT NULL,
    from_at timestamptz,
    until_at timestamptz,
    source text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    PRIMARY KEY (entity, record_key, kind, issuer, value)
);
COMMENT ON TABLE rpt_xref IS 'One row per number that a record carries: what records are matched by. Replaced as a set with the record''s newest version.';
COMMENT ON COLUMN rpt_xref.entity IS 'Kind of the record.';
COMMENT ON COLUMN rpt_xref.record_key IS 'Business key of the record.';
COMMENT ON COLUMN rpt_xref.kind IS 'What the number names: shipment_no, bol, pro, trip, booking_container, container, booking, transport_doc, sscc, order_no, customer_po, vehicle.';
COMMENT ON COLUMN rpt_xref.issuer IS 'Who gave it, where numbers of several issuers collide: the SCAC of a PRO; empty elsewhere.';
COMMENT ON COLUMN rpt_xref.value IS 'The number as it is compared: upper case, without blanks and dashes where they do not count.';
COMMENT ON COLUMN rpt_xref.written IS 'The number as the source wrote it.';
COMMENT ON COLUMN rpt_xref.identity IS 'Whether all who have the number are one shipment; else it only hints at one, within a time.';
COMMENT ON COLUMN rpt_xref.candidate IS 'Whether the number may be of another kind as well, so that it ties nothing on its own.';
COMMENT ON COLUMN rpt_xref.replaced IS 'Whether the record says that the number holds no more from said_at on.';
COMMENT ON COLUMN rpt_xref.said_at IS 'When it was said: the time of an event, else of the change at the source.';
COMMENT ON COLUMN rpt_xref.from_at IS 'Begin of the time that the record is about.';
COMMENT ON COLUMN rpt_xref.until_at IS 'End of that time.';
COMMENT ON COLUMN rpt_xref.source IS 'System that the record comes from.';
COMMENT ON COLUMN rpt_xref.version IS 'Version of the record that the edges come from.';

CREATE TABLE rpt_xref_touched (
    touched_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL
);
COMMENT ON TABLE rpt_xref_touched IS 'Numbers and records whose groups are to be looked at again. Written with the edges, taken by the next resolution.';
COMMENT ON COLUMN rpt_xref_touched.touched_id IS 'Number of the mark.';
COMMENT ON COLUMN rpt_xref_touched.kind IS 'What the number names; record for a record itself.';
COMMENT ON COLUMN rpt_xref_touched.issuer IS 'Issuer of the number; entity of a record.';
COMMENT ON COLUMN rpt_xref_touched.value IS 'The number as it is compared; key of a record.';

CREATE TABLE rpt_xref_common (
    kind text COLLATE "C" NOT NULL,
    issuer text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, issuer, value)
);
COMMENT ON TABLE rpt_xref_common IS 'Numbers that too many records have to tell anything about one of them.';
COMMENT ON COLUMN rpt_xref_common.kind IS 'What the number names.';
COMMENT ON COLUMN rpt_xref_common.issuer IS 'Issuer of the number.';
COMMENT ON COLUMN rpt_xref_common.value IS 'The number as it is compared.';

CREATE TABLE rpt_xref_conflict (
    shipment_no text COLLATE "C" NOT NULL,
    group_id text COLLATE "C" NOT NULL,
    doubt text COLLATE "C" NOT NULL,
    shipments jsonb NOT NULL,
    shared jsonb NOT NULL,
    PRIMARY KEY (shipment_no)
);
COMMENT ON TABLE rpt_xref_conflict IS 'Shipments that are tied together though transport says they are several. They are not merged.';
COMMENT ON COLUMN rpt_xref_conflict.shipment_no IS 'One of the shipments.';
COMMENT ON COLUMN rpt_xref_conflict.group_id IS 'Name of the group that they are tied into; the same for all of them.';
COMMENT ON COLUMN rpt_xref_conflict.doubt IS 'xref_conflict, or xref_too_large where more records are tied together than are read.';
COMMENT ON COLUMN rpt_xref_conflict.shipments IS 'Numbers of all shipments of the group, at most 20.';
COMMENT ON COLUMN rpt_xref_conflict.shared IS 'What ties them: numbers that several have, and records that name several; at most 20.';

CREATE TABLE rpt_resolution (
    entity text COLLATE "C" NOT NULL,
    record_key text COLLATE "C" NOT NULL,
    group_id text COLLATE "C",
    shipment_no text COLLATE "C",
    order_no text COLLATE "C",
    match_rule text COLLATE "C" NOT NULL,
    match_confidence numeric(3, 2) NOT NULL CHECK (match_confidence BETWEEN 0 AND 1),
    stub boolean NOT NULL,
    anchored boolean NOT NULL,
    doubt text COLLATE "C",
    resolved_at timestamptz NOT NULL,
    PRIMARY KEY (entity, record_key)
);
COMMENT ON TABLE rpt_resolution IS 'One row per record that has numbers: which shipment it is about, and why. Follows from rpt_xref alone.';
COMMENT ON COLUMN rpt_resolution.entity IS 'Kind of the record.';
COMMENT ON COLUMN rpt_resolution.record_key IS 'Business key of the record.';
COMMENT ON COLUMN rpt_resolution.group_id IS 'Name of the group of records that are about one thing; null where the record has no number that ties.';
COMMENT ON COLUMN rpt_resolution.shipment_no IS 'The shipment, as transport names it; as others name it where stub.';
COMMENT ON COLUMN rpt_resolution.order_no IS 'The order, where the record names exactly one, or names none and its shipment has exactly one.';
COMMENT ON COLUMN rpt_resolution.match_rule IS 'Why: own, shipment_no, bol, pro, booking_container, trip, group (through other records), candidate, container, sscc, booking, transport_doc, order_no, customer_po, stub, unresolved.';
COMMENT ON COLUMN rpt_resolution.match_confidence IS 'How sure that is, from 0 to 1.';
COMMENT ON COLUMN rpt_resolution.stub IS 'Whether the shipment is one that transport does not know yet.';
COMMENT ON COLUMN rpt_resolution.anchored IS 'Whether the shipment is one of transport and found by a number that ties.';
COMMENT ON COLUMN rpt_resolution.doubt IS 'xref_conflict, xref_ambiguous, xref_too_large or xref_common; null where there is none.';
COMMENT ON COLUMN rpt_resolution.resolved_at IS 'When this was found out.';

CREATE TABLE rpt_order_shipment (
    company text COLLATE "C" NOT NULL,
    order_no text COLLATE "C" NOT NULL,
    shipment_no text COLLATE "C" NOT NULL,
    match_rule text COLLATE "C" NOT NULL,
    match_confidence numeric(3, 2) NOT NULL CHECK (match_confidence BETWEEN 0 AND 1),
    resolved_at timestamptz NOT NULL,
    PRIMARY KEY (company, order_no, shipment_no)
);
COMMENT ON TABLE rpt_order_shipment IS 'Which orders are on which shipments.';
COMMENT ON COLUMN rpt_order_shipment.company IS 'Company whose books hold the order.';
COMMENT ON COLUMN rpt_order_shipment.order_no IS 'The order.';
COMMENT ON COLUMN rpt_order_shipment.shipment_no IS 'The shipment.';
COMMENT ON COLUMN rpt_order_shipment.match_rule IS 'Why: order_no (transport lists it), order_no_stated (another record of the shipment names it), order_no_stub, order_no_candidate, customer_po.';
COMMENT ON COLUMN rpt_order_shipment.match_confidence IS 'How sure that is, from 0 to 1; halved where several orders share the number.';
COMMENT ON COLUMN rpt_order_shipment.resolved_at IS 'When this was found out.';

-- Numbers are looked up by value; a vehicle's without its kind of issuer.
CREATE INDEX rpt_xref_value ON rpt_xref (value, kind, issuer);
-- Reports follow a shipment to everything about it, and on-call looks for what has none.
CREATE INDEX rpt_resolution_shipment ON rpt_resolution (shipment_no, entity);
CREATE INDEX rpt_resolution_unsure ON rpt_resolution (entity, record_key) WHERE NOT anchored;
CREATE INDEX rpt_order_shipment_shipment ON rpt_order_shipment (shipment_no);
