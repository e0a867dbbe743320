//! A transaction: a connection that may write, and what happens once it is durable.

use std::{
    ops::{Deref, DerefMut},
    pin::pin,
};

use crate::{
    Asked, Conn, Insert, Many, Stmt, Value,
    conn::Link,
    error::{Error, Result},
    operation::{Hook, statement},
};

/// An open transaction, lent to the operation of [`Db::write`](crate::Db::write), which commits it.
///
/// It reads like any [`Conn`]; store functions that write ask for `&mut Tx`, those that read for
/// `&mut Conn`.
pub struct Tx {
    conn: Conn,
    hooks: Vec<Hook>,
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.conn
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.conn
    }
}

impl Tx {
    pub(crate) fn new(link: Link) -> Self {
        Self { conn: Conn::transaction(link), hooks: Vec::new() }
    }

    /// Runs a statement and says how many rows it changed (for one that answers rows: how many).
    pub async fn exec(&mut self, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<u64> {
        self.refuse_dead()?;
        let changed = match self.link_mut() {
            Link::Sqlite(link) => link.exec(stmt, params),
            Link::Postgres(session) => statement(pin!(session.exec(stmt, params))).await,
        };
        self.note(changed)
    }

    /// Runs a guarded statement that must change exactly `wanted` rows, or fails with [`Error::Guard`].
    ///
    /// That failure leaves the transaction usable, but what the statement did change stays changed: pass
    /// the error on, or make sure that nothing was (`changed` is 0).
    pub async fn exec_n(&mut self, wanted: u64, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<()> {
        let changed = self.exec(stmt, params).await?;
        if changed == wanted { Ok(()) } else { Err(Error::Guard { at: stmt.location(), wanted, changed }) }
    }

    /// Runs a statement once for each set of parameters, in order, and says how many rows each changed.
    /// On PostgreSQL all are sent at once and answered in one round trip.
    pub async fn exec_each<'v, P: AsRef<[Value<'v>]>>(
        &mut self,
        stmt: &'static Stmt,
        sets: &[P],
    ) -> Result<Vec<u64>> {
        self.refuse_dead()?;
        let sets: Vec<&[Value<'v>]> = sets.iter().map(AsRef::as_ref).collect();
        let changed = match self.link_mut() {
            Link::Sqlite(link) => link.exec_each(stmt, &sets),
            Link::Postgres(session) => statement(pin!(session.exec_each(stmt, &sets))).await,
        };
        self.note(changed)
    }

    /// Runs a statement for all `sets` and says how many rows it changed in all.
    pub async fn exec_of<'v, P: AsRef<[Value<'v>]>>(
        &mut self,
        many: &'static Many,
        sets: &[P],
    ) -> Result<u64> {
        let changed = self.ask_exec_of(many, sets).await?;
        self.answer(changed).await
    }

    /// Runs a statement for all `sets` like [`exec_of`](Self::exec_of), and asks how many rows it changed without
    /// waiting for it, like [`Conn::ask`].
    pub async fn ask_exec_of<'v, P: AsRef<[Value<'v>]>>(
        &mut self,
        many: &'static Many,
        sets: &[P],
    ) -> Result<Asked<u64>> {
        let sets = self.checked(many, sets)?;
        if sets.is_empty() {
            return Ok(Asked::here(0));
        }
        let changed = match self.link_mut() {
            Link::Sqlite(link) => {
                link.exec_each(many.stmt(), &sets).map(|each| Asked::here(each.iter().sum()))
            }
            Link::Postgres(session) => statement(pin!(session.ask_exec_of(many, &sets))).await,
        };
        self.note(changed)
    }

    /// Runs a statement for all `sets` that must change exactly `wanted` rows in all. It fails like
    /// [`insert_many`](Self::insert_many), maybe later, and then with [`Error::Miscount`].
    pub async fn exec_of_n<'v, P: AsRef<[Value<'v>]>>(
        &mut self,
        wanted: u64,
        many: &'static Many,
        sets: &[P],
    ) -> Result<()> {
        let sets = self.checked(many, sets)?;
        let changed = match self.link_mut() {
            Link::Sqlite(link) => {
                let changed = link.exec_each(many.stmt(), &sets);
                changed.and_then(|each| many.count(wanted, each.iter().sum()))
            }
            Link::Postgres(session) => statement(pin!(session.exec_of_n(wanted, many, &sets))).await,
        };
        self.note(changed)
    }

    /// Inserts rows in bulk, in the fastest way of the engine. Without an `ON CONFLICT` clause in `insert`
    /// every row is inserted or it fails: now, or on PostgreSQL, where its answer is not waited for, with the next
    /// statement or the commit. Nobody can therefore meet its failure here: it ends the transaction.
    pub async fn insert_many<'v, R: AsRef<[Value<'v>]>>(
        &mut self,
        insert: &'static Insert,
        rows: &[R],
    ) -> Result<()> {
        self.refuse_dead()?;
        let rows: Vec<&[Value<'v>]> = rows.iter().map(AsRef::as_ref).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let inserted = match rows.iter().try_for_each(|row| insert.check(row)) {
            Err(error) => Err(error),
            Ok(()) => match self.link_mut() {
                Link::Sqlite(link) => link.insert_many(insert, &rows),
                Link::Postgres(session) => statement(pin!(session.insert_many(insert, &rows))).await,
            },
        };
        self.note(inserted)
    }

    /// Registers work for after the durable commit: waking a worker, dropping cache entries. It must be
    /// short, since on SQLite it runs on the writer's thread. It is dropped unrun when the transaction is
    /// undone, and registered anew when the operation runs again.
    pub fn on_commit(&mut self, work: impl FnOnce() + Send + 'static) {
        self.hooks.push(Box::new(work));
    }

    /// Runs several statements without parameters: migrations.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<()> {
        self.refuse_dead()?;
        let done = match self.link_mut() {
            Link::Sqlite(link) => link.script(sql),
            Link::Postgres(session) => statement(pin!(session.script(sql))).await,
        };
        self.note(done)
    }

    pub(crate) fn take_hooks(&mut self) -> Vec<Hook> {
        std::mem::take(&mut self.hooks)
    }
}
