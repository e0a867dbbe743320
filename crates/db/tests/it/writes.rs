//! What an operation may do, and what becomes of it when it does not end well.

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use souk_db::{ConstraintKind, Db, Error, Stmt, Tx, params};

use crate::{
    on_both_engines,
    scratch::{ADD_ACCOUNT, ADD_TO_BALANCE, Scratch, TAKE, TestError, accounts, add_account},
};

on_both_engines!(
    a_write_is_seen_after_its_answer,
    an_error_undoes_the_operation,
    a_panic_undoes_the_operation,
    a_foreign_await_is_refused,
    the_database_inside_of_an_operation_is_refused,
    a_swallowed_error_still_aborts,
    constraints_are_told_apart,
    a_missed_guard_leaves_the_transaction_usable,
    work_after_the_commit_runs_in_order_and_only_then,
    a_failed_commit_is_answered,
    concurrent_operations_keep_the_sums_right,
    operations_can_be_spawned_from_anywhere,
    a_closed_database_says_so,
);

async fn a_write_is_seen_after_its_answer(scratch: &Scratch) {
    let seen_inside = scratch
        .db
        .write(async |tx| {
            add_account(tx, 1, 10).await?;
            Ok::<_, Error>(accounts(tx).await)
        })
        .await
        .unwrap();
    assert_eq!(seen_inside, [1]);
    assert_eq!(scratch.accounts().await, [1]);
    // Nothing to begin, nothing to commit.
    assert_eq!(scratch.db.write(async |_| Ok::<_, Error>(7)).await.unwrap(), 7);
}

async fn an_error_undoes_the_operation(scratch: &Scratch) {
    let refused = scratch
        .db
        .write(async |tx| {
            add_account(tx, 1, 10).await?;
            Err::<(), _>(TestError::Refused)
        })
        .await;
    assert!(matches!(refused, Err(TestError::Refused)));
    assert_usable(scratch, &[]).await;
}

async fn a_panic_undoes_the_operation(scratch: &Scratch) {
    let panicked = scratch
        .db
        .write(async |tx| {
            add_account(tx, 1, 10).await?;
            let changed = tx.exec(&ADD_TO_BALANCE, params![1_i64, 1_i64]).await?;
            assert!(changed != 1, "on purpose");
            Ok::<_, Error>(())
        })
        .await;
    assert!(matches!(panicked, Err(Error::Panicked(text)) if text == "on purpose"));
    assert_usable(scratch, &[]).await;
}

async fn a_foreign_await_is_refused(scratch: &Scratch) {
    let slept = scratch
        .db
        .write(async |tx| {
            add_account(tx, 1, 10).await?;
            tokio::time::sleep(Duration::from_millis(1)).await;
            Ok::<_, Error>(())
        })
        .await;
    assert!(matches!(slept, Err(Error::Awaited)), "{slept:?}");
    let hung = scratch.db.write(async |_| pending::<Result<(), Error>>().await).await;
    assert!(matches!(hung, Err(Error::Awaited)), "{hung:?}");
    assert_usable(scratch, &[]).await;
}

async fn the_database_inside_of_an_operation_is_refused(scratch: &Scratch) {
    let (outer, inner) = (scratch.db.clone(), scratch.db.clone());
    let written = outer
        .write(async move |tx| {
            add_account(tx, 1, 10).await?;
            inner.write(async |tx| add_account(tx, 2, 10).await).await
        })
        .await;
    assert!(matches!(written, Err(Error::Nested)), "{written:?}");

    let inner = scratch.db.clone();
    let read = scratch
        .db
        .write(async move |tx| {
            add_account(tx, 1, 10).await?;
            inner.read().await.map(drop)?;
            Ok::<_, Error>(())
        })
        .await;
    assert!(matches!(read, Err(Error::Nested)), "{read:?}");

    let inner = scratch.db.clone();
    let snapshot = scratch.db.write(async move |_| inner.read_snapshot().await.map(drop)).await;
    assert!(matches!(snapshot, Err(Error::Nested)), "{snapshot:?}");
    assert_usable(scratch, &[]).await;
}

