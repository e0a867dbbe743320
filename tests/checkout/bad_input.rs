//! What a purchase must say, and in which order mistakes are told.

use testing::{TestApp, json};
use types::{AddressId, VendorId};

use super::{address, buy, purchase};
use crate::cart::add;

#[tokio::test]
async fn mistakes_are_told_in_order() {
    let app = TestApp::start().await;
    let buyer = app.buyer("ana").await;
    let wrong = json!({"payment_method": 1});
    // 401 before anything, then 415, then 400, then 422, then 409.
    app.anonymous().post("/v1/checkouts", wrong.clone()).await.expect_problem(401, "unauthenticated");
    buyer.post_empty("/v1/checkouts").await.expect_problem(415, "unsupported_media_type");
    buyer.post("/v1/checkouts", wrong.clone()).await.expect_problem(400, "idempotency_key_required");
    let keyed = buyer.with_header("Idempotency-Key", "one");
    let post = "POST".parse().unwrap();
    let broken = keyed.send_bytes(post, "/v1/checkouts", "application/json", b"{\"a\"".to_vec()).await;
    broken.expect_problem(400, "malformed_json");
    keyed.post("/v1/checkouts", wrong).await.expect_problem(422, "invalid");
    keyed.post("/v1/checkouts", purchase("test")).await.expect_problem(409, "cart_empty");
    app.stop().await;
}

#[tokio::test]
async fn every_mistake_is_told() {
    let app = TestApp::start().await;
    let buyer = app.buyer("ana").await;
    assert_eq!(
        buy(&buyer, "one", json!({"note": "", "coupon": "X", "expected_total": -1})).await.expect_invalid(),
        [
            "/address_id required",
            "/coupon unknown_field",
            "/expected_total too_small",
            "/note required",
            "/payment_method required",
        ]
    );
    let mut both = purchase("stripe");
    both["address_id"] = json!(AddressId::from_i64(1));
    both["shipping"] = json!([{"vendor_id": VendorId::from_i64(1), "option_id": "express"}]);
    assert_eq!(
        buy(&buyer, "one", both).await.expect_invalid(),
        ["/address not_allowed", "/payment_method not_allowed", "/shipping/0/option_id not_found"]
    );
    let mut long = purchase("test");
    long["note"] = "x".repeat(501).into();
    long["address"] = json!({"name": "A\u{0}", "country": "XX", "zip": "1"});
    assert_eq!(
        buy(&buyer, "one", long).await.expect_invalid(),
        [
            "/address/city required",
            "/address/country not_allowed",
            "/address/line1 required",
            "/address/name not_allowed",
            "/address/phone required",
            "/address/postal_code required",
            "/address/zip unknown_field",
            "/note too_long",
        ]
    );
    app.stop().await;
}

#[tokio::test]
async fn addresses_that_are_none_are_told() {
    let app = TestApp::start().await;
    let mug = app.seller("mia").await.product("Mug", 999, 5).await;
    let buyer = app.buyer("ana").await;
    add(&buyer, &mug, 1).await.expect(201);
    let unknown = json!({"address_id": AddressId::from_i64(1), "payment_method": "test"});
    assert_eq!(buy(&buyer, "one", unknown).await.expect_invalid(), ["/address_id not_found"]);
    let malformed = json!({"address_id": "usr_0000000000001", "payment_method": "test"});
    assert_eq!(buy(&buyer, "one", malformed).await.expect_invalid(), ["/address_id malformed_id"]);
    let nothing = json!({"address_id": null, "address": null, "payment_method": "test"});
    assert_eq!(buy(&buyer, "one", nothing).await.expect_invalid(), ["/address_id required"]);
    let mut huge = purchase("test");
    huge["expected_total"] = json!(1e300);
    assert_eq!(buy(&buyer, "one", huge).await.expect_invalid(), ["/expected_total too_large"]);
    // No choice of shipping is a choice; nulls are absent.
    let mut plain = purchase("test");
    plain["shipping"] = json!([]);
    plain["address_id"] = json!(null);
    plain["note"] = json!(null);
    buy(&buyer, "one", plain).await.expect(201);
    app.stop().await;
}

#[tokio::test]
async fn a_malformed_key_is_refused() {
    let app = TestApp::start().await;
    let buyer = app.buyer("ana").await;
    let long = "k".repeat(256);
    for key in ["", long.as_str(), "tab\tkey"] {
        let answer = buy(&buyer, key, json!({"address": address()})).await;
        assert_eq!(answer.expect_invalid(), ["/Idempotency-Key malformed"]);
    }
    app.stop().await;
}
