//! Accounts as admins see and change them.

use marketplace::accounts::{self, NewUser, PasswordHash};
use testing::{Actor, TestApp, Value, json};

use crate::accounts::support::{PASSWORD, holding, log_in, sign_up, turn_two_factor_on};

fn path(actor: &Actor) -> String {
    format!("/v1/admin/users/{}", actor.user.unwrap())
}

async fn named(app: &TestApp, email: &str, first: &str, last: Option<&str>) {
    let new = NewUser {
        email: email.parse().unwrap(),
        password: PasswordHash::from_kept("none".to_owned()),
        first_name: first.parse().unwrap(),
        last_name: last.map(|last| last.parse().unwrap()),
    };
    let market = app.market.clone();
    let made: marketplace::Result<_> =
        app.market.db.write(async move |tx| accounts::create_user(tx, &market, &new).await).await;
    made.unwrap();
}

fn emails(list: &Value) -> Vec<&str> {
    list["data"].as_array().unwrap().iter().map(|user| user["email"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn admins_find_people_by_address_and_name() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    named(&app, "Zoe@Example.com", "Zoë", Some("van  Dam")).await;
    named(&app, "amir@example.com", "Amir", Some("Zoëlner")).await;
    named(&app, "elodie@example.com", "Élodie", None).await;
    let cases = [
        ("zoe@", vec!["Zoe@Example.com"]),
        ("ZOE@EXAMPLE", vec!["Zoe@Example.com"]),
        ("zo%C3%AB", vec!["amir@example.com", "Zoe@Example.com"]),
        ("zo%C3%AB+van", vec!["Zoe@Example.com"]),
        ("Van+Dam+Z", vec!["Zoe@Example.com"]),
        ("%C3%A9lo", vec!["elodie@example.com"]),
        ("xample", vec![]),
        ("%25", vec![]),
        ("_oe", vec![]),
    ];
    for (q, wanted) in cases {
        let list = admin.get(&format!("/v1/admin/users?q={q}")).await.expect(200);
        assert_eq!(emails(&list), wanted, "{q}");
    }
    let all = admin.get("/v1/admin/users").await.expect(200);
    assert_eq!(all["data"].as_array().unwrap().len(), 4);
    let account = &admin.get("/v1/admin/users?q=amir").await.expect(200)["data"][0];
    assert_eq!(account["is_admin"], false);
    assert_eq!((&account["suspended"], &account["suspended_at"]), (&json!(false), &json!(null)));
    assert!(account.get("password_hash").is_none());
    app.stop().await;
}

#[tokio::test]
async fn a_renamed_user_is_found_by_the_new_name() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    ana.patch("/v1/me", json!({"first_name": "Zita", "last_name": "Quist"})).await.expect(200);
    for q in ["zita", "quist"] {
        let found = admin.get(&format!("/v1/admin/users?q={q}")).await.expect(200);
        assert_eq!(emails(&found), ["ana@example.com"], "{q}");
    }
    assert_eq!(admin.get("/v1/admin/users?q=ana%20").await.expect(200)["data"].as_array().unwrap().len(), 1);
    app.stop().await;
}

#[tokio::test]
async fn the_list_comes_page_by_page() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for index in 0..5 {
        app.user(&format!("user{index}")).await;
    }
    let mut seen = Vec::new();
    let mut path = "/v1/admin/users?q=user&limit=2".to_owned();
    loop {
        let page = admin.get(&path).await.expect(200);
        seen.extend(emails(&page).into_iter().map(ToOwned::to_owned));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/admin/users?q=user&limit=2&cursor={cursor}");
    }
    let wanted: Vec<_> = (0..5).rev().map(|index| format!("user{index}@example.com")).collect();
    assert_eq!(seen, wanted);
    let bad = admin.get("/v1/admin/users?limit=x&cursor=!&q=a%00b").await.expect_invalid();
    assert_eq!(bad, ["/cursor malformed", "/limit not_allowed", "/q not_allowed"]);
    app.stop().await;
}

#[tokio::test]
async fn a_suspended_user_loses_access_at_once() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    ana.get("/v1/me/vendors").await.expect(200);
    let changed = admin.patch(&path(&ana), json!({"suspended": true})).await.expect(200);
    assert_eq!(changed["suspended"], true);
    assert!(changed["suspended_at"].is_string());
    assert_eq!(admin.get(&path(&ana)).await.expect(200), changed);
    ana.get("/v1/me/vendors").await.expect_problem(403, "suspended");
    let back = admin.patch(&path(&ana), json!({"suspended": false})).await.expect(200);
    assert_eq!(back["suspended_at"], json!(null));
    // The sessions of before stay ended.
    ana.get("/v1/me/vendors").await.expect_problem(401, "unauthenticated");
    app.login_again(&ana).await.get("/v1/me/vendors").await.expect(200);
    app.stop().await;
}

