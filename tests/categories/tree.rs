//! Building the tree, moving in it, and what is refused.

use testing::{TestApp, json};

use super::{create, path};

#[tokio::test]
async fn everybody_sees_the_tree_that_admins_build() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    assert_eq!(
        app.anonymous().get("/v1/categories").await.expect(200),
        json!({"data": [], "next_cursor": null})
    );

    let home = create(&admin, "Home & Garden", None).await;
    assert_eq!(home["slug"], "home-garden");
    assert_eq!(home["path"], json!(["Home & Garden"]));
    assert_eq!(home["parent_id"], json!(null));
    assert_eq!(home["children"], json!([]));
    let pots = create(&admin, "Pots", Some(&home)).await;
    let first = json!({"name": "Bulbs", "parent_id": home["id"], "position": 0});
    let bulbs = admin.post("/v1/admin/categories", first).await.expect(201);
    create(&admin, "Books", None).await;

    let answer = app.anonymous().get("/v1/categories").await;
    let tree = answer.expect(200);
    assert_eq!(tree["data"].as_array().unwrap().len(), 2);
    let shown = &tree["data"][0];
    assert_eq!(shown["id"], home["id"]);
    // Equal positions: the older first.
    assert_eq!(shown["children"][0]["id"], pots["id"]);
    assert_eq!(shown["children"][1]["id"], bulbs["id"]);
    assert_eq!(shown["children"][1]["path"], json!(["Home & Garden", "Bulbs"]));
    let same = app.anonymous().with_header("if-none-match", answer.header("etag"));
    same.get("/v1/categories").await.expect(304);

    let by_slug = app.anonymous().get("/v1/categories/home-garden").await.expect(200);
    assert_eq!(&by_slug, shown);
    let by_id = format!("/v1/categories/{}", home["id"].as_str().unwrap());
    assert_eq!(&app.anonymous().get(&by_id).await.expect(200), shown);
    app.anonymous().get("/v1/categories/nothing").await.expect_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn a_category_can_be_renamed_moved_and_ordered() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (a, b) = (create(&admin, "A", None).await, create(&admin, "B", None).await);
    let child = create(&admin, "Child", Some(&a)).await;

    let renamed = admin.patch(&path(&child), json!({"name": "Kid"})).await.expect(200);
    assert_eq!((&renamed["name"], &renamed["slug"]), (&json!("Kid"), &json!("child")));
    assert_eq!(renamed["path"], json!(["A", "Kid"]));
    let moved = admin.patch(&path(&child), json!({"parent_id": b["id"]})).await.expect(200);
    assert_eq!(moved["path"], json!(["B", "Kid"]));
    let root = admin.patch(&path(&child), json!({"parent_id": null, "position": 0})).await.expect(200);
    assert_eq!(root["path"], json!(["Kid"]));
    let last = admin.patch(&path(&a), json!({"position": 7})).await.expect(200);
    assert_eq!(last["position"], 7);
    let tree = app.anonymous().get("/v1/categories").await.expect(200);
    let names: Vec<_> = tree["data"].as_array().unwrap().iter().map(|root| root["name"].clone()).collect();
    assert_eq!(names, ["Kid", "B", "A"]);
    app.stop().await;
}

#[tokio::test]
async fn a_stale_change_is_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let category = create(&admin, "A", None).await;
    let read = app.anonymous().get("/v1/categories/a").await;
    let fresh = admin.with_header("if-match", read.header("etag"));
    fresh.patch(&path(&category), json!({"name": "B"})).await.expect(200);
    fresh.patch(&path(&category), json!({"name": "C"})).await.expect_problem(412, "precondition_failed");
    fresh.delete(&path(&category)).await.expect_problem(412, "precondition_failed");
    assert_eq!(app.anonymous().get("/v1/categories/a").await.expect(200)["name"], "B");
    app.stop().await;
}

/// Slugs are made of the name, then of the parent's and its own, then numbered.
#[tokio::test]
async fn equal_names_get_different_slugs() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let phones = create(&admin, "Phones", None).await;
    let mut slugs = Vec::new();
    for _ in 0..3 {
        slugs.push(create(&admin, "Cases", Some(&phones)).await["slug"].clone());
    }
    assert_eq!(slugs, ["cases", "phones-cases", "phones-cases-2"]);
    for _ in 0..20 {
        slugs.push(create(&admin, "Phones", None).await["slug"].clone());
    }
    slugs.sort_by_key(ToString::to_string);
    slugs.dedup();
    assert_eq!(slugs.len(), 23);
    app.stop().await;
}

