//! Attributes that admins keep at categories.

use testing::{Actor, TestApp, Value, json};

use super::{create, path};

async fn add(admin: &Actor, category: &Value, body: Value) -> Value {
    admin.post(&format!("{}/attributes", path(category)), body).await.expect(201)
}

fn keys(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|one| one["key"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn categories_inherit_attributes() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let devices = create(&admin, "Devices", None).await;
    let phones = create(&admin, "Phones", Some(&devices)).await;
    let colour =
        add(&admin, &devices, json!({"name": "Colour", "type": "choice", "choices": ["Red", "Blue"]})).await;
    assert_eq!(
        colour,
        json!({"id": colour["id"], "category_id": devices["id"], "key": "colour", "name": "Colour",
            "type": "choice", "unit": null, "choices": ["Red", "Blue"], "required": false, "position": 0})
    );
    let size = json!({"name": "Screen size", "type": "number", "unit": "cm", "required": true});
    add(&admin, &phones, size).await;
    add(&admin, &devices, json!({"name": "Brand", "type": "text", "position": 0})).await;

    let public = app.anonymous();
    let of_phones = public.get("/v1/categories/phones/attributes").await.expect(200);
    assert_eq!(keys(&of_phones), ["colour", "brand", "screen-size"]);
    assert_eq!(keys(&public.get("/v1/categories/devices/attributes").await.expect(200)), ["colour", "brand"]);
    let own = admin.get(&format!("{}/attributes", path(&phones))).await.expect(200);
    assert_eq!(keys(&own), ["screen-size"]);

    let one = format!("{}/attributes/{}", path(&devices), colour["id"].as_str().unwrap());
    let changed = json!({"name": "Shade", "choices": ["Red", "Green"], "required": true, "position": 9});
    let changed = admin.patch(&one, changed).await.expect(200);
    assert_eq!(
        (&changed["key"], &changed["name"], &changed["required"]),
        (&json!("colour"), &json!("Shade"), &json!(true))
    );
    admin.delete(&one).await.expect(204);
    admin.delete(&one).await.expect_problem(404, "not_found");
    assert_eq!(keys(&public.get("/v1/categories/devices/attributes").await.expect(200)), ["brand"]);
    app.stop().await;
}

#[tokio::test]
async fn a_key_is_one_attributes_along_every_path() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let top = create(&admin, "Top", None).await;
    let middle = create(&admin, "Middle", Some(&top)).await;
    let leaf = create(&admin, "Leaf", Some(&middle)).await;
    let other = create(&admin, "Other", None).await;
    let text = json!({"name": "Brand", "type": "text"});
    add(&admin, &middle, text.clone()).await;
    add(&admin, &other, text.clone()).await;
    for category in [&top, &middle, &leaf] {
        let answer = admin.post(&format!("{}/attributes", path(category)), text.clone()).await;
        answer.expect_problem(409, "attribute_exists");
    }
    let moved = admin.patch(&path(&middle), json!({"parent_id": other["id"]})).await;
    moved.expect_problem(409, "attribute_exists");
    admin.patch(&path(&middle), json!({"parent_id": null})).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn bad_attributes_are_refused() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let category = create(&admin, "A", None).await;
    let address = format!("{}/attributes", path(&category));
    let cases = [
        (json!({}), vec!["/name required", "/type required"]),
        (json!({"name": "a", "type": "date"}), vec!["/type not_allowed"]),
        (
            json!({"name": "a", "type": "text", "unit": "cm", "choices": ["x"]}),
            vec!["/choices not_allowed", "/unit not_allowed"],
        ),
        (json!({"name": "a", "type": "choice"}), vec!["/choices required"]),
        (json!({"name": "a", "type": "choice", "choices": []}), vec!["/choices required"]),
        (json!({"name": "a", "type": "choice", "choices": ["x", "x"]}), vec!["/choices not_allowed"]),
        (json!({"name": "a", "type": "choice", "choices": vec!["x"; 201]}), vec!["/choices too_long"]),
        (json!({"name": "a", "type": "choice", "choices": ["x", 1]}), vec!["/choices/1 wrong_type"]),
        (json!({"name": "a", "type": "text", "key": "b"}), vec!["/key unknown_field"]),
    ];
    for (body, wanted) in cases {
        assert_eq!(admin.post(&address, body.clone()).await.expect_invalid(), wanted, "{body}");
    }
    let text = add(&admin, &category, json!({"name": "Brand", "type": "text"})).await;
    let one = format!("{address}/{}", text["id"].as_str().unwrap());
    assert_eq!(admin.patch(&one, json!({"unit": "cm"})).await.expect_invalid(), ["/unit not_allowed"]);
    assert_eq!(admin.patch(&one, json!({"choices": ["x"]})).await.expect_invalid(), ["/choices not_allowed"]);
    assert_eq!(admin.patch(&one, json!({"type": "number"})).await.expect_invalid(), ["/type unknown_field"]);
    let (user, nobody) = (app.user("ana").await, app.anonymous());
    for (actor, status, code) in [(&user, 403, "forbidden"), (&nobody, 401, "unauthenticated")] {
        actor.get(&address).await.expect_problem(status, code);
        actor.post(&address, json!({})).await.expect_problem(status, code);
        actor.patch(&one, json!({"name": 1})).await.expect_problem(status, code);
        actor.delete(&one).await.expect_problem(status, code);
    }
    let elsewhere = create(&admin, "B", None).await;
    let wrong = format!("{}/attributes/{}", path(&elsewhere), text["id"].as_str().unwrap());
    admin.patch(&wrong, json!({"name": 1})).await.expect_problem(404, "not_found");
    admin.delete(&wrong).await.expect_problem(404, "not_found");
    admin
        .post("/v1/admin/categories/cat_0AXS751X00W7C/attributes", json!({}))
        .await
        .expect_problem(404, "not_found");
    nobody.get("/v1/categories/nothing/attributes").await.expect_problem(404, "not_found");
    app.stop().await;
}
