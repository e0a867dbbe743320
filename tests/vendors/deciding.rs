//! What admins decide on vendors.

use testing::{TestApp, Value, json};

use super::{apply, decision, id};

#[tokio::test]
async fn every_decision_from_every_state() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let because = json!({"reason": "because"});
    // Decisions that lead to a state, and what is allowed there.
    let states: [(&[&str], &str, &[&str]); 5] = [
        (&[], "pending", &["accept", "reject"]),
        (&["accept"], "accepted", &["suspend"]),
        (&["reject"], "rejected", &[]),
        (&["accept", "suspend"], "suspended", &["reinstate"]),
        (&["accept", "suspend", "reinstate"], "accepted", &["suspend"]),
    ];
    for (round, (way, state, allowed)) in states.into_iter().enumerate() {
        for (index, name) in ["accept", "reject", "suspend", "reinstate"].into_iter().enumerate() {
            let owner = app.user(&format!("owner{round}{index}")).await;
            let vendor = apply(&owner, "Pots").await;
            for step in way {
                admin.post(&decision(&vendor, step), because.clone()).await.expect(200);
            }
            let answer = admin.post(&decision(&vendor, name), because.clone()).await;
            if allowed.contains(&name) {
                answer.expect(200);
                continue;
            }
            let problem = answer.expect_problem(409, "invalid_transition");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains(state), "{name}: {detail}");
            assert!(allowed.iter().all(|allowed| detail.contains(allowed)), "{name}: {detail}");
            assert_eq!(owner.get(&format!("/v1/vendors/{}", id(&vendor))).await.expect(200)["status"], state);
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn the_owner_is_told_and_the_history_kept() {
    let app = TestApp::start().await;
    let (ana, admin) = (app.user("ana").await, app.admin().await);
    let vendor = apply(&ana, "Pots").await;
    for (name, reason) in [("accept", ""), ("suspend", "late parcels"), ("reinstate", "")] {
        admin.post(&decision(&vendor, name), json!({"reason": reason})).await.expect(200);
    }
    let history = admin.get(&decision(&vendor, "reviews?limit=2")).await.expect(200);
    let rest = history["next_cursor"].as_str().unwrap();
    let rest = admin.get(&decision(&vendor, &format!("reviews?cursor={rest}"))).await.expect(200);
    let entries: Vec<&Value> =
        history["data"].as_array().unwrap().iter().chain(rest["data"].as_array().unwrap()).collect();
    let moves: Vec<_> =
        entries.iter().map(|entry| (&entry["from"], &entry["to"], &entry["reason"])).collect();
    assert_eq!(moves[0], (&json!("suspended"), &json!("accepted"), &json!(null)));
    assert_eq!(moves[1], (&json!("accepted"), &json!("suspended"), &json!("late parcels")));
    assert_eq!(moves[2], (&json!("pending"), &json!("accepted"), &json!(null)));
    assert_eq!(moves.len(), 3);
    assert_eq!(entries[0]["reviewer_id"], admin.user.unwrap().to_string());

    let bob = app.user("bob").await;
    let other = apply(&bob, "Pans").await;
    admin.post(&decision(&other, "reject"), json!({"reason": "no such street"})).await.expect(200);
    app.run_jobs().await;
    assert_eq!(app.mails_to("ana@example.com").await.len(), 4);
    let mails = app.mails_to("bob@example.com").await;
    assert_eq!(mails.len(), 2);
    assert!(mails.iter().any(|mail| mail.text.contains("no such street")), "the reason is told");
    app.stop().await;
}

#[tokio::test]
async fn suspension_hides_the_shop_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let seller = app.seller("ana").await;
    let path = format!("/v1/vendors/{}", seller.vendor);
    app.anonymous().get(&path).await.expect(200);
    let suspend = format!("/v1/admin/vendors/{}/suspend", seller.vendor);
    admin.post(&suspend, json!({"reason": "late parcels"})).await.expect(200);
    app.anonymous().get(&path).await.expect_problem(404, "not_found");
    app.anonymous().get(&format!("/v1/vendors/{}", seller.slug)).await.expect_problem(404, "not_found");
    assert_eq!(app.anonymous().get("/v1/vendors").await.expect(200)["data"], json!([]));
    let seen = seller.get(&path).await.expect(200);
    assert_eq!((&seen["status"], &seen["suspension_reason"]), (&json!("suspended"), &json!("late parcels")));
    let reinstate = format!("/v1/admin/vendors/{}/reinstate", seller.vendor);
    assert_eq!(admin.post_empty(&reinstate).await.expect(200)["suspension_reason"], json!(null));
    app.anonymous().get(&path).await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn of_two_decisions_at_once_one_wins() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for round in 0..5 {
        let vendor = apply(&app.user(&format!("user{round}")).await, "Pots").await;
        let (accept, reject) = (decision(&vendor, "accept"), decision(&vendor, "reject"));
        let (first, second) =
            tokio::join!(admin.post_empty(&accept), admin.post(&reject, json!({"reason": "no"})));
        let lost = if first.status.is_success() { second } else { first };
        lost.expect_problem(409, "invalid_transition");
        let history = admin.get(&decision(&vendor, "reviews")).await.expect(200);
        assert_eq!(history["data"].as_array().unwrap().len(), 1);
    }
    app.stop().await;
}

