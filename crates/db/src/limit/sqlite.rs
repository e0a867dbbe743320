//! SQLite: prepared statements in a loop on one connection.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{
    CachedStatement, Connection,
    types::{ToSqlOutput, ValueRef},
};

use super::Group;
use crate::{
    Owned,
    config::Engine,
    error::{Error, Result},
    sqlite::open_writer,
};

pub(super) fn write(path: &Path, wait: Duration, groups: &[Group]) -> Result<Duration> {
    let connection = open_writer(path, wait)?;
    prepare(&connection, groups).map_err(failed)?;
    let started = Instant::now();
    for group in groups {
        write_group(&connection, group).map_err(failed)?;
    }
    Ok(started.elapsed())
}

fn failed(error: rusqlite::Error) -> Error {
    Error::engine("the bare loop", error)
}

fn prepare(connection: &Connection, groups: &[Group]) -> rusqlite::Result<()> {
    let Some(group) = groups.first() else { return Ok(()) };
    for (insert, _) in &group.inserts {
        connection.prepare_cached(insert.stmt().text_for(Engine::Sqlite))?;
    }
    for (update, _) in &group.updates {
        connection.prepare_cached(update.sqlite)?;
    }
    Ok(())
}

fn write_group(connection: &Connection, group: &Group) -> rusqlite::Result<()> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    for (insert, rows) in &group.inserts {
        let mut prepared = connection.prepare_cached(insert.stmt().text_for(Engine::Sqlite))?;
        for row in rows {
            bind(&mut prepared, row)?;
            prepared.raw_execute()?;
        }
    }
    for (update, rows) in &group.updates {
        let mut prepared = connection.prepare_cached(update.sqlite)?;
        for row in rows {
            prepared.execute(rusqlite::params_from_iter(row))?;
        }
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    Ok(())
}

fn bind(prepared: &mut CachedStatement<'_>, row: &[Owned]) -> rusqlite::Result<()> {
    for (index, value) in row.iter().enumerate() {
        let value = match value {
            Owned::Null => ValueRef::Null,
            Owned::Int(value) => ValueRef::Integer(*value),
            Owned::Text(value) => ValueRef::Text(value.as_bytes()),
            Owned::Blob(value) => ValueRef::Blob(value),
        };
        prepared.raw_bind_parameter(index + 1, ToSqlOutput::Borrowed(value))?;
    }
    Ok(())
}
