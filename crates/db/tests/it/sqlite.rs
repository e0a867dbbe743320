//! What only a file has: other processes, and a place on a disk.

use std::{sync::Arc, time::Duration};

use rusqlite::Connection;
use souk_db::{Config, Db, Error};

use crate::scratch::{Scratch, add_account};

fn second_process(scratch: &Scratch) -> Connection {
    Connection::open(scratch.folder.as_ref().unwrap().path().join("db/test.db")).unwrap()
}

/// `souk admin create` writes beside the running server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_that_writes_is_waited_for() {
    let scratch = Scratch::sqlite().await;
    let other = second_process(&scratch);
    other.execute_batch("BEGIN IMMEDIATE; INSERT INTO accounts (id, balance) VALUES (1, 1)").unwrap();
    let db = scratch.db.clone();
    let mut write = tokio::spawn(async move { db.write(async |tx| add_account(tx, 2, 1).await).await });
    // Longer than SQLite itself waits for a lock: the writer has asked again.
    let waits = tokio::time::timeout(Duration::from_millis(1_300), &mut write).await;
    assert!(waits.is_err(), "{waits:?}");
    other.execute_batch("COMMIT").unwrap();
    write.await.unwrap().unwrap();
    assert_eq!(scratch.accounts().await, [1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_process_that_does_not_end_is_not_waited_for_for_ever() {
    let scratch = Scratch::sqlite_with(|config| config.wait = Duration::ZERO).await;
    let other = second_process(&scratch);
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let busy = scratch.db.write(async |tx| add_account(tx, 1, 1).await).await;
    assert!(matches!(busy, Err(Error::Busy(_))), "{busy:?}");
    other.execute_batch("ROLLBACK").unwrap();
    scratch.add_account(2, 1).await;
    assert_eq!(scratch.accounts().await, [2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_do_not_wait_for_a_writer() {
    let scratch = Scratch::sqlite().await;
    scratch.add_account(1, 1).await;
    let other = second_process(&scratch);
    other.execute_batch("BEGIN IMMEDIATE; INSERT INTO accounts (id, balance) VALUES (2, 1)").unwrap();
    assert_eq!(scratch.accounts().await, [1]);
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(scratch.accounts().await, [1, 2]);
}

/// The pragmas that durability and speed rest on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_is_set_up_for_durable_commits() {
    static JOURNAL: souk_db::Stmt = souk_db::Stmt::new("SELECT journal_mode FROM pragma_journal_mode");
    static SYNCHRONOUS: souk_db::Stmt = souk_db::Stmt::new("SELECT synchronous FROM pragma_synchronous");
    static FOREIGN_KEYS: souk_db::Stmt = souk_db::Stmt::new("SELECT foreign_keys FROM pragma_foreign_keys");
    let scratch = Scratch::sqlite().await;
    let (journal, synchronous, foreign_keys) = scratch
        .db
        .write(async |tx| {
            let (journal,): (String,) = tx.one(&JOURNAL, &[]).await?;
            let (synchronous,): (i64,) = tx.one(&SYNCHRONOUS, &[]).await?;
            let (foreign_keys,): (i64,) = tx.one(&FOREIGN_KEYS, &[]).await?;
            Ok::<_, Error>((journal, synchronous, foreign_keys))
        })
        .await
        .unwrap();
    assert_eq!((journal.as_str(), synchronous, foreign_keys), ("wal", 2, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_file_can_be_opened_by_many_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let config = Arc::new(Config::new(format!("sqlite://{}/new.db", folder.path().display())));
    let opened = (0..8).map(|_| {
        let config = Arc::clone(&config);
        tokio::spawn(async move {
            let db = Db::open(&config).await.unwrap();
            db.migrate(&[crate::scratch::SCHEMA]).await.unwrap().applied.len()
        })
    });
    let mut applied = 0;
    for one in opened.collect::<Vec<_>>() {
        applied += one.await.unwrap();
    }
    assert_eq!(applied, 1);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("note.db");
    std::fs::write(&path, "this is a letter, not a database; it is long enough to have a header").unwrap();
    let opened = Db::open(&Config::new(format!("sqlite://{}", path.display()))).await;
    assert!(matches!(opened, Err(Error::Engine { .. })));
}
