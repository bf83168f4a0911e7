-- How fresh the report is, and what tells a silent source from one that is cut off. Only adds.

CREATE TABLE rpt_canary (
    canary_source text COLLATE "C" NOT NULL,
    sent_at timestamptz,
    app_version text COLLATE "C",
    source text COLLATE "C" NOT NULL,
    record_key text COLLATE "C" NOT NULL,
    version text COLLATE "C" NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    document_id text COLLATE "C" NOT NULL,
    correlation_id text COLLATE "C" NOT NULL,
    event_time timestamptz,
    source_modified_at timestamptz NOT NULL,
    applied_at timestamptz NOT NULL,
    dq jsonb NOT NULL,
    tombstone boolean NOT NULL,
    PRIMARY KEY (canary_source)
);
COMMENT ON TABLE rpt_canary IS 'One row per source: the newest record that its app sent by itself, through all that its source''s records go through.';
COMMENT ON COLUMN rpt_canary.canary_source IS 'The source whose way is tried.';
COMMENT ON COLUMN rpt_canary.sent_at IS 'When its app sent it, by the app''s clock.';
COMMENT ON COLUMN rpt_canary.app_version IS 'Version of the app that sent it.';
COMMENT ON COLUMN rpt_canary.source IS 'System that the stored version comes from.';
COMMENT ON COLUMN rpt_canary.record_key IS 'The record''s business key as one text, as logs and dead letters show it.';
COMMENT ON COLUMN rpt_canary.version IS 'Version that the source gave; byte order is age order.';
COMMENT ON COLUMN rpt_canary.content_hash IS 'Fingerprint of the content; orders two contents of one version.';
COMMENT ON COLUMN rpt_canary.document_id IS 'Feed document that the stored version came from.';
COMMENT ON COLUMN rpt_canary.correlation_id IS 'Follows the record from the upstream message to this row.';
COMMENT ON COLUMN rpt_canary.event_time IS 'When the thing happened, if the record is about an event.';
COMMENT ON COLUMN rpt_canary.source_modified_at IS 'When the source says that the record changed.';
COMMENT ON COLUMN rpt_canary.applied_at IS 'When the stored version was written here.';
COMMENT ON COLUMN rpt_canary.dq IS 'Doubts about the record that was taken all the same.';
COMMENT ON COLUMN rpt_canary.tombstone IS 'Whether the newest version says that the thing is gone.';

CREATE VIEW v_canary AS
SELECT child.*, child.tombstone AS deleted
FROM rpt_canary AS child;
COMMENT ON VIEW v_canary IS 'One row per source: the newest record that its app sent by itself. Reports read this view WHERE NOT deleted.';
COMMENT ON COLUMN v_canary.deleted IS 'Whether the thing is gone, by its own tombstone.';

-- Nullable: a release before this one goes on writing rows without them.
ALTER TABLE rpt_consolidation ADD COLUMN stream text COLLATE "C";
ALTER TABLE rpt_consolidation ADD COLUMN newest_modified_at timestamptz;
COMMENT ON COLUMN rpt_consolidation.stream IS 'Kind of the records; null for dead letters, and in rows of releases before there were streams.';
COMMENT ON COLUMN rpt_consolidation.newest_modified_at IS 'When the newest of the records changed at the source; null where none is told.';
CREATE INDEX rpt_consolidation_committed ON rpt_consolidation (committed_at);

CREATE TABLE rpt_source_state (
    source text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    watermark timestamptz,
    applied_at timestamptz,
    backlog bigint NOT NULL,
    oldest_waiting_at timestamptz,
    level_min bigint NOT NULL,
    cause text COLLATE "C",
    watched_since timestamptz NOT NULL,
    measured_at timestamptz NOT NULL,
    PRIMARY KEY (source, stream)
);
COMMENT ON TABLE rpt_source_state IS 'One row per source and stream: how far the report is, as last measured. A stream is a kind of record; canary is the one that the app sends by itself.';
COMMENT ON COLUMN rpt_source_state.source IS 'System that the records come from.';
COMMENT ON COLUMN rpt_source_state.stream IS 'Kind of the records.';
COMMENT ON COLUMN rpt_source_state.watermark IS 'When the newest record that is in the report changed at its source; null where none is.';
COMMENT ON COLUMN rpt_source_state.applied_at IS 'When a record of the stream was last written.';
COMMENT ON COLUMN rpt_source_state.backlog IS 'Documents that are in the feed and not in the report, of those that came within the last quarter of an hour.';
COMMENT ON COLUMN rpt_source_state.oldest_waiting_at IS 'When the oldest of them that has been in the feed for a minute changed at its source; null where none waits so long.';
COMMENT ON COLUMN rpt_source_state.level_min IS 'How bad it is: 0, or 5, 10, 15 for as many minutes behind.';
COMMENT ON COLUMN rpt_source_state.cause IS 'What the level comes from: waiting (records wait in the feed), canary (the way is cut), late (records come late); null at level 0.';
COMMENT ON COLUMN rpt_source_state.watched_since IS 'When this was first measured.';
COMMENT ON COLUMN rpt_source_state.measured_at IS 'When this was last measured.';

