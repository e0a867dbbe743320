//! Statements over many sets of values: one for all on PostgreSQL, a prepared loop on SQLite.

use std::panic::Location;

use crate::{Kind, Stmt, Value, error::Error, insert::check_row};

/// A statement that is run for many sets of values at once, to read or to change rows that belong to them.
///
/// SQLite runs `one` for each set in turn: it has no round trips to save, and a prepared statement is its
/// fastest form. PostgreSQL runs `all` once, over one array for each value of a set.
///
/// ```
/// use souk_db::{Kind, Many};
///
/// static CHARGE: Many = Many::new(
///     &[Kind::Int, Kind::Int],
///     "UPDATE accounts SET balance = balance - $2 WHERE id = $1 AND balance >= $2 RETURNING id",
///     "UPDATE accounts SET balance = balance - d.amount
///      FROM unnest($1::BIGINT[], $2::BIGINT[]) AS d(id, amount)
///      WHERE accounts.id = d.id AND balance >= d.amount RETURNING accounts.id",
/// );
/// ```
///
/// PostgreSQL joins in whatever order it likes: sort what must come sorted, and lock rows in order by an
/// inner `SELECT … ORDER BY id FOR NO KEY UPDATE`. It may even go through the whole table and look for each row
/// among the sets, by a plan of a time when the table was empty: look rows up with `id = ANY($1)`, or with a
/// `LATERAL` that has a limit, which can't be turned round.
#[derive(Debug)]
pub struct Many {
    kinds: &'static [Kind],
    stmt: Stmt,
}

impl Many {
    /// A statement whose sets have values of these kinds.
    #[track_caller]
    pub const fn new(kinds: &'static [Kind], one: &'static str, all: &'static str) -> Self {
        Self { kinds, stmt: Stmt::with_postgres(one, all) }
    }

    /// The statement that it stands for, for [`Db::check_statements`](crate::Db::check_statements).
    pub const fn stmt(&'static self) -> &'static Stmt {
        &self.stmt
    }

    pub(crate) fn kinds(&self) -> &'static [Kind] {
        self.kinds
    }

    /// Checks how many rows it changed for all sets.
    pub(crate) fn count(&self, wanted: u64, changed: u64) -> Result<(), Error> {
        if changed == wanted {
            return Ok(());
        }
        Err(Error::Miscount { at: self.stmt.location(), wanted, changed })
    }

    /// Checks the sets: each as long as the list of kinds, each value of its kind.
    pub(crate) fn check(&self, sets: &[&[Value<'_>]]) -> Result<(), Error> {
        let at: &'static Location<'static> = self.stmt.location();
        sets.iter().try_for_each(|set| check_row(self.kinds.iter().copied(), set, at))
    }
}
