//! Parameters in, rows out.

use souk_db::{Error, Kind, Stmt, from_row, params};

use crate::{
    on_both_engines,
    scratch::{ALL_ACCOUNTS, BALANCE, Scratch, add_account},
};

on_both_engines!(
    every_kind_comes_back_as_it_was_written,
    placeholders_mean_their_number,
    a_null_parameter_takes_the_statements_type,
    wrong_parameters_are_refused_by_name,
    one_row_means_one,
    columns_are_read_strictly,
    returning_rows_are_read_and_counted,
    plain_reads_cannot_write,
    a_snapshot_stands_still,
    statements_are_checked_without_running,
);

#[derive(Debug, PartialEq)]
struct Note {
    id: i64,
    author: Option<u32>,
    title: Option<String>,
    body: Option<Vec<u8>>,
}
from_row!(Note { id, author, title, body });

static ADD_NOTE: Stmt = Stmt::new("INSERT INTO notes (id, author_id, title, body) VALUES ($1, $2, $3, $4)");
static NOTE: Stmt = Stmt::new("SELECT id, author_id, title, body FROM notes WHERE id = $1");

async fn every_kind_comes_back_as_it_was_written(scratch: &Scratch) {
    scratch.add_account(7, 1).await;
    for (id, author, title, body) in [
        (i64::MAX, Some(7), Some("'Grüße' $1 ?1 \"\n😀"), Some(vec![0, 255, 39])),
        (i64::MIN, None, Some(""), Some(vec![])),
        (0, None, None, None),
    ] {
        let note = Note { id, author, title: title.map(str::to_owned), body };
        let read: Note = scratch
            .db
            .write(async move |tx| {
                let Note { id, author, title, body } = &note;
                tx.exec_n(1, &ADD_NOTE, params![id, author, title, body]).await?;
                let inside: Note = tx.one(&NOTE, params![id]).await?;
                assert_eq!(inside, note);
                Ok::<_, Error>(inside)
            })
            .await
            .unwrap();
        let outside: Note = scratch.db.read().await.unwrap().one(&NOTE, params![id]).await.unwrap();
        assert_eq!(outside, read);
    }
}

async fn placeholders_mean_their_number(scratch: &Scratch) {
    static SWAPPED: Stmt = Stmt::new("SELECT CAST($2 AS TEXT), '$1', CAST($1 AS TEXT), CAST($2 AS TEXT)");
    let row: (String, String, String, String) =
        scratch.db.read().await.unwrap().one(&SWAPPED, params!["one", "two"]).await.unwrap();
    assert_eq!(row, ("two".into(), "$1".into(), "one".into(), "two".into()));
}

async fn a_null_parameter_takes_the_statements_type(scratch: &Scratch) {
    static FILTERED: Stmt = Stmt::new(
        "SELECT id FROM accounts
         WHERE (CAST($1 AS BIGINT) IS NULL OR balance = $1) AND (CAST($2 AS TEXT) IS NULL OR $2 <> 'none')
         ORDER BY id LIMIT $3",
    );
    scratch.add_account(1, 10).await;
    scratch.add_account(2, 20).await;
    let mut conn = scratch.db.read().await.unwrap();
    let all: Vec<(i64,)> = conn.all(&FILTERED, params![None::<i64>, None::<&str>, 10_i64]).await.unwrap();
    assert_eq!(all, [(1,), (2,)]);
    let some: Vec<(i64,)> = conn.all(&FILTERED, params![Some(20_i64), Some("x"), 10_i64]).await.unwrap();
    assert_eq!(some, [(2,)]);
}

async fn wrong_parameters_are_refused_by_name(scratch: &Scratch) {
    static BY_TITLE: Stmt = Stmt::new("SELECT id FROM notes WHERE title = $1");
    let mut conn = scratch.db.read().await.unwrap();
    let many = conn.opt::<(i64,)>(&BALANCE, params![1_i64, 2_i64]).await;
    assert!(matches!(many, Err(Error::ParameterCount { expected: 1, given: 2, .. })), "{many:?}");
    let none = conn.all::<(i64,)>(&BALANCE, params![]).await;
    assert!(matches!(none, Err(Error::ParameterCount { expected: 1, given: 0, .. })), "{none:?}");
    let nul = conn.opt::<(i64,)>(&BY_TITLE, params!["a\0b"]).await;
    assert!(matches!(nul, Err(Error::NulInText { parameter: 1, .. })), "{nul:?}");
    assert!(nul.unwrap_err().to_string().contains("rows.rs"), "the statement's place is named");

    // SQLite has no types to compare with: it finds nothing, and the check on PostgreSQL finds the bug.
    let wrong = conn.opt::<(i64,)>(&BALANCE, params!["one"]).await;
    match scratch.engine() {
        souk_db::Engine::Sqlite => assert!(matches!(wrong, Ok(None)), "{wrong:?}"),
        souk_db::Engine::Postgres => assert!(
            matches!(&wrong, Err(Error::Parameter { parameter: 1, given: Kind::Text, expected, .. }) if expected == "int8"),
            "{wrong:?}"
        ),
    }
}

async fn one_row_means_one(scratch: &Scratch) {
    scratch.add_account(1, 10).await;
    let mut conn = scratch.db.read().await.unwrap();
    assert_eq!(conn.opt::<(i64,)>(&BALANCE, params![1_i64]).await.unwrap(), Some((10,)));
    assert_eq!(conn.opt::<(i64,)>(&BALANCE, params![2_i64]).await.unwrap(), None);
    let none = conn.one::<(i64,)>(&BALANCE, params![2_i64]).await;
    assert!(matches!(none, Err(Error::NoRow { .. })), "{none:?}");
    scratch.add_account(2, 10).await;
    let many = conn.opt::<(i64,)>(&ALL_ACCOUNTS, params![]).await;
    assert!(matches!(many, Err(Error::ManyRows { .. })), "{many:?}");
}

