//! A worker that dies in the middle.

use db::{Stmt, params};
use testing::{TestApp, json};

use super::{SHOPIFY, lines, products, show, upload};

/// Puts an import back to where it was after three products: what a crash leaves behind.
static BACK: Stmt = Stmt::new(
    "UPDATE imports SET status = 'running', rows_done = 3, next_place = 3, finished_at = NULL
     WHERE id = $1",
);

/// The file, which went when the import was over.
static KEEP: Stmt = Stmt::new("INSERT INTO import_parts (import_id, place, bytes) VALUES ($1, 0, $2)");

/// Products that are noted as done are not touched again, the others are found and finished.
#[tokio::test]
async fn what_was_done_is_not_done_again() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let rows = lines(6, |n| format!("cup-{n},Cup {n},,,,,TRUE,Title,Default Title,S-{n},,5,10,\n"));
    let file = format!("{SHOPIFY}{rows}");
    let begun = upload(&seller, file.as_bytes()).await;
    app.run_jobs().await;
    let first = products(&seller).await;

    // Buyers have taken some since; only three of the products were noted before the crash.
    for product in first.values() {
        let path =
            format!("/v1/variants/{}/stock-adjustments", product["variants"][0]["id"].as_str().unwrap());
        seller.post(&path, json!({"delta": -2, "reason": "sold"})).await.expect(201);
    }
    let id: types::ImportId = begun["id"].as_str().unwrap().parse().unwrap();
    let content = file.into_bytes();
    let crash = async move |tx: &mut db::Tx| {
        tx.exec_n(1, &BACK, params![id]).await?;
        tx.exec_n(1, &KEEP, params![id, content]).await
    };
    app.market.db.write(crash).await.unwrap();
    let running = show(&seller, &begun).await;
    assert_eq!((&running["status"], &running["rows_done"]), (&json!("running"), &json!(3)));

    marketplace::imports::run(&app.market, id).await.unwrap();
    let done = show(&seller, &begun).await;
    assert_eq!(
        (&done["status"], &done["rows_done"], &done["errors"]),
        (&json!("completed"), &json!(6), &json!([]))
    );
    let second = products(&seller).await;
    assert_eq!(second.len(), 6);
    let stock = |title: &str| second[title]["variants"][0]["stock"].as_i64().unwrap();
    assert_eq!([stock("Cup 0"), stock("Cup 2"), stock("Cup 3"), stock("Cup 5")], [3, 3, 5, 5]);

    marketplace::imports::run(&app.market, id).await.unwrap();
    assert_eq!(products(&seller).await, second, "an import that is over stays as it is");
    app.stop().await;
}

/// The lease is lost while the worker lives: two read the same file at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_on_one_import() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let rows = lines(60, |n| format!("cup-{n},Cup {n},,,,,TRUE,Title,Default Title,S-{n},,5,10,\n"));
    let begun = upload(&seller, format!("{SHOPIFY}{rows}").as_bytes()).await;
    let id: types::ImportId = begun["id"].as_str().unwrap().parse().unwrap();
    let (first, second) =
        tokio::join!(marketplace::imports::run(&app.market, id), marketplace::imports::run(&app.market, id));
    first.unwrap();
    second.unwrap();
    let done = show(&seller, &begun).await;
    assert_eq!(
        (&done["status"], &done["products_created"], &done["errors"]),
        (&json!("completed"), &json!(60), &json!([]))
    );
    assert_eq!(products(&seller).await.len(), 60);
    app.stop().await;
}
