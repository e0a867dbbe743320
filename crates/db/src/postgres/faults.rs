//! What PostgreSQL's errors mean to us.

use std::panic::Location;

use tokio_postgres::error::SqlState;

use crate::{
    Stmt,
    error::{Cause, ConstraintKind, Error},
};

/// What a statement met.
pub(super) fn fault(error: tokio_postgres::Error, stmt: &'static Stmt) -> Error {
    let at = stmt.location();
    known(&error, at).unwrap_or_else(|| {
        if is_lost(&error) {
            return Error::Lost(Cause::new(error));
        }
        match error.code() {
            Some(code) if *code == SqlState::QUERY_CANCELED || *code == SqlState::LOCK_NOT_AVAILABLE => {
                Error::Timeout { at, source: Cause::new(error) }
            }
            Some(code) if *code == SqlState::DISK_FULL => Error::DiskFull(Cause::new(error)),
            _ => Error::Statement { at, source: Cause::new(error) },
        }
    })
}

/// An error outside of a feature's statement.
#[track_caller]
pub(super) fn classify(doing: &'static str, error: tokio_postgres::Error) -> Error {
    known(&error, Location::caller()).unwrap_or_else(|| {
        if is_lost(&error) { Error::Lost(Cause::new(error)) } else { Error::engine(doing, error) }
    })
}

/// Conflicts with other transactions, and constraints.
fn known(error: &tokio_postgres::Error, at: &'static Location<'static>) -> Option<Error> {
    let reported = error.as_db_error()?;
    let code = reported.code();
    if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        return Some(Error::Conflict);
    }
    let kinds = [
        (SqlState::UNIQUE_VIOLATION, ConstraintKind::Unique),
        (SqlState::FOREIGN_KEY_VIOLATION, ConstraintKind::ForeignKey),
        (SqlState::CHECK_VIOLATION, ConstraintKind::Check),
        (SqlState::NOT_NULL_VIOLATION, ConstraintKind::NotNull),
    ];
    let (_, kind) = kinds.into_iter().find(|(violation, _)| violation == code)?;
    let name = reported.constraint().or_else(|| reported.column()).unwrap_or_default().to_owned();
    Some(Error::Constraint { kind, name, at })
}

/// Whether the connection is gone: broken, or ended by the server.
fn is_lost(error: &tokio_postgres::Error) -> bool {
    let ended = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    let by_server = error.code().is_some_and(|code| ended.contains(code));
    let broken = std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
    by_server || broken || error.is_closed()
}
