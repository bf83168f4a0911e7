-- Whether anything is missing in the report. Only adds.

-- One row per source and hour: whether every document that the feed got in that hour is in the report or a dead letter, as last checked.
CREATE TABLE rpt_reconciliation (
    -- System that the documents come from; unknown for documents that do not even name theirs.
    source TEXT NOT NULL,
    -- Begin of the hour in UTC, by the feed's own clock.
    hour INTEGER NOT NULL,
    -- How far into the hour the check reached.
    checked_until INTEGER NOT NULL,
    -- Control total of the feed: documents that it got.
    documents INTEGER NOT NULL,
    -- Control total of the report: those that it holds at their version or a newer one.
    in_report INTEGER NOT NULL,
    -- Those that are dead letters.
    dead_lettered INTEGER NOT NULL,
    -- Those that are neither, after what was missing was taken in again. Anything but 0 is a loss.
    missing INTEGER NOT NULL,
    -- Those that were neither and were taken in again, in all checks of the hour.
    reapplied INTEGER NOT NULL,
    -- Records that the ledger counts for the hour, repeated ones included; by the clock of the report, so that it may differ at the edges.
    taken_in INTEGER NOT NULL,
    -- Whether the hour is over and nothing of it is missing, so that it is not looked at again.
    settled INTEGER NOT NULL,
    -- When it was checked.
    checked_at INTEGER NOT NULL,
    PRIMARY KEY (source, hour)
) WITHOUT ROWID;

-- The control totals of both sides, and how they differ.
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
