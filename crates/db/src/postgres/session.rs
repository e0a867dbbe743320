//! Running statements on a PostgreSQL connection, prepared once per connection.
//!
//! Statements of which nothing has to be known at once are sent and not waited for: their answers come with that
//! of the next statement which is, or with the commit. So is the `BEGIN`. Inserts wait for the next statement
//! that is none, so that those of several tables go as one.

use std::{
    pin::{Pin, pin},
    sync::Arc,
};

use deadpool_postgres::Client;
use futures_util::{
    TryStreamExt as _,
    future::{join, join_all},
};
use tokio_postgres::{RowStream, Statement, types::ToSql};

use super::faults::{classify, fault};
use super::inserts::Inserts;
use super::sent::{Checked, Pipeline};
use super::values::{Array, Bind, Encoded, arrays, readable, takes};
use crate::{
    Asked, ColumnError, FromRow, Insert, Many, Row, Stmt, Value,
    config::Engine,
    error::{Error, Result},
};

/// A pooled connection in use.
pub(crate) struct Session {
    client: Arc<Client>,
    transaction: Transaction,
    sent: Pipeline,
    inserts: Inserts,
}

enum Transaction {
    /// Each statement by itself.
    None,
    /// Begins with the first statement, by this text.
    Due(Arc<str>),
    /// Open on the server.
    Open,
}

impl Session {
    pub(super) fn autocommit(client: Client) -> Self {
        Self::new(Arc::new(client), Transaction::None)
    }

    pub(super) fn transaction(client: Client, begin: Arc<str>) -> Self {
        Self::new(Arc::new(client), Transaction::Due(begin))
    }

    fn new(client: Arc<Client>, transaction: Transaction) -> Self {
        Self { client, transaction, sent: Pipeline::default(), inserts: Inserts::default() }
    }

    /// Leaves an empty shell behind: the transaction goes on in the returned session.
    pub(super) fn hand_over(&mut self) -> Self {
        let transaction = std::mem::replace(&mut self.transaction, Transaction::None);
        let (sent, inserts) = (self.sent.take(), self.inserts.take());
        Self { client: Arc::clone(&self.client), transaction, sent, inserts }
    }

