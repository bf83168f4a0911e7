#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod charge;
mod client;
mod config;
mod error;

mod batch;
mod plan;
mod publish;

mod checkpoint;
mod query;
mod read;
mod receipt;
mod shelf;

mod arrival;
mod bury;
mod dead_letter;
mod letter;
mod letter_bytes;
mod letters;
mod raw;
mod reason;
mod seal;

pub use crate::{
    bury::SEALED,
    checkpoint::{Checkpoint, CheckpointError, ETag},
    client::{ConnectError, Feed},
    config::{Config, MissingVariable},
    dead_letter::{Buried, DeadLetter, DeadLetterId, Evidence, Personal, Stage},
    error::FeedError,
    letter::{
        Actor, Attempt, BlobError, BlobFuture, BlobReference, BlobStore, Cause, Change, Correction,
        CorrectionKind, Deed, Edit, Encoding, Fingerprint, KeptBytes, Letter, LetterSummary,
        NotAllowed, PATCH_BYTES_MAX, Place, ReplayOutcome, Seen, State, Status, TARGETS_MAX,
        Target, field_path,
    },
    letter_bytes::{PART_BYTES_MAX, RAW_BYTES_MAX},
    letters::{
        About, AuditEntry, AuditPage, Audited, ChangeError, Cursor, DeadLetterEntry, Filter,
        GROUPS_MAX, Group, Groups, Intent, InvalidCursor, LETTERS_PER_PAGE_MAX, Letters, Listed,
        Made, Note, UnsealError, Unsealed, Verb, Wanted,
    },
    publish::{Publication, PublishOutcome},
    query::Pages,
    raw::RawBytes,
    read::{FeedEntry, FoundDocument, OtherDocument},
    reason::{Action, Reason, ReasonClass, Severity, UnknownReason},
    receipt::RECEIPT_TTL_SECONDS,
    seal::{InvalidSealKeys, Seal, Unopened},
    shelf::{Created, Filed, ReplaceError, Shelf},
};
