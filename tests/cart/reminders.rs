//! Reminders of carts that were left: once, to those who want them, and never after a purchase.

use futures_util::future::join;
use testing::{Actor, ReceivedMail, Seller, TestApp, Value, json};

use super::{add, variant};

const HOUR: i64 = 3_600;

struct Town {
    app: TestApp,
    ana: Seller,
    bob: Actor,
    lamp: Value,
}

/// A marketplace that reminds after a day, a lamp, and a buyer `bob`.
async fn town() -> Town {
    let app = TestApp::start().await;
    let (admin, ana, bob) = (app.admin().await, app.seller("ana").await, app.buyer("bob").await);
    admin.put("/v1/admin/settings", json!({"cart_reminder_hours": 24})).await.expect(200);
    let lamp = ana.product("Lamp <b>& co", 1_000, 9).await;
    Town { app, ana, bob, lamp }
}

impl Town {
    /// Lets hours go by, and what they call for happen.
    async fn pass(&self, hours: i64) {
        self.app.advance(hours * HOUR);
        self.app.worker().sweep().await;
        self.app.run_jobs().await;
    }

    async fn bob(&self) -> Actor {
        self.app.login_again(&self.bob).await
    }

    /// The reminders that bob got.
    async fn reminders(&self) -> Vec<ReceivedMail> {
        let mails = self.app.mails_to("bob@example.com").await;
        mails.into_iter().filter(|mail| mail.subject == "There is something in your cart at Souk").collect()
    }
}

#[tokio::test]
async fn nobody_is_reminded_unless_it_is_switched_on() {
    let app = TestApp::start().await;
    let (admin, ana, bob) = (app.admin().await, app.seller("ana").await, app.buyer("bob").await);
    assert_eq!(admin.get("/v1/admin/settings").await.expect(200)["cart_reminder_hours"], 0);
    let mistakes =
        admin.put("/v1/admin/settings", json!({"cart_reminder_hours": 721})).await.expect_invalid();
    assert_eq!(mistakes, ["/cart_reminder_hours too_large"]);
    let lamp = ana.product("Lamp", 1_000, 9).await;
    add(&bob, &lamp, 1).await.expect(201);
    // What waits when it is switched off again is dropped, and not told when it is switched on once more.
    for hours in [24, 0, 24] {
        let admin = app.login_again(&admin).await;
        admin.put("/v1/admin/settings", json!({"cart_reminder_hours": hours})).await.expect(200);
        if hours == 24 {
            continue;
        }
        add(&app.login_again(&bob).await, &lamp, 1).await.expect(201);
        app.worker().sweep().await;
    }
    app.advance(100 * HOUR);
    app.worker().sweep().await;
    app.run_jobs().await;
    assert!(app.mails_to("bob@example.com").await.is_empty());
    app.stop().await;
}

/// A day after the last change, once, on whichever node; after another change once more.
#[tokio::test]
async fn a_cart_that_was_left_is_told_of_once() {
    let town = town().await;
    add(&town.bob, &town.lamp, 2).await.expect(201);
    town.pass(20).await;
    // A change puts it off.
    let path = format!("/v1/cart/items/{}", variant(&town.lamp));
    town.bob().await.put(&path, json!({"quantity": 3})).await.expect(200);
    town.pass(23).await;
    assert!(town.reminders().await.is_empty());
    town.app.advance(HOUR);
    let workers = (town.app.worker(), town.app.worker());
    join(workers.0.sweep(), workers.1.sweep()).await;
    town.app.run_jobs().await;
    let [mail] = &town.reminders().await[..] else { panic!("one reminder") };
    assert!(mail.text.contains("3 x Lamp <b>& co: 30.00 USD"), "{}", mail.text);
    assert!(mail.text.contains("http://souk.test/cart"), "{}", mail.text);
    assert!(mail.html.contains("Lamp &#60;b&#62;&#38; co") && !mail.html.contains("{%"), "{}", mail.html);
    for _ in 0..3 {
        town.pass(30).await;
    }
    assert_eq!(town.reminders().await.len(), 1);
    add(&town.bob().await, &town.lamp, 1).await.expect(201);
    town.pass(24).await;
    assert_eq!(town.reminders().await.len(), 2);
    town.app.stop().await;
}

