//! Everything that can go wrong below a feature.

use std::{fmt, panic::Location, sync::Arc};

use crate::{ColumnError, Kind};

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Where a statement is written.
type At = &'static Location<'static>;

/// The driver's own error. Shared, since one failed commit answers a whole batch of callers.
#[derive(Debug, Clone)]
pub struct Cause(Arc<dyn std::error::Error + Send + Sync>);

impl Cause {
    pub(crate) fn new(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// The rule that a row broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConstraintKind {
    /// `UNIQUE` or a primary key.
    Unique,
    /// `REFERENCES`.
    ForeignKey,
    /// `CHECK`.
    Check,
    /// `NOT NULL`.
    NotNull,
}

impl fmt::Display for ConstraintKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unique => "unique",
            Self::ForeignKey => "foreign key",
            Self::Check => "check",
            Self::NotNull => "not null",
        })
    }
}

/// An error of the storage layer. `Display` says one line about this level; the rest is its source.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// More is waiting than the queue holds, or a turn did not come in time.
    #[error("the database is busy: {0}")]
    Busy(&'static str),
    /// PostgreSQL does not answer, or refuses the connection.
    #[error("{server} cannot be reached")]
    Unreachable {
        /// Host, port, database and user; never the password.
        server: String,
        /// What the driver or the server said.
        source: Cause,
    },
    /// The connection broke before the commit was sent: nothing was written.
    #[error("the connection to the database was lost")]
    Lost(#[source] Cause),
    /// The connection broke while the commit was under way: it may or may not have been written.
    #[error("the connection to the database was lost during a commit")]
    CommitUnknown(#[source] Cause),
    /// Deadlock or serialization conflict with others, and the retries are used up.
    #[error("the operation kept colliding with others")]
    Conflict,
    /// The statement ran or waited longer than the configured time-out.
    #[error("the statement at {at} took too long")]
    Timeout {
        /// The statement.
        at: At,
        /// The server's words.
        source: Cause,
    },
    /// No room left on the disk.
    #[error("the database's disk is full")]
    DiskFull(#[source] Cause),
    /// The database was closed, or its writer ended.
    #[error("the database is closed")]
    Closed,

    /// A row broke a constraint. Features meet expected conflicts with `ON CONFLICT` instead.
    #[error("the statement at {at} broke the {kind} constraint {name}")]
    Constraint {
        /// Which rule.
        kind: ConstraintKind,
        /// PostgreSQL: the constraint's name. SQLite: its name for `CHECK`, `table.column, …` for unique
        /// and not null, empty for foreign keys.
        name: String,
        /// The statement.
        at: At,
    },
    /// `one` found no row.
    #[error("the statement at {at} found no row")]
    NoRow {
        /// The statement.
        at: At,
    },
    /// `one` or `opt` found more than one row.
    #[error("the statement at {at} found more than one row")]
    ManyRows {
        /// The statement.
        at: At,
    },
    /// A guarded write changed another number of rows than it had to. The transaction is still usable.
    #[error("the statement at {at} changed {changed} rows instead of {wanted}")]
    Guard {
        /// The statement.
        at: At,
        /// Rows that had to change.
        wanted: u64,
        /// Rows that changed.
        changed: u64,
    },
    /// A write for many sets changed another number of rows than it had to. It may be told after later statements
    /// were sent, so it ends the transaction.
    #[error("the statement at {at} changed {changed} rows for all sets instead of {wanted}")]
    Miscount {
        /// The statement.
        at: At,
        /// Rows that had to change.
        wanted: u64,
        /// Rows that changed.
        changed: u64,
    },
    /// Text with a NUL character, which PostgreSQL cannot store.
    #[error("parameter {parameter} of the statement at {at} holds a NUL character")]
    NulInText {
        /// The statement.
        at: At,
        /// Its position, from 1.
        parameter: usize,
    },

    /// An earlier statement failed, so the transaction cannot go on.
    #[error("the transaction had failed already")]
    Aborted,
    /// The operation awaited something that is not its transaction.
    #[error("the operation awaited something outside of its transaction")]
    Awaited,
    /// The operation opened a transaction or a connection inside of itself.
    #[error("the operation asked for the database inside of its own transaction")]
    Nested,
    /// The operation panicked; its transaction was undone.
    #[error("the operation panicked: {0}")]
    Panicked(String),
    /// A parameter of the wrong kind.
    #[error("parameter {parameter} of the statement at {at} is {given}, the statement wants {expected}")]
    Parameter {
        /// The statement.
        at: At,
        /// Its position, from 1.
        parameter: usize,
        /// What was given.
        given: Kind,
        /// What the statement, or the engine's type, is.
        expected: String,
    },
    /// More or fewer parameters than the statement has.
    #[error("the statement at {at} has {expected} parameters, {given} were given")]
    ParameterCount {
        /// The statement.
        at: At,
        /// Placeholders in the statement.
        expected: usize,
        /// Values given.
        given: usize,
    },
    /// A column that is not what the type reads.
    #[error("column {column} of the statement at {at} cannot be read: {reason}")]
    Column {
        /// The statement.
        at: At,
        /// Its position, from 1.
        column: usize,
        /// Why.
        reason: ColumnError,
    },
    /// The statement answers more columns than the type reads.
    #[error("the statement at {at} answers {found} columns, {read} were read")]
    Columns {
        /// The statement.
        at: At,
        /// Columns read.
        read: usize,
        /// Columns answered.
        found: usize,
    },
    /// Any other error of the driver, with the statement that met it.
    #[error("the statement at {at} failed")]
    Statement {
        /// The statement.
        at: At,
        /// What the driver said.
        source: Cause,
    },
    /// Any other error of the driver outside of a statement: opening, beginning, committing.
    #[error("{doing} failed")]
    Engine {
        /// What was being done.
        doing: &'static str,
        /// What the driver said.
        source: Cause,
    },

    /// The URL or a setting is no good.
    #[error("{0}")]
    Config(String),
    /// The database was migrated by a newer version of the program.
    #[error("the database has schema version {found}, this program knows up to {known}: use a newer program")]
    NewerSchema {
        /// The newest version in the database.
        found: i64,
        /// The newest version of the program.
        known: i64,
    },
    /// An applied migration is not the one that the program knows by that number.
    #[error("migration {version} ({name}) was applied with another text than this program's")]
    ChangedMigration {
        /// Its version.
        version: i64,
        /// Its name in this program.
        name: String,
    },
    /// The program's own list of migrations is not in ascending order.
    #[error("migration {version} is out of order in the program's list")]
    UnorderedMigrations {
        /// The one that is not above its predecessor.
        version: i64,
    },
    /// A migration failed and was undone.
    #[error("migration {version} ({name}) failed")]
    Migration {
        /// Its version.
        version: i64,
        /// Its name.
        name: &'static str,
        /// Why.
        source: Box<Self>,
    },
}

impl Error {
    /// Whether the same request may succeed later without anybody mending anything but the load or the
    /// machine: a 503, not a 500.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Busy(_)
            | Self::Unreachable { .. }
            | Self::Lost(_)
            | Self::CommitUnknown(_)
            | Self::Conflict
            | Self::Timeout { .. }
            | Self::DiskFull(_)
            | Self::Closed => true,
            Self::Migration { source, .. } => source.is_transient(),
            _ => false,
        }
    }

    /// Whether it is a broken constraint of this kind.
    pub fn is_constraint(&self, wanted: ConstraintKind) -> bool {
        matches!(self, Self::Constraint { kind, .. } if *kind == wanted)
    }

    /// Whether a transaction can go on after it: the statement itself ran.
    pub(crate) fn leaves_transaction_usable(&self) -> bool {
        matches!(self, Self::NoRow { .. } | Self::ManyRows { .. } | Self::Guard { .. })
    }

    /// Whether the operation should be run again: it lost against others, or its connection did.
    pub(crate) fn asks_for_retry(&self) -> bool {
        matches!(self, Self::Conflict | Self::Lost(_))
    }

    pub(crate) fn engine(doing: &'static str, error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Engine { doing, source: Cause::new(error) }
    }
}
