//! Products that are published and archived by themselves.

use testing::{TestApp, json};

const HOUR: i64 = 3_600;

#[tokio::test]
async fn a_draft_is_published_and_archived_at_its_times() {
    let app = TestApp::start().await;
    let (seller, public) = (app.seller("maya").await, app.anonymous());
    let at = |hours: i64| app.market.now().plus_seconds(hours * HOUR).to_string();
    let fields = json!({"title": "Cup", "price": 1, "stock": 1, "status": "draft", "publish_at": at(1), "unpublish_at": at(3)});
    let cup = seller.product_with(fields).await;
    assert!(cup["publish_at"].is_string() && cup["unpublish_at"].is_string());
    app.run_jobs().await;
    public.get("/v1/products/cup").await.expect_problem(404, "not_found");
    app.market.clock.advance(HOUR + 1);
    app.run_jobs().await;
    let shown = public.get("/v1/products/cup").await.expect(200);
    assert_eq!((&shown["status"], shown.get("unpublish_at")), (&json!("published"), None));
    assert_eq!(public.get("/v1/products").await.expect(200)["data"][0]["slug"], "cup");
    app.market.clock.advance(2 * HOUR);
    app.run_jobs().await;
    public.get("/v1/products/cup").await.expect_problem(410, "gone");
    app.stop().await;
}

/// A time that was changed or taken back does not count any more, and nothing happens twice.
#[tokio::test]
async fn times_can_be_changed() {
    let app = TestApp::start().await;
    let (seller, public) = (app.seller("maya").await, app.anonymous());
    let at = |hours: i64| app.market.now().plus_seconds(hours * HOUR).to_string();
    let draft = json!({"title": "Cup", "price": 1, "stock": 1, "status": "draft", "publish_at": at(1)});
    seller.product_with(draft).await;
    let never = json!({"title": "Pot", "price": 1, "stock": 1, "status": "draft", "publish_at": at(1)});
    let pot = seller.product_with(never).await;
    let pot = format!("/v1/products/{}", pot["id"].as_str().unwrap());
    seller.patch("/v1/products/cup", json!({"publish_at": at(5)})).await.expect(200);
    let cleared = seller.patch(&pot, json!({"publish_at": null})).await.expect(200);
    assert_eq!(cleared.get("publish_at"), None);
    app.market.clock.advance(2 * HOUR);
    app.run_jobs().await;
    for slug in ["cup", "pot"] {
        public.get(&format!("/v1/products/{slug}")).await.expect_problem(404, "not_found");
    }
    app.market.clock.advance(4 * HOUR);
    app.run_jobs().await;
    public.get("/v1/products/cup").await.expect(200);
    public.get("/v1/products/pot").await.expect_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn times_that_make_no_sense_are_refused() {
    let app = TestApp::start().await;
    let seller = app.seller("maya").await;
    let at = |hours: i64| app.market.now().plus_seconds(hours * HOUR).to_string();
    let draft = json!({"title": "Cup", "description": "x", "price": 1, "stock": 1});
    let with = |more: testing::Value| {
        let mut body = draft.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let cases = [
        (json!({"publish_at": at(-1)}), vec!["/publish_at not_allowed"]),
        (json!({"publish_at": at(2), "unpublish_at": at(1)}), vec!["/unpublish_at not_allowed"]),
        (json!({"publish_at": at(2), "status": "published"}), vec!["/publish_at not_allowed"]),
        (
            json!({"publish_at": "tomorrow", "unpublish_at": 7}),
            vec!["/publish_at malformed", "/unpublish_at wrong_type"],
        ),
    ];
    for (more, wanted) in cases {
        assert_eq!(seller.post("/v1/products", with(more.clone())).await.expect_invalid(), wanted, "{more}");
    }
    seller.post("/v1/products", with(json!({"status": "published"}))).await.expect(201);
    let answer = seller.patch("/v1/products/cup", json!({"publish_at": at(1)})).await;
    assert_eq!(answer.expect_invalid(), ["/publish_at not_allowed"]);
    seller.patch("/v1/products/cup", json!({"unpublish_at": at(1), "price": 2})).await.expect(200);
    app.stop().await;
}

/// Where operators look at products, the time hands it to them.
#[tokio::test]
async fn with_approval_the_time_asks_for_review() {
    let app = TestApp::builder().with(|settings| settings.product_approval = true).start().await;
    let (admin, seller) = (app.admin().await, app.seller("maya").await);
    let at = app.market.now().plus_seconds(HOUR).to_string();
    let cup = json!({"title": "Cup", "price": 1, "stock": 1, "status": "draft", "publish_at": at});
    let cup = seller.product_with(cup).await;
    app.market.clock.advance(HOUR + 1);
    app.run_jobs().await;
    let admin = app.login_again(&admin).await;
    assert_eq!(admin.get("/v1/admin/products").await.expect(200)["data"][0]["id"], cup["id"]);
    app.stop().await;
}
