//! The handle that the program passes around.

use std::sync::Arc;

use crate::{
    Config, Conn, Engine, Stmt, Tx,
    config::Target,
    conn::Link,
    error::{Error, Result},
    operation::refuse_nested,
    postgres, sqlite,
};

/// An open database. Cheap to clone; all clones share its connections.
#[derive(Clone)]
pub struct Db {
    store: Store,
}

#[derive(Clone)]
enum Store {
    Sqlite(Arc<sqlite::Store>),
    Postgres(Arc<postgres::Store>),
}

impl Db {
    /// Opens it, and fails if it cannot be reached. A SQLite file and its folder are created when missing.
    /// Must be called within a Tokio runtime.
    pub async fn open(config: &Config) -> Result<Self> {
        let store = match config.target()? {
            Target::Sqlite(path) => Store::Sqlite(Arc::new(sqlite::Store::open(path, config)?)),
            Target::Postgres(server) => {
                Store::Postgres(Arc::new(postgres::Store::open(*server, config).await?))
            }
        };
        Ok(Self { store })
    }

    /// Runs an operation in a transaction and answers after its durable commit; an `Err` undoes it.
    ///
    /// The operation owns what it captures, may run more than once and awaits nothing but its transaction
    /// (see the crate's documentation). On SQLite it takes its turn on the writer's thread and shares a
    /// commit with the others that wait; on PostgreSQL it runs on the caller's task.
    pub async fn write<T, E, F>(&self, op: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        refuse_nested()?;
        match &self.store {
            Store::Sqlite(store) => store.write(op).await,
            Store::Postgres(store) => store.write(op).await,
        }
    }

    /// A connection for reading, each statement by itself. Hold it for a request's reads, not longer.
    pub async fn read(&self) -> Result<Conn> {
        refuse_nested()?;
        let link = match &self.store {
            Store::Sqlite(store) => Link::Sqlite(store.reader().await?),
            Store::Postgres(store) => Link::Postgres(store.reader().await?),
        };
        Ok(Conn::autocommit(link))
    }

    /// A connection whose statements all see the database as it is at the first of them: for exports and
    /// the doctor. Not for requests, since a long one keeps SQLite's log and PostgreSQL's dead rows.
    pub async fn read_snapshot(&self) -> Result<Conn> {
        refuse_nested()?;
        let link = match &self.store {
            Store::Sqlite(store) => Link::Sqlite(store.snapshot().await?),
            Store::Postgres(store) => Link::Postgres(store.snapshot().await?),
        };
        Ok(Conn::transaction(link))
    }

    /// How many transactions can make progress at the same time: SQLite has one writer.
    pub fn parallel_writes(&self) -> usize {
        match &self.store {
            Store::Sqlite(_) => 1,
            Store::Postgres(store) => store.parallel_writes(),
        }
    }

    /// Takes new statistics for the planner: for whoever has just filled tables in bulk, as those that the
    /// engines take by themselves come a minute later (PostgreSQL) or with the next day (SQLite). Reads a
    /// sample of each table. Not of empty ones: a server that is told so goes through all of them, by plans
    /// that stay when they are filled.
    pub async fn analyze(&self) -> Result<()> {
        static FILLED: Stmt = Stmt::new(
            "SELECT quote_ident(relname) FROM pg_class
             WHERE relkind = 'r' AND relnamespace = to_regnamespace(current_schema()) AND pg_relation_size(oid) > 0",
        );
        let engine = self.engine();
        self.write(async move |tx: &mut Tx| match engine {
            Engine::Sqlite => tx.script("ANALYZE").await,
            Engine::Postgres => {
                let filled: Vec<(String,)> = tx.all(&FILLED, &[]).await?;
                let names: Vec<String> = filled.into_iter().map(|(name,)| name).collect();
                if names.is_empty() {
                    Ok(())
                } else {
                    tx.script(&format!("ANALYZE {}", names.join(", "))).await
                }
            }
        })
        .await
    }

    /// Which engine it is: for messages, backups and the doctor. Features never branch on it.
    pub fn engine(&self) -> Engine {
        match &self.store {
            Store::Sqlite(_) => Engine::Sqlite,
            Store::Postgres(_) => Engine::Postgres,
        }
    }

    /// Prepares each statement on this engine and answers those that fail, with the reason: wrong SQL,
    /// unknown tables and columns, and types outside the common subset.
    pub async fn check_statements(&self, stmts: &[&'static Stmt]) -> Vec<(&'static Stmt, Error)> {
        let mut failures = Vec::new();
        for stmt in stmts {
            if let Err(error) = self.check_statement(stmt).await {
                failures.push((*stmt, error));
            }
        }
        failures
    }

    async fn check_statement(&self, stmt: &'static Stmt) -> Result<()> {
        match self.read().await?.link_mut() {
            Link::Sqlite(link) => link.check(stmt),
            Link::Postgres(session) => session.check(stmt).await,
        }
    }

    /// Finishes the writes that are queued and closes. Other clones answer [`Error::Closed`] from then on.
    pub async fn close(self) {
        match &self.store {
            Store::Sqlite(store) => store.close().await,
            Store::Postgres(store) => store.close(),
        }
    }
}