CREATE TABLE rpt_freshness (
    source text COLLATE "C" NOT NULL,
    stream text COLLATE "C" NOT NULL,
    window_min bigint NOT NULL,
    applied bigint NOT NULL,
    duplicate bigint NOT NULL,
    superseded bigint NOT NULL,
    lag_ms_p50 bigint,
    lag_ms_p95 bigint,
    lag_ms_p99 bigint,
    lag_ms_max bigint,
    measured_at timestamptz NOT NULL,
    PRIMARY KEY (source, stream, window_min)
);
COMMENT ON TABLE rpt_freshness IS 'One row per source, stream and window: how old records were when they came into the report, from the change at the source to the write here.';
COMMENT ON COLUMN rpt_freshness.source IS 'System that the records come from.';
COMMENT ON COLUMN rpt_freshness.stream IS 'Kind of the records.';
COMMENT ON COLUMN rpt_freshness.window_min IS 'Length of the window in minutes; it ends at measured_at.';
COMMENT ON COLUMN rpt_freshness.applied IS 'Records that were written into their row.';
COMMENT ON COLUMN rpt_freshness.duplicate IS 'Records that were there already.';
COMMENT ON COLUMN rpt_freshness.superseded IS 'Records older than their row.';
COMMENT ON COLUMN rpt_freshness.lag_ms_p50 IS 'Half of the written records were at most so many milliseconds old.';
COMMENT ON COLUMN rpt_freshness.lag_ms_p95 IS '19 of 20.';
COMMENT ON COLUMN rpt_freshness.lag_ms_p99 IS '99 of 100.';
COMMENT ON COLUMN rpt_freshness.lag_ms_max IS 'The oldest.';
COMMENT ON COLUMN rpt_freshness.measured_at IS 'When this was measured.';

CREATE VIEW v_freshness AS
WITH judged AS (
    SELECT
        state.*,
        floor(extract(epoch FROM now() - state.measured_at) / 60)::bigint AS measured_min_ago
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
    greatest(leveled.level_min, leveled.unmeasured_min) AS level_min,
    CASE greatest(leveled.level_min, leveled.unmeasured_min) WHEN 0 THEN 'fresh' WHEN 5 THEN 'notice' WHEN 10 THEN 'alert' ELSE 'page' END AS level,
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
COMMENT ON VIEW v_freshness IS 'How fresh the report is, by source and stream: the page for on-call.';
COMMENT ON COLUMN v_freshness.source IS 'System that the records come from.';
COMMENT ON COLUMN v_freshness.stream IS 'Kind of the records; canary is the one that the app sends by itself.';
COMMENT ON COLUMN v_freshness.level_min IS '0, 5, 10 or 15.';
COMMENT ON COLUMN v_freshness.level IS 'The same in a word: fresh, notice (5 minutes), alert (10), page (15).';
COMMENT ON COLUMN v_freshness.cause IS 'What the level comes from: waiting, canary, late, or not_measured where nobody has measured for so long.';
COMMENT ON COLUMN v_freshness.watermark IS 'When the newest record that is in the report changed at its source.';
COMMENT ON COLUMN v_freshness.applied_at IS 'When a record of the stream was last written.';
COMMENT ON COLUMN v_freshness.backlog IS 'Documents that are in the feed and not in the report.';
COMMENT ON COLUMN v_freshness.oldest_waiting_at IS 'When the oldest of them that waits for a minute or more changed at its source.';
COMMENT ON COLUMN v_freshness.applied_15_min IS 'Records written in the last quarter of an hour; null where none of the source came.';
COMMENT ON COLUMN v_freshness.lag_ms_p50 IS 'Half of these were at most so many milliseconds old.';
COMMENT ON COLUMN v_freshness.lag_ms_p95 IS '19 of 20.';
COMMENT ON COLUMN v_freshness.lag_ms_p99 IS '99 of 100.';
COMMENT ON COLUMN v_freshness.lag_ms_max IS 'The oldest.';
COMMENT ON COLUMN v_freshness.measured_at IS 'When this was measured.';
COMMENT ON COLUMN v_freshness.measured_min_ago IS 'How many minutes ago that was.';

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
COMMENT ON VIEW v_source_health IS 'One row per source: is it behind, flowing, or silent though its way is open?';
COMMENT ON COLUMN v_source_health.source IS 'The source.';
COMMENT ON COLUMN v_source_health.level_min IS 'The worst level of its streams: 0, 5, 10 or 15.';
COMMENT ON COLUMN v_source_health.level IS 'The same in a word.';
COMMENT ON COLUMN v_source_health.state IS 'behind; flowing (records came within a quarter of an hour); silent (none came, and the canary did: the source has nothing to say).';
COMMENT ON COLUMN v_source_health.canary_at IS 'When the newest canary that arrived was sent.';
COMMENT ON COLUMN v_source_health.last_record_at IS 'When a record of the source was last written.';
COMMENT ON COLUMN v_source_health.backlog IS 'Documents that are in the feed and not in the report.';
COMMENT ON COLUMN v_source_health.oldest_waiting_at IS 'When the oldest of them that waits for a minute or more changed at its source.';
COMMENT ON COLUMN v_source_health.measured_at IS 'When the stream that was measured longest ago was measured.';