/// Bought, emptied, sold out, a week too late, suspended: nothing is told.
#[tokio::test]
async fn what_is_not_left_is_not_told() {
    let town = town().await;
    let admin = town.app.user("max").await;
    add(&town.bob, &town.lamp, 1).await.expect(201);
    town.bob.buys(&[], "test").await;
    town.pass(24).await;
    add(&town.bob().await, &town.lamp, 1).await.expect(201);
    town.bob().await.delete("/v1/cart").await.expect(204);
    town.pass(24).await;
    // Bought between the moment that the mail was called for and the moment that it is written.
    add(&town.bob().await, &town.lamp, 1).await.expect(201);
    town.app.advance(24 * HOUR);
    town.app.worker().sweep().await;
    town.bob().await.buys(&[], "test").await;
    town.app.run_jobs().await;
    // Nothing ran for a week.
    add(&town.bob().await, &town.lamp, 1).await.expect(201);
    town.pass(24 + 7 * 24).await;
    // What is in the cart can't be had any more.
    add(&town.bob().await, &town.lamp, 1).await.expect(201);
    let path = format!("/v1/products/{}", town.lamp["id"].as_str().unwrap());
    town.app.login_again(&town.ana).await.delete(&path).await.expect(204);
    town.pass(24).await;
    assert!(town.reminders().await.is_empty());
    // Guests have no address, and whoever is suspended can't buy.
    let chair = town.app.login_again(&town.ana).await;
    let fields = json!({"title": "Chair", "description": "x", "price": 5, "stock": 5, "status": "published"});
    let chair = chair.post("/v1/products", fields).await.expect(201);
    add(&town.app.anonymous(), &chair, 1).await.expect(201);
    add(&town.bob().await, &chair, 1).await.expect(201);
    let market = town.app.market.clone();
    let (by, user) = (admin.user.unwrap(), town.bob.user.unwrap());
    let made: marketplace::Result<()> = town
        .app
        .market
        .db
        .write(async move |tx| marketplace::accounts::set_admin(tx, &market, by, true).await)
        .await;
    made.unwrap();
    let admin = town.app.login_again(&admin).await;
    admin.patch(&format!("/v1/admin/users/{user}"), json!({"suspended": true})).await.expect(200);
    town.pass(24).await;
    assert!(town.reminders().await.is_empty());
    town.app.stop().await;
}

#[tokio::test]
async fn who_wants_no_reminders_gets_none() {
    let town = town().await;
    let path = "/v1/me/notifications";
    assert_eq!(town.bob.get(path).await.expect(200), json!({"cart_reminders": true}));
    assert_eq!(
        town.bob.patch(path, json!({"cart_reminders": null})).await.expect_invalid(),
        ["/cart_reminders wrong_type"]
    );
    assert_eq!(
        town.bob.patch(path, json!({"cart_reminders": 1})).await.expect_invalid(),
        ["/cart_reminders wrong_type"]
    );
    town.bob.patch(path, json!({"cart_reminders": false})).await.expect(200);
    assert_eq!(town.bob.patch(path, json!({})).await.expect(200), json!({"cart_reminders": false}));
    add(&town.bob, &town.lamp, 1).await.expect(201);
    town.pass(24).await;
    assert!(town.reminders().await.is_empty());
    town.bob().await.patch(path, json!({"cart_reminders": true})).await.expect(200);
    add(&town.bob().await, &town.lamp, 1).await.expect(201);
    town.pass(24).await;
    // The link in the mail stops them without a login: looking at it does not, pressing its button does.
    let mail = town.reminders().await.pop().unwrap();
    let link = mail.text.lines().find(|line| line.contains("/reminders/stop?token=")).unwrap();
    let link = link.strip_prefix("http://souk.test").unwrap();
    let anybody = town.app.anonymous();
    let page = anybody.get(link).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("<form method=\"post\""), "{}", page.text());
    assert_eq!(town.bob().await.get(path).await.expect(200), json!({"cart_reminders": true}));
    for forged in [
        link.replace("rmd_", "rmd_7"),
        format!("{link}A"),
        "/reminders/stop".to_owned(),
        "/reminders/stop?token=x".to_owned(),
    ] {
        anybody.get(&forged).await.expect_problem(404, "not_found");
        anybody.post_empty(&forged).await.expect_problem(404, "not_found");
    }
    for _ in 0..2 {
        let done = anybody.post_empty(link).await;
        assert_eq!(done.status, 200);
        assert!(!done.text().contains("<form"), "{}", done.text());
    }
    assert_eq!(town.bob().await.get(path).await.expect(200), json!({"cart_reminders": false}));
    add(&town.bob().await, &town.lamp, 1).await.expect(201);
    town.pass(24).await;
    assert_eq!(town.reminders().await.len(), 1);
    town.app.stop().await;
}
