//! Checkouts: the purchase, its refusals, its end.

mod backpressure;
mod bad_input;
mod ending;
mod flash_sale;
mod guests;
mod links;
mod paying;
mod placing;
mod races;
mod refusals;
mod replays;
mod storm;

use marketplace::doctor;
use testing::{Actor, Response, Seller, TestApp, Value, json};

/// Where the tests' parcels go.
fn address() -> Value {
    json!({"name": "Ana Souza", "phone": "+55 11 91234-5678", "line1": "Rua Augusta 1500",
        "city": "São Paulo", "region": "SP", "postal_code": "01304-001", "country": "BR"})
}

/// The body of a purchase that is paid by `method`.
pub(crate) fn purchase(method: &str) -> Value {
    json!({"address": address(), "payment_method": method})
}

/// Buys the actor's cart under an idempotency key.
pub(crate) async fn buy(actor: &Actor, key: &str, body: Value) -> Response {
    actor.with_header("Idempotency-Key", key).post("/v1/checkouts", body).await
}

/// Buys one unit of each product with the `test` provider; not yet paid.
async fn bought(actor: &Actor, key: &str, products: &[&Value]) -> Value {
    for product in products {
        crate::cart::add(actor, product, 1).await.expect(201);
    }
    buy(actor, key, purchase("test")).await.expect(201)
}

/// The address of a checkout.
fn path(checkout: &Value) -> String {
    format!("/v1/checkouts/{}", checkout["id"].as_str().expect("a checkout has an id"))
}

/// The stock of a product's default variant, as its seller sees it.
async fn stock(seller: &Seller, product: &Value) -> i64 {
    let path = format!("/v1/products/{}", product["id"].as_str().expect("a product has an id"));
    let shown = seller.get(&path).await.expect(200);
    shown["variants"][0]["stock"].as_i64().expect("a member sees the stock")
}

/// Checks every invariant of the marketplace.
async fn check_invariants(app: &TestApp) {
    for outcome in doctor::examine(&app.market.db).await.expect("the doctor examines") {
        assert_eq!(outcome.violations, Vec::<String>::new(), "{}", outcome.name);
    }
}
