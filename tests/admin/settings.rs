//! Settings that admins change while the marketplace runs.

use std::time::Duration;

use db::{Stmt, params};
use marketplace::settings;
use testing::{TestApp, json};

const PATH: &str = "/v1/admin/settings";

#[tokio::test]
async fn a_change_holds_at_once_and_is_in_the_log() {
    let app = TestApp::start().await;
    let (admin, seller) = (app.admin().await, app.seller("ana").await);
    let before = admin.get(PATH).await.expect(200);
    assert_eq!((&before["commission_bps"], &before["hold_days"]), (&json!(1_000), &json!(7)));
    let after = admin.put(PATH, json!({"commission_bps": 500, "hold_days": 1})).await.expect(200);
    assert_eq!((&after["commission_bps"], &after["hold_days"]), (&json!(500), &json!(1)));
    assert_eq!(admin.get(PATH).await.expect(200), after);
    let shop = seller.get(&format!("/v1/vendors/{}", seller.vendor)).await.expect(200);
    assert_eq!(shop["commission_bps"], 500);
    let entry = &admin.get("/v1/admin/audit-log?action=settings.set").await.expect(200)["data"][0];
    let changes = json!({"before": {"commission_bps": 1_000, "hold_days": 7}, "after": {"commission_bps": 500, "hold_days": 1}});
    assert_eq!((&entry["changes"], &entry["subject"]), (&changes, &json!("settings")));

    let reset = admin.put(PATH, json!({"commission_bps": null})).await.expect(200);
    assert_eq!((&reset["commission_bps"], &reset["hold_days"]), (&json!(1_000), &json!(1)));
    assert_eq!(admin.put(PATH, reset.clone()).await.expect(200), reset);
    app.stop().await;
}

#[tokio::test]
async fn definitions_tell_limits_and_who_changed_what() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let all = admin.get(PATH).await.expect(200);
    // Who sends back what they read sets nothing by it.
    admin.put(PATH, all.clone()).await.expect(200);
    admin.put(PATH, json!({"return_days": 30})).await.expect(200);
    let definitions = admin.get("/v1/admin/settings/definitions").await.expect(200);
    let definitions = definitions.as_array().unwrap();
    assert_eq!(definitions.len(), all.as_object().unwrap().len());
    for definition in definitions {
        let is_changed = definition["name"] == "return_days";
        assert_eq!(definition["changed_at"].is_string(), is_changed, "{definition}");
        assert!(definition["description"].as_str().is_some_and(|text| text.len() > 20), "{definition}");
    }
    let days = definitions.iter().find(|definition| definition["name"] == "return_days").unwrap();
    assert_eq!(
        (&days["value"], &days["configured"], &days["maximum"]),
        (&json!(30), &json!(14), &json!(365))
    );
    assert_eq!(days["changed_by"], admin.user.unwrap().to_string());
    app.stop().await;
}

#[tokio::test]
async fn bad_values_are_told_all_at_once() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let cases = [
        (json!([]), vec![" wrong_type"]),
        (json!({"colour": 1}), vec!["/colour unknown_field"]),
        (
            json!({"commission_bps": 10_001, "hold_days": -1, "fulfilment": "mule", "currency": "usd"}),
            vec![
                "/commission_bps too_large",
                "/currency not_allowed",
                "/fulfilment not_allowed",
                "/hold_days too_small",
            ],
        ),
        (
            json!({"commission_bps": "1", "mail_from": 3}),
            vec!["/commission_bps wrong_type", "/mail_from wrong_type"],
        ),
        (
            json!({"commission_bps": 1.5, "mail_from": "nobody"}),
            vec!["/commission_bps wrong_type", "/mail_from not_allowed"],
        ),
        (json!({"mail_from": format!("{} <a@b.example>", "x".repeat(300))}), vec!["/mail_from too_long"]),
    ];
    for (body, wanted) in cases {
        assert_eq!(admin.put(PATH, body.clone()).await.expect_invalid(), wanted, "{body}");
    }
    admin
        .with_header("if-match", "\"old\"")
        .put(PATH, json!({}))
        .await
        .expect_problem(412, "precondition_failed");
    app.buyer("bo").await.put(PATH, json!({"commission_bps": 0})).await.expect_problem(403, "forbidden");
    app.anonymous().get(PATH).await.expect_problem(401, "unauthenticated");
    app.stop().await;
}

#[tokio::test]
async fn the_currency_is_fixed_by_the_first_product() {
    let app = TestApp::start().await;
    let (admin, seller) = (app.admin().await, app.seller("ana").await);
    assert_eq!(admin.put(PATH, json!({"currency": "EUR"})).await.expect(200)["currency"], "EUR");
    let product = seller.product("Pot", 1_000, 5).await;
    assert_eq!(product["price"]["currency"], "EUR");
    admin.put(PATH, json!({"currency": "USD"})).await.expect_problem(409, "currency_is_fixed");
    admin.put(PATH, json!({"currency": null})).await.expect_problem(409, "currency_is_fixed");
    admin.put(PATH, json!({"currency": "EUR"})).await.expect(200);
    // What an admin has set is what a start goes by.
    settings::fix_currency(&app.market.db, "USD".parse().unwrap()).await.unwrap();
    app.stop().await;
}

#[tokio::test]
async fn mails_come_from_who_is_set() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    admin.put(PATH, json!({"mail_from": "Bazaar <hello@bazaar.example>"})).await.expect(200);
    let seller = app.seller("ana").await;
    app.run_jobs().await;
    let mails = app.mails_to(&format!("{}@example.com", "ana")).await;
    assert!(
        mails.iter().all(|mail| mail.text.contains("Bazaar")),
        "{:?}",
        mails.first().map(|mail| &mail.text)
    );
    assert!(!mails.is_empty());
    drop(seller);
    app.stop().await;
}

static SET_ELSEWHERE: Stmt = Stmt::new(
    "INSERT INTO setting_values (name, value, changed_at) VALUES ('checkout_ttl_seconds', '77', 1)",
);
static COUNT_ELSEWHERE: Stmt = Stmt::new("INSERT INTO setting_versions (id, version) VALUES (1, 9)");

/// What another node changed, of which nobody here was told, holds here within a second.
#[tokio::test]
async fn other_nodes_are_followed() {
    let app = TestApp::start().await;
    let following = tokio::spawn(settings::follow(app.market.clone()));
    let written: db::Result<()> = app
        .market
        .db
        .write(async |tx| {
            tx.exec_n(1, &SET_ELSEWHERE, params![]).await?;
            tx.exec_n(1, &COUNT_ELSEWHERE, params![]).await
        })
        .await;
    written.unwrap();
    let seen = async {
        loop {
            if app.market.settings.checkout_ttl_seconds == 77 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(1), seen).await.expect("the change is seen in time");
    following.abort();
    app.stop().await;
}

/// Two changes at once: both hold, one after the other.
#[tokio::test]
async fn changes_at_once_do_not_undo_one_another() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let (one, two) =
        tokio::join!(admin.put(PATH, json!({"hold_days": 3})), admin.put(PATH, json!({"return_days": 4})),);
    one.expect(200);
    two.expect(200);
    let after = admin.get(PATH).await.expect(200);
    assert_eq!((&after["hold_days"], &after["return_days"]), (&json!(3), &json!(4)));
    assert_eq!(
        (app.market.settings.hold_seconds, app.market.settings.return_window_seconds),
        (3 * 86_400, 4 * 86_400)
    );
    app.stop().await;
}
