//! A connection as features see it: three ways to read rows.

use std::pin::pin;

use crate::{
    Asked, FromRow, Many, Stmt, Value,
    error::{Error, Result},
    operation::statement,
    postgres, sqlite,
};

/// A connection that reads: from [`Db::read`](crate::Db::read) each statement sees what is committed when
/// it runs, from [`Db::read_snapshot`](crate::Db::read_snapshot) all see the same moment, and inside a
/// [`Tx`](crate::Tx) they see the transaction's own rows. It goes back to its pool when dropped.
pub struct Conn {
    link: Link,
    transaction: Health,
}

/// Which engine it talks to: the one place that every statement passes.
pub(crate) enum Link {
    Sqlite(sqlite::Link),
    Postgres(postgres::Session),
}

/// Whether statements stand on their own, and if not, whether the transaction around them still lives.
enum Health {
    Autocommit,
    Alive,
    /// A statement failed; kept if it is a reason to run the operation again.
    Failed(Option<Error>),
}

impl Conn {
    pub(crate) fn autocommit(link: Link) -> Self {
        Self { link, transaction: Health::Autocommit }
    }

    pub(crate) fn transaction(link: Link) -> Self {
        Self { link, transaction: Health::Alive }
    }

    /// All rows of a statement, in its order.
    pub async fn all<T: FromRow>(&mut self, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<Vec<T>> {
        self.refuse_dead()?;
        let rows = match &mut self.link {
            Link::Sqlite(link) => link.all(stmt, params),
            Link::Postgres(session) => statement(pin!(session.all(stmt, params))).await,
        };
        self.note(rows)
    }

    /// The only row of a statement, or none. More than one is [`Error::ManyRows`].
    pub async fn opt<T: FromRow>(&mut self, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<Option<T>> {
        self.refuse_dead()?;
        let row = match &mut self.link {
            Link::Sqlite(link) => link.opt(stmt, params),
            Link::Postgres(session) => statement(pin!(session.opt(stmt, params))).await,
        };
        self.note(row)
    }

    /// The only row of a statement. None is [`Error::NoRow`].
    pub async fn one<T: FromRow>(&mut self, stmt: &'static Stmt, params: &[Value<'_>]) -> Result<T> {
        self.opt(stmt, params).await?.ok_or(Error::NoRow { at: stmt.location() })
    }

    /// The rows of a statement for all `sets`, in no order. It may be one that changes rows and returns
    /// them, when the connection is a [`Tx`](crate::Tx).
    pub async fn all_of<'v, T: FromRow + Send + 'static, P: AsRef<[Value<'v>]>>(
        &mut self,
        many: &'static Many,
        sets: &[P],
    ) -> Result<Vec<T>> {
        let asked = self.ask_of(many, sets).await?;
        self.answer(asked).await
    }

    /// Asks for all rows of a statement and goes on. PostgreSQL is sent it and not waited for, so that questions
    /// that do not depend on one another are answered in one round trip; SQLite answers at once. They run in
    /// the order in which they were asked, before every later statement.
    pub async fn ask<T: FromRow + Send + 'static>(
        &mut self,
        stmt: &'static Stmt,
        params: &[Value<'_>],
    ) -> Result<Asked<Vec<T>>> {
        self.refuse_dead()?;
        let asked = match &mut self.link {
            Link::Sqlite(link) => link.all(stmt, params).map(Asked::here),
            Link::Postgres(session) => statement(pin!(session.ask(stmt, params))).await,
        };
        self.note(asked)
    }

    /// Asks for the rows of a statement for all `sets`, like [`ask`](Self::ask) and [`all_of`](Self::all_of).
    pub async fn ask_of<'v, T: FromRow + Send + 'static, P: AsRef<[Value<'v>]>>(
        &mut self,
        many: &'static Many,
        sets: &[P],
    ) -> Result<Asked<Vec<T>>> {
        let sets = self.checked(many, sets)?;
        if sets.is_empty() {
            return Ok(Asked::here(Vec::new()));
        }
        let asked = match &mut self.link {
            Link::Sqlite(link) => link.all_each(many.stmt(), &sets).map(Asked::here),
            Link::Postgres(session) => statement(pin!(session.ask_of(many, &sets))).await,
        };
        self.note(asked)
    }

    /// What was asked for. What a statement fails of that was sent before it is told here, too.
    pub async fn answer<T: Send + 'static>(&mut self, asked: Asked<T>) -> Result<T> {
        self.refuse_dead()?;
        let answer = match &mut self.link {
            // It was there when it was asked for.
            Link::Sqlite(_) => asked.take().map_err(|_| Error::Aborted),
            Link::Postgres(session) => statement(pin!(session.answer(asked))).await,
        };
        self.note(answer)
    }

    pub(crate) fn link(&self) -> &Link {
        &self.link
    }

    pub(crate) fn link_mut(&mut self) -> &mut Link {
        &mut self.link
    }

    /// The sets for a statement, each of the right shape.
    pub(crate) fn checked<'s, 'v, P: AsRef<[Value<'v>]>>(
        &mut self,
        many: &'static Many,
        sets: &'s [P],
    ) -> Result<Vec<&'s [Value<'v>]>> {
        self.refuse_dead()?;
        let sets: Vec<&[Value<'v>]> = sets.iter().map(AsRef::as_ref).collect();
        let checked = many.check(&sets);
        self.note(checked)?;
        Ok(sets)
    }

    /// Fails if an earlier statement of the transaction did. PostgreSQL would refuse the statement itself,
    /// SQLite would carry on.
    pub(crate) fn refuse_dead(&self) -> Result<()> {
        match self.transaction {
            Health::Failed(_) => Err(Error::Aborted),
            Health::Autocommit | Health::Alive => Ok(()),
        }
    }

    /// Remembers that a statement ended the transaction.
    pub(crate) fn note<T>(&mut self, result: Result<T>) -> Result<T> {
        if let (Err(error), Health::Alive) = (&result, &self.transaction)
            && !error.leaves_transaction_usable()
        {
            self.transaction = Health::Failed(error.asks_for_retry().then(|| error.clone()));
        }
        result
    }

    /// The error for which the operation should be run again.
    pub(crate) fn retry_reason(&self) -> Option<&Error> {
        match &self.transaction {
            Health::Failed(reason) => reason.as_ref(),
            Health::Autocommit | Health::Alive => None,
        }
    }

    /// Makes the connection ready for another transaction.
    pub(crate) fn revive(&mut self) {
        self.transaction = Health::Alive;
    }
}
