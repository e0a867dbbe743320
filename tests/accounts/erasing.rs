//! Erasing an account: nothing personal is left, and nothing that others rely on is lost.

use db::{Engine, Stmt, params};
use testing::{Actor, Seller, TestApp, Value, json};

use super::support::{
    PASSWORD, code_for, holding, log_in, register, registration, sign_up, turn_two_factor_on,
};

const EMAIL: &str = "ana@example.com";

/// What would tell who it was: nobody else in these tests has any of it.
const PERSONAL: [&str; 9] = [
    "ana@example.com",
    "ana.new@example.org",
    "Souza",
    "91234-5678",
    "Augusta",
    "01304-001",
    "Jardins",
    "my sister",
    "Anaphone/1.0",
];

/// Every place of the database where a text holds `word`, whatever its case: table, column, the text.
async fn places_of(app: &TestApp, word: &str) -> Vec<String> {
    let columns = match app.market.db.engine() {
        Engine::Sqlite => {
            "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p
             WHERE m.type = 'table' AND p.type LIKE 'TEXT%'"
        }
        Engine::Postgres => {
            "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
             WHERE table_schema = current_schema() AND data_type = 'text'"
        }
    };
    let mut conn = app.market.db.read().await.unwrap();
    let columns: Vec<(String, String)> = conn.all(statement(columns.to_owned()), params![]).await.unwrap();
    assert!(columns.len() > 50, "{columns:?}");
    let mut places = Vec::new();
    for (table, column) in columns {
        let select = format!("SELECT {column} FROM {table} WHERE LOWER({column}) LIKE $1 LIMIT 5");
        let found: Vec<(String,)> =
            conn.all(statement(select), params![format!("%{}%", word.to_lowercase())]).await.unwrap();
        places.extend(found.into_iter().map(|(text,)| format!("{table}.{column}: {text}")));
    }
    places
}

/// Statements live as long as the program; a test makes as many as it has columns to look at.
fn statement(text: String) -> &'static Stmt {
    Box::leak(Box::new(Stmt::new(Box::leak(text.into_boxed_str()))))
}

/// Ana, who has left something everywhere.
async fn busy_ana(app: &TestApp, seller: &Seller) -> (Actor, Value) {
    sign_up(app, EMAIL).await;
    let phone = app.anonymous().with_header("user-agent", "Anaphone/1.0");
    let login = json!({"email": EMAIL, "password": PASSWORD});
    let ana = holding(app, &phone.post("/v1/auth/login", login).await.expect(200));
    let address = json!({"name": "Ana Souza", "phone": "+55 11 91234-5678", "line1": "Rua Augusta 1500",
        "line2": "Jardins", "city": "São Paulo", "region": "SP", "postal_code": "01304-001", "country": "BR"});
    ana.post("/v1/me/addresses", address).await.expect(201);
    let tea = seller.product("Tea", 500, 100).await;
    let order = ana.buys_and_pays(&[(&tea, 2)]).await;
    seller.does_all(&["accept", "pack", "ship", "deliver"], &order).await;
    let path = format!("/v1/products/{}/reviews", tea["id"].as_str().unwrap());
    ana.post(&path, json!({"rating": 4, "body": "For my sister in Jardins"})).await.expect(201);
    let cancelled = ana.buys_and_pays(&[(&tea, 1)]).await;
    let path = format!("/v1/orders/{}/cancel", cancelled["id"].as_str().unwrap());
    ana.post(&path, json!({"reason": "It was for my sister"})).await.expect(200);
    ana.post("/v1/cart/items", json!({"product_id": tea["id"], "quantity": 1})).await.expect(201);
    ana.put_empty(&format!("/v1/wishlist/{}", tea["id"].as_str().unwrap())).await;
    let shop = json!({"name": "Souza & Co", "description": "By my sister", "address": "Rua Augusta 1500"});
    ana.post("/v1/vendors", shop).await.expect(201);
    ana.post("/v1/me/api-keys", json!({"name": "Souza", "scopes": ["shop:read"]})).await.expect(201);
    turn_two_factor_on(app, &ana).await;
    app.anonymous().post("/v1/auth/forgot-password", json!({"email": EMAIL})).await.expect(202);
    app.run_jobs().await;
    // These mails still wait.
    ana.post("/v1/me/email", json!({"email": "Ana.New@example.org"})).await.expect(202);
    (ana, order)
}

#[tokio::test]
async fn nothing_personal_is_left() {
    let app = TestApp::builder().with(|settings| settings.throttle = true).start().await;
    let seller = app.seller("olga").await;
    let (ana, order) = busy_ana(&app, &seller).await;
    let balance = seller.balance().await;
    for word in PERSONAL {
        assert_ne!(places_of(&app, word).await, [""; 0], "{word} was never written");
    }
    let user = ana.get("/v1/me").await.expect(200)["id"].as_str().unwrap().to_owned();
    assert_eq!(ana.delete("/v1/me").await.status, 204);
    for word in PERSONAL {
        assert_eq!(places_of(&app, word).await, [""; 0], "{word}");
    }
    ana.get("/v1/me").await.expect_problem(401, "unauthenticated");
    app.anonymous().get(&format!("/v1/users/{user}")).await.expect_problem(404, "not_found");
    let login = json!({"email": EMAIL, "password": PASSWORD});
    app.anonymous().post("/v1/auth/login", login).await.expect_problem(401, "invalid_credentials");
    // The books are as they were, and the seller's order says where it went in general.
    assert_eq!(seller.balance().await, balance);
    let sold = seller.actor.get(&format!("/v1/vendor/orders/{}", order["id"].as_str().unwrap())).await;
    let sold = sold.expect(200);
    assert_eq!(sold["total"], order["total"]);
    assert_eq!(sold["address"]["country"], "BR");
    assert_eq!(sold["address"]["line1"], "erased");
    // The rating stays, the address is free.
    let product = sold["items"][0]["product_id"].as_str().unwrap();
    let product = app.anonymous().get(&format!("/v1/products/{product}")).await.expect(200);
    assert_eq!(product["rating"]["count"], 1);
    sign_up(&app, EMAIL).await;
    log_in(&app, EMAIL, PASSWORD).await;
    app.stop().await;
}

