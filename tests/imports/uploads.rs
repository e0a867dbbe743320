//! Files on their way in: kept in parts, and gone when nobody needs them.

use db::{Stmt, params};
use marketplace::imports::Incoming;
use testing::{TestApp, json};

use super::{SHOPIFY, lines, products, show, upload};

static PARTS: Stmt = Stmt::new("SELECT COUNT(*) FROM import_parts");

/// How many parts of files are kept.
async fn parts(app: &TestApp) -> i64 {
    let mut conn = app.market.db.read().await.unwrap();
    let (count,): (i64,) = conn.one(&PARTS, params![]).await.unwrap();
    count
}

/// Rows on the borders of parts come out as they went in, also those that are read far from each other.
#[tokio::test]
async fn a_file_of_many_parts() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let text = "é \"\"quoted\"\", and\nmore. ".repeat(150);
    let mut rows = lines(200, |n| format!("cup-{n},Cup {n},\"{text}{n}\",,,,TRUE,Size,S,S-{n},,5,10,\n"));
    rows.push_str(&lines(200, |n| format!("cup-{n},,,,,,,,L,L-{n},,7,12,\n")));
    let begun = upload(&seller, format!("{SHOPIFY}{rows}").as_bytes()).await;
    assert!(parts(&app).await > 8, "more than are written at once");
    app.run_jobs().await;
    let done = show(&seller, &begun).await;
    assert_eq!(
        (&done["status"], &done["rows_done"], &done["errors"]),
        (&json!("completed"), &json!(400), &json!([]))
    );
    let products = products(&seller).await;
    assert_eq!(products.len(), 200);
    for n in [0, 17, 99, 199] {
        let cup = &products[&format!("Cup {n}")];
        let whole = format!("{}{n}", text.replace("\"\"", "\""));
        assert_eq!(cup["description"], json!(whole));
        let skus: Vec<_> =
            cup["variants"].as_array().unwrap().iter().map(|variant| variant["sku"].clone()).collect();
        assert_eq!(skus, [json!(format!("S-{n}")), json!(format!("L-{n}"))]);
    }
    assert_eq!(parts(&app).await, 0, "of a file that is imported nothing is kept");
    app.stop().await;
}

#[tokio::test]
async fn what_is_refused_is_not_kept() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let long = vec![b'x'; 20 * 1024 * 1024 + 1];
    let answer = seller.upload("/v1/vendor/imports", &[("file", Some("a.csv"), &long)]).await;
    answer.expect_problem(413, "too_large");
    let twice = [("file", Some("a.csv"), b"a,b".as_slice()), ("file", Some("b.csv"), b"c,d".as_slice())];
    let answer = seller.upload("/v1/vendor/imports", &twice).await;
    assert_eq!(answer.expect_invalid(), ["/file not_allowed"]);
    let wrong = [("file", Some("a.csv"), b"a,b".as_slice()), ("default_stock", None, b"many".as_slice())];
    let answer = seller.upload("/v1/vendor/imports", &wrong).await;
    assert_eq!(answer.expect_invalid(), ["/default_stock not_allowed"]);
    assert_eq!(parts(&app).await, 0);

    let keyed = seller.with_header("Idempotency-Key", "k-1");
    let file = format!("{SHOPIFY}cup,Cup,,,,,TRUE,Title,Default Title,,,5,10,\n");
    let first = upload(&keyed, file.as_bytes()).await;
    let again = upload(&keyed, file.as_bytes()).await;
    assert_eq!(first, again);
    assert_eq!(parts(&app).await, 1, "the second file was not needed");
    let other = keyed.upload("/v1/vendor/imports", &[("file", Some("a.csv"), b"another")]).await;
    other.expect_problem(422, "idempotency_mismatch");
    assert_eq!(parts(&app).await, 1);
    app.run_jobs().await;
    assert_eq!(products(&seller).await.len(), 1);
    app.stop().await;
}

/// A connection that breaks off in the middle leaves parts; nobody waits for the rest for ever.
#[tokio::test]
async fn a_file_that_never_came_whole_is_swept_away() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let mut incoming = Incoming::new(&app.market);
    incoming.take_in(&vec![b'x'; 600 * 1024]).await.unwrap();
    drop(incoming);
    let file = format!("{SHOPIFY}cup,Cup,,,,,TRUE,Title,Default Title,,,5,10,\n");
    upload(&seller, file.as_bytes()).await;
    let kept = parts(&app).await;
    assert!(kept > 1, "{kept}");
    app.worker().sweep().await;
    assert_eq!(parts(&app).await, kept, "it may still come");
    app.market.clock.advance(25 * 60 * 60);
    app.worker().sweep().await;
    assert_eq!(parts(&app).await, 1, "that of the import is needed");
    app.run_jobs().await;
    app.stop().await;
}

/// What can't be read is not taken for the end of the file.
#[tokio::test]
async fn a_part_that_is_missing_stops_the_import() {
    static LOSE: Stmt = Stmt::new("DELETE FROM import_parts WHERE place = 1");
    static END: Stmt = Stmt::new("UPDATE imports SET status = 'failed'");
    static DROP: Stmt = Stmt::new("DELETE FROM import_parts");
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let rows = lines(3_000, |n| format!("cup-{n},Cup {n},,,,,TRUE,Title,Default Title,S-{n},,5,10,\n"));
    let begun = upload(&seller, format!("{SHOPIFY}{rows}").as_bytes()).await;
    let id: types::ImportId = begun["id"].as_str().unwrap().parse().unwrap();
    app.market.db.write(async |tx: &mut db::Tx| tx.exec_n(1, &LOSE, params![]).await).await.unwrap();
    marketplace::imports::run(&app.market, id).await.unwrap_err();
    let show = show(&seller, &begun).await;
    assert_eq!((&show["status"], &show["rows_done"]), (&json!("queued"), &json!(0)));
    app.market.db.write(async |tx: &mut db::Tx| tx.exec(&DROP, params![]).await).await.unwrap();
    app.market.db.write(async |tx: &mut db::Tx| tx.exec(&END, params![]).await).await.unwrap();
    app.run_jobs().await;
    app.stop().await;
}
