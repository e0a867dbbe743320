//! The demo marketplace, served by the binary, and guests who buy from it.

use serde_json::json;
use tempfile::TempDir;
use testing::TestDatabase;

use crate::souk::{Place, Response, Server};

/// A demo marketplace in a place of its own.
pub(crate) struct Demo {
    place: Place,
    database: TestDatabase,
    _dir: TempDir,
}

/// Somebody without an account who has filled a cart.
pub(crate) struct Guest {
    token: String,
}

impl Demo {
    pub(crate) async fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let database = TestDatabase::create(&dir).await;
        Self { place: Place::new(), database, _dir: dir }
    }

    fn arguments(&self) -> [&str; 3] {
        ["--demo", "--database-url", &self.database.url]
    }

    pub(crate) fn serve(&self) -> Server {
        self.place.serve(&self.arguments())
    }

    pub(crate) fn serve_until(&self, point: &str) -> Server {
        self.place.serve_until(point, &self.arguments())
    }

    /// Ends it: the doctor finds nothing wrong.
    pub(crate) async fn end(self) {
        let report = self.place.run(&["doctor", "--database-url", &self.database.url]);
        report.expect_success();
        self.database.drop().await;
    }
}

impl Guest {
    /// A guest with one unit of a product in the cart.
    pub(crate) fn with_cart(server: &Server, product: &str) -> Self {
        Self::try_with_cart(server, product).unwrap()
    }

    /// The same, unless the server is gone.
    pub(crate) fn try_with_cart(server: &Server, product: &str) -> Option<Self> {
        let line = json!({"product_id": product, "quantity": 1}).to_string();
        let added = server.try_request("POST", "/v1/cart/items", &[], &line)?;
        added.expect(201);
        Some(Self { token: added.header("x-cart-token").unwrap().to_owned() })
    }

    pub(crate) fn buys(&self, server: &Server, key: &str, note: &str) -> Option<Response> {
        let headers = [("X-Cart-Token", self.token.as_str()), ("Idempotency-Key", key)];
        let body = json!({"payment_method": "test", "email": "guest@example.com", "note": note, "address": {
            "name": "Ana Souza", "phone": "+55 11 91234-5678", "line1": "Rua Augusta 1500",
            "city": "São Paulo", "postal_code": "01304-001", "country": "BR"}});
        server.try_request("POST", "/v1/checkouts", &headers, &body.to_string())
    }
}

/// A product of one of the demo's shops, of which there are many now.
pub(crate) fn product(server: &Server) -> String {
    let products = server.get("/v1/products?vendor=kiln-and-lantern&limit=100").expect(200);
    let product = products["data"][0]["id"].as_str().unwrap().to_owned();
    let shown = server.get(&format!("/v1/products/{product}")).expect(200);
    let adjust = format!("/v1/variants/{}/stock-adjustments", shown["variants"][0]["id"].as_str().unwrap());
    let more = json!({"delta": 10_000, "reason": "for the storm"}).to_string();
    server.request("POST", &adjust, Some(&login(server, "leyla")), &more).expect(201);
    product
}

/// An access token of one of the demo's accounts.
pub(crate) fn login(server: &Server, name: &str) -> String {
    let login = json!({"email": format!("{name}@souk.example"), "password": "lantern-market-demo"});
    let tokens = server.post("/v1/auth/login", &login).expect(200);
    tokens["access_token"].as_str().unwrap().to_owned()
}

/// How many units of the product there are, as its seller sees it.
pub(crate) fn stock(server: &Server, product: &str) -> i64 {
    let token = login(server, "leyla");
    let shown = server.request("GET", &format!("/v1/products/{product}"), Some(&token), "").expect(200);
    shown["variants"][0]["stock"].as_i64().unwrap()
}
