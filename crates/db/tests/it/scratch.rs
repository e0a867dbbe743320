//! A fresh database per test.

use std::{
    process,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
};

use souk_db::{Config, Conn, Db, Engine, Error, Migration, Stmt, Tx, params};
use tempfile::TempDir;
use tokio_postgres::NoTls;

/// A database with the tables of [`SCHEMA`], gone with the test.
pub(crate) struct Scratch {
    pub(crate) db: Db,
    pub(crate) config: Config,
    /// Keeps SQLite's folder.
    pub(crate) folder: Option<TempDir>,
    schema: Option<(String, String)>,
}

pub(crate) const SCHEMA: Migration = Migration::new(
    1,
    "scratch tables",
    "CREATE TABLE accounts (id {ID}, balance BIGINT NOT NULL CHECK (balance >= 0));
     CREATE TABLE notes (
         id {ID},
         author_id BIGINT REFERENCES accounts (id),
         title TEXT UNIQUE,
         body {BLOB}
     );",
);

pub(crate) static ADD_ACCOUNT: Stmt = Stmt::new("INSERT INTO accounts (id, balance) VALUES ($1, $2)");
pub(crate) static BALANCE: Stmt = Stmt::new("SELECT balance FROM accounts WHERE id = $1");
pub(crate) static ADD_TO_BALANCE: Stmt =
    Stmt::new("UPDATE accounts SET balance = balance + $2 WHERE id = $1");
pub(crate) static TAKE: Stmt =
    Stmt::new("UPDATE accounts SET balance = balance - $2 WHERE id = $1 AND balance >= $2");
pub(crate) static ALL_ACCOUNTS: Stmt = Stmt::new("SELECT id FROM accounts ORDER BY id");

/// An operation's own error, as features have them.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TestError {
    #[error("refused")]
    Refused,
    #[error(transparent)]
    Db(#[from] Error),
}

impl Scratch {
    pub(crate) async fn sqlite() -> Self {
        Self::sqlite_with(|_| {}).await
    }

    pub(crate) async fn sqlite_with(adjust: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(format!("sqlite://{}", folder.path().join("db/test.db").display()));
        adjust(&mut config);
        let db = open(&config).await;
        Self { db, config, folder: Some(folder), schema: None }
    }

    pub(crate) async fn postgres() -> Option<Self> {
        Self::postgres_with(|_| {}).await
    }

    /// None, with a message, if no server is configured.
    #[expect(clippy::print_stderr, reason = "who runs the tests should know what did not run")]
    pub(crate) async fn postgres_with(adjust: impl FnOnce(&mut Config)) -> Option<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let Ok(server) = std::env::var("SOUK_TEST_POSTGRES_URL") else {
            eprintln!("skipped on PostgreSQL: SOUK_TEST_POSTGRES_URL is not set");
            return None;
        };
        let schema = format!("db_test_{}_{}", process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let client = connect(&server).await;
        client
            .batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}"))
            .await
            .unwrap();
        let separator = if server.contains('?') { '&' } else { '?' };
        let mut config = Config::new(format!("{server}{separator}options=-csearch_path%3D{schema}"));
        adjust(&mut config);
        let db = open(&config).await;
        Some(Self { db, config, folder: None, schema: Some((server, schema)) })
    }

    /// A client beside the pool, in the same schema.
    pub(crate) async fn client(&self) -> tokio_postgres::Client {
        connect(&self.config.url).await
    }

    pub(crate) fn engine(&self) -> Engine {
        self.db.engine()
    }

    pub(crate) async fn add_account(&self, id: i64, balance: i64) {
        self.db.write(async move |tx| add_account(tx, id, balance).await).await.unwrap();
    }

    pub(crate) async fn accounts(&self) -> Vec<i64> {
        accounts(&mut self.db.read().await.unwrap()).await
    }

    pub(crate) async fn balance(&self, id: i64) -> i64 {
        let (balance,) = self.db.read().await.unwrap().one(&BALANCE, params![id]).await.unwrap();
        balance
    }

    /// Removes the schema. A test that fails before leaves it behind for a look.
    pub(crate) async fn remove(self) {
        self.db.close().await;
        if let Some((server, schema)) = self.schema {
            connect(&server).await.batch_execute(&format!("DROP SCHEMA {schema} CASCADE")).await.unwrap();
        }
    }
}

async fn open(config: &Config) -> Db {
    let db = Db::open(config).await.unwrap();
    db.migrate(&[SCHEMA]).await.unwrap();
    db
}

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

pub(crate) async fn add_account(tx: &mut Tx, id: i64, balance: i64) -> Result<(), Error> {
    tx.exec_n(1, &ADD_ACCOUNT, params![id, balance]).await
}

pub(crate) async fn accounts(conn: &mut Conn) -> Vec<i64> {
    let rows: Vec<(i64,)> = conn.all(&ALL_ACCOUNTS, params![]).await.unwrap();
    rows.into_iter().map(|(id,)| id).collect()
}

/// Stops an operation until the test lets it go on, by blocking its thread: an operation may not await
/// anything but its transaction.
pub(crate) struct Gate {
    reached: mpsc::Sender<()>,
    opened: Mutex<mpsc::Receiver<()>>,
}

/// The test's end of a [`Gate`].
pub(crate) struct Gatekeeper {
    reached: Mutex<mpsc::Receiver<()>>,
    open: mpsc::Sender<()>,
}

pub(crate) fn gate() -> (Gate, Gatekeeper) {
    let (reached, has_reached) = mpsc::channel();
    let (open, opened) = mpsc::channel();
    (Gate { reached, opened: Mutex::new(opened) }, Gatekeeper { reached: Mutex::new(has_reached), open })
}

impl Gate {
    pub(crate) fn pass(&self) {
        self.reached.send(()).unwrap();
        self.opened.lock().unwrap().recv().unwrap();
    }
}

impl Gatekeeper {
    /// Waits until an operation stands at the gate.
    pub(crate) fn wait(&self) {
        self.reached.lock().unwrap().recv().unwrap();
    }

    pub(crate) fn open(&self) {
        self.open.send(()).unwrap();
    }
}

/// Declares each case twice, once per engine, with a pool as configured by `adjust`.
#[macro_export]
macro_rules! on_both_engines {
    ($($case:ident),* $(,)?) => {
        $crate::on_both_engines!(with |_| {}; $($case),*);
    };
    (with $adjust:expr; $($case:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                let scratch = $crate::scratch::Scratch::sqlite_with($adjust).await;
                super::$case(&scratch).await;
                scratch.remove().await;
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                if let Some(scratch) = $crate::scratch::Scratch::postgres_with($adjust).await {
                    super::$case(&scratch).await;
                    scratch.remove().await;
                }
            })*
        }
    };
}
