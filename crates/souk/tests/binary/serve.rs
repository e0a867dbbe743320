//! Start and end of the server.

use serde_json::json;

use crate::souk::Place;

#[test]
fn it_starts_says_where_everything_is_and_ends() {
    let place = Place::new();
    let server = place.serve(&[]);
    server.get("/readyz").expect(200);
    server.get("/openapi.json").expect(200);
    let address = server.address.clone();
    let printed = server.stop();
    for said in [
        format!("http://{address}/docs"),
        place.path().canonicalize().unwrap().join("souk-data").display().to_string(),
        format!("http://{address}/dev/mailbox"),
        "THE THROTTLE IS OFF".to_owned(),
    ] {
        assert!(printed.contains(&said), "{said} is not in {printed}");
    }
}

#[test]
fn an_interrupt_ends_it_as_well() {
    let place = Place::new();
    let server = place.serve(&[]);
    server.signal("INT");
    assert_eq!(server.wait().code(), Some(0));
}

/// The demo is made once, can be logged in to, and is sound.
#[test]
fn a_demo_can_be_looked_around_in() {
    let place = Place::new();
    let first = place.serve(&["--demo"]);
    let products = first.get("/v1/products?limit=100").expect(200);
    assert_eq!(products["data"].as_array().unwrap().len(), 30);
    let printed = first.stop();
    let again = place.serve(&["--demo"]);
    assert_eq!(again.get("/v1/products?limit=100").expect(200), products);
    assert_eq!(again.get("/v1/vendors").expect(200)["data"].as_array().unwrap().len(), 3);
    let accounts: Vec<&str> = printed.lines().filter(|line| line.contains("@souk.example")).collect();
    assert_eq!(accounts.len(), 5, "{printed}");
    for account in accounts {
        let words: Vec<&str> = account.split_whitespace().collect();
        let login = json!({ "email": words[2], "password": words[4] });
        again.post("/v1/auth/login", &login).expect(200);
    }
    place.run(&["doctor"]).expect_success();
}
