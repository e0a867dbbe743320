//! Limits of products: so many for each buyer, and not before the sale opens.

use futures_util::future::join_all;
use testing::{Actor, Response, TestApp, Value, json};

use crate::cart::add;
use crate::coupons::checkouts::purchase;
use crate::coupons::{apply, coupon};

/// A new guest.
async fn guest(app: &TestApp) -> Actor {
    let first = app.anonymous().get("/v1/cart").await;
    app.anonymous().with_header("x-cart-token", first.header("x-cart-token"))
}

/// A guest buys the cart under this address.
async fn buys_as(guest: &Actor, email: &str) -> Response {
    let body = json!({"payment_method": "test", "email": email, "address": {
        "name": "Bob", "phone": "1", "line1": "Street 1", "city": "Berlin", "postal_code": "1", "country": "DE"}});
    guest.with_header("idempotency-key", "only").post("/v1/checkouts", body).await
}

async fn cancels(buyer: &Actor, checkout: &Value) {
    let path = format!("/v1/checkouts/{}/cancel", checkout["id"].as_str().unwrap());
    buyer.post_empty(&path).await.expect(200);
}

#[tokio::test]
async fn a_buyer_has_no_more_than_the_limit() {
    let app = TestApp::start().await;
    let (ana, buyer, other) = (app.seller("ana").await, app.buyer("bob").await, app.buyer("eve").await);
    let lamp =
        ana.product_with(json!({"title": "Lamp", "price": 1000, "stock": 99, "max_per_customer": 3})).await;
    assert_eq!(lamp["max_per_customer"], 3);
    let refused = add(&buyer, &lamp, 4).await.expect_problem(409, "customer_limit_reached");
    assert_eq!(refused["errors"][0]["available"], 3);
    add(&buyer, &lamp, 2).await.expect(201);
    let first = purchase(&buyer, "one").await.expect(201);
    add(&buyer, &lamp, 2).await.expect(201);
    let problem = purchase(&buyer, "two").await.expect_problem(409, "customer_limit_reached");
    assert_eq!(problem["errors"][0]["available"], 1);
    assert_eq!(problem["errors"][0]["pointer"], "/groups/0/items/0");
    add(&other, &lamp, 3).await.expect(201);
    purchase(&other, "one").await.expect(201);
    // What was given up can be bought again.
    let path = format!("/v1/checkouts/{}/cancel", first["id"].as_str().unwrap());
    buyer.post_empty(&path).await.expect(200);
    let second = purchase(&buyer, "two").await.expect(201);
    buyer.pays(&second).await;
    let path = format!("/v1/orders/{}/cancel", second["orders"][0]["id"].as_str().unwrap());
    buyer.post(&path, json!({})).await.expect(200);
    add(&buyer, &lamp, 3).await.expect(201);
    purchase(&buyer, "three").await.expect(201);
    app.stop().await;
}

#[tokio::test]
async fn guests_with_one_address_share_a_limit() {
    let app = TestApp::start().await;
    let ana = app.seller("ana").await;
    let lamp =
        ana.product_with(json!({"title": "Lamp", "price": 1000, "stock": 99, "max_per_customer": 2})).await;
    let mut guests = Vec::new();
    for _ in 0..6 {
        let guest = guest(&app).await;
        add(&guest, &lamp, 1).await.expect(201);
        guests.push(guest);
    }
    let answers = join_all(guests.iter().map(|guest| purchase(guest, "only"))).await;
    let made = answers.iter().filter(|answer| answer.status.as_u16() == 201).count();
    assert_eq!(made, 2);
    for answer in answers.iter().filter(|answer| answer.status.as_u16() != 201) {
        answer.expect_problem(409, "customer_limit_reached");
    }
    app.stop().await;
}

