//! Dry runs, and errors as a file.

use testing::{Actor, TestApp, Value, json};

use super::{SHOPIFY, errors, import, lines, products, show};

async fn try_out(app: &TestApp, actor: &Actor, content: &[u8]) -> Value {
    let parts = [("file", Some("products.csv"), content), ("dry_run", None, &b"true"[..])];
    let begun = actor.upload("/v1/vendor/imports", &parts).await.expect(202);
    assert_eq!(begun["dry_run"], true);
    app.run_jobs().await;
    show(actor, &begun).await
}

/// A dry run tells what the import will tell, and changes nothing.
#[tokio::test]
async fn a_dry_run_says_what_would_be_done() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    import(&app, &seller, format!("{SHOPIFY}cup,Cup,,,,,TRUE,Title,Default Title,C-1,,5,10,\n").as_bytes())
        .await;
    let before = products(&seller).await;
    let rows = "cup,Big cup,,,,,TRUE,Title,Default Title,C-1,,9,12,\njar,Jar,,,,,TRUE,Title,Default Title,J-1,,5,abc,\n\
        pot,Pot,,,,,TRUE,Title,Default Title,C-1,,5,10,\npan,Pan,,,,,TRUE,Title,Default Title,P-1,,5,10,\n";
    let file = format!("{SHOPIFY}{rows}");
    let tried = try_out(&app, &seller, file.as_bytes()).await;
    assert_eq!((&tried["status"], &tried["rows_done"]), (&json!("completed"), &json!(4)));
    assert_eq!((&tried["products_created"], &tried["products_updated"]), (&json!(1), &json!(1)));
    assert_eq!(products(&seller).await, before);

    let done = import(&app, &seller, file.as_bytes()).await;
    assert_eq!(errors(&done), ["3 Variant Price", "4 Variant SKU"]);
    assert_eq!((&done["errors"], &done["error_count"]), (&tried["errors"], &json!(2)));
    assert_eq!((&done["products_created"], &done["products_updated"]), (&json!(1), &json!(1)));
    assert_eq!(products(&seller).await.len(), 2);
    app.stop().await;
}

#[tokio::test]
async fn the_form_says_which_it_is() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    for bad in ["1", "yes", "TRUE!"] {
        let parts = [("file", Some("a.csv"), SHOPIFY.as_bytes()), ("dry_run", None, bad.as_bytes())];
        let answer = seller.upload("/v1/vendor/imports", &parts).await;
        assert_eq!(answer.expect_invalid(), ["/dry_run not_allowed"]);
    }
    app.stop().await;
}

/// All errors, also those that the answer has no room for; none of them is a formula.
#[tokio::test]
async fn errors_can_be_had_as_a_file() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let rows =
        lines(1_200, |n| format!("cup-{n},Cup {n},,,,,TRUE,Title,Default Title,,,,\"=HYPERLINK(1)\",\n"));
    let done = import(&app, &seller, format!("{SHOPIFY}{rows}").as_bytes()).await;
    assert_eq!((done["errors"].as_array().unwrap().len(), &done["error_count"]), (1_000, &json!(1_200)));
    let path = format!("/v1/vendor/imports/{}/errors.csv", done["id"].as_str().unwrap());
    let file = seller.get(&path).await;
    assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "text/csv; charset=utf-8"));
    let text = file.text();
    assert_eq!(text.lines().count(), 1_201);
    assert!(text.starts_with("row,column,detail\n2,Variant Price,"), "{}", &text[..80]);
    assert!(!text.contains(",=") && !text.contains("\n="));
    app.seller("noor").await.get(&path).await.expect_problem(404, "not_found");
    app.anonymous().get(&path).await.expect_problem(401, "unauthenticated");
    app.stop().await;
}
