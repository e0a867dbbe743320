//! The address book.

use futures_util::future::join_all;
use testing::{Actor, TestApp, Value, json};

fn address(name: &str) -> Value {
    json!({"name": name, "phone": "+55 11 91234-5678", "line1": "Rua Augusta 1500", "city": "São Paulo",
        "postal_code": "01304-001", "country": "br"})
}

async fn add(actor: &Actor, name: &str, is_default: Option<bool>) -> Value {
    let mut new = address(name);
    if let Some(is_default) = is_default {
        new["is_default"] = json!(is_default);
    }
    actor.post("/v1/me/addresses", new).await.expect(201)
}

fn path(address: &Value) -> String {
    format!("/v1/me/addresses/{}", address["id"].as_str().expect("an address has an id"))
}

/// The names in the book, the newest first, the default with a star.
async fn book(actor: &Actor) -> Vec<String> {
    let list = actor.get("/v1/me/addresses").await.expect(200);
    let entries = list["data"].as_array().expect("a list has data");
    let shown = entries.iter().map(|entry| {
        let star = if entry["is_default"] == true { "*" } else { "" };
        format!("{}{star}", entry["name"].as_str().expect("an address has a name"))
    });
    shown.collect()
}

#[tokio::test]
async fn an_address_is_kept_as_written() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let mut new = address(" Ana ");
    new["line2"] = json!("Apto 12");
    new["region"] = json!("SP");
    let made = ana.post("/v1/me/addresses", new).await;
    let added = made.expect(201);
    let fields: Vec<_> = added.as_object().unwrap().keys().cloned().collect();
    let order =
        ["id", "name", "phone", "line1", "line2", "city", "region", "postal_code", "country", "is_default"];
    assert_eq!(fields, order);
    assert_eq!((&added["name"], &added["country"]), (&json!("Ana"), &json!("BR")));
    let shown = ana.get(&path(&added)).await;
    assert_eq!(shown.header("etag"), made.header("etag"));
    assert_eq!(shown.expect(200), added);
    let changed = ana.patch(&path(&added), json!({"line2": null, "city": "Santos"})).await.expect(200);
    assert_eq!((&changed["line2"], &changed["region"]), (&json!(null), &json!("SP")));
    assert_eq!((&changed["city"], &changed["is_default"]), (&json!("Santos"), &json!(true)));
    let stale = ana.with_header("if-match", made.header("etag"));
    stale.patch(&path(&added), json!({"city": "Rio"})).await.expect_problem(412, "precondition_failed");
    stale.delete(&path(&added)).await.expect_problem(412, "precondition_failed");
    assert_eq!(ana.delete(&path(&added)).await.status, 204);
    ana.get(&path(&added)).await.expect_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn there_is_one_default_while_there_are_addresses() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    let a = add(&ana, "A", Some(false)).await;
    assert_eq!(a["is_default"], true, "the first is it anyway");
    let b = add(&ana, "B", None).await;
    let c = add(&ana, "C", Some(true)).await;
    assert_eq!(book(&ana).await, ["C*", "B", "A"]);
    ana.patch(&path(&a), json!({"is_default": true})).await.expect(200);
    assert_eq!(book(&ana).await, ["C", "B", "A*"]);
    let kept = ana.patch(&path(&a), json!({"is_default": false})).await.expect(200);
    assert_eq!(kept["is_default"], true, "it is passed on, not given up");
    ana.delete(&path(&c)).await.expect(204);
    assert_eq!(book(&ana).await, ["B", "A*"]);
    ana.delete(&path(&a)).await.expect(204);
    assert_eq!(book(&ana).await, ["B*"]);
    ana.delete(&path(&b)).await.expect(204);
    assert!(book(&ana).await.is_empty());
    assert_eq!(add(&ana, "D", None).await["is_default"], true);
    app.stop().await;
}

#[tokio::test]
async fn an_address_is_its_users_alone() {
    let app = TestApp::start().await;
    let (ana, bob) = (app.user("ana").await, app.user("bob").await);
    let added = add(&ana, "A", None).await;
    bob.get(&path(&added)).await.expect_problem(404, "not_found");
    bob.patch(&path(&added), json!({"city": 7})).await.expect_problem(404, "not_found");
    bob.delete(&path(&added)).await.expect_problem(404, "not_found");
    assert!(book(&bob).await.is_empty());
    assert_eq!(book(&ana).await, ["A*"]);
    app.stop().await;
}

/// First addresses, new defaults and removals at the same time: there is one default all along.
#[tokio::test]
async fn defaults_do_not_collide() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    join_all((0..6).map(|place| add(&ana, ["A", "B", "C", "D", "E", "F"][place], None))).await;
    let stars = async || book(&ana).await.iter().filter(|name| name.ends_with('*')).count();
    assert_eq!(stars().await, 1);
    let list = ana.get("/v1/me/addresses").await.expect(200)["data"].as_array().unwrap().clone();
    let changes = list.iter().map(async |entry| {
        ana.patch(&path(entry), json!({"is_default": true})).await.expect(200);
    });
    join_all(changes).await;
    assert_eq!(stars().await, 1);
    let removals = list.iter().take(5).map(async |entry| {
        ana.delete(&path(entry)).await.expect(204);
    });
    join_all(removals).await;
    assert_eq!((stars().await, book(&ana).await.len()), (1, 1));
    app.stop().await;
}

#[tokio::test]
async fn an_address_book_has_pages_and_an_end() {
    let app = TestApp::start().await;
    let ana = app.user("ana").await;
    for _ in 0..100 {
        add(&ana, "A", None).await;
    }
    ana.post("/v1/me/addresses", address("B")).await.expect_problem(409, "address_book_full");
    let (mut seen, mut next) = (0, "/v1/me/addresses?limit=30".to_owned());
    while !next.is_empty() {
        let page = ana.get(&next).await.expect(200);
        seen += page["data"].as_array().unwrap().len();
        next = page["next_cursor"]
            .as_str()
            .map(|cursor| format!("/v1/me/addresses?limit=30&cursor={cursor}"))
            .unwrap_or_default();
    }
    assert_eq!(seen, 100);
    app.stop().await;
}
