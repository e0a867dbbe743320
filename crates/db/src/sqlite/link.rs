//! Running statements on a SQLite connection. Nothing here waits: each call returns when it is done.

use rusqlite::{
    CachedStatement, Connection, ErrorCode, ffi,
    types::{ToSqlOutput, ValueRef},
};

use super::{connection::is_busy, readers::Home};
use crate::{
    ColumnError, ColumnValue, FromRow, Insert, Row, Stmt, Value,
    config::Engine,
    error::{Cause, ConstraintKind, Error, Result},
};

/// A connection in use. A reader's goes home when dropped; the writer keeps its own.
pub(crate) struct Link {
    connection: Option<Connection>,
    home: Option<Home>,
}

impl Link {
    pub(super) fn new(connection: Connection, home: Option<Home>) -> Self {
        Self { connection: Some(connection), home }
    }

    /// The connection, which only dropping takes away.
    pub(super) fn connection(&self) -> Result<&Connection> {
        self.connection.as_ref().ok_or(Error::Closed)
    }

    pub(crate) fn all<T: FromRow>(&self, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<Vec<T>> {
        let mut prepared = self.bound(stmt, params)?;
        let mut rows = prepared.raw_query();
        let mut read = Vec::new();
        while let Some(row) = rows.next().map_err(|error| fault(error, stmt))? {
            read.push(T::from_row(&Row::sqlite(row, stmt))?);
        }
        Ok(read)
    }

    /// The rows of a statement for each set in turn. Sets are checked already.
    pub(crate) fn all_each<T: FromRow>(&self, stmt: &'static Stmt, sets: &[&[Value<'_>]]) -> Result<Vec<T>> {
        let mut prepared = self.prepared(stmt)?;
        let mut read = Vec::new();
        for params in sets {
            stmt.check(prepared.parameter_count(), params)?;
            bind(&mut prepared, params).map_err(|error| fault(error, stmt))?;
            let mut rows = prepared.raw_query();
            while let Some(row) = rows.next().map_err(|error| fault(error, stmt))? {
                read.push(T::from_row(&Row::sqlite(row, stmt))?);
            }
        }
        Ok(read)
    }

    pub(crate) fn opt<T: FromRow>(&self, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<Option<T>> {
        let mut prepared = self.bound(stmt, params)?;
        let mut rows = prepared.raw_query();
        let Some(row) = rows.next().map_err(|error| fault(error, stmt))? else { return Ok(None) };
        let read = T::from_row(&Row::sqlite(row, stmt))?;
        // Asking for a second row also finishes a write with RETURNING.
        match rows.next().map_err(|error| fault(error, stmt))? {
            None => Ok(Some(read)),
            Some(_) => Err(Error::ManyRows { at: stmt.location() }),
        }
    }

    pub(crate) fn exec(&self, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<u64> {
        let mut prepared = self.bound(stmt, params)?;
        run(&mut prepared, stmt)
    }

    pub(crate) fn exec_each(&self, stmt: &'static Stmt, sets: &[&[Value<'_>]]) -> Result<Vec<u64>> {
        let Some(first) = sets.first() else { return Ok(Vec::new()) };
        let mut prepared = self.prepared(stmt)?;
        stmt.check(prepared.parameter_count(), first)?;
        sets.iter()
            .map(|params| {
                stmt.check(prepared.parameter_count(), params)?;
                bind(&mut prepared, params).map_err(|error| fault(error, stmt))?;
                run(&mut prepared, stmt)
            })
            .collect()
    }

    /// Rows are checked already.
    pub(crate) fn insert_many(&self, insert: &'static Insert, rows: &[&[Value<'_>]]) -> Result<()> {
        self.exec_each(insert.stmt(), rows).map(drop)
    }

    pub(crate) fn script(&self, sql: &str) -> Result<()> {
        self.connection()?.execute_batch(sql).map_err(|error| Error::engine("the script", error))
    }

    pub(crate) fn check(&self, stmt: &'static Stmt) -> Result<()> {
        self.prepared(stmt).map(drop)
    }

    /// `BEGIN`, `SAVEPOINT`, `COMMIT` and their like.
    pub(super) fn control(&self, sql: &'static str) -> Result<()> {
        let connection = self.connection()?;
        let done = connection.prepare_cached(sql).and_then(|mut prepared| prepared.raw_execute());
        done.map(drop).map_err(|error| match error.sqlite_error_code() {
            _ if is_busy(&error) => Error::Busy("another process writes to the file"),
            Some(ErrorCode::DiskFull) => Error::DiskFull(Cause::new(error)),
            _ => Error::engine(sql, error),
        })
    }

    fn prepared(&self, stmt: &'static Stmt) -> Result<CachedStatement<'_>> {
        let text = stmt.text_for(Engine::Sqlite);
        self.connection()?.prepare_cached(text).map_err(|error| fault(error, stmt))
    }

    fn bound(&self, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<CachedStatement<'_>> {
        let mut prepared = self.prepared(stmt)?;
        stmt.check(prepared.parameter_count(), params)?;
        bind(&mut prepared, params).map_err(|error| fault(error, stmt))?;
        Ok(prepared)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let (Some(connection), Some(home)) = (self.connection.take(), self.home.take()) {
            home.welcome(connection);
        }
    }
}

