//! Invitations into a shop, also for people who have no account yet.

use testing::{TestApp, Value, json};

fn path(vendor: impl std::fmt::Display) -> String {
    format!("/v1/vendors/{vendor}/invitations")
}

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an invitation has an id")
}

#[tokio::test]
async fn somebody_without_an_account_registers_and_joins() {
    let app = TestApp::start().await;
    let seller = app.seller("ana").await;
    let invitation = seller
        .post(&path(seller.vendor), json!({"email": "Bo@Example.com", "role": "manager"}))
        .await
        .expect(201);
    assert_eq!((&invitation["role"], &invitation["vendor_name"]), (&json!("manager"), &json!("Shop of ana")));
    app.run_jobs().await;
    let mails = app.mails_to("Bo@Example.com").await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "Shop of ana invites you");
    assert!(mails[0].text.contains("as manager") && mails[0].text.contains("http://souk.test/account"));

    let bo = app.user("bo").await;
    let mine = bo.get("/v1/me/invitations").await.expect(200);
    assert_eq!(mine["data"], json!([invitation]));
    let accept = format!("/v1/me/invitations/{}/accept", id(&invitation));
    let member = bo.post_empty(&accept).await.expect(200);
    assert_eq!((&member["role"], &member["email"]), (&json!("manager"), &json!("bo@example.com")));
    bo.post_empty(&accept).await.expect_problem(404, "not_found");
    assert_eq!(bo.get("/v1/me/invitations").await.expect(200)["data"], json!([]));
    assert_eq!(bo.get("/v1/vendor/products").await.expect(200)["data"], json!([]));
    assert_eq!(seller.get(&path(seller.vendor)).await.expect(200)["data"], json!([]));
    let again = seller.post(&path(seller.vendor), json!({"email": "bo@example.com", "role": "staff"})).await;
    again.expect_problem(409, "already_member");
    app.stop().await;
}

#[tokio::test]
async fn an_invitation_is_for_one_address_only() {
    let app = TestApp::start().await;
    let (seller, bo, eve) = (app.seller("ana").await, app.user("bo").await, app.seller("eve").await);
    let invitation =
        seller.post(&path(seller.vendor), json!({"email": "bo@example.com", "role": "staff"})).await;
    let invitation = invitation.expect(201);
    let accept = format!("/v1/me/invitations/{}/accept", id(&invitation));
    eve.post_empty(&accept).await.expect_problem(404, "not_found");
    eve.delete(&format!("/v1/me/invitations/{}", id(&invitation))).await.expect_problem(404, "not_found");
    let withdraw = |vendor| format!("{}/{}", path(vendor), id(&invitation));
    eve.delete(&withdraw(seller.vendor)).await.expect_problem(403, "forbidden");
    eve.delete(&withdraw(eve.vendor)).await.expect_problem(404, "not_found");
    bo.get(&path(seller.vendor)).await.expect_problem(403, "forbidden");

    seller.delete(&withdraw(seller.vendor)).await.expect(204);
    bo.post_empty(&accept).await.expect_problem(404, "not_found");
    // Withdrawn before the mail left: nobody is told.
    app.run_jobs().await;
    assert!(app.mails_to("bo@example.com").await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn invitations_run_out_and_can_be_renewed() {
    let app = TestApp::start().await;
    let (seller, bo) = (app.seller("ana").await, app.user("bo").await);
    let body = json!({"email": "bo@example.com", "role": "staff"});
    let first = seller.post(&path(seller.vendor), body).await.expect(201);
    app.advance(14 * 86_400);
    let bo = app.login_again(&bo).await;
    assert_eq!(bo.get("/v1/me/invitations").await.expect(200)["data"], json!([]));
    let accept = format!("/v1/me/invitations/{}/accept", id(&first));
    bo.post_empty(&accept).await.expect_problem(404, "not_found");
    let seller = app.login_again(&seller).await;
    let vendor = first["vendor_id"].as_str().unwrap();
    let second =
        seller.post(&path(vendor), json!({"email": "bo@example.com", "role": "manager"})).await.expect(201);
    assert_eq!((&second["id"], &second["role"]), (&first["id"], &json!("manager")));
    bo.post_empty(&accept).await.expect(200);
    app.worker().sweep().await;
    app.stop().await;
}

#[tokio::test]
async fn bad_invitations_are_told_and_mails_have_a_limit() {
    let app = TestApp::builder().with(|settings| settings.throttle = true).start().await;
    let seller = app.seller("ana").await;
    let cases = [
        (json!({}), vec!["/email required", "/role required"]),
        (json!({"email": "bo", "role": "owner"}), vec!["/email malformed_email", "/role not_allowed"]),
    ];
    for (body, wanted) in cases {
        assert_eq!(seller.post(&path(seller.vendor), body.clone()).await.expect_invalid(), wanted, "{body}");
    }
    let invite =
        async || seller.post(&path(seller.vendor), json!({"email": "bo@example.com", "role": "staff"})).await;
    for _ in 0..5 {
        assert!(invite().await.header("ratelimit").contains("invite-recipient"));
    }
    invite().await.expect_problem(429, "rate_limited");
    app.stop().await;
}

/// Accepted twice at once: one membership, and one of the two is told that there is nothing left.
#[tokio::test]
async fn accepting_twice_at_once_is_once() {
    let app = TestApp::start().await;
    let (seller, bo) = (app.seller("ana").await, app.user("bo").await);
    let body = json!({"email": "bo@example.com", "role": "staff"});
    let invitation = seller.post(&path(seller.vendor), body).await.expect(201);
    let accept = format!("/v1/me/invitations/{}/accept", id(&invitation));
    let (one, two) = tokio::join!(bo.post_empty(&accept), bo.post_empty(&accept));
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404]);
    app.stop().await;
}
