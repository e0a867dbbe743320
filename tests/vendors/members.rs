//! Who works in a shop.

use testing::{TestApp, json};

#[tokio::test]
async fn the_owner_keeps_the_members() {
    let app = TestApp::start().await;
    let (seller, bo) = (app.seller("ana").await, app.user("bo").await);
    let members = format!("/v1/vendors/{}/members", seller.vendor);
    let add = json!({"email": "BO@example.com", "role": "staff"});
    let member = seller.post(&members, add.clone()).await.expect(201);
    assert_eq!(member["user_id"], bo.user.unwrap().to_string());
    assert_eq!((&member["email"], &member["role"]), (&json!("bo@example.com"), &json!("staff")));
    seller.post(&members, add).await.expect_problem(409, "already_member");
    let list = seller.get(&members).await.expect(200);
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    assert_eq!(list["data"][0]["role"], "owner");
    let page = seller.get(&format!("{members}?limit=1")).await.expect(200);
    let next = page["next_cursor"].as_str().unwrap();
    assert_eq!(seller.get(&format!("{members}?cursor={next}")).await.expect(200)["data"], json!([member]));

    let path = format!("{members}/{}", bo.user.unwrap());
    let promoted = seller.patch(&path, json!({"role": "manager"})).await.expect(200);
    assert_eq!(promoted["role"], "manager");
    let mine = bo.get("/v1/me/vendors").await.expect(200);
    assert_eq!(
        (&mine["data"][0]["role"], &mine["data"][0]["vendor"]["slug"]),
        (&json!("manager"), &json!(seller.slug))
    );
    seller.delete(&path).await.expect(204);
    seller.delete(&path).await.expect_problem(404, "not_found");
    assert_eq!(bo.get("/v1/me/vendors").await.expect(200)["data"], json!([]));
    app.stop().await;
}

#[tokio::test]
async fn a_shop_keeps_its_owner() {
    let app = TestApp::start().await;
    let seller = app.seller("ana").await;
    let path = format!("/v1/vendors/{}/members/{}", seller.vendor, seller.user.unwrap());
    seller.delete(&path).await.expect_problem(409, "owner_stays");
    seller.patch(&path, json!({"role": "staff"})).await.expect_problem(409, "owner_stays");
    let members = format!("/v1/vendors/{}/members", seller.vendor);
    seller
        .post(&members, json!({"email": "ana@example.com", "role": "staff"}))
        .await
        .expect_problem(409, "already_member");
    assert_eq!(seller.get(&members).await.expect(200)["data"][0]["role"], "owner");
    app.stop().await;
}

#[tokio::test]
async fn nobody_but_the_owner_sees_or_changes_them() {
    let app = TestApp::start().await;
    let (seller, other) = (app.seller("ana").await, app.seller("eve").await);
    let (manager, admin) = (app.user("mia").await, app.admin().await);
    let members = format!("/v1/vendors/{}/members", seller.vendor);
    seller.post(&members, json!({"email": "mia@example.com", "role": "manager"})).await.expect(201);
    let member = format!("{members}/{}", manager.user.unwrap());
    for actor in [&manager, &*other, &admin] {
        actor.get(&format!("{members}?limit=0")).await.expect_problem(403, "forbidden");
        actor.post(&members, json!({})).await.expect_problem(403, "forbidden");
        actor.patch(&member, json!({})).await.expect_problem(403, "forbidden");
        actor.delete(&member).await.expect_problem(403, "forbidden");
    }
    app.anonymous().get(&members).await.expect_problem(401, "unauthenticated");
    let pending = super::apply(&app.user("cleo").await, "Hidden").await;
    let hidden = format!("/v1/vendors/{}/members", super::id(&pending));
    seller.get(&hidden).await.expect_problem(404, "not_found");
    seller.post(&hidden, json!({})).await.expect_problem(404, "not_found");
    app.stop().await;
}

#[tokio::test]
async fn bad_members_are_told() {
    let app = TestApp::start().await;
    let seller = app.seller("ana").await;
    app.user("bo").await;
    let members = format!("/v1/vendors/{}/members", seller.vendor);
    let cases = [
        (json!({}), vec!["/email required", "/role required"]),
        (json!({"email": "nobody@example.com", "role": "staff"}), vec!["/email not_found"]),
        (json!({"email": "bo", "role": "boss"}), vec!["/email malformed_email", "/role not_allowed"]),
        (json!({"email": "bo@example.com", "role": "owner"}), vec!["/role not_allowed"]),
        (json!({"email": "bo@example.com", "role": "staff", "x": 1}), vec!["/x unknown_field"]),
    ];
    for (body, wanted) in cases {
        assert_eq!(seller.post(&members, body.clone()).await.expect_invalid(), wanted, "{body}");
    }
    seller.get(&format!("{members}?limit=0")).await.expect_problem(422, "invalid");
    let nobody = format!("{members}/usr_0AXS751X00W7C");
    seller.patch(&nobody, json!({"role": 7})).await.expect_problem(404, "not_found");
    seller.delete(&nobody).await.expect_problem(404, "not_found");
    seller.delete(&format!("{members}/nonsense")).await.expect_problem(404, "not_found");
    app.stop().await;
}
