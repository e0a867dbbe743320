//! For which shop a member acts: `vendors::membership`, which every `/v1/vendor/…` call asks.

use marketplace::vendors::{self, Membership, VendorRef, VendorStatus};
use marketplace::{Error, Result};
use testing::{Actor, TestApp, json};

use super::{apply, decision, id};

async fn chosen(app: &TestApp, actor: &Actor, named: Option<&str>) -> Result<Membership> {
    let mut conn = app.market.db.read().await.map_err(Error::from)?;
    let named: Option<VendorRef> = named.map(|named| named.parse().expect("a name of a vendor"));
    vendors::membership(&mut conn, actor.user.expect("a user"), named.as_ref()).await
}

fn code(refused: Result<Membership>) -> &'static str {
    refused.expect_err("the choice is refused").code().expect("a refusal has a code")
}

#[tokio::test]
async fn the_only_shop_is_understood_and_several_are_named() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.seller("ana").await, app.seller("bob").await);
    let cleo = app.user("cleo").await;
    assert_eq!(code(chosen(&app, &cleo, None).await), "forbidden");
    assert_eq!(code(chosen(&app, &cleo, Some(&ana.slug)).await), "forbidden");

    for shop in [&ana, &bob] {
        let members = format!("/v1/vendors/{}/members", shop.vendor);
        shop.post(&members, json!({"email": "cleo@example.com", "role": "staff"})).await.expect(201);
        assert_eq!(chosen(&app, shop, None).await.unwrap().vendor, shop.vendor);
        assert_eq!(chosen(&app, &cleo, Some(&shop.slug)).await.unwrap().vendor, shop.vendor);
        assert_eq!(chosen(&app, &cleo, Some(&shop.vendor.to_string())).await.unwrap().vendor, shop.vendor);
    }
    for name in ["vendor", "vendor_id"] {
        cleo.get(&format!("/v1/vendor/orders?{name}={}", ana.vendor)).await.expect(200);
    }
    assert_eq!(code(chosen(&app, &cleo, None).await), "invalid");
    assert_eq!(cleo.get("/v1/vendor/orders").await.expect_invalid(), ["/vendor required"]);
    let product = json!({"title": "Cup", "price": 5, "stock": 1});
    assert_eq!(cleo.post("/v1/products", product).await.expect_invalid(), ["/vendor_id required"]);
    assert_eq!(code(chosen(&app, &cleo, Some("no-such-shop")).await), "forbidden");
    assert_eq!(code(chosen(&app, &ana, Some(&bob.slug)).await), "forbidden");
    app.stop().await;
}

#[tokio::test]
async fn applications_count_where_there_is_no_shop() {
    let app = TestApp::start().await;
    let (ana, admin) = (app.user("ana").await, app.admin().await);
    let first = apply(&ana, "First").await;
    assert_eq!(chosen(&app, &ana, None).await.unwrap().status, VendorStatus::Pending);
    admin.post(&decision(&first, "reject"), json!({"reason": "no"})).await.expect(200);
    assert_eq!(chosen(&app, &ana, None).await.unwrap().status, VendorStatus::Rejected);
    app.advance(11 * 86_400);
    let (ana, admin) = (app.login_again(&ana).await, app.login_again(&admin).await);
    let second = apply(&ana, "Second").await;
    assert_eq!(chosen(&app, &ana, None).await.unwrap().vendor.to_string(), id(&second));
    admin.post_empty(&decision(&second, "accept")).await.expect(200);
    admin.post(&decision(&second, "suspend"), json!({"reason": "no"})).await.expect(200);
    assert_eq!(chosen(&app, &ana, None).await.unwrap().status, VendorStatus::Suspended);
    app.stop().await;
}