async fn a_swallowed_error_still_aborts(scratch: &Scratch) {
    scratch.add_account(1, 10).await;
    let carried_on = scratch
        .db
        .write(async |tx| {
            add_account(tx, 2, 10).await?;
            let twice = add_account(tx, 1, 10).await;
            assert!(twice.unwrap_err().is_constraint(ConstraintKind::Unique));
            let after = add_account(tx, 3, 10).await;
            assert!(matches!(after, Err(Error::Aborted)));
            Ok::<_, Error>(())
        })
        .await;
    assert!(matches!(carried_on, Err(Error::Aborted)), "{carried_on:?}");
    assert_usable(scratch, &[1]).await;
}

async fn constraints_are_told_apart(scratch: &Scratch) {
    static ADD_NOTE: Stmt = Stmt::new("INSERT INTO notes (id, author_id, title) VALUES ($1, $2, $3)");

    async fn kind_of(db: &Db, stmt: &'static Stmt, values: [Option<i64>; 3]) -> ConstraintKind {
        let failed = db
            .write(async move |tx| {
                tx.exec(&ADD_NOTE, params![9_i64, None::<i64>, "taken"]).await?;
                let [first, second, third] = values;
                if stmt.text().contains("$3") {
                    tx.exec(stmt, params![first, second, third.map(|_| "taken")]).await
                } else {
                    tx.exec(stmt, params![first, second]).await
                }
            })
            .await;
        match failed {
            Err(Error::Constraint { kind, name, .. }) => {
                assert!(!name.is_empty() || kind == ConstraintKind::ForeignKey);
                kind
            }
            other => panic!("{other:?}"),
        }
    }

    let db = &scratch.db;
    assert_eq!(kind_of(db, &ADD_NOTE, [Some(1), None, Some(0)]).await, ConstraintKind::Unique);
    assert_eq!(kind_of(db, &ADD_NOTE, [Some(9), None, None]).await, ConstraintKind::Unique);
    assert_eq!(kind_of(db, &ADD_NOTE, [Some(1), Some(404), None]).await, ConstraintKind::ForeignKey);
    assert_eq!(kind_of(db, &ADD_ACCOUNT, [Some(1), Some(-1), None]).await, ConstraintKind::Check);
    assert_eq!(kind_of(db, &ADD_ACCOUNT, [Some(1), None, None]).await, ConstraintKind::NotNull);
}

async fn a_missed_guard_leaves_the_transaction_usable(scratch: &Scratch) {
    scratch.add_account(1, 10).await;
    let fallen_back = scratch
        .db
        .write(async |tx| {
            let missed = tx.exec_n(1, &TAKE, params![1_i64, 11_i64]).await;
            assert!(matches!(missed, Err(Error::Guard { wanted: 1, changed: 0, .. })));
            tx.exec_n(1, &TAKE, params![1_i64, 10_i64]).await
        })
        .await;
    assert!(fallen_back.is_ok(), "{fallen_back:?}");
    assert_eq!(scratch.balance(1).await, 0);
}

