-- The report made anew from the feed. Only adds.

-- One row per time that the report was made anew from the feed: who asked for it, how far it is, and in what the report was different.
CREATE TABLE rpt_rebuild (
    -- Name of the rebuild.
    rebuild_id TEXT NOT NULL,
    -- filling (beside the report, which is as it was); swapped (what was different is mended); cancelled.
    state TEXT NOT NULL CHECK (state IN ('filling', 'swapped', 'cancelled')),
    -- Who asked for it.
    who TEXT NOT NULL,
    -- For what reason.
    why TEXT NOT NULL,
    -- When it was asked for.
    asked_at INTEGER NOT NULL,
    -- When the feed got its oldest document.
    feed_from INTEGER NOT NULL,
    -- Everything that the feed got before this instant is in. Between feed_from and now, this is how far it is.
    filled_until INTEGER NOT NULL,
    -- Documents that were read so far.
    documents INTEGER NOT NULL,
    -- Those of them that are dead letters.
    dead_lettered INTEGER NOT NULL,
    -- When it went on last.
    stepped_at INTEGER NOT NULL,
    -- Rows that the report had and that the feed does not lead to; null until swapped.
    removed INTEGER,
    -- Rows that the report lacked; null until swapped.
    added INTEGER,
    -- Rows that said something else; null until swapped.
    replaced INTEGER,
    -- The same by table, where there are any; null until swapped.
    differences TEXT,
    PRIMARY KEY (rebuild_id)
) WITHOUT ROWID;

-- One at a time.
CREATE UNIQUE INDEX rpt_rebuild_filling ON rpt_rebuild (state) WHERE state = 'filling';
