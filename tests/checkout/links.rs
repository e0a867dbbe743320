//! Guests' purchases: seen by a mailed link, and claimed by whoever registers the address.

use testing::{Actor, TestApp, Value, json};

use crate::cart::add;
use crate::coupons::checkouts::purchase;

/// Somebody without an account, with a cart of their own.
async fn guest(app: &TestApp) -> Actor {
    let first = app.anonymous().get("/v1/cart").await;
    app.anonymous().with_header("x-cart-token", first.header("x-cart-token"))
}

/// The link of the only confirmation that was mailed to an address, without the host.
async fn link(app: &TestApp, email: &str) -> String {
    app.run_jobs().await;
    let mails = app.mails_to(email).await;
    let text = mails.iter().map(|mail| mail.text.as_str()).find(|text| text.contains("?token=")).unwrap();
    let link = text.split_whitespace().find(|word| word.contains("?token=")).unwrap();
    link.strip_prefix("http://souk.test").unwrap().to_owned()
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_guest_sees_and_cancels_by_the_link() {
    let app = TestApp::start().await;
    let ana = app.seller("ana").await;
    let lamp = ana.product("Lamp", 1_000, 9).await;
    let buyer = guest(&app).await;
    add(&buyer, &lamp, 1).await.expect(201);
    let checkout = purchase(&buyer, "one").await.expect(201);
    buyer.pays(&checkout).await;
    let link = link(&app, "Guest@Example.com").await;
    let nobody = app.anonymous();
    let seen = nobody.get(&link).await.expect(200);
    assert_eq!((&seen["id"], &seen["status"]), (&checkout["id"], &json!("confirmed")));
    let token = link.split_once("?token=").unwrap().1;
    let order = id(&checkout["orders"][0]);
    assert_eq!(nobody.get(&format!("/v1/orders/{order}?token={token}")).await.expect(200)["id"], order);
    let payment = id(&checkout["payment"]);
    nobody.get(&format!("/v1/payments/{payment}?token={token}")).await.expect(200);
    // Neither without it, nor with another, nor for anything else.
    let path = format!("/v1/checkouts/{}", id(&checkout));
    nobody.get(&path).await.expect_problem(401, "unauthenticated");
    nobody.get(&format!("{path}?token={token}x")).await.expect_problem(401, "unauthenticated");
    nobody.get(&format!("{path}?token=gst_")).await.expect_problem(401, "unauthenticated");
    let other = guest(&app).await;
    add(&other, &lamp, 1).await.expect(201);
    let others = purchase(&other, "two").await.expect(201);
    let foreign = format!("/v1/checkouts/{}?token={token}", id(&others));
    nobody.get(&foreign).await.expect_problem(404, "not_found");
    nobody.get(&format!("/v1/cart?token={token}")).await.expect(200);
    let cancel = format!("/v1/orders/{order}/cancel?token={token}");
    assert_eq!(nobody.post(&cancel, json!({})).await.expect(200)["status"], "cancelled");
    app.stop().await;
}

#[tokio::test]
async fn who_registers_the_address_claims_what_was_bought() {
    let app = TestApp::start().await;
    let ana = app.seller("ana").await;
    let lamp = ana.product("Lamp", 1_000, 9).await;
    let buyer = guest(&app).await;
    add(&buyer, &lamp, 1).await.expect(201);
    let checkout = purchase(&buyer, "one").await.expect(201);
    let nobody = app.anonymous();
    let body = json!({"email": "guest@example.com", "password": "a long enough secret", "first_name": "Gus"});
    let pending = nobody.post("/v1/auth/register", body).await.expect(202);
    app.run_jobs().await;
    let mails = app.mails_to("guest@example.com").await;
    let digits = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    let code = mails.iter().find_map(|mail| mail.text.split_whitespace().find(digits)).unwrap();
    let body = json!({"registration_id": pending["registration_id"], "otp": code});
    let verified = nobody.post("/v1/auth/verify", body).await.expect(201);
    let user = nobody.with_token(verified["tokens"]["access_token"].as_str().unwrap());
    let orders = user.get("/v1/orders").await.expect(200);
    assert_eq!(orders["data"][0]["id"], checkout["orders"][0]["id"]);
    let path = format!("/v1/checkouts/{}", id(&checkout));
    user.get(&path).await.expect(200);
    user.pays(&checkout).await;
    assert_eq!(user.get("/v1/payments").await.expect(200)["data"].as_array().map(Vec::len), Some(1));
    // Who bought it as a guest still sees it; nobody else does.
    buyer.get(&path).await.expect(200);
    app.user("eve").await.get(&path).await.expect_problem(404, "not_found");
    app.stop().await;
}

/// A user who bought as a guest before sees that purchase with both proofs at hand.
#[tokio::test]
async fn a_user_with_the_cart_token_sees_the_guests_purchase() {
    let app = TestApp::start().await;
    let ana = app.seller("ana").await;
    let lamp = ana.product("Lamp", 1_000, 9).await;
    let buyer = guest(&app).await;
    add(&buyer, &lamp, 1).await.expect(201);
    let checkout = purchase(&buyer, "one").await.expect(201);
    let user = app.user("bob").await;
    let path = format!("/v1/checkouts/{}", id(&checkout));
    user.get(&path).await.expect_problem(404, "not_found");
    let (name, token) = &buyer.headers[0];
    let both = user.with_header(name, token);
    both.get(&path).await.expect(200);
    app.stop().await;
}
