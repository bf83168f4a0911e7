//! What can be asked for.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Dead letters and their replay, across all function apps.
#[derive(Debug, Parser)]
#[command(name = "crossdock", version, about)]
pub(crate) struct Arguments {
    /// File that says where the apps are; see README.
    #[arg(long, global = true, env = "CROSSDOCK_APPS", value_name = "FILE")]
    pub(crate) apps: Option<PathBuf>,
    /// Who you are: goes into the audit log.
    #[arg(long, global = true, env = "CROSSDOCK_OPERATOR", value_name = "NAME")]
    pub(crate) operator: Option<String>,
    /// Print JSON on stdout instead of tables.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Only this app.
    #[arg(long, global = true, value_name = "APP")]
    pub(crate) app: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// How the apps are, and how fresh the reports.
    Status,
    /// Looks whether everything of the feed is in the report, hour by hour, and takes in what is not.
    Reconcile {
        /// From the hour of this instant on, RFC 3339; without it, the hour before `until`.
        #[arg(long)]
        from: Option<jiff::Timestamp>,
        /// Until the hour of this instant, at most a day after `from`; without it, until now.
        #[arg(long)]
        until: Option<jiff::Timestamp>,
    },
    /// Where a record went, step by step, from the upstream message to the report.
    Trace {
        /// Correlation id of a message, or source key of a record.
        id: String,
    },
    /// The report made anew from the feed.
    #[command(subcommand)]
    Rebuild(Rebuild),
    /// Dead letters.
    #[command(subcommand)]
    Letters(Letters),
    /// Replay of dead letters.
    #[command(subcommand)]
    Replay(Replay),
    /// Who did what.
    Audit {
        /// Most entries of each app.
        #[arg(long, default_value_t = 20)]
        limit: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Rebuild {
    /// Makes the report anew beside itself and takes over what is different; goes on with one that is under way.
    Run {
        /// For what reason.
        #[arg(long)]
        why: String,
        /// Take away whatever the feed does not lead to, however much that is.
        #[arg(long)]
        accept_removals: bool,
        /// Keep what the report was given before this instant, though the feed does not hold it any more.
        #[arg(long, value_name = "INSTANT")]
        keep_before: Option<jiff::Timestamp>,
        /// Milliseconds of one step; a step is one HTTP request.
        #[arg(long, default_value_t = 10_000)]
        step_ms: u64,
    },
    /// Lists rebuilds, how far they are, and in what the report was different.
    List,
    /// Gives one up; the report stays as it is.
    Cancel {
        /// Its id.
        rebuild: String,
        /// For what reason.
        #[arg(long)]
        why: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Letters {
    /// Lists letters, newest first.
    List {
        #[command(flatten)]
        filter: Filter,
        /// Most letters of each app.
        #[arg(long, default_value_t = 30)]
        limit: u32,
        /// Print CSV.
        #[arg(long)]
        csv: bool,
    },
    /// Counts letters by cause.
    Groups {
        #[command(flatten)]
        filter: Filter,
    },
    /// Shows one letter in full.
    Show {
        /// The letter's id, or its first digits.
        id: String,
        /// Open what is sealed in it, for this reason; it goes into the audit log.
        #[arg(long, value_name = "WHY")]
        unseal: Option<String>,
    },
    /// Lays a correction over letters; the bytes that came stay.
    Edit {
        #[command(flatten)]
        select: Select,
        /// JSON Patch of the unit: JSON, or @FILE.
        #[arg(
            long,
            required_unless_present = "replacement",
            conflicts_with = "replacement"
        )]
        patch: Option<String>,
        /// A text that takes the place of the unit, or @FILE.
        #[arg(long)]
        replacement: Option<String>,
        /// Show what would come of it, and store nothing.
        #[arg(long)]
        preview: bool,
        /// For what reason.
        #[arg(long, required_unless_present = "preview")]
        why: Option<String>,
    },
    /// Takes the last correction back.
    UndoEdit(Change),
    /// Closes letters: nothing is to be done.
    Discard(Change),
    /// Puts letters aside.
    Archive(Change),
    /// Opens letters again.
    Restore(Change),
    /// Writes a note on a group.
    Note {
        /// The group's fingerprint, or its first digits.
        fingerprint: String,
        /// What is known about it.
        text: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Replay {
    /// Makes a plan: the list of letters as they are now.
    Plan {
        #[command(flatten)]
        select: Select,
        /// For what reason.
        #[arg(long)]
        why: String,
    },
    /// Shows what a plan would do to the reports; does nothing.
    DryRun {
        /// The plan's id.
        plan: String,
        /// Most letters to show; all are counted.
        #[arg(long, default_value_t = 10)]
        show: usize,
    },
    /// Runs a plan, or goes on with it.
    Run {
        /// The plan's id.
        plan: String,
        /// The digest of the plan that you looked at.
        #[arg(long)]
        digest: String,
        #[command(flatten)]
        pace: Pace,
    },
    /// Holds a run up.
    Pause(Operate),
    /// Goes on with a run that was held up, or whose driver died.
    Resume {
        /// The plan's id.
        plan: String,
        #[command(flatten)]
        pace: Pace,
    },
    /// Gives a plan up; its letters without an outcome are open again.
    Cancel(Operate),
    /// Watches a run that somebody else drives.
    Watch {
        /// The plan's id.
        plan: String,
    },
    /// Lists plans.
    List,
}

#[derive(Debug, Args)]
pub(crate) struct Pace {
    /// For what reason.
    #[arg(long)]
    pub(crate) why: String,
    /// Most letters a second.
    #[arg(long)]
    pub(crate) rate: Option<u32>,
    /// Milliseconds of one step; a step is one HTTP request.
    #[arg(long, default_value_t = 4_000)]
    pub(crate) step_ms: u64,
    /// Seconds to wait for outcomes that do not come.
    #[arg(long, default_value_t = 60)]
    pub(crate) patience: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Operate {
    /// The plan's id.
    pub(crate) plan: String,
    /// For what reason.
    #[arg(long)]
    pub(crate) why: String,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    #[command(flatten)]
    pub(crate) select: Select,
    /// For what reason.
    #[arg(long)]
    pub(crate) why: String,
}

/// Letters: by id, or all that match.
#[derive(Debug, Args)]
pub(crate) struct Select {
    /// Ids of letters, or their first digits; all of one app.
    pub(crate) ids: Vec<String>,
    #[command(flatten)]
    pub(crate) filter: Filter,
}

/// Letters for which everything that is given holds.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Filter {
    /// Reason code, such as E102.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Path of the field, as the list shows it.
    #[arg(long)]
    pub(crate) field_path: Option<String>,
    /// Group, as `letters groups` shows it: its fingerprint, or the first digits.
    #[arg(long)]
    pub(crate) group: Option<String>,
    /// Failed at this instant or later: 2026-03-02T03:00:00Z.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Failed before this instant.
    #[arg(long)]
    pub(crate) before: Option<String>,
    /// Version of the app that failed.
    #[arg(long)]
    pub(crate) app_version: Option<String>,
    /// Business key.
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// The upstream message.
    #[arg(long)]
    pub(crate) message: Option<String>,
    /// Correlation id.
    #[arg(long)]
    pub(crate) correlation: Option<String>,
    /// open, claimed, replayed, discarded, archived; several with commas.
    #[arg(long)]
    pub(crate) state: Option<String>,
}
