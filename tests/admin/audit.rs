//! The audit log: who did what, from where, and what changed.

use testing::{TestApp, Value, json};

fn entries(answer: &Value) -> Vec<Value> {
    answer["data"].as_array().cloned().unwrap_or_default()
}

fn actions(answer: &Value) -> Vec<String> {
    entries(answer).iter().map(|entry| entry["action"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_act_says_who_what_from_where_and_what_changed() {
    let app = TestApp::start().await;
    let admin = app.admin().await.with_header("user-agent", "Desk/1.0");
    let seller = app.seller("ana").await;
    let path = format!("/v1/admin/vendors/{}/suspend", seller.vendor);
    let answer = admin.post(&path, json!({"reason": "Sells nothing"})).await;
    answer.expect(200);
    let log = admin.get("/v1/admin/audit-log").await.expect(200);
    let entry = &log["data"][0];
    assert_eq!(entry["actor_id"], admin.user.unwrap().to_string());
    assert_eq!((&entry["role"], &entry["action"]), (&json!("admin"), &json!("vendors.suspend")));
    assert_eq!((&entry["subject"], &entry["vendor_id"]), (&json!(seller.vendor.to_string()), &json!(null)));
    assert_eq!((&entry["address"], &entry["user_agent"]), (&json!("127.0.0.1"), &json!("Desk/1.0")));
    assert_eq!(entry["request_id"], answer.header("x-request-id"));
    assert_eq!(
        entry["changes"],
        json!({"before": {"status": "accepted"}, "after": {"status": "suspended", "reason": "Sells nothing"}})
    );
    app.stop().await;
}

#[tokio::test]
async fn reading_and_what_was_refused_or_repeated_is_no_act() {
    let app = TestApp::start().await;
    let (admin, seller, buyer) = (app.admin().await, app.seller("ana").await, app.buyer("bo").await);
    let product = seller.product("Pot", 1_000, 5).await;
    let order = buyer.buys_and_pays(&[(&product, 1)]).await;
    let count = entries(&admin.get("/v1/admin/audit-log").await.expect(200)).len();
    let accept = format!("/v1/vendor/orders/{}/accept", order["id"].as_str().unwrap());
    let once = seller.with_header("idempotency-key", "k1");
    once.post_empty(&accept).await.expect(200);
    once.post_empty(&accept).await.expect(200);
    seller.post_empty(&accept).await.expect_problem(409, "invalid_transition");
    seller.get("/v1/vendor/orders").await.expect(200);
    buyer.post_empty(&accept).await.expect_problem(403, "forbidden");
    let log = admin.get("/v1/admin/audit-log").await.expect(200);
    assert_eq!(entries(&log).len(), count + 1, "{log}");
    assert_eq!(log["data"][0]["action"], "orders.accept");
    assert_eq!(
        log["data"][0]["changes"],
        json!({"before": {"status": "pending"}, "after": {"status": "accepted"}})
    );
    app.stop().await;
}

#[tokio::test]
async fn the_log_is_filtered_and_paged() {
    let app = TestApp::start().await;
    let (admin, seller, other) = (app.admin().await, app.seller("ana").await, app.seller("eve").await);
    let product = seller.product("Pot", 1_000, 5).await;
    let path = format!("/v1/products/{}", product["id"].as_str().unwrap());
    app.advance(60);
    let since = app.market.now().to_string();
    app.advance(60);
    seller.patch(&path, json!({"title": "Bowl"})).await.expect(200);
    other.product("Pan", 500, 1).await;

    let log = async |query: &str| admin.get(&format!("/v1/admin/audit-log?{query}")).await.expect(200);
    assert_eq!(actions(&log("").await), ["products.create", "products.update", "products.create"]);
    assert_eq!(
        actions(&log(&format!("vendor={}", seller.vendor)).await),
        ["products.update", "products.create"]
    );
    assert_eq!(actions(&log(&format!("actor={}", other.user.unwrap())).await), ["products.create"]);
    assert_eq!(actions(&log("action=products.update").await), ["products.update"]);
    let subject = product["id"].as_str().unwrap();
    assert_eq!(actions(&log(&format!("subject={subject}")).await), ["products.update", "products.create"]);
    assert_eq!(
        actions(&log(&format!("subject={subject}&action=products.create")).await),
        ["products.create"]
    );
    assert_eq!(actions(&log(&format!("from={since}")).await), ["products.create", "products.update"]);
    assert_eq!(actions(&log(&format!("to={since}")).await), ["products.create"]);
    let first = log("limit=2").await;
    let rest = log(&format!("limit=2&cursor={}", first["next_cursor"].as_str().unwrap())).await;
    assert_eq!((entries(&first).len(), entries(&rest).len(), &rest["next_cursor"]), (2, 1, &json!(null)));
    let update = &log("action=products.update").await["data"][0];
    assert_eq!(update["changes"], json!({"before": {"title": "Pot"}, "after": {"title": "Bowl"}}));
    for wrong in ["actor=usr_1", "vendor=x", "from=yesterday", "cursor=x"] {
        admin.get(&format!("/v1/admin/audit-log?{wrong}")).await.expect_problem(422, "invalid");
    }
    app.stop().await;
}

#[tokio::test]
async fn the_owner_sees_the_shops_part() {
    let app = TestApp::start().await;
    let (seller, other, staff) = (app.seller("ana").await, app.seller("eve").await, app.user("sam").await);
    let members = format!("/v1/vendors/{}/members", seller.vendor);
    seller.post(&members, json!({"email": "sam@example.com", "role": "staff"})).await.expect(201);
    staff.post("/v1/products", json!({"title": "Pot", "description": "", "price": 1, "stock": 1})).await;
    other.product("Pan", 500, 1).await;
    let log = seller.get("/v1/vendor/audit-log").await.expect(200);
    let seen: Vec<_> = entries(&log).iter().map(|e| (e["role"].clone(), e["action"].clone())).collect();
    assert!(seen.contains(&(json!("owner"), json!("vendors.members.create"))), "{log}");
    assert!(entries(&log).iter().all(|entry| entry["vendor_id"] == json!(seller.vendor.to_string())));
    staff.get("/v1/vendor/audit-log").await.expect_problem(403, "forbidden");
    app.user("bo").await.get("/v1/vendor/audit-log").await.expect_problem(403, "forbidden");
    app.stop().await;
}

#[tokio::test]
async fn the_log_is_exported() {
    let app = TestApp::start().await;
    let (admin, seller) = (app.admin().await, app.seller("ana").await);
    let category = admin.post("/v1/admin/categories", json!({"name": "=cmd()"})).await.expect(201);
    seller.product("Pot", 1_000, 5).await;
    let export = admin.get("/v1/admin/audit-log/export").await;
    assert_eq!(export.header("content-type"), "application/jsonl");
    let lines: Vec<Value> = export.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let list = admin.get("/v1/admin/audit-log").await.expect(200);
    assert_eq!(json!(lines), list["data"]);
    let csv = admin.get("/v1/admin/audit-log/export?format=csv&action=categories.create").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let (text, id) = (csv.text(), category["id"].as_str().unwrap().to_owned());
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.starts_with("id,at,actor_id,") && text.contains(&format!("\"{id}\"")), "{text}");
    admin.get("/v1/admin/audit-log/export?format=xml").await.expect_problem(422, "invalid");
    app.stop().await;
}

/// Members of one shop at once, and of several: every act is in the log, and the chains hold.
#[tokio::test]
async fn acts_at_once_are_all_there() {
    let app = TestApp::start().await;
    let (admin, ana, eve) = (app.admin().await, app.seller("ana").await, app.seller("eve").await);
    let make = |seller: testing::Seller, number: usize| async move {
        seller.product(&format!("Pot {number}"), 1_000, 5).await;
    };
    let all = (0..20).map(|number| make(if number % 2 == 0 { ana.clone() } else { eve.clone() }, number));
    futures_util::future::join_all(all).await;
    let log = admin.get("/v1/admin/audit-log?limit=100&action=products.create").await.expect(200);
    assert_eq!(entries(&log).len(), 20);
    let mut places: Vec<_> = entries(&log)
        .iter()
        .filter(|entry| entry["vendor_id"] == json!(ana.vendor.to_string()))
        .map(|entry| entry["place"].as_i64().unwrap())
        .collect();
    places.sort_unstable();
    assert_eq!(places, (1..=10).collect::<Vec<_>>());
    app.stop().await;
}

/// Images are lists of the product: what was there before and after.
#[tokio::test]
async fn changes_of_images_are_told() {
    let app = TestApp::start().await;
    let (admin, seller) = (app.admin().await, app.seller("ana").await);
    seller.product("Pot", 1_000, 5).await;
    let picture = crate::catalog::pictures::png(30, 20, 128);
    let path = "/v1/products/pot/images";
    let other = crate::catalog::pictures::png(30, 20, 64);
    let files = [("file", Some("a.png"), &picture[..]), ("file", Some("b.png"), &other)];
    let sent = seller.upload(path, &files).await.expect(201);
    let (image, second) = (sent["images"][0]["id"].clone(), sent["images"][1]["id"].clone());
    let own = format!("{path}/{}", image.as_str().unwrap());
    seller.patch(path, json!({"order": [second, image]})).await.expect(200);
    seller.patch(&own, json!({"alt": "A pot"})).await.expect(200);
    seller.delete(&own).await.expect(204);
    let log = admin.get("/v1/admin/audit-log?limit=4").await.expect(200);
    let changes: Vec<Value> = entries(&log).into_iter().map(|entry| entry["changes"].clone()).collect();
    assert_eq!(
        changes,
        [
            json!({"before": {"images": [second, image]}, "after": {"images": [second]}}),
            json!({"before": {"alt": "Pot"}, "after": {"alt": "A pot"}}),
            json!({"before": {"images": [image, second]}, "after": {"images": [second, image]}}),
            json!({"before": {"images": []}, "after": {"images": [image, second]}}),
        ]
    );
    app.stop().await;
}