async fn work_after_the_commit_runs_in_order_and_only_then(scratch: &Scratch) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let note = |text: &'static str| {
        let log = Arc::clone(&log);
        move || log.lock().unwrap().push(text)
    };
    let (first, second, never) = (note("first"), note("second"), note("never"));
    scratch
        .db
        .write(async move |tx| {
            tx.on_commit(first.clone());
            add_account(tx, 1, 10).await?;
            tx.on_commit(|| panic!("work after a commit, on purpose"));
            tx.on_commit(second.clone());
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    assert_eq!(*log.lock().unwrap(), ["first", "second"], "before the answer");

    let undone = scratch
        .db
        .write(async move |tx| {
            tx.on_commit(never.clone());
            Err::<(), _>(TestError::Refused)
        })
        .await;
    assert!(undone.is_err());
    assert_usable(scratch, &[1]).await;
    assert_eq!(*log.lock().unwrap(), ["first", "second"]);
}

/// A deferred foreign key is checked by the commit itself.
async fn a_failed_commit_is_answered(scratch: &Scratch) {
    static ADD_ORPHAN: Stmt = Stmt::new("INSERT INTO orphans (id, account_id) VALUES ($1, $2)");
    let deferred = souk_db::Migration::new(
        2,
        "a constraint that only the commit checks",
        "CREATE TABLE orphans (
             id {ID},
             account_id BIGINT REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED
         )",
    );
    scratch.db.migrate(&[crate::scratch::SCHEMA, deferred]).await.unwrap();
    let ran = Arc::new(AtomicUsize::new(0));
    let hook = Arc::clone(&ran);
    let failed = scratch
        .db
        .write(async move |tx| {
            let hook = Arc::clone(&hook);
            tx.on_commit(move || assert_eq!(hook.fetch_add(1, Ordering::SeqCst), 0));
            add_account(tx, 1, 10).await?;
            tx.exec_n(1, &ADD_ORPHAN, params![1_i64, 404_i64]).await
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(ran.load(Ordering::SeqCst), 0);
    assert_usable(scratch, &[]).await;
}

async fn concurrent_operations_keep_the_sums_right(scratch: &Scratch) {
    scratch.add_account(1, 1_000_000).await;
    scratch.add_account(2, 0).await;
    let transfers = (0..64).map(|number: i64| {
        let db = scratch.db.clone();
        tokio::spawn(async move {
            db.write(async move |tx| {
                tx.exec_n(1, &TAKE, params![1_i64, number]).await?;
                if number % 5 == 0 {
                    return Err(TestError::Refused);
                }
                assert!(number % 7 != 0, "on purpose");
                Ok(tx.exec_n(1, &ADD_TO_BALANCE, params![2_i64, number]).await?)
            })
            .await
        })
    });
    let mut moved = 0;
    for (number, transfer) in (0..).zip(transfers.collect::<Vec<_>>()) {
        let done = transfer.await.unwrap();
        match number {
            _ if number % 5 == 0 => assert!(matches!(done, Err(TestError::Refused)), "{done:?}"),
            _ if number % 7 == 0 => {
                assert!(matches!(done, Err(TestError::Db(Error::Panicked(_)))), "{done:?}");
            }
            _ => {
                done.unwrap();
                moved += number;
            }
        }
    }
    assert_eq!(scratch.balance(2).await, moved);
    assert_eq!(scratch.balance(1).await, 1_000_000 - moved);
}

/// The futures are `Send` without anybody saying so: in a generic function, in a trait that asks for it.
async fn operations_can_be_spawned_from_anywhere(scratch: &Scratch) {
    trait Handler {
        fn handle(self, db: Db) -> impl Future<Output = Result<usize, Error>> + Send;
    }
    struct AddAll(Vec<i64>);
    impl Handler for AddAll {
        async fn handle(self, db: Db) -> Result<usize, Error> {
            let ids = Arc::new(self.0);
            db.write(async move |tx| add_all(tx, &ids).await).await
        }
    }
    async fn add_all(tx: &mut Tx, ids: &[i64]) -> Result<usize, Error> {
        for id in ids {
            add_account(tx, *id, 0).await?;
        }
        Ok(accounts(tx).await.len())
    }
    let added = tokio::spawn(AddAll(vec![3, 1, 2]).handle(scratch.db.clone())).await.unwrap().unwrap();
    assert_eq!(added, 3);
}

async fn a_closed_database_says_so(scratch: &Scratch) {
    let other = scratch.db.clone();
    other.write(async |tx| add_account(tx, 1, 1).await).await.unwrap();
    scratch.db.clone().close().await;
    let write = other.write(async |tx| add_account(tx, 2, 1).await).await;
    assert!(matches!(write, Err(Error::Closed)), "{write:?}");
    assert!(matches!(other.read().await, Err(Error::Closed)));
    assert!(Error::Closed.is_transient());
}

/// The given accounts are all there is, and the next operation works.
async fn assert_usable(scratch: &Scratch, expected: &[i64]) {
    assert_eq!(scratch.accounts().await, expected);
    scratch.add_account(99, 1).await;
    assert!(scratch.accounts().await.contains(&99));
}