    pub(crate) async fn all<T: FromRow>(
        &mut self,
        stmt: &'static Stmt,
        params: &[Value<'_>],
    ) -> Result<Vec<T>> {
        collect(self.query(stmt, params).await?, stmt).await
    }

    pub(crate) async fn opt<T: FromRow>(
        &mut self,
        stmt: &'static Stmt,
        params: &[Value<'_>],
    ) -> Result<Option<T>> {
        let mut rows = pin!(self.query(stmt, params).await?);
        let Some(row) = rows.try_next().await.map_err(|error| fault(error, stmt))? else {
            return Ok(None);
        };
        let read = T::from_row(&Row::postgres(&row, stmt))?;
        // To the end, so that an error after the first row is not lost.
        let mut more = false;
        while rows.try_next().await.map_err(|error| fault(error, stmt))?.is_some() {
            more = true;
        }
        if more { Err(Error::ManyRows { at: stmt.location() }) } else { Ok(Some(read)) }
    }

    pub(crate) async fn exec(&mut self, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<u64> {
        let client = Arc::clone(&self.client);
        self.in_transaction(pin!(async {
            let prepared = prepared(&client, stmt).await?;
            check(stmt, &prepared, params)?;
            let binds = params.iter().copied().map(Bind);
            client.execute_raw(&prepared, binds).await.map_err(|error| fault(error, stmt))
        }))
        .await
    }

    /// All sets are sent before the first answer is awaited; the server stops at the first error.
    pub(crate) async fn exec_each(&mut self, stmt: &'static Stmt, sets: &[&[Value<'_>]]) -> Result<Vec<u64>> {
        let client = Arc::clone(&self.client);
        self.in_transaction(pin!(async {
            let prepared = prepared(&client, stmt).await?;
            sets.iter().try_for_each(|params| check(stmt, &prepared, params))?;
            let runs = sets.iter().map(|params| {
                let binds: Vec<Bind<'_>> = params.iter().copied().map(Bind).collect();
                client.execute_raw(&prepared, binds)
            });
            let changed = join_all(runs).await;
            changed.into_iter().map(|one| one.map_err(|error| fault(error, stmt))).collect()
        }))
        .await
    }

    /// Rows are checked already. They are not even sent yet: PostgreSQL inserts all of them or fails.
    pub(crate) async fn insert_many(&mut self, insert: &'static Insert, rows: &[&[Value<'_>]]) -> Result<()> {
        if !self.inserts.has_room_for(insert) {
            self.send_inserts().await?;
        }
        self.inserts.add(insert, rows)
    }

    /// Puts the rows that wait on their way.
    async fn send_inserts(&mut self) -> Result<()> {
        if self.inserts.is_empty() {
            return Ok(());
        }
        self.begin().await?;
        let (inserts, client) = (self.inserts.take(), Arc::clone(&self.client));
        let text = inserts.text();
        let prepared = async { client.prepare_cached(&text).await.map_err(|error| inserts.fault(error)) };
        let prepared = self.behind(prepared).await?;
        let client = Arc::clone(&self.client);
        self.sent.send(async move { inserts.run(&client, &prepared).await }, Checked::There).await
    }

    /// Sets are checked already. It is only sent.
    pub(crate) async fn exec_of_n(
        &mut self,
        wanted: u64,
        many: &'static Many,
        sets: &[&[Value<'_>]],
    ) -> Result<()> {
        let (stmt, columns) = (many.stmt(), arrays(many.kinds().iter().copied(), sets));
        let changed = self.changed(stmt, &columns).await?;
        self.sent.send(async move { many.count(wanted, changed.await?) }, Checked::Here).await
    }

    /// Sets are checked already.
    pub(crate) async fn ask_exec_of(
        &mut self,
        many: &'static Many,
        sets: &[&[Value<'_>]],
    ) -> Result<Asked<u64>> {
        let changed = self.changed(many.stmt(), &arrays(many.kinds().iter().copied(), sets)).await?;
        self.sent.ask(changed).await
    }

    pub(crate) async fn ask<T: FromRow + Send + 'static>(
        &mut self,
        stmt: &'static Stmt,
        params: &[Value<'_>],
    ) -> Result<Asked<Vec<T>>> {
        let prepared = self.prepare(stmt).await?;
        check(stmt, &prepared, params)?;
        let binds: Vec<Bind<'_>> = params.iter().copied().map(Bind).collect();
        self.ask_prepared(stmt, prepared, &binds).await
    }

    /// Sets are checked already.
    pub(crate) async fn ask_of<T: FromRow + Send + 'static>(
        &mut self,
        many: &'static Many,
        sets: &[&[Value<'_>]],
    ) -> Result<Asked<Vec<T>>> {
        let stmt = many.stmt();
        let prepared = self.prepare(stmt).await?;
        self.ask_prepared(stmt, prepared, &arrays(many.kinds().iter().copied(), sets)).await
    }

    async fn ask_prepared<T: FromRow + Send + 'static>(
        &mut self,
        stmt: &'static Stmt,
        prepared: Statement,
        params: &[impl ToSql],
    ) -> Result<Asked<Vec<T>>> {
        let params = Encoded::all(stmt, params, prepared.params())?;
        let client = Arc::clone(&self.client);
        let rows = async move {
            let rows = client.query_raw(&prepared, &params).await.map_err(|error| fault(error, stmt))?;
            collect(rows, stmt).await
        };
        self.sent.ask(rows).await
    }

    /// How many rows a statement will have changed that is ready to be sent.
    async fn changed(
        &mut self,
        stmt: &'static Stmt,
        columns: &[Array<'_>],
    ) -> Result<impl Future<Output = Result<u64>> + Send + use<>> {
        let prepared = self.prepare(stmt).await?;
        let columns = Encoded::all(stmt, columns, prepared.params())?;
        let client = Arc::clone(&self.client);
        Ok(async move { client.execute_raw(&prepared, &columns).await.map_err(|error| fault(error, stmt)) })
    }

    /// Waits until that which was asked for is here.
    pub(crate) async fn answer<T: Send + 'static>(&mut self, mut asked: Asked<T>) -> Result<T> {
        loop {
            asked = match asked.take() {
                Ok(answer) => return Ok(answer),
                Err(asked) => asked,
            };
            if !self.sent.settle_first().await? {
                return Err(Error::Aborted);
            }
        }
    }

    /// Prepares a statement that is to be sent behind others.
    async fn prepare(&mut self, stmt: &'static Stmt) -> Result<Statement> {
        self.begin_with_inserts().await?;
        let client = Arc::clone(&self.client);
        self.behind(prepared(&client, stmt)).await
    }

    /// What is prepared behind the statements that are on their way.
    async fn behind(&mut self, preparing: impl Future<Output = Result<Statement>>) -> Result<Statement> {
        match self.sent.beside(preparing).await {
            // Where one of the others has failed, the server prepares nothing; that one tells why.
            Err(error) => self.sent.take().settle().await.and(Err(error)),
            Ok(prepared) => Ok(prepared),
        }
    }

    pub(crate) async fn script(&mut self, sql: &str) -> Result<()> {
        let client = Arc::clone(&self.client);
        self.in_transaction(pin!(async {
            client.batch_execute(sql).await.map_err(|error| classify("the script", error))
        }))
        .await
    }

    /// Prepares a statement and looks at its types.
    pub(crate) async fn check(&mut self, stmt: &'static Stmt) -> Result<()> {
        let prepared = prepared(&self.client, stmt).await?;
        let foreign = prepared.columns().iter().enumerate().find(|(_, column)| !readable(column.type_()));
        match foreign {
            None => Ok(()),
            Some((index, column)) => Err(Error::Column {
                at: stmt.location(),
                column: index + 1,
                reason: ColumnError::Type(column.type_().name().to_owned()),
            }),
        }
    }

    /// Commits what is open. Without a statement there is nothing to commit.
    pub(super) async fn commit(&mut self) -> Result<()> {
        self.send_inserts().await?;
        if !matches!(self.transaction, Transaction::Open) {
            return Ok(());
        }
        self.sent.take_checked_here().settle().await?;
        let settled = self.sent.take().settle();
        // Where a statement that is on its way fails, the server makes a rollback of it.
        let (settled, committed) = join(settled, self.client.batch_execute("COMMIT")).await;
        self.transaction = Transaction::None;
        let committed = committed.map_err(|error| classify("COMMIT", error));
        settled.and(committed).map_err(|error| match error {
            Error::Lost(cause) => Error::CommitUnknown(cause),
            other => other,
        })
    }

    pub(super) async fn roll_back(&mut self) {
        self.inserts.take();
        if matches!(self.transaction, Transaction::Open) {
            self.sent.forget();
            undo(&self.client).await;
            self.transaction = Transaction::None;
        }
    }

    async fn query(&mut self, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<RowStream> {
        let client = Arc::clone(&self.client);
        self.in_transaction(pin!(async {
            let prepared = prepared(&client, stmt).await?;
            check(stmt, &prepared, params)?;
            let binds = params.iter().copied().map(Bind);
            client.query_raw(&prepared, binds).await.map_err(|error| fault(error, stmt))
        }))
        .await
    }

    /// Puts on its way what has to come before any other statement.
    async fn begin_with_inserts(&mut self) -> Result<()> {
        self.begin().await?;
        self.send_inserts().await
    }

    /// Puts the `BEGIN` that is due on its way.
    async fn begin(&mut self) -> Result<()> {
        let Transaction::Due(begin) = &self.transaction else { return Ok(()) };
        let (begin, client) = (Arc::clone(begin), Arc::clone(&self.client));
        // Before it is sent: a caller that goes away from here on leaves a transaction to be undone.
        self.transaction = Transaction::Open;
        let opened =
            async move { client.batch_execute(&begin).await.map_err(|error| classify("BEGIN", error)) };
        self.sent.send(opened, Checked::There).await
    }

    /// Runs a statement behind those that are on their way: sent at once, and answered together.
    async fn in_transaction<T>(&mut self, run: Pin<&mut impl Future<Output = Result<T>>>) -> Result<T> {
        self.begin_with_inserts().await?;
        if self.sent.is_empty() {
            return run.await;
        }
        let (settled, ran) = join(self.sent.take().settle(), run).await;
        settled?;
        ran
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !matches!(self.transaction, Transaction::Open) {
            return;
        }
        // The caller went away in the middle. The task owns the connection, so the pool gets it back after
        // the rollback. Without a runtime the program is ending, and the server rolls back by itself.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let client = Arc::clone(&self.client);
            runtime.spawn(async move { undo(&client).await });
        }
    }
}

async fn collect<T: FromRow>(rows: RowStream, stmt: &'static Stmt) -> Result<Vec<T>> {
    let mut rows = pin!(rows);
    let mut read = Vec::new();
    while let Some(row) = rows.try_next().await.map_err(|error| fault(error, stmt))? {
        read.push(T::from_row(&Row::postgres(&row, stmt))?);
    }
    Ok(read)
}

async fn undo(client: &Client) {
    if let Err(error) = client.batch_execute("ROLLBACK").await {
        // A broken connection is rolled back by the server and not used again by the pool.
        tracing::debug!(error = %error, "a rollback was not answered");
    }
}

async fn prepared(client: &Client, stmt: &'static Stmt) -> Result<Statement> {
    client.prepare_cached(stmt.text_for(Engine::Postgres)).await.map_err(|error| fault(error, stmt))
}

/// Checks parameters against the server's types; the driver would send wrong bytes or panic.
fn check(stmt: &'static Stmt, prepared: &Statement, params: &[Value<'_>]) -> Result<()> {
    let types = prepared.params();
    stmt.check(types.len(), params)?;
    for (index, (value, expected)) in params.iter().zip(types).enumerate() {
        if let Some(given) = value.kind()
            && !takes(expected, given)
        {
            return Err(Error::Parameter {
                at: stmt.location(),
                parameter: index + 1,
                given,
                expected: expected.name().to_owned(),
            });
        }
    }
    Ok(())
}
