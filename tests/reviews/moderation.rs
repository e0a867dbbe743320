//! Reports, hiding, restoring.

use testing::{Actor, Value, json};

use super::{Shop, path};

/// What the last act changed, as the audit log tells it.
async fn last_change(admin: &Actor) -> Value {
    admin.get("/v1/admin/audit-log?limit=1").await.expect(200)["data"][0]["changes"].clone()
}

#[tokio::test]
async fn operators_hide_what_was_reported() {
    let shop = Shop::open().await;
    let admin = shop.app.admin().await;
    let (ana, review) = shop.review("ana", 1).await;
    shop.review("ben", 5).await;
    let reports = format!("{}/reports", path(&review));
    let reader = shop.app.user("cem").await;
    shop.app.anonymous().post(&reports, json!({"reason": "x"})).await.expect_problem(401, "unauthenticated");
    assert_eq!(reader.post(&reports, json!({"reason": " "})).await.expect_invalid(), ["/reason required"]);
    let report = reader.post(&reports, json!({"reason": "Not about the cup"})).await.expect(201);
    assert_eq!((&report["review_id"], &report["reason"]), (&review["id"], &json!("Not about the cup")));
    reader.post(&reports, json!({"reason": "Again"})).await.expect_problem(409, "already_reported");
    shop.seller.post(&reports, json!({"reason": "Unfair"})).await.expect(201);

    for actor in [&reader, &shop.seller.actor] {
        actor.get("/v1/admin/reviews").await.expect_problem(403, "forbidden");
    }
    let queue = admin.get("/v1/admin/reviews").await.expect(200);
    assert_eq!(queue["data"].as_array().unwrap().len(), 1);
    let shown = &queue["data"][0];
    assert_eq!((&shown["id"], &shown["open_reports"]), (&review["id"], &json!(2)));
    let reasons: Vec<&Value> =
        shown["reports"].as_array().unwrap().iter().map(|one| &one["reason"]).collect();
    assert_eq!(reasons, ["Not about the cup", "Unfair"]);

    let admins = format!("/v1/admin/reviews/{}", review["id"].as_str().unwrap());
    admin.post_empty(&format!("{admins}/restore")).await.expect_problem(409, "invalid_transition");
    reader.post(&format!("{admins}/hide"), json!({"reason": "x"})).await.expect_problem(403, "forbidden");
    let hidden = admin.post(&format!("{admins}/hide"), json!({"reason": "Off topic"})).await.expect(200);
    let change = json!({"before": {"hidden": false}, "after": {"hidden": true, "reason": "Off topic"}});
    assert_eq!(last_change(&admin).await, change);
    assert_eq!((&hidden["hidden_reason"], &hidden["open_reports"]), (&json!("Off topic"), &json!(0)));
    admin
        .post(&format!("{admins}/hide"), json!({"reason": "x"}))
        .await
        .expect_problem(409, "invalid_transition");
    assert_eq!(admin.get("/v1/admin/reviews").await.expect(200)["data"], json!([]));
    assert_eq!(admin.get("/v1/admin/reviews?status=hidden").await.expect(200)["data"][0]["id"], review["id"]);

    // Gone for others, there for those it concerns; it does not count.
    assert_eq!(shop.rating().await, json!({"average": 5.0, "count": 1}));
    let list = reader.get("/v1/products/cup/reviews").await.expect(200);
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    reader.get(&path(&review)).await.expect_problem(404, "not_found");
    reader.post(&reports, json!({"reason": 1})).await.expect_problem(404, "not_found");
    reader.delete(&path(&review)).await.expect_problem(404, "not_found");
    for actor in [&ana, &shop.seller.actor, &admin] {
        actor.get(&path(&review)).await.expect(200);
    }
    ana.patch(&path(&review), json!({"rating": 3})).await.expect(200);
    ana.post("/v1/products/cup/reviews", json!({"rating": 1})).await.expect_problem(409, "already_reviewed");
    assert_eq!(shop.rating().await["count"], 1);

    admin.post_empty(&format!("{admins}/restore")).await.expect(200);
    let change = json!({"before": {"hidden": true}, "after": {"hidden": false}});
    assert_eq!(last_change(&admin).await, change);
    assert_eq!(shop.rating().await, json!({"average": 4.0, "count": 2}));
    shop.app.stop().await;
}

#[tokio::test]
async fn reports_can_be_dismissed() {
    let shop = Shop::open().await;
    let admin = shop.app.admin().await;
    let (_, review) = shop.review("ana", 1).await;
    let reader = shop.app.user("cem").await;
    let reports = format!("{}/reports", path(&review));
    reader.post(&reports, json!({"reason": "I don't like it"})).await.expect(201);
    let dismiss = format!("/v1/admin/reviews/{}/dismiss-reports", review["id"].as_str().unwrap());
    reader.post_empty(&dismiss).await.expect_problem(403, "forbidden");
    assert_eq!(admin.post_empty(&dismiss).await.expect(200)["open_reports"], 0);
    let change = json!({"before": {"open_reports": 1}, "after": {"open_reports": 0}});
    assert_eq!(last_change(&admin).await, change);
    assert_eq!(admin.get("/v1/admin/reviews?status=reported").await.expect(200)["data"], json!([]));
    reader.get(&path(&review)).await.expect(200);
    reader.post(&reports, json!({"reason": "Still"})).await.expect_problem(409, "already_reported");
    shop.app.stop().await;
}