#[tokio::test]
async fn a_category_never_lies_below_itself_or_too_deep() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let top = create(&admin, "Level 1", None).await;
    let mut chain = vec![top.clone()];
    for level in 2..=16 {
        chain.push(create(&admin, &format!("Level {level}"), chain.last()).await);
    }
    for below in [&chain[0], &chain[1], &chain[15]] {
        let answer = admin.patch(&path(&top), json!({"parent_id": below["id"]})).await;
        assert_eq!(answer.expect_invalid(), ["/parent_id cycle"]);
    }
    let deeper = json!({"name": "Level 17", "parent_id": chain[15]["id"]});
    let answer = admin.post("/v1/admin/categories", deeper).await;
    assert_eq!(answer.expect_invalid(), ["/parent_id too_deep"]);
    let other = create(&admin, "Other", None).await;
    let answer = admin.patch(&path(&top), json!({"parent_id": other["id"]})).await;
    assert_eq!(answer.expect_invalid(), ["/parent_id too_deep"]);
    app.stop().await;
}

/// Each move is fine alone; together they would make a ring.
#[tokio::test]
async fn two_moves_at_once_make_no_ring() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (a, b) = (create(&admin, "A", None).await, create(&admin, "B", None).await);
    let (to_b, to_a) = (json!({"parent_id": b["id"]}), json!({"parent_id": a["id"]}));
    let (a_path, b_path) = (path(&a), path(&b));
    let (first, second) = tokio::join!(admin.patch(&a_path, to_b), admin.patch(&b_path, to_a));
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422]);
    assert_eq!(app.anonymous().get("/v1/categories").await.expect(200)["data"].as_array().unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn only_admins_change_the_tree() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let category = create(&admin, "A", None).await;
    let (user, nobody) = (app.user("ana").await, app.anonymous());
    for (actor, status, code) in [(&user, 403, "forbidden"), (&nobody, 401, "unauthenticated")] {
        actor.post("/v1/admin/categories", json!({"name": 1})).await.expect_problem(status, code);
        actor.patch(&path(&category), json!({"name": 1})).await.expect_problem(status, code);
        actor.delete(&path(&category)).await.expect_problem(status, code);
    }
    app.stop().await;
}

#[tokio::test]
async fn bad_input_is_told_all_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let category = create(&admin, "A", None).await;
    let nothing = "cat_0AXS751X00W7C";
    let cases = [
        (json!({}), vec!["/name required"]),
        (json!({"name": " "}), vec!["/name required"]),
        (json!({"name": "x".repeat(51)}), vec!["/name too_long"]),
        (json!({"name": "a\u{0}b"}), vec!["/name not_allowed"]),
        (json!({"name": "a", "parent_id": nothing}), vec!["/parent_id not_found"]),
        (json!({"name": "a", "parent_id": "prod_0AXS751X00W7C"}), vec!["/parent_id malformed_id"]),
        (json!({"name": 7, "colour": 1}), vec!["/colour unknown_field", "/name wrong_type"]),
        (json!({"name": "a", "position": -1}), vec!["/position too_small"]),
        (json!({"name": "a", "position": 1_000_001}), vec!["/position too_large"]),
    ];
    for (body, wanted) in cases {
        assert_eq!(admin.post("/v1/admin/categories", body.clone()).await.expect_invalid(), wanted, "{body}");
    }
    let cases = [
        (json!({"name": null}), vec!["/name wrong_type"]),
        (json!({"parent_id": nothing}), vec!["/parent_id not_found"]),
        (json!({"title": "b"}), vec!["/title unknown_field"]),
    ];
    for (body, wanted) in cases {
        assert_eq!(admin.patch(&path(&category), body.clone()).await.expect_invalid(), wanted, "{body}");
    }
    let unknown = format!("/v1/admin/categories/{nothing}");
    admin.patch(&unknown, json!({"name": 7})).await.expect_problem(404, "not_found");
    admin.delete(&unknown).await.expect_problem(404, "not_found");
    admin.delete("/v1/admin/categories/nonsense").await.expect_problem(404, "not_found");
    app.stop().await;
}
