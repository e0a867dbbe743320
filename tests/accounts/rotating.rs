//! New signing keys: nobody is logged out, and the old ones are good for nothing in the end.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use marketplace::Market;
use marketplace::accounts::{self, SigningKey};
use testing::{TestApp, Value, json};

use super::support::{PASSWORD, holding, log_in, sign_up};

const EMAIL: &str = "ana@example.com";

async fn retire(market: &Market) -> u64 {
    let shared = market.clone();
    let retired: marketplace::Result<u64> =
        market.db.write(async move |tx| accounts::retire_signing_keys(tx, &shared).await).await;
    retired.unwrap()
}

/// What a node does when its key was retired.
async fn follow(market: &Market) {
    assert!(market.tokens.is_retired(&mut market.db.read().await.unwrap()).await.unwrap());
    let key = SigningKey::from_pkcs8(&SigningKey::generate().unwrap()).unwrap();
    market.tokens.rotate(market, key).await.unwrap();
    assert!(!market.tokens.is_retired(&mut market.db.read().await.unwrap()).await.unwrap());
}

async fn kids(app: &TestApp) -> Vec<Value> {
    let set = app.anonymous().get("/.well-known/jwks.json").await.expect(200);
    set["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect()
}

fn kid(tokens: &Value) -> Value {
    json!(jsonwebtoken::decode_header(tokens["access_token"].as_str().unwrap()).unwrap().kid)
}

#[tokio::test]
async fn nobody_is_logged_out() {
    let app = TestApp::start().await;
    let before = sign_up(&app, EMAIL).await["tokens"].clone();
    assert_eq!(retire(&app.market).await, 1);
    assert_eq!(retire(&app.market).await, 0);
    assert_eq!(kids(&app).await, [kid(&before)]);
    follow(&app.market).await;
    let after = log_in(&app, EMAIL, PASSWORD).await;
    assert_ne!(kid(&before), kid(&after));
    assert_eq!(kids(&app).await, [kid(&after), kid(&before)]);
    holding(&app, &before).get("/v1/me").await.expect(200);
    holding(&app, &after).get("/v1/me").await.expect(200);
    app.advance(800);
    holding(&app, &before).get("/v1/me").await.expect(200);
    let refresh = json!({"refresh_token": before["refresh_token"]});
    let fresh = app.anonymous().post("/v1/auth/refresh", refresh).await.expect(200);
    assert_eq!(kid(&fresh), kid(&after));
    app.advance(200);
    assert_eq!(kids(&app).await, [kid(&after)]);
    holding(&app, &fresh).get("/v1/me").await.expect(200);
    app.stop().await;
}

/// Whoever stole the old key signs in vain once it is retired for good, on every node.
#[tokio::test]
async fn a_retired_key_opens_nothing() {
    let document = SigningKey::generate().unwrap();
    let stolen = EncodingKey::from_ed_der(&document);
    let app = TestApp::builder().with_signing_key(document).start().await;
    let other = app.another_node().await;
    let tokens = sign_up(&app, EMAIL).await["tokens"].clone();
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some("at+jwt".to_owned());
    header.kid = kid(&tokens).as_str().map(ToOwned::to_owned);
    let claims = tokens["access_token"].as_str().unwrap().split('.').nth(1).unwrap().to_owned();
    let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims).unwrap();
    let mut claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["exp"] = json!(app.market.now().as_seconds() + 1_000_000);
    let forged = jsonwebtoken::encode(&header, &claims, &stolen).unwrap();
    let nodes = [app.anonymous().with_token(&forged), other.anonymous().with_token(&forged)];
    for node in &nodes {
        node.get("/v1/me").await.expect(200);
    }
    retire(&app.market).await;
    follow(&app.market).await;
    app.advance(901 + 120);
    for node in &nodes {
        node.get("/v1/me").await.expect_problem(401, "unauthenticated");
    }
    other.stop().await;
    app.stop().await;
}
