//! Logins over restarts, kills, shutdowns and several servers.

use std::io::Write;

use serde_json::json;
use types::Clock;

use crate::souk::{Place, Response, Server};

fn make_admin(place: &Place) {
    place
        .run_with_input(
            &["admin", "create", "--email", "root@souk.test", "--password-stdin"],
            "correct horse\n",
        )
        .expect_success();
}

fn log_in(server: &Server) -> String {
    let login = json!({ "email": "root@souk.test", "password": "correct horse" });
    let tokens = server.post("/v1/auth/login", &login).expect(200);
    tokens["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn an_admin_made_beside_the_running_server_logs_in() {
    let place = Place::new();
    let server = place.serve(&[]);
    make_admin(&place);
    let me = server.request("GET", "/v1/me", Some(&log_in(&server)), "").expect(200);
    assert_eq!(me["is_admin"], true);
    assert_eq!(me["first_name"], "Admin");
}

#[test]
fn tokens_survive_a_restart() {
    let place = Place::new();
    make_admin(&place);
    let first = place.serve(&["--public-url", "http://souk.test"]);
    let token = log_in(&first);
    first.stop();
    let second = place.serve(&["--public-url", "http://souk.test"]);
    second.request("GET", "/v1/me", Some(&token), "").expect(200);
}

#[test]
fn what_was_answered_survives_a_kill() {
    let place = Place::new();
    make_admin(&place);
    let first = place.serve(&["--public-url", "http://souk.test"]);
    let token = log_in(&first);
    first.signal("KILL");
    first.wait();
    let second = place.serve(&["--public-url", "http://souk.test"]);
    second.request("GET", "/v1/me", Some(&token), "").expect(200);
    place.run(&["doctor"]).expect_success();
}

/// Who has lost the second factor logs in with the password alone, once an operator has turned it off.
#[test]
fn a_lost_second_factor_is_turned_off() {
    let place = Place::new();
    make_admin(&place);
    let server = place.serve(&[]);
    let token = log_in(&server);
    let started = server.request("POST", "/v1/me/totp", Some(&token), "{}").expect(200);
    let secret = totp_rs::Secret::try_from_base32(started["secret"].as_str().unwrap()).unwrap();
    let authenticator = totp_rs::Builder::new().with_secret(secret).with_account_name("-").build().unwrap();
    let now = Clock::system().now().as_seconds().try_into().unwrap();
    let confirm = json!({ "totp": authenticator.generate(now).to_string() }).to_string();
    server.request("POST", "/v1/me/totp", Some(&token), &confirm).expect(200);
    let login = json!({ "email": "root@souk.test", "password": "correct horse" });
    assert_eq!(server.post("/v1/auth/login", &login).expect(401)["code"], "totp_required");

    let reset = ["admin", "reset-two-factor", "--email", "ROOT@souk.test"];
    let said = place.run(&reset).expect_success();
    assert!(said.contains("is off now"), "{said}");
    log_in(&server);
    let line = place.run(&reset).expect_failure(1);
    assert!(line.contains("off already"), "{line}");
    place.run(&["doctor"]).expect_success();
}

/// The body arrives after the signal, in a request that began before.
#[test]
fn the_end_waits_for_what_runs() {
    let place = Place::new();
    make_admin(&place);
    let server = place.serve(&[]);
    let body = json!({ "email": "root@souk.test", "password": "correct horse" }).to_string();
    let (begin, rest) = body.split_at(10);
    let mut stream = server.connect();
    write!(
        stream,
        "POST /v1/auth/login HTTP/1.1\r\nHost: souk.test\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{begin}",
        body.len()
    )
    .unwrap();
    // Answered after the head above was accepted: the connection is known to the server.
    server.get("/healthz").expect(200);
    server.signal("TERM");
    while std::net::TcpStream::connect(&server.address).is_ok() {}
    stream.write_all(rest.as_bytes()).unwrap();
    Response::read(stream).expect(200);
    assert_eq!(server.wait().code(), Some(0));
}

/// Two on one file: each leases its own number, and what one writes the other reads.
#[test]
fn two_servers_share_a_database() {
    let place = Place::new();
    make_admin(&place);
    let first = place.serve(&["--public-url", "http://souk.test"]);
    let second = place.serve(&["--public-url", "http://souk.test"]);
    let token = log_in(&first);
    second.request("GET", "/v1/me", Some(&token), "").expect(200);
    first.stop();
    second.request("GET", "/v1/me", Some(&token), "").expect(200);
}

/// Beside the running server, and while there is none.
#[test]
fn keys_are_rotated_and_nobody_is_logged_out() {
    let place = Place::new();
    make_admin(&place);
    let server = place.serve(&["--public-url", "http://souk.test"]);
    let token = log_in(&server);
    let kid = |token: &str| token.split('.').next().map(ToOwned::to_owned);
    let said = place.run(&["keys", "rotate"]).expect_success();
    assert!(said.contains("Retired 1 signing key."), "{said}");
    let follows = std::time::Instant::now();
    let mut fresh = log_in(&server);
    while kid(&fresh) == kid(&token) {
        assert!(follows.elapsed().as_secs() < 30, "the server does not follow");
        std::thread::sleep(std::time::Duration::from_millis(200));
        fresh = log_in(&server);
    }
    for token in [&token, &fresh] {
        server.request("GET", "/v1/me", Some(token), "").expect(200);
    }
    assert_eq!(server.get("/.well-known/jwks.json").expect(200)["keys"].as_array().unwrap().len(), 2);
    server.stop();
    place.run(&["keys", "rotate"]).expect_success();
    let server = place.serve(&["--public-url", "http://souk.test"]);
    assert_ne!(kid(&log_in(&server)), kid(&fresh));
    for token in [&token, &fresh] {
        server.request("GET", "/v1/me", Some(token), "").expect(200);
    }
}
