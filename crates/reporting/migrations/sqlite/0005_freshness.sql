-- How fresh the report is, and what tells a silent source from one that is cut off. Only adds.

-- One row per source: the newest record that its app sent by itself, through all that its source's records go through.
CREATE TABLE rpt_canary (
    -- The source whose way is tried.
    canary_source TEXT NOT NULL,
    -- When its app sent it, by the app's clock.
    sent_at INTEGER,
    -- Version of the app that sent it.
    app_version TEXT,
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
    PRIMARY KEY (canary_source)
) WITHOUT ROWID;

-- One row per source: the newest record that its app sent by itself. Reports read this view WHERE NOT deleted.
CREATE VIEW v_canary AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_canary AS child;

-- Nullable: a release before this one goes on writing rows without them.
-- Kind of the records; null for dead letters, and in rows of releases before there were streams.
ALTER TABLE rpt_consolidation ADD COLUMN stream TEXT;
-- When the newest of the records changed at the source; null where none is told.
ALTER TABLE rpt_consolidation ADD COLUMN newest_modified_at INTEGER;
CREATE INDEX rpt_consolidation_committed ON rpt_consolidation (committed_at);

-- One row per source and stream: how far the report is, as last measured. A stream is a kind of record; canary is the one that the app sends by itself.
CREATE TABLE rpt_source_state (
    -- System that the records come from.
    source TEXT NOT NULL,
    -- Kind of the records.
    stream TEXT NOT NULL,
    -- When the newest record that is in the report changed at its source; null where none is.
    watermark INTEGER,
    -- When a record of the stream was last written.
    applied_at INTEGER,
    -- Documents that are in the feed and not in the report, of those that came within the last quarter of an hour.
    backlog INTEGER NOT NULL,
    -- When the oldest of them that has been in the feed for a minute changed at its source; null where none waits so long.
    oldest_waiting_at INTEGER,
    -- How bad it is: 0, or 5, 10, 15 for as many minutes behind.
    level_min INTEGER NOT NULL,
    -- What the level comes from: waiting (records wait in the feed), canary (the way is cut), late (records come late); null at level 0.
    cause TEXT,
    -- When this was first measured.
    watched_since INTEGER NOT NULL,
    -- When this was last measured.
    measured_at INTEGER NOT NULL,
    PRIMARY KEY (source, stream)
) WITHOUT ROWID;

-- One row per source, stream and window: how old records were when they came into the report, from the change at the source to the write here.
CREATE TABLE rpt_freshness (
    -- System that the records come from.
    source TEXT NOT NULL,
    -- Kind of the records.
    stream TEXT NOT NULL,
    -- Length of the window in minutes; it ends at measured_at.
    window_min INTEGER NOT NULL,
    -- Records that were written into their row.
    applied INTEGER NOT NULL,
    -- Records that were there already.
    duplicate INTEGER NOT NULL,
    -- Records older than their row.
    superseded INTEGER NOT NULL,
    -- Half of the written records were at most so many milliseconds old.
    lag_ms_p50 INTEGER,
    -- 19 of 20.
    lag_ms_p95 INTEGER,
    -- 99 of 100.
    lag_ms_p99 INTEGER,
    -- The oldest.
    lag_ms_max INTEGER,
    -- When this was measured.
    measured_at INTEGER NOT NULL,
    PRIMARY KEY (source, stream, window_min)
) WITHOUT ROWID;

-- How fresh the report is, by source and stream: the page for on-call.
CREATE VIEW v_freshness AS
WITH judged AS (
    SELECT
        state.*,
        (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) - state.measured_at) / 60000 AS measured_min_ago
    FROM rpt_source_state AS state
), leveled AS (
    SELECT
        judged.*,
        CASE WHEN judged.measured_min_ago >= 15 THEN 15 WHEN judged.measured_min_ago >= 10 THEN 10 WHEN judged.measured_min_ago >= 5 THEN 5 ELSE 0 END AS unmeasured_min
    FROM judged
)
SELECT
    leveled.source,
    leveled.stream,
    max(leveled.level_min, leveled.unmeasured_min) AS level_min,
    CASE max(leveled.level_min, leveled.unmeasured_min) WHEN 0 THEN 'fresh' WHEN 5 THEN 'notice' WHEN 10 THEN 'alert' ELSE 'page' END AS level,
    CASE WHEN leveled.unmeasured_min > leveled.level_min THEN 'not_measured' ELSE leveled.cause END AS cause,
    leveled.watermark,
    leveled.applied_at,
    leveled.backlog,
    leveled.oldest_waiting_at,
    lag.applied AS applied_15_min,
    lag.lag_ms_p50,
    lag.lag_ms_p95,
    lag.lag_ms_p99,
    lag.lag_ms_max,
    leveled.measured_at,
    leveled.measured_min_ago
FROM leveled
LEFT JOIN rpt_freshness AS lag ON lag.source = leveled.source AND lag.stream = leveled.stream AND lag.window_min = 15;

-- One row per source: is it behind, flowing, or silent though its way is open?
CREATE VIEW v_source_health AS
SELECT
    fresh.source,
    max(fresh.level_min) AS level_min,
    CASE max(fresh.level_min) WHEN 0 THEN 'fresh' WHEN 5 THEN 'notice' WHEN 10 THEN 'alert' ELSE 'page' END AS level,
    CASE WHEN max(fresh.level_min) > 0 THEN 'behind'
        WHEN max(CASE WHEN fresh.stream <> 'canary' THEN fresh.applied_15_min END) > 0 THEN 'flowing'
        ELSE 'silent' END AS state,
    max(CASE WHEN fresh.stream = 'canary' THEN fresh.watermark END) AS canary_at,
    max(CASE WHEN fresh.stream <> 'canary' THEN fresh.applied_at END) AS last_record_at,
    CAST(sum(CASE WHEN fresh.stream <> 'canary' THEN fresh.backlog ELSE 0 END) AS bigint) AS backlog,
    min(fresh.oldest_waiting_at) AS oldest_waiting_at,
    min(fresh.measured_at) AS measured_at
FROM v_freshness AS fresh
GROUP BY fresh.source;
