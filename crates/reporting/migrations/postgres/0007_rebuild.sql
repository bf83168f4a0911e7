-- The report made anew from the feed. Only adds.

CREATE TABLE rpt_rebuild (
    rebuild_id text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN ('filling', 'swapped', 'cancelled')),
    who text NOT NULL,
    why text NOT NULL,
    asked_at timestamptz NOT NULL,
    feed_from timestamptz NOT NULL,
    filled_until timestamptz NOT NULL,
    documents bigint NOT NULL,
    dead_lettered bigint NOT NULL,
    stepped_at timestamptz NOT NULL,
    removed bigint,
    added bigint,
    replaced bigint,
    differences jsonb,
    PRIMARY KEY (rebuild_id)
);
COMMENT ON TABLE rpt_rebuild IS 'One row per time that the report was made anew from the feed: who asked for it, how far it is, and in what the report was different.';
COMMENT ON COLUMN rpt_rebuild.rebuild_id IS 'Name of the rebuild.';
COMMENT ON COLUMN rpt_rebuild.state IS 'filling (beside the report, which is as it was); swapped (what was different is mended); cancelled.';
COMMENT ON COLUMN rpt_rebuild.who IS 'Who asked for it.';
COMMENT ON COLUMN rpt_rebuild.why IS 'For what reason.';
COMMENT ON COLUMN rpt_rebuild.asked_at IS 'When it was asked for.';
COMMENT ON COLUMN rpt_rebuild.feed_from IS 'When the feed got its oldest document.';
COMMENT ON COLUMN rpt_rebuild.filled_until IS 'Everything that the feed got before this instant is in. Between feed_from and now, this is how far it is.';
COMMENT ON COLUMN rpt_rebuild.documents IS 'Documents that were read so far.';
COMMENT ON COLUMN rpt_rebuild.dead_lettered IS 'Those of them that are dead letters.';
COMMENT ON COLUMN rpt_rebuild.stepped_at IS 'When it went on last.';
COMMENT ON COLUMN rpt_rebuild.removed IS 'Rows that the report had and that the feed does not lead to; null until swapped.';
COMMENT ON COLUMN rpt_rebuild.added IS 'Rows that the report lacked; null until swapped.';
COMMENT ON COLUMN rpt_rebuild.replaced IS 'Rows that said something else; null until swapped.';
COMMENT ON COLUMN rpt_rebuild.differences IS 'The same by table, where there are any; null until swapped.';

-- One at a time.
CREATE UNIQUE INDEX rpt_rebuild_filling ON rpt_rebuild (state) WHERE state = 'filling';
