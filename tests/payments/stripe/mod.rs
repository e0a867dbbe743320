//! Payments by Stripe: paid by its events, late, twice, out of order, while it is down; refunds.

mod attempts;
mod events;
mod late;
mod refunds;
mod waiting;

use testing::{Actor, FakeStripe, Method, Mood, Response, Seller, TestApp, Value, json};

use super::{payment_path, text};

/// Two shops with a product each (10.00 and 3.33), a buyer who has a minute to pay, and the provider.
struct Town {
    app: TestApp,
    stripe: FakeStripe,
    sellers: [Seller; 2],
    buyer: Actor,
    admin: Actor,
    products: [Value; 2],
}

impl Town {
    async fn open() -> Self {
        let stripe = FakeStripe::start().await;
        let account = stripe.account();
        let builder = TestApp::builder().with(|settings| {
            settings.checkout_ttl_seconds = 60;
            settings.stripe = Some(account);
        });
        let app = builder.start().await;
        let sellers = [app.seller("sara").await, app.seller("olga").await];
        let products =
            [sellers[0].product("Cup", 1_000, 100).await, sellers[1].product("Plate", 333, 100).await];
        let buyer = app.buyer("bob").await;
        let admin = app.admin().await;
        Self { app, stripe, sellers, buyer, admin, products }
    }

    /// One of each product in one checkout, 13.33.
    async fn buy(&self) -> Value {
        self.buyer.buys(&[(&self.products[0], 1), (&self.products[1], 1)], "stripe").await
    }

    /// Opens, and somebody buys while Stripe feels like that.
    async fn buys_while(mood: Mood) -> (Self, Value) {
        let town = Self::open().await;
        town.stripe.feels(mood);
        let checkout = town.buy().await;
        (town, checkout)
    }

    async fn buy_and_pay(&self) -> Value {
        let checkout = self.buy().await;
        self.tell(&self.stripe.is_paid(payment_id(&checkout))).await.expect(200);
        checkout
    }

    /// Stripe tells of an event.
    async fn tell(&self, event: &Value) -> Response {
        let body = event.to_string().into_bytes();
        let signature = self.stripe.sign(&body, self.app.market.now());
        self.tell_signed(&body, &signature).await
    }

    async fn tell_signed(&self, body: &[u8], signature: &str) -> Response {
        let stripe = self.app.anonymous().with_header("stripe-signature", signature);
        stripe
            .send_bytes(Method::POST, "/v1/webhooks/stripe", "application/json; charset=utf-8", body.to_vec())
            .await
    }

    async fn payment(&self, checkout: &Value) -> Value {
        self.buyer.get(&payment_path(checkout)).await.expect(200)
    }

    async fn checkout(&self, checkout: &Value) -> Value {
        self.buyer.get(&checkout_path(checkout)).await.expect(200)
    }

    /// Begins another attempt.
    async fn try_again(&self, checkout: &Value, method: &str) -> Value {
        let path = format!("{}/payments", checkout_path(checkout));
        self.buyer.post(&path, json!({"method": method})).await.expect(200)
    }

    /// The units of the first product that are left.
    async fn stock(&self) -> Value {
        let path = format!("/v1/products/{}", text(&self.products[0]["id"]));
        self.sellers[0].get(&path).await.expect(200)["variants"][0]["stock"].clone()
    }

    async fn balances(&self) -> [(i64, i64); 2] {
        [self.sellers[0].balance().await, self.sellers[1].balance().await]
    }

    /// Runs the jobs until those that are tried again had some tries.
    async fn run_all(&self) {
        for _ in 0..4 {
            self.app.run_jobs().await;
            self.app.advance(10);
        }
    }

    async fn close(self) {
        self.app.run_jobs().await;
        self.app.expect_sound().await;
        self.app.stop().await;
    }
}

fn payment_id(checkout: &Value) -> &str {
    text(&checkout["payment"]["id"])
}

fn checkout_path(checkout: &Value) -> String {
    format!("/v1/checkouts/{}", text(&checkout["id"]))
}
