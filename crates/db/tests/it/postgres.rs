//! What only a server does: deadlocks, time-outs, lost connections.

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use souk_db::{Config, Db, Error, Stmt, params};

use crate::scratch::{ADD_TO_BALANCE, Scratch, TestError, add_account};

static LOCK: Stmt = Stmt::new("SELECT CAST(1 AS BIGINT) FROM pg_advisory_xact_lock($1)");

/// Two operations take the same two rows the other way round, and each waits for the other's first row
/// before it asks for its second. The server ends one; it runs again, and both succeed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deadlock_runs_the_loser_again() {
    let Some(scratch) = Scratch::postgres().await else { return };
    scratch.add_account(1, 0).await;
    scratch.add_account(2, 0).await;
    let both_hold_one = Arc::new(Barrier::new(2));
    let runs = Arc::new(AtomicUsize::new(0));
    let committed = Arc::new(AtomicUsize::new(0));
    let operations = [[1_i64, 2], [2, 1]].map(|[first, second]| {
        let (db, barrier) = (scratch.db.clone(), Arc::clone(&both_hold_one));
        let (runs, committed) = (Arc::clone(&runs), Arc::clone(&committed));
        tokio::spawn(async move {
            db.write(async move |tx| {
                let committed = Arc::clone(&committed);
                tx.on_commit(move || {
                    committed.fetch_add(1, Ordering::SeqCst);
                });
                tx.exec_n(1, &ADD_TO_BALANCE, params![first, 1_i64]).await?;
                if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                    tokio::task::block_in_place(|| barrier.wait());
                }
                // An error of the feature's own does not hide the reason from the retry.
                let done = tx.exec_n(1, &ADD_TO_BALANCE, params![second, 1_i64]).await;
                done.map_err(|_| TestError::Refused)
            })
            .await
        })
    });
    for operation in operations {
        operation.await.unwrap().unwrap();
    }
    assert_eq!((scratch.balance(1).await, scratch.balance(2).await), (2, 2));
    assert!(runs.load(Ordering::SeqCst) >= 3);
    assert_eq!(committed.load(Ordering::SeqCst), 2, "a run that was undone leaves no hook");
    scratch.remove().await;
}

/// The caller goes away while its statement waits in the server. Its rows are undone before its connection,
/// the only one, serves the next.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_leaves_is_rolled_back() {
    let Some(scratch) = Scratch::postgres_with(|config| config.writers = 1).await else { return };
    let client = scratch.client().await;
    let key = i64::from(std::process::id());
    client.execute("SELECT pg_advisory_lock($1)", &[&key]).await.unwrap();
    let db = scratch.db.clone();
    let left = tokio::spawn(async move {
        db.write(async move |tx| {
            add_account(tx, 1, 1).await?;
            tx.exec(&LOCK, params![key]).await
        })
        .await
    });
    let waiting = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                   AND classid = 0 AND objid = CAST($1 AS BIGINT)";
    while client.query_one(waiting, &[&key]).await.unwrap().get::<_, i64>(0) == 0 {
        tokio::task::yield_now().await;
    }
    left.abort();
    assert!(left.await.unwrap_err().is_cancelled());
    client.execute("SELECT pg_advisory_unlock($1)", &[&key]).await.unwrap();
    scratch.add_account(2, 1).await;
    assert_eq!(scratch.accounts().await, [2]);
    scratch.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_takes_too_long_is_stopped() {
    static SLEEP: Stmt = Stmt::new("SELECT CAST(1 AS BIGINT) FROM pg_sleep(60)");
    let short = |config: &mut Config| {
        config.statement_timeout = Duration::from_millis(200);
        config.lock_timeout = Duration::from_millis(50);
    };
    let Some(scratch) = Scratch::postgres_with(short).await else { return };
    let slow = scratch.db.write(async |tx| tx.exec(&SLEEP, params![]).await).await;
    assert!(matches!(slow, Err(Error::Timeout { .. })), "{slow:?}");
    assert!(slow.unwrap_err().is_transient());
    let slow = scratch.db.read().await.unwrap().all::<(i64,)>(&SLEEP, params![]).await;
    assert!(matches!(slow, Err(Error::Timeout { .. })), "{slow:?}");

    let client = scratch.client().await;
    client.batch_execute("BEGIN; LOCK TABLE accounts").await.unwrap();
    let locked = scratch.db.write(async |tx| add_account(tx, 1, 1).await).await;
    assert!(matches!(locked, Err(Error::Timeout { .. })), "{locked:?}");
    client.batch_execute("ROLLBACK").await.unwrap();
    scratch.add_account(1, 1).await;
    scratch.remove().await;
}

/// A server that was restarted: the pool's connections are dead, the next operations do not notice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_were_cut_are_replaced() {
    let adjust = |config: &mut Config| config.url.push_str("&application_name=souk_cut");
    let Some(scratch) = Scratch::postgres_with(adjust).await else { return };
    scratch.add_account(1, 1).await;
    let runs = Arc::new(AtomicUsize::new(0));
    let client = Arc::new(scratch.client().await);
    let cut = "SELECT CAST(COUNT(pg_terminate_backend(pid)) AS BIGINT) FROM pg_stat_activity
               WHERE application_name = 'souk_cut' AND pid <> pg_backend_pid()
                 AND query NOT LIKE '%pg_terminate_backend%'";
    client.query_one(cut, &[]).await.unwrap();
    let (count, runtime) = (Arc::clone(&runs), tokio::runtime::Handle::current());
    let saboteur = Arc::clone(&client);
    scratch
        .db
        .write(async move |tx| {
            add_account(tx, 2, 1).await?;
            if count.fetch_add(1, Ordering::SeqCst) == 0 {
                tokio::task::block_in_place(|| runtime.block_on(saboteur.query_one(cut, &[]))).unwrap();
            }
            add_account(tx, 3, 1).await
        })
        .await
        .unwrap();
    assert!(runs.load(Ordering::SeqCst) >= 2, "cut in the middle, it ran again");
    assert_eq!(scratch.accounts().await, [1, 2, 3]);
    scratch.remove().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_the_password() {
    let opened = Db::open(&Config::new("postgres://souk:s3cret@127.0.0.1:1/shop")).await;
    let Err(error) = opened else { panic!("there is a server on port 1") };
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert!(error.is_transient());
    assert_eq!(error.to_string(), "PostgreSQL at 127.0.0.1:1 (database shop, user souk) cannot be reached");
    assert!(!format!("{error:?}").contains("s3cret"));
}

/// The test server has no TLS: asked to insist, the client does not fall back to plain text.
#[tokio::test]
async fn tls_is_insisted_on_when_required() {
    let Some(scratch) = Scratch::postgres().await else { return };
    let client = scratch.client().await;
    let tls: String = client.query_one("SHOW ssl", &[]).await.unwrap().get(0);
    if tls == "off" {
        let required = Config::new(format!("{}&sslmode=require", scratch.config.url));
        assert!(matches!(Db::open(&required).await, Err(Error::Unreachable { .. } | Error::Config(_))));
    }
    let preferred = Config::new(format!("{}&sslmode=prefer", scratch.config.url));
    assert!(Db::open(&preferred).await.is_ok());
    scratch.remove().await;
}
