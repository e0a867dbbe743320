//! Operations that wait for others: SQLite's shared commits, and the limits of both engines.

use std::{
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use souk_db::{Db, Error, Stmt, params};
use tokio::task::JoinHandle;

use crate::scratch::{ADD_ACCOUNT, Gatekeeper, Scratch, TestError, accounts, add_account, gate};

/// Occupies the writer; what is written until the gate opens waits, and then shares one batch.
fn occupy(db: &Db) -> (Gatekeeper, JoinHandle<Result<(), Error>>) {
    let (gate, keeper) = gate();
    let db = db.clone();
    let occupant = tokio::spawn(async move {
        db.write(async move |_| {
            gate.pass();
            Ok(())
        })
        .await
    });
    keeper.wait();
    (keeper, occupant)
}

/// Polls once, so that the write is in the queue, in this order.
macro_rules! enqueue {
    ($future:ident) => {
        let mut $future = pin!($future);
        assert!($future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    };
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_operation_does_not_touch_its_batch() {
    let scratch = Scratch::sqlite().await;
    let (keeper, occupant) = occupy(&scratch.db);
    let first = scratch.db.write(async |tx| add_account(tx, 1, 1).await);
    let refused = scratch.db.write(async |tx| {
        add_account(tx, 2, 1).await?;
        Err::<(), _>(TestError::Refused)
    });
    let panicking = scratch.db.write(async |tx| {
        add_account(tx, 3, 1).await?;
        assert_eq!(accounts(tx).await, [1, 3], "what it shares its commit with is there, what failed is not");
        panic!("on purpose");
        #[expect(unreachable_code, reason = "gives the operation its type")]
        Ok::<(), Error>(())
    });
    let clashing = scratch.db.write(async |tx| {
        add_account(tx, 4, 1).await?;
        add_account(tx, 1, 1).await
    });
    let last = scratch.db.write(async |tx| add_account(tx, 5, 1).await);
    enqueue!(first);
    enqueue!(refused);
    enqueue!(panicking);
    enqueue!(clashing);
    enqueue!(last);
    keeper.open();
    occupant.await.unwrap().unwrap();
    first.await.unwrap();
    assert!(matches!(refused.await, Err(TestError::Refused)));
    assert!(matches!(panicking.await, Err(Error::Panicked(_))));
    assert!(matches!(clashing.await, Err(Error::Constraint { .. })));
    last.await.unwrap();
    assert_eq!(scratch.accounts().await, [1, 5]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_left_the_queue_is_skipped() {
    let scratch = Scratch::sqlite().await;
    let (keeper, occupant) = occupy(&scratch.db);
    let ran = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&ran);
    {
        let left = scratch.db.write(async move |tx| {
            count.fetch_add(1, Ordering::SeqCst);
            add_account(tx, 1, 1).await
        });
        enqueue!(left);
    }
    let stayed = scratch.db.write(async |tx| add_account(tx, 2, 1).await);
    enqueue!(stayed);
    keeper.open();
    occupant.await.unwrap().unwrap();
    stayed.await.unwrap();
    assert_eq!(ran.load(Ordering::SeqCst), 0);
    assert_eq!(scratch.accounts().await, [2]);
}

/// On SQLite an operation that runs already is not stopped by its caller's leaving.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_leaves_a_running_operation_does_not_undo_it() {
    let scratch = Scratch::sqlite().await;
    let (gate, keeper) = gate();
    {
        let left = scratch.db.write(async move |tx| {
            gate.pass();
            add_account(tx, 1, 1).await
        });
        enqueue!(left);
        keeper.wait();
    }
    keeper.open();
    scratch.add_account(2, 1).await;
    assert_eq!(scratch.accounts().await, [1, 2]);
}

/// SQLite itself rolls back everything in grave cases (disk full, broken). A trigger can ask for the same:
/// the operation that met it fails, its mates run again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_survives_the_loss_of_its_transaction() {
    static TRIGGER: Stmt = Stmt::new(
        "CREATE TRIGGER grave BEFORE INSERT ON accounts WHEN NEW.id = 666
         BEGIN SELECT RAISE(ROLLBACK, 'grave'); END",
    );
    let scratch = Scratch::sqlite().await;
    scratch.db.write(async |tx| tx.exec(&TRIGGER, params![]).await).await.unwrap();
    let hooks = Arc::new(Mutex::new(Vec::new()));
    let adding = |id: i64| {
        let hooks = Arc::clone(&hooks);
        scratch.db.write(async move |tx| {
            let hooks = Arc::clone(&hooks);
            tx.on_commit(move || hooks.lock().unwrap().push(id));
            add_account(tx, id, 1).await
        })
    };
    let (keeper, occupant) = occupy(&scratch.db);
    let (before, grave, after) = (adding(1), adding(666), adding(2));
    enqueue!(before);
    enqueue!(grave);
    enqueue!(after);
    keeper.open();
    occupant.await.unwrap().unwrap();
    before.await.unwrap();
    assert!(grave.await.is_err());
    after.await.unwrap();
    assert_eq!(scratch.accounts().await, [1, 2]);
    assert_eq!(*hooks.lock().unwrap(), [1, 2]);

    let alone = scratch.db.write(async |tx| add_account(tx, 666, 1).await).await;
    assert!(alone.is_err());
    scratch.add_account(3, 1).await;
    assert_eq!(scratch.accounts().await, [1, 2, 3]);
}

/// A commit that fails answers everybody whose rows it carried, and nobody's hooks run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_commit_fails_the_whole_batch() {
    static DEFERRED: Stmt = Stmt::new(
        "CREATE TABLE orphans (id INTEGER PRIMARY KEY,
             account_id BIGINT REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED)",
    );
    static ORPHAN: Stmt = Stmt::new("INSERT INTO orphans (id, account_id) VALUES (1, 404)");
    let scratch = Scratch::sqlite().await;
    scratch.db.write(async |tx| tx.exec(&DEFERRED, params![]).await).await.unwrap();
    let (keeper, occupant) = occupy(&scratch.db);
    let mate = scratch.db.write(async |tx| {
        tx.on_commit(|| panic!("it is not committed"));
        add_account(tx, 1, 1).await
    });
    let culprit = scratch.db.write(async |tx| tx.exec(&ORPHAN, params![]).await);
    let refused = scratch.db.write(async |_| Err::<(), _>(TestError::Refused));
    enqueue!(mate);
    enqueue!(culprit);
    enqueue!(refused);
    keeper.open();
    // The occupant is in a batch of its own.
    occupant.await.unwrap().unwrap();
    assert!(matches!(mate.await, Err(Error::Engine { doing: "COMMIT", .. })));
    assert!(culprit.await.is_err());
    assert!(matches!(refused.await, Err(TestError::Refused)), "it keeps its own error");
    scratch.add_account(2, 1).await;
    assert_eq!(scratch.accounts().await, [2]);
}

