-- Whether anything is missing in the report. Only adds.

CREATE TABLE rpt_reconciliation (
    source text COLLATE "C" NOT NULL,
    hour timestamptz NOT NULL,
    checked_until timestamptz NOT NULL,
    documents bigint NOT NULL,
    in_report bigint NOT NULL,
    dead_lettered bigint NOT NULL,
    missing bigint NOT NULL,
    reapplied bigint NOT NULL,
    taken_in bigint NOT NULL,
    settled boolean NOT NULL,
    checked_at timestamptz NOT NULL,
    PRIMARY KEY (source, hour)
);
COMMENT ON TABLE rpt_reconciliation IS 'One row per source and hour: whether every document that the feed got in that hour is in the report or a dead letter, as last checked.';
COMMENT ON COLUMN rpt_reconciliation.source IS 'System that the documents come from; unknown for documents that do not even name theirs.';
COMMENT ON COLUMN rpt_reconciliation.hour IS 'Begin of the hour in UTC, by the feed''s own clock.';
COMMENT ON COLUMN rpt_reconciliation.checked_until IS 'How far into the hour the check reached.';
COMMENT ON COLUMN rpt_reconciliation.documents IS 'Control total of the feed: documents that it got.';
COMMENT ON COLUMN rpt_reconciliation.in_report IS 'Control total of the report: those that it holds at their version or a newer one.';
COMMENT ON COLUMN rpt_reconciliation.dead_lettered IS 'Those that are dead letters.';
COMMENT ON COLUMN rpt_reconciliation.missing IS 'Those that are neither, after what was missing was taken in again. Anything but 0 is a loss.';
COMMENT ON COLUMN rpt_reconciliation.reapplied IS 'Those that were neither and were taken in again, in all checks of the hour.';
COMMENT ON COLUMN rpt_reconciliation.taken_in IS 'Records that the ledger counts for the hour, repeated ones included; by the clock of the report, so that it may differ at the edges.';
COMMENT ON COLUMN rpt_reconciliation.settled IS 'Whether the hour is over and nothing of it is missing, so that it is not looked at again.';
COMMENT ON COLUMN rpt_reconciliation.checked_at IS 'When it was checked.';

CREATE VIEW v_reconciliation AS
SELECT
    total.source,
    total.hour,
    total.checked_until,
    total.documents,
    total.in_report,
    total.dead_lettered,
    total.documents - total.in_report - total.dead_lettered AS difference,
    total.reapplied,
    CASE WHEN total.documents <> total.in_report + total.dead_lettered THEN 'different'
        WHEN total.reapplied > 0 THEN 'healed'
        ELSE 'balanced' END AS state,
    total.settled,
    total.checked_at
FROM rpt_reconciliation AS total;
COMMENT ON VIEW v_reconciliation IS 'The control totals of both sides, and how they differ.';
COMMENT ON COLUMN v_reconciliation.source IS 'System that the documents come from.';
COMMENT ON COLUMN v_reconciliation.hour IS 'Begin of the hour in UTC.';
COMMENT ON COLUMN v_reconciliation.checked_until IS 'How far into the hour the check reached.';
COMMENT ON COLUMN v_reconciliation.documents IS 'Documents in the feed.';
COMMENT ON COLUMN v_reconciliation.in_report IS 'Those that the report holds.';
COMMENT ON COLUMN v_reconciliation.dead_lettered IS 'Those that are dead letters.';
COMMENT ON COLUMN v_reconciliation.difference IS 'The feed less the report and the dead letters; 0 is good.';
COMMENT ON COLUMN v_reconciliation.reapplied IS 'What had been lost and was taken in again.';
COMMENT ON COLUMN v_reconciliation.state IS 'balanced; healed (balanced after something was taken in again); different.';
COMMENT ON COLUMN v_reconciliation.settled IS 'Whether the hour is done.';
COMMENT ON COLUMN v_reconciliation.checked_at IS 'When it was checked.';
