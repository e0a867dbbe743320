//! A shop gets another owner, and applications at once.

use marketplace::accounts;
use testing::{Actor, Seller, TestApp, Value, json};

const PASSWORD: &str = "plum-kettle-orbit-42";

/// The seller, who has a password from now on, and a manager of the shop.
async fn shop(app: &TestApp) -> (Seller, Actor) {
    let seller = app.seller("ana").await;
    let hash = accounts::hash_password(PASSWORD.parse().unwrap()).await.unwrap();
    let user = seller.user.unwrap();
    let set: db::Result<u64> = app
        .market
        .db
        .write(async move |tx| tx.exec(&SET_PASSWORD, db::params![user, hash.as_str()]).await)
        .await;
    assert_eq!(set.unwrap(), 1);
    let mia = app.user("mia").await;
    let members = format!("/v1/vendors/{}/members", seller.vendor);
    seller.post(&members, json!({"email": "mia@example.com", "role": "manager"})).await.expect(201);
    (seller, mia)
}

static SET_PASSWORD: db::Stmt = db::Stmt::new("UPDATE users SET password_hash = $2 WHERE id = $1");

fn to(actor: &Actor) -> Value {
    json!({"user_id": actor.user.unwrap(), "current_password": PASSWORD})
}

#[tokio::test]
async fn the_owner_hands_the_shop_over() {
    let app = TestApp::start().await;
    let (seller, mia) = shop(&app).await;
    let path = format!("/v1/vendors/{}/transfer", seller.vendor);
    let wrong = json!({"user_id": mia.user.unwrap(), "current_password": "wrong"});
    assert_eq!(seller.post(&path, wrong).await.expect_invalid(), ["/current_password wrong_password"]);
    mia.post(&path, to(&mia)).await.expect_problem(403, "forbidden");
    assert_eq!(seller.post(&path, to(&seller)).await.expect_invalid(), ["/user_id not_found"]);
    let stranger = app.user("bo").await;
    assert_eq!(seller.post(&path, to(&stranger)).await.expect_invalid(), ["/user_id not_found"]);

    seller.post(&path, to(&mia)).await.expect(200);
    let role = async |actor: &Actor| {
        let mine = actor.get("/v1/me/vendors").await.expect(200);
        mine["data"][0]["role"].clone()
    };
    assert_eq!((role(&seller).await, role(&mia).await), (json!("manager"), json!("owner")));
    seller.post(&path, to(&mia)).await.expect_problem(403, "forbidden");
    let log = mia.get("/v1/vendor/audit-log?action=vendors.transfer").await.expect(200);
    assert_eq!(log["data"][0]["changes"]["after"]["owner_id"], mia.user.unwrap().to_string());
    app.run_jobs().await;
    for name in ["ana", "mia"] {
        let mails = app.mails_to(&format!("{name}@example.com")).await;
        assert!(mails.iter().any(|mail| mail.subject == "Shop of ana has another owner"), "{name}");
    }
    // Who owned one before may open another now.
    seller.post("/v1/vendors", super::application("Second")).await.expect(201);
    app.stop().await;
}

#[tokio::test]
async fn nobody_gets_a_second_shop() {
    let app = TestApp::start().await;
    let (seller, mia) = shop(&app).await;
    super::apply(&mia, "Mine").await;
    let path = format!("/v1/vendors/{}/transfer", seller.vendor);
    seller.post(&path, to(&mia)).await.expect_problem(409, "vendor_accepted_exists");
    app.stop().await;
}

/// Handing a shop over while the other's own application is accepted: they end with one shop.
#[tokio::test]
async fn a_transfer_and_an_acceptance_at_once_leave_one_shop() {
    let app = TestApp::start().await;
    let (seller, mia) = shop(&app).await;
    let admin = app.admin().await;
    let path = format!("/v1/vendors/{}/transfer", seller.vendor);
    let pending = super::apply(&mia, "Mine").await;
    let accept = super::decision(&pending, "accept");
    let (transfer, accept) = tokio::join!(seller.post(&path, to(&mia)), admin.post_empty(&accept));
    assert_eq!(accept.status.as_u16(), 200, "{}", accept.text());
    transfer.expect_problem(409, "vendor_accepted_exists");
    app.stop().await;
}

/// Two applications of one user at once: one is there in the end, and the other is told.
#[tokio::test]
async fn of_two_applications_at_once_one_wins() {
    let app = TestApp::start().await;
    let bo = app.user("bo").await;
    let (one, two) = tokio::join!(
        bo.post("/v1/vendors", super::application("One")),
        bo.post("/v1/vendors", super::application("Two")),
    );
    let lost = if one.status.as_u16() == 201 { two } else { one };
    lost.expect_problem(409, "vendor_pending_exists");
    assert_eq!(bo.get("/v1/me/vendors").await.expect(200)["data"].as_array().unwrap().len(), 1);
    app.stop().await;
}

/// Suspension hides the shop's products in the same instant, and nobody can buy what is in a cart.
#[tokio::test]
async fn suspension_holds_at_once_in_lists_and_at_the_checkout() {
    let app = TestApp::start().await;
    let (admin, seller, buyer) = (app.admin().await, app.seller("ana").await, app.buyer("bo").await);
    let product = seller.product("Pot", 1_000, 5).await;
    buyer.post("/v1/cart/items", json!({"product_id": product["id"], "quantity": 1})).await.expect(201);
    let suspend = format!("/v1/admin/vendors/{}/suspend", seller.vendor);
    admin.post(&suspend, json!({"reason": "Fake goods"})).await.expect(200);
    let found = app.anonymous().get("/v1/products").await.expect(200);
    assert_eq!(found["data"], json!([]));
    let page = format!("/v1/products/{}", product["id"].as_str().unwrap());
    app.anonymous().get(&page).await.expect_problem(404, "not_found");
    let address = json!({"name": "Bo", "phone": "+1 555 0100", "line1": "1 Road", "city": "Fes", "postal_code": "1", "country": "MA"});
    let buyer = buyer.with_header("idempotency-key", "k");
    let refused = buyer.post("/v1/checkouts", json!({"payment_method": "test", "address": address})).await;
    assert_eq!(refused.expect_problem(409, "not_available")["errors"][0]["code"], "not_available");
    let reinstate = format!("/v1/admin/vendors/{}/reinstate", seller.vendor);
    admin.post_empty(&reinstate).await.expect(200);
    buyer.post("/v1/checkouts", json!({"payment_method": "test", "address": address})).await.expect(201);
    app.stop().await;
}
