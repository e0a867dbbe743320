//! Who may import, what is asked of a request, and whose an import is.

use testing::{TestApp, json};

use super::{SHOPIFY, show, upload};

#[tokio::test]
async fn somebody_elses_import_is_not_there() {
    let app = TestApp::start().await;
    let (maya, omar) = (app.seller("maya").await, app.seller("omar").await);
    let begun = upload(&maya, SHOPIFY.as_bytes()).await;
    let path = format!("/v1/vendor/imports/{}", begun["id"].as_str().unwrap());
    omar.get(&path).await.expect_problem(404, "not_found");
    omar.get(&format!("{path}?vendor={}", maya.slug)).await.expect_problem(403, "forbidden");
    app.user("ana").await.get(&path).await.expect_problem(403, "forbidden");
    app.anonymous().get(&path).await.expect_problem(401, "unauthenticated");
    maya.get("/v1/vendor/imports/imp_nonsense").await.expect_problem(404, "not_found");
    maya.get("/v1/vendor/imports/imp_0000000000000").await.expect_problem(404, "not_found");
    assert_eq!(omar.get("/v1/vendor/imports").await.expect(200)["data"], json!([]));
    assert_eq!(show(&maya, &begun).await["file_name"], "products.csv");
    app.stop().await;
}

#[tokio::test]
async fn only_members_of_open_shops_import() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let parts = [("file", Some("a.csv"), SHOPIFY.as_bytes())];
    app.anonymous().upload("/v1/vendor/imports", &parts).await.expect_problem(401, "unauthenticated");
    ana.upload("/v1/vendor/imports", &parts).await.expect_problem(403, "forbidden");
    ana.get("/v1/vendor/exports/products.csv").await.expect_problem(403, "forbidden");
    let wanted = json!({"name": "Pots", "description": "Hand-made", "address": "12 Potters' Lane"});
    ana.post("/v1/vendors", wanted).await.expect(201);
    ana.upload("/v1/vendor/imports", &parts).await.expect_problem(403, "vendor_not_accepted");
    app.stop().await;
}

#[tokio::test]
async fn requests_that_bring_no_file() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let path = "/v1/vendor/imports";
    let file = ("file", Some("a.csv"), SHOPIFY.as_bytes());
    seller.post(path, json!({"file": "x"})).await.expect_problem(415, "unsupported_media_type");
    seller.post_empty(path).await.expect_problem(415, "unsupported_media_type");
    assert_eq!(seller.upload(path, &[]).await.expect_invalid(), ["/file required"]);
    let both_wrong = [("default_stock", None, b"many".as_slice()), ("size", None, b"1")];
    let found = seller.upload(path, &both_wrong).await.expect_invalid();
    assert_eq!(found, ["/default_stock not_allowed", "/file required", "/size unknown_field"]);
    for stock in ["-1", "1000000001", "1.5", ""] {
        let parts = [file, ("default_stock", None, stock.as_bytes())];
        assert_eq!(seller.upload(path, &parts).await.expect_invalid(), ["/default_stock not_allowed"]);
    }
    assert_eq!(seller.upload(path, &[file, file]).await.expect_invalid(), ["/file not_allowed"]);
    let large = vec![b'x'; 20 * 1024 * 1024 + 1];
    seller.upload(path, &[("file", Some("a.csv"), &large)]).await.expect_problem(413, "too_large");
    let kind = "multipart/form-data; boundary=b";
    let broken = seller.send_bytes("POST".parse().unwrap(), path, kind, b"--b\r\nnonsense".to_vec()).await;
    broken.expect_problem(400, "malformed_multipart");
    assert_eq!(seller.get(path).await.expect(200)["data"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn the_same_key_begins_one_import() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let keyed = seller.with_header("idempotency-key", "once");
    let first = upload(&keyed, SHOPIFY.as_bytes()).await;
    let parts = [("file", Some("products.csv"), SHOPIFY.as_bytes())];
    let again = keyed.upload("/v1/vendor/imports", &parts).await;
    assert_eq!((again.expect(202), again.header("idempotent-replayed")), (first, "true"));
    let other = [("file", Some("products.csv"), b"else".as_slice())];
    keyed.upload("/v1/vendor/imports", &other).await.expect_problem(422, "idempotency_mismatch");
    assert_eq!(seller.get("/v1/vendor/imports").await.expect(200)["data"].as_array().unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn a_shop_has_ten_unfinished_imports_at_most() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    for _ in 0..10 {
        upload(&seller, SHOPIFY.as_bytes()).await;
    }
    let parts = [("file", Some("a.csv"), SHOPIFY.as_bytes())];
    seller.upload("/v1/vendor/imports", &parts).await.expect_problem(409, "too_many_imports");
    app.run_jobs().await;
    upload(&seller, SHOPIFY.as_bytes()).await;
    let page = seller.get("/v1/vendor/imports?limit=4").await.expect(200);
    assert_eq!(page["data"].as_array().unwrap().len(), 4);
    let next = format!("/v1/vendor/imports?limit=100&cursor={}", page["next_cursor"].as_str().unwrap());
    assert_eq!(seller.get(&next).await.expect(200)["data"].as_array().unwrap().len(), 7);
    app.stop().await;
}
