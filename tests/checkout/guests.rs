//! Buying without an account.

use testing::{Actor, TestApp, json};

use super::{buy, check_invariants, path, purchase};
use crate::cart::add;

async fn guest(app: &TestApp) -> Actor {
    let token = app.anonymous().get("/v1/cart").await.header("x-cart-token").to_owned();
    app.anonymous().with_header("X-Cart-Token", &token)
}

#[tokio::test]
async fn a_guest_buys_and_sees_it_by_the_carts_token() {
    let app = TestApp::start().await;
    let mug = app.seller("mia").await.product("Mug", 999, 5).await;
    let (anna, bert) = (guest(&app).await, guest(&app).await);
    add(&anna, &mug, 2).await.expect(201);
    let mut wanted = purchase("cod");
    assert_eq!(buy(&anna, "one", wanted.clone()).await.expect_invalid(), ["/email required"]);
    wanted["email"] = "nobody".into();
    assert_eq!(buy(&anna, "one", wanted.clone()).await.expect_invalid().len(), 1);
    wanted["email"] = "anna@example.org".into();
    let checkout = buy(&anna, "one", wanted.clone()).await.expect(201);
    assert_eq!(checkout["status"], "confirmed");
    assert_eq!(anna.get("/v1/cart").await.expect(200)["item_count"], 0);
    assert_eq!(anna.get(&path(&checkout)).await.expect(200), checkout);
    bert.get(&path(&checkout)).await.expect_problem(404, "not_found");
    app.anonymous().get(&path(&checkout)).await.expect_problem(401, "unauthenticated");

    // Keys are a guest's own, and kept.
    let again = buy(&anna, "one", wanted.clone()).await;
    assert_eq!((again.expect(201), again.header("idempotent-replayed")), (checkout, "true"));
    buy(&bert, "one", wanted).await.expect_problem(409, "cart_empty");
    app.run_jobs().await;
    assert_eq!(app.mails_to("anna@example.org").await.len(), 1);
    check_invariants(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn a_guest_has_no_address_book() {
    let app = TestApp::start().await;
    let mug = app.seller("mia").await.product("Mug", 999, 5).await;
    let anna = guest(&app).await;
    add(&anna, &mug, 1).await.expect(201);
    let kept = json!({"address_id": types::AddressId::from_i64(1), "payment_method": "test", "email": "a@b.example"});
    assert_eq!(buy(&anna, "one", kept).await.expect_invalid(), ["/address_id not_found"]);
    app.stop().await;
}

#[tokio::test]
async fn a_guest_cancels_an_unpaid_checkout() {
    let app = TestApp::start().await;
    let mug = app.seller("mia").await.product("Mug", 999, 5).await;
    let anna = guest(&app).await;
    add(&anna, &mug, 1).await.expect(201);
    let mut wanted = purchase("test");
    wanted["email"] = "anna@example.org".into();
    let checkout = buy(&anna, "one", wanted).await.expect(201);
    let cancelled = anna.post_empty(&format!("{}/cancel", path(&checkout))).await.expect(200);
    assert_eq!(cancelled["status"], "cancelled");
    check_invariants(&app).await;
    app.stop().await;
}