#[tokio::test]
async fn what_is_under_way_comes_first() {
    let app = TestApp::start().await;
    let (admin, seller) = (app.admin().await, app.seller("olga").await);
    let tea = seller.product("Tea", 500, 100).await;
    let ben = app.buyer("ben").await;
    let unpaid = ben.buys(&[(&tea, 1)], "test").await;
    ben.delete("/v1/me").await.expect_problem(409, "open_orders");
    ben.pays(&unpaid).await;
    let order = seller.does_all(&["accept", "pack", "ship"], &unpaid["orders"][0]).await;
    ben.delete("/v1/me").await.expect_problem(409, "open_orders");
    seller.does("deliver", &order).await;
    let back = json!({"items": [{"item_id": order["items"][0]["id"], "quantity": 1}], "reason": "Broken"});
    let path = format!("/v1/orders/{}/returns", order["id"].as_str().unwrap());
    let returned = ben.post(&path, back).await.expect(201);
    ben.delete("/v1/me").await.expect_problem(409, "open_orders");
    let path = format!("/v1/vendor/returns/{}/reject", returned["id"].as_str().unwrap());
    seller.actor.post(&path, json!({"reason": "Used"})).await.expect(200);
    assert_eq!(ben.delete("/v1/me").await.status, 204);

    seller.actor.delete("/v1/me").await.expect_problem(409, "owns_shop");
    admin.delete("/v1/me").await.expect_problem(409, "last_admin");
    let max = app.user("max").await;
    let members = format!("/v1/vendors/{}/members", seller.vendor);
    seller.actor.post(&members, json!({"email": "max@example.com", "role": "staff"})).await.expect(201);
    assert_eq!(max.delete("/v1/me").await.status, 204);
    let left = seller.actor.get(&members).await.expect(200)["data"].as_array().unwrap().len();
    assert_eq!(left, 1);
    app.anonymous().delete("/v1/me").await.expect_problem(401, "unauthenticated");
    app.stop().await;
}

#[tokio::test]
async fn an_old_login_gives_the_password() {
    let app = TestApp::start().await;
    let ana = holding(&app, &sign_up(&app, EMAIL).await["tokens"]);
    app.advance(601);
    let delete = async |body: Value| ana.send("DELETE".parse().unwrap(), "/v1/me", Some(body)).await;
    ana.delete("/v1/me").await.expect_problem(403, "reauthentication_required");
    delete(json!({})).await.expect_problem(403, "reauthentication_required");
    let wrong = delete(json!({"current_password": "wrong-kettle-orbit-42"})).await;
    assert_eq!(wrong.expect_invalid(), ["/current_password wrong_password"]);
    let stale = ana.with_header("if-match", "\"0\"");
    let right = json!({"current_password": PASSWORD});
    let stale = stale.send("DELETE".parse().unwrap(), "/v1/me", Some(right.clone())).await;
    stale.expect_problem(412, "precondition_failed");
    assert_eq!(delete(right).await.status, 204);
    app.stop().await;
}

/// Other accounts whose address looks alike keep what is theirs.
#[tokio::test]
async fn nobody_else_loses_anything() {
    let app = TestApp::start().await;
    let erased = holding(&app, &sign_up(&app, "a_a@example.com").await["tokens"]);
    sign_up(&app, "aba@example.com").await;
    let pending = register(&app, "aca@example.com").await;
    let before = app.mails_to("aba@example.com").await.len();
    assert_eq!(erased.delete("/v1/me").await.status, 204);
    assert_eq!(app.mails_to("a_a@example.com").await.len(), 0);
    assert_eq!(app.mails_to("aba@example.com").await.len(), before);
    let verify = json!({"registration_id": pending, "otp": code_for(&app, "aca@example.com").await});
    app.anonymous().post("/v1/auth/verify", verify).await.expect(201);
    app.anonymous().post("/v1/auth/register", registration("a_a@example.com")).await.expect(202);
    app.stop().await;
}

/// A purchase and an erasure at the same moment: either the order is there and the account, too, or neither.
#[tokio::test]
async fn a_purchase_and_an_erasure_do_not_cross() {
    let app = TestApp::start().await;
    let seller = app.seller("olga").await;
    let tea = seller.product("Tea", 500, 100).await;
    for round in 0..5 {
        let ben = app.buyer(&format!("ben{round}")).await;
        ben.post("/v1/cart/items", json!({"product_id": tea["id"], "quantity": 1})).await.expect(201);
        let buyer = ben.with_header("idempotency-key", "once");
        let purchase = json!({"payment_method": "test", "address": {"name": "Ben Ursinus", "phone": "1",
            "line1": "Street 1", "city": "Town", "postal_code": "1", "country": "US"}});
        let (bought, erased) =
            futures_util::future::join(buyer.post("/v1/checkouts", purchase), ben.delete("/v1/me")).await;
        if bought.status == 201 {
            erased.expect_problem(409, "open_orders");
        } else {
            assert!(erased.status == 204 && bought.status.is_client_error(), "{bought:?} {erased:?}");
        }
    }
    app.stop().await;
}