fn bind(prepared: &mut CachedStatement<'_>, params: &[Value<'_>]) -> rusqlite::Result<()> {
    for (index, value) in params.iter().enumerate() {
        let bound = match *value {
            Value::Null => ValueRef::Null,
            Value::Int(value) => ValueRef::Integer(value),
            Value::Text(value) => ValueRef::Text(value.as_bytes()),
            Value::Blob(value) => ValueRef::Blob(value),
        };
        prepared.raw_bind_parameter(index + 1, ToSqlOutput::Borrowed(bound))?;
    }
    Ok(())
}

/// Runs a bound statement to its end. What it answers (`RETURNING`) is counted: one row for each changed.
fn run(prepared: &mut CachedStatement<'_>, stmt: &'static Stmt) -> Result<u64> {
    let changed = if prepared.column_count() == 0 {
        prepared.raw_execute().map(|changed| u64::try_from(changed).unwrap_or(u64::MAX))
    } else {
        count(prepared.raw_query())
    };
    changed.map_err(|error| fault(error, stmt))
}

fn count(mut rows: rusqlite::Rows<'_>) -> rusqlite::Result<u64> {
    let mut found = 0;
    while rows.next()?.is_some() {
        found += 1;
    }
    Ok(found)
}

/// One column as SQLite holds it.
pub(crate) fn column<'r>(row: &'r rusqlite::Row<'_>, index: usize) -> Result<ColumnValue<'r>, ColumnError> {
    match row.get_ref(index).map_err(ColumnError::invalid)? {
        ValueRef::Null => Ok(ColumnValue::Null),
        ValueRef::Integer(value) => Ok(ColumnValue::Int(value)),
        ValueRef::Real(_) => Err(ColumnError::Type("REAL".to_owned())),
        ValueRef::Text(bytes) => {
            std::str::from_utf8(bytes).map(ColumnValue::Text).map_err(ColumnError::invalid)
        }
        ValueRef::Blob(bytes) => Ok(ColumnValue::Blob(bytes)),
    }
}

fn fault(error: rusqlite::Error, stmt: &'static Stmt) -> Error {
    let at = stmt.location();
    if is_busy(&error) {
        return Error::Busy("another process holds the file");
    }
    match &error {
        rusqlite::Error::SqliteFailure(failure, message) => match failure.code {
            ErrorCode::ConstraintViolation => match constraint(failure.extended_code) {
                Some(kind) => Error::Constraint { kind, name: constraint_name(message.as_deref()), at },
                None => Error::Statement { at, source: Cause::new(error) },
            },
            ErrorCode::DiskFull => Error::DiskFull(Cause::new(error)),
            _ => Error::Statement { at, source: Cause::new(error) },
        },
        _ => Error::Statement { at, source: Cause::new(error) },
    }
}

fn constraint(extended_code: i32) -> Option<ConstraintKind> {
    match extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            Some(ConstraintKind::Unique)
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Some(ConstraintKind::ForeignKey),
        ffi::SQLITE_CONSTRAINT_CHECK => Some(ConstraintKind::Check),
        ffi::SQLITE_CONSTRAINT_NOTNULL => Some(ConstraintKind::NotNull),
        _ => None,
    }
}

/// `UNIQUE constraint failed: users.email` names it after the colon; a foreign key has no name.
fn constraint_name(message: Option<&str>) -> String {
    message.and_then(|text| text.split_once(": ")).map_or_else(String::new, |(_, name)| name.to_owned())
}