#[tokio::test]
async fn admins_make_admins_and_never_unmake_themselves() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    for changes in [json!({"is_admin": false}), json!({"suspended": true})] {
        admin.patch(&path(&admin), changes).await.expect_problem(409, "last_admin");
    }
    ana.get("/v1/admin/users").await.expect_problem(403, "forbidden");
    assert_eq!(admin.patch(&path(&ana), json!({"is_admin": true})).await.expect(200)["is_admin"], true);
    ana.get("/v1/admin/users").await.expect(200);
    for changes in [json!({"is_admin": false}), json!({"suspended": true, "is_admin": true})] {
        admin.patch(&path(&admin), changes).await.expect_problem(409, "own_account");
    }
    admin.patch(&path(&admin), json!({"is_admin": true, "suspended": false})).await.expect(200);
    ana.patch(&path(&admin), json!({"is_admin": false})).await.expect(200);
    admin.get("/v1/admin/users").await.expect_problem(403, "forbidden");
    ana.patch(&path(&ana), json!({"is_admin": false})).await.expect_problem(409, "last_admin");
    app.stop().await;
}

#[tokio::test]
async fn of_two_admins_who_demote_each_other_one_stays() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for round in 0..5 {
        let other = app.user(&format!("user{round}")).await;
        admin.patch(&path(&other), json!({"is_admin": true})).await.expect(200);
        let (admin_path, other_path, no) = (path(&admin), path(&other), json!({"is_admin": false}));
        let (first, second) =
            tokio::join!(admin.patch(&other_path, no.clone()), other.patch(&admin_path, no.clone()));
        let mut statuses = [first.status.as_u16(), second.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 403], "{} {}", first.text(), second.text());
        if second.status.is_success() {
            other.patch(&admin_path, json!({"is_admin": true})).await.expect(200);
            admin.patch(&other_path, no).await.expect(200);
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn strangers_and_bad_input_are_refused() {
    let app = TestApp::start().await;
    let (admin, ana) = (app.admin().await, app.user("ana").await);
    for (actor, status, code) in [(&ana, 403, "forbidden"), (&app.anonymous(), 401, "unauthenticated")] {
        actor.get("/v1/admin/users").await.expect_problem(status, code);
        actor.get(&path(&ana)).await.expect_problem(status, code);
        actor.patch(&path(&ana), json!({"is_admin": 1})).await.expect_problem(status, code);
    }
    let cases = [
        (json!({"is_admin": null}), vec!["/is_admin wrong_type"]),
        (json!({"suspended": "yes", "email": "x"}), vec!["/email unknown_field", "/suspended wrong_type"]),
        (json!(null), vec![" wrong_type"]),
    ];
    for (body, wanted) in cases {
        assert_eq!(admin.patch(&path(&ana), body.clone()).await.expect_invalid(), wanted, "{body}");
    }
    let stale = admin.with_header("if-match", "\"old\"");
    stale.patch(&path(&ana), json!({"is_admin": true})).await.expect_problem(412, "precondition_failed");
    for nobody in ["usr_0AXS751X00W7C", "ven_0AXS751X00W7C", "x"] {
        admin.get(&format!("/v1/admin/users/{nobody}")).await.expect_problem(404, "not_found");
        admin.patch(&format!("/v1/admin/users/{nobody}"), json!(1)).await.expect_problem(404, "not_found");
    }
    app.stop().await;
}

/// Whoever has lost the second factor gets in again with the password alone, and is told; everybody else's stays.
#[tokio::test]
async fn a_lost_two_factor_login_is_turned_off_by_an_admin() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let tokens = sign_up(&app, "ana@example.com").await;
    let mut ana = holding(&app, &tokens["tokens"]);
    ana.user = tokens["user"]["id"].as_str().and_then(|id| id.parse().ok());
    let totp = format!("{}/totp", path(&ana));
    admin.delete(&totp).await.expect_problem(404, "not_found");
    turn_two_factor_on(&app, &ana).await;
    ana.delete(&totp).await.expect_problem(403, "forbidden");
    admin.delete(&format!("{}/totp", path(&admin))).await.expect_problem(409, "own_account");
    // Later than ten minutes after the login an admin gives the password, too.
    app.advance(601);
    let admin = app.login_again(&admin).await;
    admin.delete(&totp).await.expect(204);
    ana.get("/v1/me").await.expect_problem(401, "unauthenticated");
    log_in(&app, "ana@example.com", PASSWORD).await;
    admin.delete(&totp).await.expect_problem(404, "not_found");
    app.advance(601);
    admin.delete(&totp).await.expect_problem(403, "reauthentication_required");
    let log = admin.get("/v1/admin/audit-log?limit=1").await.expect(200);
    let change = json!({"before": {"two_factor": true}, "after": {"two_factor": false}});
    assert_eq!(log["data"][0]["changes"], change, "{log}");
    app.run_jobs().await;
    let mails = app.mails_to("ana@example.com").await;
    assert!(mails.iter().any(|mail| mail.subject.contains("turned off for you")), "{mails:?}");
    app.stop().await;
}
