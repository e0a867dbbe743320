//! PostgreSQL: two pools, operations run on the caller's task and run again when they lose against others.

mod faults;
mod inserts;
mod sent;
mod session;
mod tls;
mod values;

use std::{sync::Arc, time::Duration};

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Pool, PoolError, QueueMode, RecyclingMethod, Runtime,
    TimeoutType,
};
use tokio_postgres::{
    NoTls,
    config::{Host, SslMode},
};

use crate::{
    Config, Tx,
    conn::Link,
    error::{Cause, Error, Result},
    operation::{run_hooks, supervised},
};

pub(crate) use session::Session;
pub(crate) use values::{Array, arrays, column};

/// The first pause before an operation runs again, in milliseconds; it doubles each time.
const FIRST_PAUSE_MS: u64 = 4;
/// The longest such pause, in milliseconds.
const LONGEST_PAUSE_MS: u64 = 250;

/// Names what it wants: neither a server's nor a session's defaults decide, also not where a pooler hands
/// one server session to readers and writers in turn.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// What a page costs that is read out of order, where one in order costs 1: PostgreSQL's 4 is a spinning disk.
const PAGE_COST: f64 = 1.1;

/// How statements that write are planned: by indexes, each value on its own, and once.
///
/// They find their rows by keys, some hundreds at a time. The planner trusts its statistics instead, which
/// are a minute old on a table that has just been filled: it then reads whole tables for a batch of
/// purchases, or keeps such a plan from when they were empty. And where it expects a plan to depend on how
/// many values there are, it makes it anew each time, which costs more than running it.
const WRITE_PLANS: &str = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
     SET plan_cache_mode = force_generic_plan";

/// The connections. Readers have their own, so that a caller who reads and then writes cannot wait for a
/// connection that callers like it hold.
pub(crate) struct Store {
    writers: Pool,
    readers: Pool,
    /// Host, port, database and user, for errors.
    server: String,
    begin_snapshot: Arc<str>,
    queue: usize,
    retries: u32,
}

/// How one run of an operation ended.
enum Run<T, E> {
    Settled(Result<T, E>),
    /// It lost against others, or its connection broke: nothing was written.
    Lost(Error),
}

impl Store {
    pub(crate) async fn open(mut server: tokio_postgres::Config, config: &Config) -> Result<Self> {
        if server.get_connect_timeout().is_none() {
            server.connect_timeout(config.connect_timeout);
        }
        if server.get_application_name().is_none() {
            server.application_name("souk");
        }
        let limits = format!(
            "SET statement_timeout = {}; SET lock_timeout = {}; SET idle_in_transaction_session_timeout = 60000;
             SET random_page_cost = {PAGE_COST}",
            config.statement_timeout.as_millis(),
            config.lock_timeout.as_millis(),
        );
        let read_only = format!("{limits}; SET default_transaction_read_only = on");
        let writing = format!("{limits}; {WRITE_PLANS}");
        let begin_snapshot = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {0};
             SET LOCAL idle_in_transaction_session_timeout = {0}",
            config.snapshot_timeout.as_millis(),
        );
        let store = Self {
            writers: pool(&server, config, config.writers(), writing)?,
            readers: pool(&server, config, config.readers(), read_only)?,
            server: describe(&server),
            begin_snapshot: begin_snapshot.into(),
            queue: config.queue,
            retries: config.retries,
        };
        // Now, so that a wrong address or password is told at the start and not to the first customer.
        drop(store.reader().await?);
        Ok(store)
    }

    pub(crate) async fn write<T, E, F>(&self, op: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx) -> Result<T, E>,
        E: From<Error>,
    {
        let mut runs = 0;
        loop {
            let mut tx = Tx::new(Link::Postgres(self.writer().await?));
            // On the heap: an operation's future may be large, and this one becomes part of its caller's.
            let mut running = Box::pin(async { op(&mut tx).await });
            let ended = supervised(running.as_mut()).await;
            drop(running);
            match conclude(tx, ended).await {
                Run::Settled(outcome) => return outcome,
                Run::Lost(error) if runs == self.retries => return Err(error.into()),
                Run::Lost(error) => {
                    runs += 1;
                    tracing::debug!(error = %error, runs, "an operation runs again");
                    tokio::time::sleep(pause(runs)).await;
                }
            }
        }
    }

    pub(crate) async fn reader(&self) -> Result<Session> {
        if self.readers.status().waiting >= self.queue {
            return Err(Error::Busy("too many reads are waiting"));
        }
        Ok(Session::autocommit(self.connection(&self.readers).await?))
    }

    pub(crate) async fn snapshot(&self) -> Result<Session> {
        let client = self.connection(&self.readers).await?;
        Ok(Session::transaction(client, Arc::clone(&self.begin_snapshot)))
    }

    pub(crate) fn parallel_writes(&self) -> usize {
        self.writers.status().max_size
    }

    pub(crate) fn close(&self) {
        self.writers.close();
        self.readers.close();
    }

    /// A connection that writes, for the bare loop.
    pub(crate) async fn client(&self) -> Result<deadpool_postgres::Client> {
        self.connection(&self.writers).await
    }

    async fn writer(&self) -> Result<Session> {
        if self.writers.status().waiting >= self.queue {
            return Err(Error::Busy("too many writes are waiting"));
        }
        let client = self.connection(&self.writers).await?;
        Ok(Session::transaction(client, Arc::from(BEGIN)))
    }

    async fn connection(&self, pool: &Pool) -> Result<deadpool_postgres::Client> {
        let unreachable = |source| Error::Unreachable { server: self.server.clone(), source };
        pool.get().await.map_err(|error| match error {
            PoolError::Timeout(TimeoutType::Wait) => Error::Busy("no connection became free in time"),
            PoolError::Closed => Error::Closed,
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                unreachable(Cause::new(error))
            }
            other => unreachable(Cause::new(other)),
        })
    }
}

