//! What the tests of the accounts share.

use testing::{Actor, TestApp, Value, json};

/// A password that nobody would guess.
pub(crate) const PASSWORD: &str = "plum-kettle-orbit-42";

/// The newest one-time code that was mailed to this address.
pub(crate) async fn code_for(app: &TestApp, email: &str) -> String {
    app.run_jobs().await;
    let mails = app.mails_to(email).await;
    let last = mails.iter().rfind(|mail| mail.text.contains("code"));
    last.unwrap_or_else(|| panic!("no code was mailed to {email}: {mails:#?}")).code()
}

/// Another code of six digits.
pub(crate) fn another(code: &str) -> String {
    let number: u32 = code.parse().expect("a code is a number");
    format!("{:06}", (number + 1) % 1_000_000)
}

/// What a client sends to register.
pub(crate) fn registration(email: &str) -> Value {
    json!({"email": email, "password": PASSWORD, "first_name": "Ana", "last_name": "Souza"})
}

/// Registers and answers the `registration_id`.
pub(crate) async fn register(app: &TestApp, email: &str) -> String {
    let pending = app.anonymous().post("/v1/auth/register", registration(email)).await.expect(202);
    pending["registration_id"].as_str().expect("a registration has an id").to_owned()
}

/// Registers and verifies; the answer of the verification.
pub(crate) async fn sign_up(app: &TestApp, email: &str) -> Value {
    let id = register(app, email).await;
    let code = code_for(app, email).await;
    app.anonymous().post("/v1/auth/verify", json!({"registration_id": id, "otp": code})).await.expect(201)
}

/// A client with the access token of these `tokens`.
pub(crate) fn holding(app: &TestApp, tokens: &Value) -> Actor {
    app.anonymous().with_token(tokens["access_token"].as_str().expect("tokens have an access token"))
}

/// Logs in.
pub(crate) async fn log_in(app: &TestApp, email: &str, password: &str) -> Value {
    app.anonymous().post("/v1/auth/login", json!({"email": email, "password": password})).await.expect(200)
}

/// The code that an authenticator with this secret shows, so many steps from now.
pub(crate) fn totp(app: &TestApp, secret: &str, steps: i64) -> String {
    let now = app.market.now().as_seconds() + steps * 30;
    let secret = totp_rs::Secret::try_from_base32(secret).expect("a secret in base 32");
    let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("-").build();
    totp.expect("an authenticator").generate(now.try_into().expect("a time")).to_string()
}

/// Turns two-factor login on; the secret and the recovery codes.
pub(crate) async fn turn_two_factor_on(app: &TestApp, actor: &Actor) -> (String, Vec<String>) {
    let started = actor.post_empty("/v1/me/totp").await.expect(200);
    let secret = started["secret"].as_str().expect("a secret").to_owned();
    let confirmed = actor.post("/v1/me/totp", json!({"totp": totp(app, &secret, 0)})).await.expect(200);
    let codes = confirmed["recovery_codes"].as_array().expect("recovery codes").iter();
    (secret, codes.map(|code| code.as_str().expect("a code").to_owned()).collect())
}
