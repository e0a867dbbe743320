//! What buyers and sellers do over and over.

use marketplace::doctor;
use serde_json::{Value, json};

use crate::{Actor, Seller, TestApp};

impl Actor {
    /// Puts products into the cart, buys it, and answers the checkout. `method` is `test` or `cod`.
    pub async fn buys(&self, lines: &[(&Value, i64)], method: &str) -> Value {
        for (product, quantity) in lines {
            let line = json!({"product_id": product["id"], "quantity": quantity});
            self.post("/v1/cart/items", line).await.expect(201);
        }
        let buyer = self.with_header("idempotency-key", &format!("{:032x}", rand::random::<u128>()));
        let mut purchase = json!({"payment_method": method, "address": {
            "name": "Ana Souza", "phone": "+55 11 91234-5678", "line1": "Rua Augusta 1500",
            "city": "São Paulo", "postal_code": "01304-001", "country": "BR",
        }});
        if self.token.is_none() {
            purchase["email"] = json!("guest@example.com");
        }
        buyer.post("/v1/checkouts", purchase).await.expect(201)
    }

    /// Pays a checkout by the `test` provider, and answers the payment.
    pub async fn pays(&self, checkout: &Value) -> Value {
        let path = format!("/v1/payments/{}/confirm", text(&checkout["payment"]["id"]));
        self.post(&path, json!({"outcome": "succeed"})).await.expect(200)
    }

    /// Buys from one seller and pays; answers the order.
    pub async fn buys_and_pays(&self, lines: &[(&Value, i64)]) -> Value {
        let checkout = self.buys(lines, "test").await;
        self.pays(&checkout).await;
        self.order(&checkout["orders"][0]).await
    }

    /// The buyer's order as it is now.
    pub async fn order(&self, order: &Value) -> Value {
        self.get(&format!("/v1/orders/{}", text(&order["id"]))).await.expect(200)
    }
}

impl Seller {
    /// A step of an order that needs no body: `accept`, `pack`, `ship`, `deliver`.
    pub async fn does(&self, step: &str, order: &Value) -> Value {
        self.post_empty(&format!("/v1/vendor/orders/{}/{step}", text(&order["id"]))).await.expect(200)
    }

    /// Takes a pending order through these steps, and answers it as it is then.
    pub async fn does_all(&self, steps: &[&str], order: &Value) -> Value {
        let mut order = order.clone();
        for step in steps {
            order = self.does(step, &order).await;
        }
        order
    }

    /// What the shop is owed: pending and available minor units.
    pub async fn balance(&self) -> (i64, i64) {
        let balance = self.get("/v1/vendor/balance").await.expect(200);
        let amount = |name: &str| balance[name]["amount"].as_i64().expect("a balance has amounts");
        (amount("pending"), amount("available"))
    }
}

impl TestApp {
    /// Has the doctor look at everything: nothing may be broken.
    pub async fn expect_sound(&self) {
        let outcomes = doctor::examine(&self.market.db).await.expect("the doctor can look");
        let broken: Vec<_> = outcomes.iter().filter(|outcome| !outcome.violations.is_empty()).collect();
        assert!(broken.is_empty(), "{broken:#?}");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("an identifier is a text")
}