/// Commits or rolls back, by what the operation answered and by what its statements met.
async fn conclude<T, E: From<Error>>(mut tx: Tx, ended: Result<Result<T, E>>) -> Run<T, E> {
    let outcome = match ended {
        Ok(outcome) => outcome,
        Err(error) => {
            roll_back(tx).await;
            return Run::Settled(Err(error.into()));
        }
    };
    // The statements decide, not the operation: it may have wrapped the error in one of its own.
    if let Some(reason) = tx.retry_reason().cloned() {
        roll_back(tx).await;
        return Run::Lost(reason);
    }
    let dead = tx.refuse_dead();
    match (outcome, dead) {
        (Ok(answer), Ok(())) => match commit(&mut tx).await {
            Ok(()) => Run::Settled(Ok(answer)),
            Err(error) if error.asks_for_retry() => Run::Lost(error),
            Err(error) => Run::Settled(Err(error.into())),
        },
        (Ok(_), Err(aborted)) => {
            roll_back(tx).await;
            Run::Settled(Err(aborted.into()))
        }
        (Err(error), _) => {
            roll_back(tx).await;
            Run::Settled(Err(error))
        }
    }
}

/// Commits and runs the hooks. With hooks it is a task of its own: a caller that goes away between the two
/// must not leave a cache behind that does not know of the commit.
async fn commit(tx: &mut Tx) -> Result<()> {
    let hooks = tx.take_hooks();
    let Link::Postgres(session) = tx.link_mut() else { return Err(Error::Closed) };
    if hooks.is_empty() {
        return session.commit().await;
    }
    let mut session = session.hand_over();
    let task = tokio::spawn(async move {
        session.commit().await?;
        run_hooks(hooks);
        Ok(())
    });
    // The task ends early only with its runtime.
    task.await.unwrap_or(Err(Error::Closed))
}

async fn roll_back(mut tx: Tx) {
    if let Link::Postgres(session) = tx.link_mut() {
        session.roll_back().await;
    }
}

fn pause(runs: u32) -> Duration {
    let longest = FIRST_PAUSE_MS.saturating_mul(1 << runs.min(16)).min(LONGEST_PAUSE_MS);
    Duration::from_millis(rand::random_range(0..=longest))
}

fn pool(server: &tokio_postgres::Config, config: &Config, size: usize, greeting: String) -> Result<Pool> {
    let settings = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match server.get_ssl_mode() {
        SslMode::Disable => Manager::from_config(server.clone(), NoTls, settings),
        SslMode::Prefer => Manager::from_config(server.clone(), tls::opportunistic()?, settings),
        // `require`, and whatever stricter modes the driver learns.
        _ => Manager::from_config(server.clone(), tls::verified()?, settings),
    };
    let greeting: Arc<str> = greeting.into();
    Pool::builder(manager)
        .max_size(size)
        // The one that was used last knows the statements, and its server process is still in the caches.
        .queue_mode(QueueMode::Lifo)
        .wait_timeout(Some(config.wait))
        .create_timeout(Some(config.connect_timeout))
        .runtime(Runtime::Tokio1)
        .post_create(Hook::async_fn(move |client, _| {
            let greeting = Arc::clone(&greeting);
            Box::pin(async move { client.batch_execute(&greeting).await.map_err(HookError::Backend) })
        }))
        .build()
        .map_err(|error| Error::engine("setting up the connection pool", error))
}

/// `PostgreSQL at db:5432 (database souk, user souk)`.
fn describe(server: &tokio_postgres::Config) -> String {
    let ports = server.get_ports();
    let hosts: Vec<String> = server
        .get_hosts()
        .iter()
        .enumerate()
        .map(|(index, host)| {
            let name = match host {
                Host::Tcp(name) => name.clone(),
                Host::Unix(path) => path.display().to_string(),
            };
            let port = ports.get(index).or_else(|| ports.first()).unwrap_or(&5432);
            format!("{name}:{port}")
        })
        .collect();
    format!(
        "PostgreSQL at {} (database {}, user {})",
        hosts.join(","),
        server.get_dbname().or_else(|| server.get_user()).unwrap_or("default"),
        server.get_user().unwrap_or("default"),
    )
}
