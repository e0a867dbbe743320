//! `souk doctor`: its exit codes and its two forms. What it finds is tested with the domain.

use db::{Config, Db, Stmt, params};

use crate::souk::Place;

static BREAK: Stmt =
    Stmt::new("INSERT INTO ledger_transactions (id, kind, reference, at) VALUES (1, 'capture', 'x', 0)");
static BREAK_ENTRY: Stmt = Stmt::new(
    "INSERT INTO ledger_entries (id, transaction_id, account, amount, kind, at)
     VALUES (2, 1, 'platform:commission', 5, 'capture', 0)",
);

async fn break_the_book(place: &Place) {
    let db = Db::open(&Config::new(format!("sqlite://{}", place.database().display()))).await.unwrap();
    db.write(async move |tx| {
        tx.exec(&BREAK, params![]).await?;
        tx.exec(&BREAK_ENTRY, params![]).await.map(drop)
    })
    .await
    .unwrap();
    db.close().await;
}

#[tokio::test]
async fn it_finds_damage_beside_the_running_server() {
    let place = Place::new();
    let server = place.serve(&[]);
    let healthy: serde_json::Value =
        serde_json::from_str(&place.run(&["doctor", "--json"]).expect_success()).unwrap();
    assert_eq!(healthy["ok"], true);
    assert!(healthy["checks"].as_array().unwrap().iter().all(|check| check["ok"] == true));

    break_the_book(&place).await;
    let found = place.run(&["doctor", "--json"]);
    assert_eq!(found.code, Some(1), "{found:?}");
    let found: serde_json::Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(found["ok"], false);
    let broken: Vec<_> =
        found["checks"].as_array().unwrap().iter().filter(|check| check["ok"] == false).collect();
    assert_eq!(broken.len(), 1);
    assert_eq!(broken[0]["name"], "ledger_transaction_sums_to_zero");
    assert_eq!(broken[0]["violations"][0], "the ledger's transaction evt_0000000000001 sums to 5");

    let text = place.run(&["doctor"]);
    assert_eq!(text.code, Some(1), "{text:?}");
    assert!(text.stdout.contains("FAIL ledger_transaction_sums_to_zero"), "{text:?}");
    server.stop();
}

#[test]
fn without_a_database_it_does_not_run() {
    let place = Place::new();
    let line = place.run(&["doctor"]).expect_failure(2);
    assert!(line.contains("souk.db"), "{line}");
    assert!(!place.database().exists(), "and makes none");
    let line = place.run(&["doctor", "--currency", "dollars"]).expect_failure(2);
    assert!(line.contains("--currency"), "{line}");
}