async fn columns_are_read_strictly(scratch: &Scratch) {
    static PAIR: Stmt = Stmt::new("SELECT id, balance FROM accounts");
    static MISSING: Stmt = Stmt::new("SELECT author_id FROM notes");
    static SUM: Stmt = Stmt::new("SELECT CAST(SUM(balance) AS BIGINT) FROM accounts");
    scratch.add_account(1, 5_000_000_000).await;
    scratch
        .db
        .write(async |tx| {
            tx.exec(&ADD_NOTE, params![1_i64, None::<i64>, None::<&str>, None::<Vec<u8>>]).await
        })
        .await
        .unwrap();
    let mut conn = scratch.db.read().await.unwrap();
    let narrow = conn.all::<(i64, i32)>(&PAIR, params![]).await;
    assert!(matches!(narrow, Err(Error::Column { column: 2, .. })), "{narrow:?}");
    let text = conn.all::<(String, i64)>(&PAIR, params![]).await;
    assert!(matches!(text, Err(Error::Column { column: 1, .. })), "{text:?}");
    let few = conn.all::<(i64,)>(&PAIR, params![]).await;
    assert!(matches!(few, Err(Error::Columns { read: 1, found: 2, .. })), "{few:?}");
    let much = conn.all::<(i64, i64, i64)>(&PAIR, params![]).await;
    assert!(matches!(much, Err(Error::Column { column: 3, .. })), "{much:?}");
    let null = conn.one::<(i64,)>(&MISSING, params![]).await;
    assert!(matches!(null, Err(Error::Column { column: 1, .. })), "{null:?}");
    assert_eq!(conn.one::<(i64,)>(&SUM, params![]).await.unwrap(), (5_000_000_000,));
}

async fn returning_rows_are_read_and_counted(scratch: &Scratch) {
    static UPSERT: Stmt = Stmt::new(
        "INSERT INTO accounts (id, balance) VALUES ($1, $2)
         ON CONFLICT (id) DO UPDATE SET balance = accounts.balance + excluded.balance RETURNING balance",
    );
    let balances = scratch
        .db
        .write(async |tx| {
            let first: (i64,) = tx.one(&UPSERT, params![1_i64, 10_i64]).await?;
            let second: (i64,) = tx.one(&UPSERT, params![1_i64, 5_i64]).await?;
            let changed = tx.exec(&UPSERT, params![1_i64, 1_i64]).await?;
            Ok::<_, Error>((first.0, second.0, changed))
        })
        .await
        .unwrap();
    assert_eq!(balances, (10, 15, 1));
    assert_eq!(scratch.balance(1).await, 16);
}

async fn plain_reads_cannot_write(scratch: &Scratch) {
    static SNEAKY: Stmt = Stmt::new("INSERT INTO accounts (id, balance) VALUES ($1, $2) RETURNING id");
    let plain = scratch.db.read().await.unwrap().opt::<(i64,)>(&SNEAKY, params![1_i64, 1_i64]).await;
    assert!(plain.is_err(), "{plain:?}");
    let mut snapshot = scratch.db.read_snapshot().await.unwrap();
    assert!(snapshot.opt::<(i64,)>(&SNEAKY, params![1_i64, 1_i64]).await.is_err());
    let after = snapshot.opt::<(i64,)>(&BALANCE, params![1_i64]).await;
    assert!(matches!(after, Err(Error::Aborted)), "{after:?}");
    drop(snapshot);
    assert!(scratch.accounts().await.is_empty());
}

async fn a_snapshot_stands_still(scratch: &Scratch) {
    scratch.add_account(1, 1).await;
    let mut snapshot = scratch.db.read_snapshot().await.unwrap();
    assert_eq!(crate::scratch::accounts(&mut snapshot).await, [1]);
    scratch.add_account(2, 1).await;
    assert_eq!(crate::scratch::accounts(&mut snapshot).await, [1]);
    assert_eq!(scratch.accounts().await, [1, 2]);
    drop(snapshot);
    // The connection that comes back from it is an ordinary one again.
    for id in 3..20 {
        scratch.db.write(async move |tx| add_account(tx, id, 1).await).await.unwrap();
        assert!(scratch.accounts().await.contains(&id));
    }
}

async fn statements_are_checked_without_running(scratch: &Scratch) {
    static UNKNOWN: Stmt = Stmt::new("SELECT id FROM nowhere");
    static INSERT: Stmt = Stmt::new("INSERT INTO accounts (id, balance) VALUES ($1, $2)");
    static NUMERIC: Stmt = Stmt::new("SELECT SUM(balance) FROM accounts");
    let failures = scratch.db.check_statements(&[&BALANCE, &UNKNOWN, &INSERT, &NUMERIC]).await;
    let failed: Vec<&str> = failures.iter().map(|(stmt, _)| stmt.text()).collect();
    match scratch.engine() {
        souk_db::Engine::Sqlite => assert_eq!(failed, [UNKNOWN.text()]),
        souk_db::Engine::Postgres => assert_eq!(failed, [UNKNOWN.text(), NUMERIC.text()]),
    }
    assert!(scratch.accounts().await.is_empty());
}
