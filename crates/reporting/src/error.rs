//! Whose fault a failure is: the store's or a record's.

use std::borrow::Cow;

use retry::{Away, Class, Classify};

/// Why a batch was not written. Nothing of it was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The store cannot write now, whatever the batch holds: it is away, busy, full, or has no such table.
    #[error("the reporting store cannot write: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The batch holds at least one record that the store refuses.
    #[error("the reporting store refuses a record: {0}")]
    Refused(#[source] Refusal),
}

impl Classify for ApplyError {
    fn class(&self) -> Class {
        match self {
            Self::Unavailable(_) => Class::TRANSIENT,
            Self::Refused(_) => Class::Permanent,
        }
    }
}

impl Away for ApplyError {
    fn away(_: &'static str) -> Self {
        let error = std::io::Error::other("not asked: the store is known to be away");
        Self::Unavailable(sqlx::Error::Io(error))
    }
}

impl From<sqlx::Error> for ApplyError {
    fn from(error: sqlx::Error) -> Self {
        match fault(&error) {
            Fault::Store => Self::Unavailable(error),
            Fault::Record => Self::Refused(Refusal::of(&error)),
        }
    }
}

/// What a database says about a record that it refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// SQLSTATE of PostgreSQL or result code of SQLite; none if the record did not get as far.
    pub code: Option<String>,
    /// What the database says, in its own words.
    pub message: String,
    /// The constraint or the column that it names.
    pub about: Option<Box<str>>,
}

impl Refusal {
    fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(database) => Self {
                code: database.code().map(Cow::into_owned),
                message: described(database.as_ref()),
                about: about(database.as_ref()),
            },
            other => Self {
                code: None,
                message: other.to_string(),
                about: None,
            },
        }
    }
}

/// The message, with the constraint and the detail where there are any.
fn described(error: &dyn sqlx::error::DatabaseError) -> String {
    let detail = error
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .and_then(sqlx::postgres::PgDatabaseError::detail);
    detail.map_or_else(
        || error.message().to_owned(),
        |detail| format!("{}: {detail}", error.message()),
    )
}

/// Which rule was broken. SQLite tells the constraint, or table and column, only at the end of its message.
fn about(error: &dyn sqlx::error::DatabaseError) -> Option<Box<str>> {
    if let Some(postgres) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        let named = postgres.constraint().or_else(|| postgres.column());
        return named.map(Box::from);
    }
    let (_, named) = error.message().split_once("constraint failed: ")?;
    let one = named.split([',', '=']).next()?.trim();
    (one.len() <= 128).then(|| Box::from(one))
}

/// Whose fault a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Store,
    Record,
}

/// The one place that decides. What is not known to be a record's fault is the store's: the change feed then delivers
/// the batch again, and nothing is dead-lettered that a repaired store would take.
fn fault(error: &sqlx::Error) -> Fault {
    match error {
        sqlx::Error::Encode(_) => Fault::Record,
        sqlx::Error::Database(database) => {
            let code = database.code();
            let code = code.as_deref().unwrap_or_default();
            if database
                .try_downcast_ref::<sqlx::sqlite::SqliteError>()
                .is_some()
            {
                sqlite_fault(code)
            } else {
                postgres_fault(code)
            }
        }
        _ => Fault::Store,
    }
}

/// By SQLSTATE: [PostgreSQL error codes](https://www.postgresql.org/docs/current/errcodes-appendix.html).
fn postgres_fault(sqlstate: &str) -> Fault {
    match sqlstate.get(..2) {
        // Data exception: out of range, invalid text, NUL character.
        Some("22") => Fault::Record,
        // A constraint is violated.
        Some("23") => Fault::Record,
        // A value is too large for an index or a row.
        Some("54") => Fault::Record,
        // One statement would write a row twice: apart, each of the two records passes.
        Some("21") => Fault::Record,
        // A view's check option, a trigger, or a function that a trigger calls turns the row down. That a rule which
        // turns down every row is no record's fault is found out with a good record.
        Some("27" | "44" | "P0") => Fault::Record,
        // Among them connection (08), serialization and deadlock (40), missing table or column (42), resources (53),
        // lock not available (55), shut down (57), system (58), internal (XX).
        _ => Fault::Store,
    }
}

