//! Who makes, sees, changes and removes coupons.

use testing::{TestApp, json};

use super::coupon;

#[tokio::test]
async fn an_admin_keeps_coupons() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let made = coupon(
        &admin,
        json!({"code": "spring-10", "percent": 10, "min_total": 5000, "max_uses": 100, "max_uses_per_user": 1,
            "stackable": true, "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2999-01-01T00:00:00Z"}),
    )
    .await;
    assert_eq!(made["code"], "SPRING-10");
    assert_eq!(
        (&made["percent"], &made["amount"], &made["free_shipping"]),
        (&json!(10), &json!(null), &json!(false))
    );
    assert_eq!(made["funded_by"], "marketplace");
    assert_eq!(made["min_total"], json!({"amount": 5000, "currency": "USD"}));
    assert_eq!((&made["active"], &made["used_count"]), (&json!(true), &json!(0)));
    let path = format!("/v1/admin/coupons/{}", made["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.expect(200), made);
    let changed =
        admin.patch(&path, json!({"amount": 500, "min_total": null, "active": false})).await.expect(200);
    assert_eq!((&changed["percent"], &changed["min_total"]), (&json!(null), &json!(null)));
    assert_eq!(changed["amount"], json!({"amount": 500, "currency": "USD"}));
    assert_eq!(changed["active"], false);
    let list = admin.get("/v1/admin/coupons?limit=1").await.expect(200);
    assert_eq!(list["data"], json!([changed]));
    let stale = admin.with_header("if-match", "\"old\"");
    stale.patch(&path, json!({"active": true})).await.expect_problem(412, "precondition_failed");
    admin.delete(&path).await.expect(204);
    admin.get(&path).await.expect_problem(404, "not_found");
    admin.delete(&path).await.expect_problem(404, "not_found");
    // A code is never given again: old orders name it.
    let again = json!({"code": "Spring-10", "percent": 5});
    admin.post("/v1/admin/coupons", again).await.expect_problem(409, "coupon_code_taken");
    app.stop().await;
}

#[tokio::test]
async fn a_shop_keeps_its_own() {
    let app = TestApp::start().await;
    let (admin, seller, other) = (app.admin().await, app.seller("ana").await, app.seller("bea").await);
    let made = seller.post("/v1/vendor/coupons", json!({"code": "ANA5", "amount": 500})).await.expect(201);
    assert_eq!((&made["funded_by"], &made["vendor_id"]), (&json!("vendor"), &json!(seller.vendor)));
    let path = format!("/v1/vendor/coupons/{}", made["id"].as_str().unwrap());
    other.get(&path).await.expect_problem(404, "not_found");
    other.patch(&path, json!({"active": false})).await.expect_problem(404, "not_found");
    other.delete(&path).await.expect_problem(404, "not_found");
    assert_eq!(other.get("/v1/vendor/coupons").await.expect(200)["data"], json!([]));
    // Nor does a shop see the marketplace's; admins see all.
    let theirs = coupon(&admin, json!({"code": "ALL", "percent": 5})).await;
    let theirs = format!("/v1/vendor/coupons/{}", theirs["id"].as_str().unwrap());
    seller.get(&theirs).await.expect_problem(404, "not_found");
    assert_eq!(admin.get("/v1/admin/coupons").await.expect(200)["data"].as_array().map(Vec::len), Some(2));
    let foreign = json!({"code": "BAD", "percent": 5, "funded_by": "marketplace", "vendor_id": other.vendor});
    let mistakes = seller.post("/v1/vendor/coupons", foreign).await.expect_invalid();
    assert_eq!(mistakes, ["/funded_by not_allowed", "/vendor_id not_allowed"]);
    app.user("eve").await.get("/v1/vendor/coupons").await.expect_problem(403, "forbidden");
    app.stop().await;
}

#[tokio::test]
async fn coupons_are_for_admins_to_make() {
    let app = TestApp::start().await;
    let user = app.user("eve").await;
    user.get("/v1/admin/coupons").await.expect_problem(403, "forbidden");
    user.post("/v1/admin/coupons", json!({"code": "FREE", "percent": 100}))
        .await
        .expect_problem(403, "forbidden");
    app.anonymous().get("/v1/admin/coupons").await.expect_problem(401, "unauthenticated");
    app.stop().await;
}

#[tokio::test]
async fn bad_input() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let unknown = "prod_0AB3C2D1E0007";
    for (body, mistakes) in [
        (json!({}), vec!["/code required"]),
        (json!({"code": "OK1"}), vec!["/percent required"]),
        (json!({"code": "a b", "percent": 10}), vec!["/code not_allowed"]),
        (json!({"code": "OK1", "percent": 101}), vec!["/percent too_large"]),
        (json!({"code": "OK1", "percent": 0}), vec!["/percent too_small"]),
        (json!({"code": "OK1", "amount": 0}), vec!["/amount too_small"]),
        (json!({"code": "OK1", "percent": 1, "amount": 1}), vec!["/amount not_allowed"]),
        (json!({"code": "OK1", "percent": 1, "free_shipping": true}), vec!["/free_shipping not_allowed"]),
        (json!({"code": "OK1", "percent": 1, "funded_by": "nobody"}), vec!["/funded_by not_allowed"]),
        (json!({"code": "OK1", "percent": 1, "funded_by": "vendor"}), vec!["/vendor_id required"]),
        (
            json!({"code": "OK1", "percent": 1, "vendor_id": "ven_0AB3C2D1E0007"}),
            vec!["/vendor_id not_found"],
        ),
        (json!({"code": "OK1", "percent": 1, "product_ids": [unknown]}), vec!["/product_ids/0 not_found"]),
        (json!({"code": "OK1", "percent": 1, "category_ids": ["x"]}), vec!["/category_ids/0 malformed_id"]),
        (json!({"code": "OK1", "percent": 1, "max_uses": 0}), vec!["/max_uses too_small"]),
        (json!({"code": "OK1", "percent": 1, "valid": true}), vec!["/valid unknown_field"]),
        (
            json!({"code": "OK1", "percent": 1, "starts_at": "2027-01-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"}),
            vec!["/ends_at too_small"],
        ),
        (
            json!({"code": "OK1", "percent": 1, "product_ids": vec![unknown; 101]}),
            vec!["/product_ids too_long"],
        ),
    ] {
        let found = admin.post("/v1/admin/coupons", body.clone()).await.expect_invalid();
        assert_eq!(found, mistakes, "{body}");
    }
    app.stop().await;
}

/// Of two with one code at the same moment one is made.
#[tokio::test]
async fn one_code_twice_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let body = json!({"code": "TWICE", "percent": 10});
    let tries = (0..4).map(|_| admin.post("/v1/admin/coupons", body.clone()));
    let mut statuses: Vec<u16> =
        futures_util::future::join_all(tries).await.iter().map(|answer| answer.status.as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409]);
    app.stop().await;
}