/// In any case and with any tag it is one mailbox; what was not paid for, or cancelled, is given back.
#[tokio::test]
async fn a_guest_is_one_person_under_each_spelling() {
    let app = TestApp::start().await;
    let ana = app.seller("ana").await;
    let lamp =
        ana.product_with(json!({"title": "Lamp", "price": 1000, "stock": 99, "max_per_customer": 2})).await;
    let buys = async |email: &str, quantity: i64| {
        let guest = guest(&app).await;
        add(&guest, &lamp, quantity).await.expect(201);
        let answer = buys_as(&guest, email).await;
        (guest, answer)
    };
    let (first, made) = buys("Bob@Example.com", 1).await;
    let made = made.expect(201);
    let (_, second) = buys("bob+lamps@example.com", 1).await;
    second.expect(201);
    for email in ["bob@example.com", "BOB+again@EXAMPLE.COM"] {
        let (_, refused) = buys(email, 1).await;
        assert_eq!(refused.expect_problem(409, "customer_limit_reached")["errors"][0]["available"], 0);
    }
    let (_, other) = buys("bobby@example.com", 2).await;
    other.expect(201);
    cancels(&first, &made).await;
    let (_, refused) = buys("bob@example.com", 2).await;
    assert_eq!(refused.expect_problem(409, "customer_limit_reached")["errors"][0]["available"], 1);
    // The second was never paid for.
    app.advance(1_801);
    app.run_jobs().await;
    let (_, again) = buys("bob@example.com", 2).await;
    again.expect(201);
    app.stop().await;
}

#[tokio::test]
async fn an_account_and_guests_with_its_address_are_one_buyer() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.seller("ana").await, app.buyer("bob").await);
    let lamp =
        ana.product_with(json!({"title": "Lamp", "price": 1000, "stock": 99, "max_per_customer": 2})).await;
    add(&bob, &lamp, 1).await.expect(201);
    let first = purchase(&bob, "one").await.expect(201);
    let logged_out = guest(&app).await;
    add(&logged_out, &lamp, 1).await.expect(201);
    buys_as(&logged_out, "Bob+lamps@Example.com").await.expect(201);
    add(&bob, &lamp, 1).await.expect(201);
    let problem = purchase(&bob, "two").await.expect_problem(409, "customer_limit_reached");
    assert_eq!(problem["errors"][0]["available"], 0);
    let again = guest(&app).await;
    add(&again, &lamp, 1).await.expect(201);
    buys_as(&again, "bob@example.com").await.expect_problem(409, "customer_limit_reached");
    cancels(&bob, &first).await;
    buys_as(&again, "bob@example.com").await.expect(201);
    purchase(&bob, "two").await.expect_problem(409, "customer_limit_reached");
    // What a guest has bought still counts when the guest registers.
    let early = guest(&app).await;
    add(&early, &lamp, 2).await.expect(201);
    buys_as(&early, "carl@example.com").await.expect(201);
    let carl = app.buyer("carl").await;
    add(&carl, &lamp, 1).await.expect(201);
    purchase(&carl, "one").await.expect_problem(409, "customer_limit_reached");
    app.stop().await;
}

#[tokio::test]
async fn an_account_and_its_guests_at_once_have_no_more_than_the_limit() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.seller("ana").await, app.buyer("bob").await);
    let lamp =
        ana.product_with(json!({"title": "Lamp", "price": 1000, "stock": 99, "max_per_customer": 3})).await;
    let mut guests = Vec::new();
    for _ in 0..6 {
        let guest = guest(&app).await;
        add(&guest, &lamp, 1).await.expect(201);
        guests.push(guest);
    }
    add(&bob, &lamp, 2).await.expect(201);
    let (by_bob, by_guests) = tokio::join!(
        purchase(&bob, "only"),
        join_all(guests.iter().map(|guest| buys_as(guest, "bob@example.com")))
    );
    let count = |answer: &Response| i64::from(answer.status.as_u16() == 201);
    let units = 2 * count(&by_bob) + by_guests.iter().map(count).sum::<i64>();
    assert_eq!(units, 3);
    app.stop().await;
}