/// By primary result code: [SQLite result codes](https://www.sqlite.org/rescode.html).
fn sqlite_fault(code: &str) -> Fault {
    const TOO_BIG: u32 = 18;
    const CONSTRAINT: u32 = 19;
    const MISMATCH: u32 = 20;
    // The low byte is the primary code.
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(TOO_BIG | CONSTRAINT | MISMATCH) => Fault::Record,
        // Among them ERROR (1, missing table), BUSY (5), LOCKED (6), IOERR (10), FULL (13), CANTOPEN (14).
        _ => Fault::Store,
    }
}

/// Why a store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address names no engine that we have.
    #[error("the reporting url must start with `sqlite:` or `postgres:`, not `{0}`")]
    UnknownEngine(String),
    /// The database answers with an error or not at all.
    #[error("the reporting store failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema cannot be brought up to date.
    #[error("the schema of the reporting store cannot be migrated: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The schema is older than this build.
    #[error("the reporting store has schema version {found:?}, this build needs {needed:?}")]
    Schema {
        /// Newest migration that the store has.
        found: Option<i64>,
        /// Newest migration that this build has.
        needed: Option<i64>,
    },
    /// The address names no schema to create anew.
    #[error("the options of the reporting url name no search_path")]
    NoSchema,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlstates_fall_on_the_store_or_the_record() {
        let store = [
            "08006", "08001", "53100", "53300", "57P01", "57P02", "57P03", "40001", "40P01",
            "55P03", "58030", "42P01", "42703", "42501", "0A000", "25006", "XX000", "", "é",
        ];
        for code in store {
            assert_eq!(postgres_fault(code), Fault::Store, "{code}");
        }
        for code in [
            "22001", "22003", "22008", "22021", "22P05", "23502", "23505", "23514", "54000",
            "21000", "23P01", "27000", "44000", "P0001",
        ] {
            assert_eq!(postgres_fault(code), Fault::Record, "{code}");
        }
    }

    proptest::proptest! {
        /// Classes whose failures pass, or are somebody else's to mend: whatever the last three characters are.
        #[test]
        fn no_outage_is_ever_a_records_fault(
            class in "08|0A|0B|25|28|40|42|53|55|57|58|F0|HV|XX",
            rest in "[A-Z0-9]{3}",
        ) {
            proptest::prop_assert_eq!(postgres_fault(&format!("{class}{rest}")), Fault::Store);
        }

        #[test]
        fn every_text_falls_on_one_of_the_two(code in "\\PC{0,8}") {
            let record = matches!(code.get(..2), Some("21" | "22" | "23" | "27" | "44" | "54" | "P0"));
            proptest::prop_assert_eq!(postgres_fault(&code) == Fault::Record, record);
            let primary = code.parse::<u32>().ok().map(|code| code & 0xff);
            let record = matches!(primary, Some(18..=20));
            proptest::prop_assert_eq!(sqlite_fault(&code) == Fault::Record, record);
        }
    }

    #[test]
    fn result_codes_fall_on_the_store_or_the_record() {
        for code in [
            "1", "5", "6", "8", "10", "11", "13", "14", "261", "517", "4874", "", "x",
        ] {
            assert_eq!(sqlite_fault(code), Fault::Store, "{code}");
        }
        for code in ["18", "19", "20", "275", "1299", "1555", "2067"] {
            assert_eq!(sqlite_fault(code), Fault::Record, "{code}");
        }
    }

    #[test]
    fn every_other_failure_is_the_stores_except_a_value_that_cannot_be_encoded() {
        let errors = [
            sqlx::Error::PoolTimedOut,
            sqlx::Error::PoolClosed,
            sqlx::Error::WorkerCrashed,
            sqlx::Error::BeginFailed,
            sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()),
            sqlx::Error::Protocol("x".into()),
        ];
        for error in errors {
            assert_eq!(ApplyError::from(error).class(), Class::TRANSIENT);
        }
        let refused = ApplyError::from(sqlx::Error::Encode("an instant out of range".into()));
        assert_eq!(refused.class(), Class::Permanent);
    }
}
