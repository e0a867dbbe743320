//! Running statements on a PostgreSQL connection, prepared once per connection.
//!
//! Statements of which nothing has to be known at once, inserts above all, are sent and not waited for: their
//! answers come with that of the next statement which is, or with the commit.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
};

use deadpool_postgres::Client;
use futures_util::{
    TryStreamExt as _,
    future::{join, join_all},
};
use tokio_postgres::{RowStream, Statement};

use super::faults::{classify, fault};
use super::values::{Array, Bind, Encoded, arrays, readable, takes};
use crate::{
    ColumnError, FromRow, Insert, Many, Row, Stmt, Value,
    config::Engine,
    error::{Cause, Error, Result},
};

/// A pooled connection in use.
pub(crate) struct Session {
    client: Arc<Client>,
    transaction: Transaction,
    /// Statements of the open transaction that were sent and are not answered yet, in their order.
    sent: Vec<Sent>,
}

/// A statement that is on its way.
struct Sent {
    answer: Pin<Box<dyn Future<Output = Result<u64>> + Send>>,
    /// How many rows it has to change, where it may be another number.
    wanted: Option<Wanted>,
}

/// So many rows have to change.
#[derive(Clone, Copy)]
struct Wanted(u64, &'static Many);

impl Wanted {
    fn check(self, changed: u64) -> Result<()> {
        self.1.count(self.0, changed)
    }
}

/// Statements that may be on their way at once: a bound for what a long import keeps.
const MOST_SENT: usize = 32;

enum Transaction {
    /// Each statement by itself.
    None,
    /// Begins with the first statement, by this text, in the same round trip.
    Due(Arc<str>),
    /// Open on the server.
    Open,
}

impl Session {
    pub(super) fn autocommit(client: Client) -> Self {
        Self { client: Arc::new(client), transaction: Transaction::None, sent: Vec::new() }
    }

    pub(super) fn transaction(client: Client, begin: Arc<str>) -> Self {
        Self { client: Arc::new(client), transaction: Transaction::Due(begin), sent: Vec::new() }
    }

    /// Leaves an empty shell behind: the transaction goes on in the returned session.
    pub(super) fn hand_over(&mut self) -> Self {
        let transaction = std::mem::replace(&mut self.transaction, Transaction::None);
        Self { client: Arc::clone(&self.client), transaction, sent: std::mem::take(&mut self.sent) }
    }

    pub(crate) async fn all<T: FromRow>(
        &mut self,
        stmt: &'static Stmt,
        params: &[Value<'_>],
    ) -> Result<Vec<T>> {
        collect(self.query(stmt, params).await?, stmt).await
    }

    /// Sets are checked already.
    pub(crate) async fn all_of<T: FromRow>(
        &mut self,
        many: &'static Many,
        sets: &[&[Value<'_>]],
    ) -> Result<Vec<T>> {
        let client = Arc::clone(&self.client);
        let stmt = many.stmt();
        let columns = arrays(many.kinds().iter().copied(), sets);
        let rows = self
            .in_transaction(pin!(async {
                let prepared = prepared(&client, stmt).await?;
                client.query_raw(&prepared, &columns).await.map_err(|error| fault(error, stmt))
            }))
            .await?;
        collect(rows, stmt).await
    }

    /// Sets are checked already.
    pub(crate) async fn exec_of(&mut self, many: &'static Many, sets: &[&[Value<'_>]]) -> Result<u64> {
        self.exec_arrays(many.stmt(), arrays(many.kinds().iter().copied(), sets)).await
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

    /// Rows are checked already. It is only sent: PostgreSQL inserts all rows or fails.
    pub(crate) async fn insert_many(&mut self, insert: &'static Insert, rows: &[&[Value<'_>]]) -> Result<()> {
        let kinds = insert.columns().iter().map(|(_, kind)| *kind);
        self.send(insert.stmt(), arrays(kinds, rows), None).await
    }

    /// Sets are checked already. It is only sent.
    pub(crate) async fn exec_of_n(
        &mut self,
        wanted: u64,
        many: &'static Many,
        sets: &[&[Value<'_>]],
    ) -> Result<()> {
        self.send(many.stmt(), arrays(many.kinds().iter().copied(), sets), Some(Wanted(wanted, many))).await
    }

    /// Sends a statement behind those that are on their way.
    async fn send(
        &mut self,
        stmt: &'static Stmt,
        columns: Vec<Array<'_>>,
        wanted: Option<Wanted>,
    ) -> Result<()> {
        if !matches!(self.transaction, Transaction::Open) {
            let changed = self.exec_arrays(stmt, columns).await?;
            return wanted.map_or(Ok(()), |wanted| wanted.check(changed));
        }
        if self.sent.len() >= MOST_SENT {
            settle(std::mem::take(&mut self.sent)).await?;
        }
        // Before it is on its way, so that nothing that comes after can overtake it.
        let prepared = prepared(&self.client, stmt).await?;
        let columns = Encoded::all(&columns, prepared.params()).map_err(|error| Error::Statement {
            at: stmt.location(),
            source: Cause::new(std::io::Error::other(error)),
        })?;
        let client = Arc::clone(&self.client);
        let mut answer = Box::pin(async move {
            client.execute_raw(&prepared, &columns).await.map_err(|error| fault(error, stmt))
        });
        match poll_fn(|context| Poll::Ready(answer.as_mut().poll(context))).await {
            Poll::Ready(changed) => {
                let changed = changed?;
                wanted.map_or(Ok(()), |wanted| wanted.check(changed))
            }
            Poll::Pending => {
                self.sent.push(Sent { answer, wanted });
                Ok(())
            }
        }
    }

    async fn exec_arrays(&mut self, stmt: &'static Stmt, columns: Vec<Array<'_>>) -> Result<u64> {
        let client = Arc::clone(&self.client);
        self.in_transaction(pin!(async {
            let prepared = prepared(&client, stmt).await?;
            client.execute_raw(&prepared, &columns).await.map_err(|error| fault(error, stmt))
        }))
        .await
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
        if !matches!(self.transaction, Transaction::Open) {
            return Ok(());
        }
        let mut sent = std::mem::take(&mut self.sent);
        let counted = sent.iter().rposition(|sent| sent.wanted.is_some()).map_or(0, |last| last + 1);
        if counted > 0 {
            let free = sent.split_off(counted);
            settle(std::mem::replace(&mut sent, free)).await?;
        }
        let settled = settle(sent);
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
        if matches!(self.transaction, Transaction::Open) {
            self.sent.clear();
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

    /// Runs a statement behind those that are on their way, or behind the `BEGIN` that is due: sent at once, and
    /// answered together.
    async fn in_transaction<T>(&mut self, run: Pin<&mut impl Future<Output = Result<T>>>) -> Result<T> {
        if let Transaction::Due(begin) = &self.transaction {
            let begin = Arc::clone(begin);
            // Before it is sent: a caller that goes away from here on leaves a transaction to be undone.
            self.transaction = Transaction::Open;
            let (opened, ran) = join(self.client.batch_execute(&begin), run).await;
            opened.map_err(|error| classify("BEGIN", error))?;
            return ran;
        }
        if self.sent.is_empty() {
            return run.await;
        }
        let (settled, ran) = join(settle(std::mem::take(&mut self.sent)), run).await;
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

/// Waits for the answers of what was sent, up to the first failure: the server refuses what comes after it.
async fn settle(sent: Vec<Sent>) -> Result<()> {
    for Sent { answer, wanted } in sent {
        let changed = answer.await?;
        wanted.map_or(Ok(()), |wanted| wanted.check(changed))?;
    }
    Ok(())
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
