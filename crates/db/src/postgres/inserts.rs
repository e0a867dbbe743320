//! Rows that are to be inserted with the next statement: those of several tables go as one.
//!
//! PostgreSQL answers each statement by itself, and each answer wakes both sides. A purchase writes to six tables
//! in a row without a question in between.

use deadpool_postgres::Client;
use tokio_postgres::Statement;

use super::faults::fault;
use super::values::{Array, Encoded, arrays};
use crate::{
    Insert, Stmt, Value,
    error::{Error, Result},
};

/// Most tables of one statement.
const MOST: usize = 16;

/// Rows that wait for being sent. No table is there twice: one statement sees nothing of its own rows, and could
/// not tell those that exist already.
#[derive(Default)]
pub(super) struct Inserts {
    inserts: Vec<&'static Insert>,
    columns: Vec<Encoded>,
}

impl Inserts {
    pub(super) fn is_empty(&self) -> bool {
        self.inserts.is_empty()
    }

    /// Whether rows of this table can be among them.
    pub(super) fn has_room_for(&self, insert: &'static Insert) -> bool {
        self.inserts.len() < MOST && self.inserts.iter().all(|other| other.table() != insert.table())
    }

    /// Adds rows, which are checked already.
    pub(super) fn add(&mut self, insert: &'static Insert, rows: &[&[Value<'_>]]) -> Result<()> {
        let columns = arrays(insert.columns().iter().map(|(_, kind)| *kind), rows);
        let types: Vec<_> = columns.iter().map(Array::array_type).collect();
        let columns = Encoded::all(insert.stmt(), &columns, &types)?;
        self.inserts.push(insert);
        self.columns.extend(columns);
        Ok(())
    }

    pub(super) fn take(&mut self) -> Self {
        std::mem::take(self)
    }

    pub(super) fn text(&self) -> String {
        Insert::of_arrays(&self.inserts)
    }

    /// Inserts them by the statement of [`text`](Self::text).
    pub(super) async fn run(self, client: &Client, prepared: &Statement) -> Result<()> {
        let done = client.execute_raw(prepared, &self.columns).await;
        done.map(drop).map_err(|error| self.fault(error))
    }

    /// What the statement met, told of the table that the server names.
    pub(super) fn fault(&self, error: tokio_postgres::Error) -> Error {
        let table = error.as_db_error().and_then(|reported| reported.table());
        let named = self.inserts.iter().find(|insert| Some(insert.table()) == table);
        let stmt: Option<&'static Stmt> = named.or(self.inserts.first()).map(|insert| insert.stmt());
        match stmt {
            Some(stmt) => fault(error, stmt),
            None => Error::engine("inserting nothing", error),
        }
    }
}