#[tokio::test]
async fn an_account_and_its_guests_share_the_uses_of_a_coupon() {
    let app = TestApp::start().await;
    let (admin, ana, bob) = (app.admin().await, app.seller("ana").await, app.buyer("bob").await);
    let lamp = ana.product("Lamp", 1_000, 99).await;
    coupon(&admin, json!({"code": "ONCE", "percent": 50, "max_uses_per_user": 1})).await;
    let with_coupon = async |buyer: &Actor| {
        add(buyer, &lamp, 1).await.expect(201);
        apply(buyer, "ONCE").await;
    };
    with_coupon(&bob).await;
    let first = purchase(&bob, "one").await.expect(201);
    let logged_out = guest(&app).await;
    with_coupon(&logged_out).await;
    buys_as(&logged_out, "bob@example.com").await.expect_problem(409, "coupon_exhausted");
    cancels(&bob, &first).await;
    buys_as(&logged_out, "bob@example.com").await.expect(201);
    // The cart of the account knows it, too.
    add(&bob, &lamp, 1).await.expect(201);
    bob.post("/v1/cart/coupons", json!({"code": "ONCE"})).await.expect_problem(409, "coupon_exhausted");
    app.stop().await;
}

/// The limit is the product's: its variants count together, in one purchase and in several at once.
#[tokio::test]
async fn the_variants_of_a_product_share_its_limit() {
    let app = TestApp::start().await;
    let (ana, buyer) = (app.seller("ana").await, app.buyer("bob").await);
    let shirt = ana
        .product_with(json!({"title": "Shirt", "price": 1000, "stock": 0, "max_per_customer": 3,
            "options": [{"name": "Size", "values": ["S", "L"]}],
            "variants": [{"options": {"Size": "S"}, "stock": 9}, {"options": {"Size": "L"}, "stock": 9}]}))
        .await;
    for (variant, quantity) in shirt["variants"].as_array().unwrap().iter().zip([2, 2]) {
        let line = json!({"variant_id": variant["id"], "quantity": quantity});
        buyer.post("/v1/cart/items", line).await.expect(201);
    }
    let problem = purchase(&buyer, "both").await.expect_problem(409, "customer_limit_reached");
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2);
    assert_eq!(problem["errors"][0]["available"], 3);
    let path = format!("/v1/cart/items/{}", shirt["variants"][1]["id"].as_str().unwrap());
    buyer.put(&path, json!({"quantity": 1})).await.expect(200);
    purchase(&buyer, "both").await.expect(201);
    app.stop().await;
}

#[tokio::test]
async fn a_sale_opens_at_its_time() {
    let app = TestApp::start().await;
    let (ana, buyer) = (app.seller("ana").await, app.buyer("bob").await);
    let opens_at = app.market.now().plus_seconds(600);
    let fields = json!({"title": "Lamp", "price": 1000, "stock": 99, "sale_starts_at": opens_at});
    let lamp = ana.product_with(fields).await;
    add(&buyer, &lamp, 1).await.expect(201);
    let problem = purchase(&buyer, "one").await.expect_problem(409, "sale_not_started");
    assert_eq!(problem["errors"][0]["code"], "sale_not_started");
    app.advance(600);
    purchase(&buyer, "one").await.expect(201);
    let path = format!("/v1/products/{}", lamp["id"].as_str().unwrap());
    let open = ana.patch(&path, json!({"sale_starts_at": null, "max_per_customer": 5})).await.expect(200);
    assert_eq!((&open["sale_starts_at"], &open["max_per_customer"]), (&json!(null), &json!(5)));
    let mistakes = ana.patch(&path, json!({"max_per_customer": 0})).await.expect_invalid();
    assert_eq!(mistakes, ["/max_per_customer too_small"]);
    app.stop().await;
}