async fn a_full_queue_is_busy(scratch: &Scratch) {
    let (keeper, occupant) = occupy(&scratch.db);
    let waiting = scratch.db.write(async |tx| add_account(tx, 1, 1).await);
    enqueue!(waiting);
    let turned_away = scratch.db.write(async |tx| add_account(tx, 2, 1).await).await;
    assert!(matches!(turned_away, Err(Error::Busy(_))), "{turned_away:?}");
    assert!(turned_away.unwrap_err().is_transient());
    keeper.open();
    occupant.await.unwrap().unwrap();
    waiting.await.unwrap();
    assert_eq!(scratch.accounts().await, [1]);
}

async fn a_reader_waits_for_its_turn_and_not_for_ever(scratch: &Scratch) {
    let held = scratch.db.read().await.unwrap();
    let refused = scratch.db.read().await.map(drop);
    assert!(matches!(refused, Err(Error::Busy(_))), "{refused:?}");
    let next = scratch.db.read();
    enqueue!(next);
    drop(held);
    assert!(next.await.is_ok());
    // Readers and writers do not wait for each other.
    let held = scratch.db.read().await.unwrap();
    scratch.add_account(1, 1).await;
    drop(held);
}

/// What waits when the database closes is still done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_finishes_the_queue() {
    let scratch = Scratch::sqlite().await;
    let (keeper, occupant) = occupy(&scratch.db);
    let waiting = scratch.db.write(async |tx| tx.exec(&ADD_ACCOUNT, params![1_i64, 1_i64]).await);
    enqueue!(waiting);
    let closing = scratch.db.clone().close();
    let mut closing = pin!(closing);
    assert!(matches!(closing.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending));
    keeper.open();
    closing.await;
    occupant.await.unwrap().unwrap();
    waiting.await.unwrap();
    let late = scratch.db.write(async |tx| add_account(tx, 2, 1).await).await;
    assert!(matches!(late, Err(Error::Closed)), "{late:?}");
    let log = scratch.folder.as_ref().unwrap().path().join("db/test.db-wal");
    assert!(std::fs::metadata(log).map_or(0, |log| log.len()) == 0, "the log is emptied into the file");
    let again = Db::open(&scratch.config).await.unwrap();
    assert_eq!(accounts(&mut again.read().await.unwrap()).await, [1]);
}

crate::on_both_engines!(
    with |config| {
        config.queue = 1;
        config.writers = 1;
        config.readers = 1;
        config.wait = std::time::Duration::from_millis(100);
    };
    a_full_queue_is_busy,
    a_reader_waits_for_its_turn_and_not_for_ever,
);
