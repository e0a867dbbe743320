//! Many rows at once.

use souk_db::{Error, Insert, Kind, Stmt, Value, params};

use crate::{
    on_both_engines,
    scratch::{ADD_TO_BALANCE, Scratch, add_account},
};

on_both_engines!(
    rows_are_inserted_in_bulk,
    rows_that_exist_are_skipped_if_the_clause_says_so,
    inserts_stay_in_their_order,
    an_insert_that_fails_undoes_the_transaction,
    a_failure_is_told_of_its_own_table,
    a_row_of_the_wrong_shape_is_refused,
    a_statement_runs_once_per_set,
);

static NOTES: Insert = Insert::new(
    "notes",
    &[("id", Kind::Int), ("author_id", Kind::Int), ("title", Kind::Text), ("body", Kind::Blob)],
);
static NEW_ACCOUNTS: Insert = Insert::new("accounts", &[("id", Kind::Int), ("balance", Kind::Int)])
    .on_conflict("ON CONFLICT (id) DO NOTHING");
static NOTES_COUNT: Stmt = Stmt::new("SELECT COUNT(*), COUNT(title), COUNT(body) FROM notes");
static BODY: Stmt = Stmt::new("SELECT title, body FROM notes WHERE id = $1");

async fn rows_are_inserted_in_bulk(scratch: &Scratch) {
    let empty: [[Value<'_>; 4]; 0] = [];
    scratch.db.write(async move |tx| tx.insert_many(&NOTES, &empty).await).await.unwrap();
    scratch
        .db
        .write(async |tx| {
            let titles: Vec<String> = (0..1_000).map(|id| format!("{{\"{id}\", NULL}}")).collect();
            let rows: Vec<Vec<Value<'_>>> = (0..)
                .zip(&titles)
                .map(|(id, title)| {
                    let title = if id % 3 == 0 { Value::Null } else { Value::Text(title) };
                    vec![Value::Int(id), Value::Null, title, Value::Blob(&[0, 1, 254])]
                })
                .collect();
            tx.insert_many(&NOTES, &rows).await
        })
        .await
        .unwrap();
    let mut conn = scratch.db.read().await.unwrap();
    assert_eq!(conn.one::<(i64, i64, i64)>(&NOTES_COUNT, params![]).await.unwrap(), (1_000, 666, 1_000));
    let (title, body): (String, [u8; 3]) = conn.one(&BODY, params![7_i64]).await.unwrap();
    assert_eq!((title.as_str(), body), ("{\"7\", NULL}", [0, 1, 254]));
    assert!(scratch.db.check_statements(&[NOTES.stmt(), NEW_ACCOUNTS.stmt()]).await.is_empty());
}

async fn rows_that_exist_are_skipped_if_the_clause_says_so(scratch: &Scratch) {
    scratch.add_account(2, 20).await;
    scratch
        .db
        .write(async |tx| {
            let rows = [[1_i64, 10], [2, 99], [3, 30]].map(|row| row.map(Value::Int));
            tx.insert_many(&NEW_ACCOUNTS, &rows).await
        })
        .await
        .unwrap();
    assert_eq!(scratch.accounts().await, [1, 2, 3]);
    assert_eq!(scratch.balance(2).await, 20);
}

/// More than may be on their way to a server at once, each of which needs the one before.
async fn inserts_stay_in_their_order(scratch: &Scratch) {
    scratch
        .db
        .write(async |tx| {
            for id in 0..100_i64 {
                tx.insert_many(&NEW_ACCOUNTS, &[params![id, 0_i64]]).await?;
                tx.insert_many(&NOTES, &[params![id, id, Value::Null, Value::Null]]).await?;
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    let mut conn = scratch.db.read().await.unwrap();
    assert_eq!(conn.one::<(i64, i64, i64)>(&NOTES_COUNT, params![]).await.unwrap(), (100, 0, 0));
}

/// Whether it is the last thing that a transaction does or not.
async fn an_insert_that_fails_undoes_the_transaction(scratch: &Scratch) {
    let nobody = [Value::Int(1), Value::Int(404), Value::Null, Value::Null];
    let last = scratch
        .db
        .write(async move |tx| {
            add_account(tx, 1, 1).await?;
            tx.insert_many(&NOTES, &[nobody]).await
        })
        .await;
    assert!(last.unwrap_err().is_constraint(souk_db::ConstraintKind::ForeignKey));
    let hidden = scratch
        .db
        .write(async move |tx| {
            add_account(tx, 2, 2).await?;
            let inserted = tx.insert_many(&NOTES, &[nobody]).await;
            let added = add_account(tx, 3, 3).await;
            assert!(inserted.is_err() || added.is_err());
            Ok::<_, Error>(())
        })
        .await;
    assert!(hidden.is_err(), "an operation can't hide that its transaction has failed");
    assert!(scratch.accounts().await.is_empty());
    scratch.add_account(4, 4).await;
    assert_eq!(scratch.accounts().await, [4]);
}

/// Although tables may share a statement.
async fn a_failure_is_told_of_its_own_table(scratch: &Scratch) {
    let nobody = [Value::Int(1), Value::Int(404), Value::Null, Value::Null];
    let alone = scratch.db.write(async move |tx| tx.insert_many(&NOTES, &[nobody]).await).await;
    let behind = scratch.db.write(async move |tx| {
        tx.insert_many(&NEW_ACCOUNTS, &[params![1_i64, 0_i64]]).await?;
        tx.insert_many(&NOTES, &[nobody]).await
    });
    let (Err(Error::Constraint { at: alone, .. }), Err(Error::Constraint { at: behind, .. })) =
        (alone, behind.await)
    else {
        panic!("a note of nobody was inserted");
    };
    assert_eq!(alone, behind);
    assert!(scratch.accounts().await.is_empty());
}

async fn a_row_of_the_wrong_shape_is_refused(scratch: &Scratch) {
    let kind = scratch
        .db
        .write(async |tx| {
            add_account(tx, 1, 1).await?;
            let rows = [[Value::Int(5), Value::Int(1)], [Value::Int(6), Value::Text("1")]];
            tx.insert_many(&NEW_ACCOUNTS, &rows).await
        })
        .await;
    assert!(matches!(kind, Err(Error::Parameter { parameter: 2, given: Kind::Text, .. })), "{kind:?}");
    let short = scratch.db.write(async |tx| tx.insert_many(&NEW_ACCOUNTS, &[[Value::Int(5)]]).await).await;
    assert!(matches!(short, Err(Error::ParameterCount { expected: 2, given: 1, .. })), "{short:?}");
    assert!(scratch.accounts().await.is_empty());
}

async fn a_statement_runs_once_per_set(scratch: &Scratch) {
    scratch.add_account(1, 10).await;
    scratch.add_account(2, 20).await;
    let changed = scratch
        .db
        .write(async |tx| {
            let none: [[Value<'_>; 2]; 0] = [];
            assert!(tx.exec_each(&ADD_TO_BALANCE, &none).await?.is_empty());
            let sets = [[1, 1], [9, 1], [2, 1], [1, 1]].map(|set| set.map(Value::Int));
            tx.exec_each(&ADD_TO_BALANCE, &sets).await
        })
        .await
        .unwrap();
    assert_eq!(changed, [1, 0, 1, 1]);
    assert_eq!((scratch.balance(1).await, scratch.balance(2).await), (12, 21));

    let failed = scratch
        .db
        .write(async |tx| {
            let sets = [[1, 1], [2, -100], [1, 1]].map(|set| set.map(Value::Int));
            tx.exec_each(&ADD_TO_BALANCE, &sets).await
        })
        .await;
    assert!(failed.unwrap_err().is_constraint(souk_db::ConstraintKind::Check));
    assert_eq!((scratch.balance(1).await, scratch.balance(2).await), (12, 21));
}
