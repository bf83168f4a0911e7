-- Which records are about the same shipment. Only adds: a release without it goes on working, and leaves no edges; they come
-- when its records are delivered again.

-- One row per number that a record carries: what records are matched by. Replaced as a set with the record's newest version.
CREATE TABLE rpt_xref (
    -- Kind of the record.
    entity TEXT NOT NULL,
    -- Business key of the record.
    record_key TEXT NOT NULL,
    -- What the number names: shipment_no, bol, pro, trip, booking_container, container, booking, transport_doc, sscc, order_no, customer_po, vehicle.
    kind TEXT NOT NULL,
    -- Who gave it, where numbers of several issuers collide: the SCAC of a PRO; empty elsewhere.
    issuer TEXT NOT NULL,
    -- The number as it is compared: upper case, without blanks and dashes where they do not count.
    value TEXT NOT NULL,
    -- The number as the source wrote it.
    written TEXT NOT NULL,
    -- Whether all who have the number are one shipment; else it only hints at one, within a time.
    identity INTEGER NOT NULL,
    -- Whether the number may be of another kind as well, so that it ties nothing on its own.
    candidate INTEGER NOT NULL,
    -- Whether the record says that the number holds no more from said_at on.
    replaced INTEGER NOT NULL,
    -- When it was said: the time of an event, else of the change at the source.
    said_at INTEGER NOT NULL,
    -- Begin of the time that the record is about.
    from_at INTEGER,
    -- End of that time.
    until_at INTEGER,
    -- System that the record comes from.
    source TEXT NOT NULL,
    -- Version of the record that the edges come from.
    version TEXT NOT NULL,
    PRIMARY KEY (entity, record_key, kind, issuer, value)
) WITHOUT ROWID;

-- Numbers and records whose groups are to be looked at again. Written with the edges, taken by the next resolution.
CREATE TABLE rpt_xref_touched (
    -- Number of the mark.
    touched_id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- What the number names; record for a record itself.
    kind TEXT NOT NULL,
    -- Issuer of the number; entity of a record.
    issuer TEXT NOT NULL,
    -- The number as it is compared; key of a record.
    value TEXT NOT NULL
);

-- Numbers that too many records have to tell anything about one of them.
CREATE TABLE rpt_xref_common (
    -- What the number names.
    kind TEXT NOT NULL,
    -- Issuer of the number.
    issuer TEXT NOT NULL,
    -- The number as it is compared.
    value TEXT NOT NULL,
    PRIMARY KEY (kind, issuer, value)
) WITHOUT ROWID;

-- Shipments that are tied together though transport says they are several. They are not merged.
CREATE TABLE rpt_xref_conflict (
    -- One of the shipments.
    shipment_no TEXT NOT NULL,
    -- Name of the group that they are tied into; the same for all of them.
    group_id TEXT NOT NULL,
    -- xref_conflict, or xref_too_large where more records are tied together than are read.
    doubt TEXT NOT NULL,
    -- Numbers of all shipments of the group, at most 20.
    shipments TEXT NOT NULL,
    -- What ties them: numbers that several have, and records that name several; at most 20.
    shared TEXT NOT NULL,
    PRIMARY KEY (shipment_no)
) WITHOUT ROWID;

-- One row per record that has numbers: which shipment it is about, and why. Follows from rpt_xref alone.
CREATE TABLE rpt_resolution (
    -- Kind of the record.
    entity TEXT NOT NULL,
    -- Business key of the record.
    record_key TEXT NOT NULL,
    -- Name of the group of records that are about one thing; null where the record has no number that ties.
    group_id TEXT,
    -- The shipment, as transport names it; as others name it where stub.
    shipment_no TEXT,
    -- The order, where the record names exactly one, or names none and its shipment has exactly one.
    order_no TEXT,
    -- Why: own, shipment_no, bol, pro, booking_container, trip, group (through other records), candidate, container, sscc, booking, transport_doc, order_no, customer_po, stub, unresolved.
    match_rule TEXT NOT NULL,
    -- How sure that is, from 0 to 1.
    match_confidence TEXT NOT NULL,
    -- Whether the shipment is one that transport does not know yet.
    stub INTEGER NOT NULL,
    -- Whether the shipment is one of transport and found by a number that ties.
    anchored INTEGER NOT NULL,
    -- xref_conflict, xref_ambiguous, xref_too_large or xref_common; null where there is none.
    doubt TEXT,
    -- When this was found out.
    resolved_at INTEGER NOT NULL,
    PRIMARY KEY (entity, record_key)
) WITHOUT ROWID;

-- Which orders are on which shipments.
CREATE TABLE rpt_order_shipment (
    -- Company whose books hold the order.
    company TEXT NOT NULL,
    -- The order.
    order_no TEXT NOT NULL,
    -- The shipment.
    shipment_no TEXT NOT NULL,
    -- Why: order_no (transport lists it), order_no_stated (another record of the shipment names it), order_no_stub, order_no_candidate, customer_po.
    match_rule TEXT NOT NULL,
    -- How sure that is, from 0 to 1; halved where several orders share the number.
    match_confidence TEXT NOT NULL,
    -- When this was found out.
    resolved_at INTEGER NOT NULL,
    PRIMARY KEY (company, order_no, shipment_no)
) WITHOUT ROWID;

-- Numbers are looked up by value; a vehicle's without its kind of issuer.
CREATE INDEX rpt_xref_value ON rpt_xref (value, kind, issuer);
-- Reports follow a shipment to everything about it, and on-call looks for what has none.
CREATE INDEX rpt_resolution_shipment ON rpt_resolution (shipment_no, entity);
CREATE INDEX rpt_resolution_unsure ON rpt_resolution (entity, record_key) WHERE NOT anchored;
CREATE INDEX rpt_order_shipment_shipment ON rpt_order_shipment (shipment_no);