#[tokio::test]
async fn admins_find_vendors_by_status_page_by_page() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for index in 0..3 {
        apply(&app.user(&format!("user{index}")).await, &format!("Shop {index}")).await;
    }
    let seller = app.seller("ana").await;
    let mut seen = Vec::new();
    let mut path = "/v1/admin/vendors?status=pending&limit=2".to_owned();
    loop {
        let page = admin.get(&path).await.expect(200);
        seen.extend(page["data"].as_array().unwrap().iter().map(|vendor| vendor["name"].clone()));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/admin/vendors?status=pending&limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, ["Shop 2", "Shop 1", "Shop 0"]);
    assert_eq!(admin.get("/v1/admin/vendors").await.expect(200)["data"].as_array().unwrap().len(), 4);
    let accepted = admin.get("/v1/admin/vendors?status=accepted").await.expect(200);
    assert_eq!(accepted["data"][0]["id"], seller.vendor.to_string());
    let bad = admin.get("/v1/admin/vendors?status=happy&limit=101&cursor=x").await.expect_invalid();
    assert_eq!(bad, ["/cursor malformed", "/limit too_large", "/status not_allowed"]);
    app.stop().await;
}

#[tokio::test]
async fn only_admins_decide() {
    let app = TestApp::start().await;
    let (ana, admin) = (app.user("ana").await, app.admin().await);
    let vendor = apply(&ana, "Pots").await;
    for name in ["accept", "reject", "suspend", "reinstate"] {
        ana.post(&decision(&vendor, name), json!({})).await.expect_problem(403, "forbidden");
        let nobody = app.anonymous();
        nobody.post(&decision(&vendor, name), json!({})).await.expect_problem(401, "unauthenticated");
        let unknown = format!("/v1/admin/vendors/ven_0AXS751X00W7C/{name}");
        admin.post(&unknown, json!({})).await.expect_problem(404, "not_found");
    }
    ana.get("/v1/admin/vendors").await.expect_problem(403, "forbidden");
    ana.get(&decision(&vendor, "reviews")).await.expect_problem(403, "forbidden");
    ana.patch(&format!("/v1/admin/vendors/{}", id(&vendor)), json!({"commission_bps": 0}))
        .await
        .expect_problem(403, "forbidden");
    let cases = [
        (json!({}), "/reason required"),
        (json!({"reason": " "}), "/reason required"),
        (json!({"reason": "x".repeat(501)}), "/reason too_long"),
        (json!({"reason": "a\u{0}"}), "/reason not_allowed"),
    ];
    for (body, wanted) in cases {
        assert_eq!(admin.post(&decision(&vendor, "reject"), body).await.expect_invalid(), [wanted]);
    }
    app.stop().await;
}
