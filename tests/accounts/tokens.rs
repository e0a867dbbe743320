//! Access tokens: what is accepted, and every way to forge one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use marketplace::accounts::SigningKey;
use testing::{TestApp, Value, json};

use super::support::{holding, sign_up};

fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test]
async fn anybody_can_check_an_access_token_with_the_public_keys() {
    let app = TestApp::start().await;
    let verified = sign_up(&app, "ana@example.com").await;
    let token = verified["tokens"]["access_token"].as_str().unwrap();
    let set = app.anonymous().get("/.well-known/jwks.json").await;
    assert_eq!(set.header("cache-control"), "public, max-age=300");
    let keys = set.expect(200)["keys"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 1);
    for (field, value) in [("kty", "OKP"), ("crv", "Ed25519"), ("alg", "EdDSA"), ("use", "sig")] {
        assert_eq!(keys[0][field], value);
    }
    assert!(keys[0].get("d").is_none());
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(decode(parts[0])["kid"], keys[0]["kid"]);
    let key = jsonwebtoken::DecodingKey::from_ed_components(keys[0]["x"].as_str().unwrap()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(Algorithm::EdDSA);
    validation.set_audience(&["souk"]);
    let claims = jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims;
    assert_eq!(claims["sub"], verified["user"]["id"]);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
    app.stop().await;
}

#[tokio::test]
async fn a_changed_token_is_refused() {
    let app = TestApp::start().await;
    let tokens = sign_up(&app, "ana@example.com").await["tokens"].clone();
    let token = tokens["access_token"].as_str().unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let (head, claims, signature) = (decode(parts[0]), decode(parts[1]), parts[2]);
    let mut with_other_user = claims.clone();
    with_other_user["sub"] = json!("usr_0000000000001");
    let mut with_longer_life = claims.clone();
    with_longer_life["exp"] = json!(claims["exp"].as_i64().unwrap() + 900);
    let head_with = |field: &str, value: Value| {
        let mut head = head.clone();
        head[field] = value;
        encode(&head)
    };
    let changed = [
        format!("{}.{}.{signature}", parts[0], encode(&with_other_user)),
        format!("{}.{}.{signature}", parts[0], encode(&with_longer_life)),
        format!("{}.{}.", head_with("alg", json!("none")), parts[1]),
        format!("{}.{}", head_with("alg", json!("none")), parts[1]),
        format!("{}.{}.{signature}", head_with("alg", json!("HS256")), parts[1]),
        format!("{}.{}.{signature}", head_with("typ", json!("JWT")), parts[1]),
        format!("{}.{}.{signature}", head_with("kid", json!("../../etc/passwd")), parts[1]),
        format!("{}.{}.{signature}", head_with("kid", json!("a\u{0}b")), parts[1]),
        format!("{}.{}.{signature}", head_with("kid", json!(null)), parts[1]),
        token[..token.len() - 1].to_owned(),
        token[1..].to_owned(),
        format!("{token}A"),
        format!("{token}.{signature}"),
        parts[1].to_owned(),
        "..".to_owned(),
        String::new(),
        "x".repeat(100_000),
        tokens["refresh_token"].as_str().unwrap().to_owned(),
    ];
    for forged in &changed {
        let answer = app.anonymous().with_token(forged).get("/v1/me").await;
        answer.expect_problem(401, "unauthenticated");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    for scheme in ["Basic", "Token", ""] {
        let header = format!("{scheme} {token}");
        let odd = app.anonymous().with_header("authorization", header.trim());
        odd.get("/v1/me").await.expect_problem(401, "unauthenticated");
    }
    // Its scheme is written in any case.
    let lower = app.anonymous().with_header("authorization", &format!("bearer {token}"));
    lower.get("/v1/me").await.expect(200);
    app.stop().await;
}

/// Tokens with a good signature of a key that is not ours, and of our key over claims that are not ours.
#[tokio::test]
async fn a_token_of_another_key_or_purpose_is_refused() {
    let document = SigningKey::generate().unwrap();
    let ours = EncodingKey::from_ed_der(&document);
    let theirs = EncodingKey::from_ed_der(&SigningKey::generate().unwrap());
    let app = TestApp::builder().with_signing_key(document).start().await;
    let tokens = sign_up(&app, "ana@example.com").await["tokens"].clone();
    let parts: Vec<&str> = tokens["access_token"].as_str().unwrap().split('.').collect();
    let (head, claims) = (decode(parts[0]), decode(parts[1]));
    let sign =
        |key: &EncodingKey, kid: Option<&str>, typ: Option<&str>, field: &str, value: Option<Value>| {
            let mut header = Header::new(Algorithm::EdDSA);
            header.kid = kid.map(ToOwned::to_owned);
            header.typ = typ.map(ToOwned::to_owned);
            let mut claims = claims.clone();
            match value {
                Some(value) => claims[field] = value,
                None => drop(claims.as_object_mut().unwrap().remove(field)),
            }
            jsonwebtoken::encode(&header, &claims, key).unwrap()
        };
    let kid = head["kid"].as_str();
    let good_type = Some("at+jwt");
    let now = app.market.now().as_seconds();
    let get = async |token: String| app.anonymous().with_token(&token).get("/v1/me").await;
    get(sign(&ours, kid, good_type, "sub", Some(claims["sub"].clone()))).await.expect(200);
    let sub = Some(claims["sub"].clone());
    let refused = [
        sign(&theirs, kid, good_type, "sub", sub.clone()),
        sign(&theirs, Some("unknown"), good_type, "sub", sub.clone()),
        sign(&ours, Some("unknown"), good_type, "sub", sub.clone()),
        sign(&ours, None, good_type, "sub", sub.clone()),
        sign(&ours, kid, Some("JWT"), "sub", sub.clone()),
        sign(&ours, kid, None, "sub", sub),
        sign(&ours, kid, good_type, "aud", Some(json!("other"))),
        sign(&ours, kid, good_type, "aud", None),
        sign(&ours, kid, good_type, "iss", Some(json!("http://other.test"))),
        sign(&ours, kid, good_type, "iss", None),
        sign(&ours, kid, good_type, "nbf", Some(json!(now + 60))),
        sign(&ours, kid, good_type, "exp", None),
        sign(&ours, kid, good_type, "exp", Some(json!("soon"))),
        sign(&ours, kid, good_type, "sub", Some(json!("ord_0000000000001"))),
        sign(&ours, kid, good_type, "sub", Some(json!("usr_0000000000001"))),
        sign(&ours, kid, good_type, "sid", Some(json!("ses_0000000000001"))),
        sign(&ours, kid, good_type, "sid", None),
    ];
    for token in refused {
        let shown = decode(token.split('.').nth(1).unwrap()).to_string();
        let answer = get(token).await;
        assert_eq!(answer.status, 401, "{shown}");
        answer.expect_problem(401, "unauthenticated");
    }
    let expired = sign(&ours, kid, good_type, "exp", Some(json!(now - 1)));
    get(expired).await.expect_problem(401, "token_expired");
    app.stop().await;
}

#[tokio::test]
async fn a_token_of_a_dead_session_is_refused() {
    let app = TestApp::start().await;
    let tokens = sign_up(&app, "ana@example.com").await["tokens"].clone();
    let ana = holding(&app, &tokens);
    app.advance(899);
    ana.get("/v1/me").await.expect(200);
    app.advance(2);
    ana.get("/v1/me").await.expect_problem(401, "token_expired");
    app.stop().await;
}
