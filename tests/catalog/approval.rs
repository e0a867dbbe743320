//! An operator looks at products before they are published, where the marketplace asks for it.

use testing::{Seller, TestApp, Value, json};

async fn app() -> TestApp {
    TestApp::builder().with(|settings| settings.product_approval = true).start().await
}

fn address(product: &Value) -> String {
    format!("/v1/products/{}", product["id"].as_str().unwrap())
}

fn admins(product: &Value) -> String {
    format!("/v1/admin/products/{}", product["id"].as_str().unwrap())
}

/// The subjects of the mails about products to the seller.
async fn mails(app: &TestApp) -> Vec<String> {
    app.run_jobs().await;
    let mails = app.mails_to("maya@example.com").await;
    let subjects = mails.into_iter().map(|mail| mail.subject);
    subjects.filter(|subject| subject.contains("Cup")).collect()
}

async fn cup(seller: &Seller) -> Value {
    let cup = seller.product("Cup", 100, 5).await;
    assert_eq!(cup["status"], "pending_review");
    cup
}

#[tokio::test]
async fn a_product_is_published_by_an_operators_leave() {
    let app = app().await;
    let (admin, seller, public) = (app.admin().await, app.seller("maya").await, app.anonymous());
    let cup = cup(&seller).await;
    public.get("/v1/products/cup").await.expect_problem(404, "not_found");
    let queue = admin.get("/v1/admin/products").await.expect(200);
    assert_eq!(
        (&queue["data"][0]["id"], &queue["data"][0]["status"]),
        (&cup["id"], &json!("pending_review"))
    );
    admin.get(&address(&cup)).await.expect(200);

    let change = format!("{}/request-changes", admins(&cup));
    assert_eq!(admin.post(&change, json!({})).await.expect_invalid(), ["/reason required"]);
    let back = admin.post(&change, json!({"reason": "Show the handle"})).await.expect(200);
    assert_eq!(
        (&back["status"], &back["review_reason"]),
        (&json!("changes_requested"), &json!("Show the handle"))
    );
    admin.post(&change, json!({"reason": "x"})).await.expect_problem(409, "invalid_transition");
    admin.post_empty(&format!("{}/approve", admins(&cup))).await.expect_problem(409, "invalid_transition");
    assert_eq!(admin.get("/v1/admin/products").await.expect(200)["data"], json!([]));
    let waiting = admin.get("/v1/admin/products?status=changes_requested").await.expect(200);
    assert_eq!(waiting["data"][0]["review_reason"], "Show the handle");
    app.run_jobs().await;

    let again = json!({"description": "With a handle", "status": "published"});
    let again = seller.patch(&address(&cup), again).await.expect(200);
    assert_eq!(again["status"], "pending_review");
    let approved = admin.post_empty(&format!("{}/approve", admins(&cup))).await.expect(200);
    assert_eq!((&approved["status"], approved.get("review_reason")), (&json!("published"), None));
    assert_eq!(public.get("/v1/products/cup").await.expect(200)["status"], "published");
    seller.patch(&address(&cup), json!({"price": 200, "status": "published"})).await.expect(200);
    assert_eq!(public.get("/v1/products/cup").await.expect(200)["price"]["amount"], 200);
    assert_eq!(mails(&app).await, ["Please change Cup", "Cup is published"]);
    app.stop().await;
}

#[tokio::test]
async fn sellers_can_withdraw_and_only_operators_decide() {
    let app = app().await;
    let (admin, seller) = (app.admin().await, app.seller("maya").await);
    let cup = cup(&seller).await;
    for action in ["approve", "request-changes"] {
        let action = format!("{}/{action}", admins(&cup));
        seller.post(&action, json!({"reason": "x"})).await.expect_problem(403, "forbidden");
        app.anonymous().post(&action, json!({})).await.expect_problem(401, "unauthenticated");
        let unknown = action.replace(cup["id"].as_str().unwrap(), "prod_0AXS751X00W7C");
        admin.post(&unknown, json!({})).await.expect_problem(404, "not_found");
    }
    seller.get("/v1/admin/products").await.expect_problem(403, "forbidden");
    assert_eq!(admin.get("/v1/admin/products?status=draft").await.expect_invalid(), ["/status not_allowed"]);
    let own = seller.get("/v1/vendor/products?status=pending_review").await.expect(200);
    assert_eq!(own["data"][0]["id"], cup["id"]);
    let draft = seller.patch(&address(&cup), json!({"status": "draft"})).await.expect(200);
    assert_eq!(draft["status"], "draft");
    seller.patch(&address(&cup), json!({"status": "published"})).await.expect(200);
    seller.delete(&address(&cup)).await.expect(204);
    admin.post_empty(&format!("{}/approve", admins(&cup))).await.expect_problem(410, "gone");
    app.stop().await;
}

/// Two operators at once: one of them wins.
#[tokio::test]
async fn two_that_decide_at_once() {
    let app = app().await;
    let (admin, seller) = (app.admin().await, app.seller("maya").await);
    let cup = cup(&seller).await;
    let (approve, change) =
        (format!("{}/approve", admins(&cup)), format!("{}/request-changes", admins(&cup)));
    let (a, b) = tokio::join!(admin.post_empty(&approve), admin.post(&change, json!({"reason": "x"})));
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    app.stop().await;
}

/// The setting is an operator's, and holds at once.
#[tokio::test]
async fn the_setting_holds_from_now_on() {
    let app = TestApp::start().await;
    let (admin, seller) = (app.admin().await, app.seller("maya").await);
    assert_eq!(seller.product("Pot", 100, 5).await["status"], "published");
    admin.put("/v1/admin/settings", json!({"product_approval": true})).await.expect(200);
    let cup = cup(&seller).await;
    app.anonymous().get("/v1/products/pot").await.expect(200);
    admin.put("/v1/admin/settings", json!({"product_approval": false})).await.expect(200);
    let published = seller.patch(&address(&cup), json!({"status": "published"})).await.expect(200);
    assert_eq!(published["status"], "published");
    app.stop().await;
}
