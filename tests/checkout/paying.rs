//! Paying a checkout: it is confirmed once, and time decides until when.

use testing::{Actor, Response, TestApp, Value, json};

use super::{bought, check_invariants, path, stock};

async fn confirm(actor: &Actor, checkout: &Value, outcome: &str) -> Response {
    let payment = checkout["payment"]["id"].as_str().unwrap();
    actor.post(&format!("/v1/payments/{payment}/confirm"), json!({"outcome": outcome})).await
}

#[tokio::test]
async fn a_paid_checkout_is_confirmed() {
    let app = TestApp::builder().with(|settings| settings.checkout_ttl_seconds = 60).start().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 999, 5).await;
    let buyer = app.buyer("ana").await;
    let checkout = bought(&buyer, "one", &[&mug]).await;
    confirm(&buyer, &checkout, "succeed").await.expect(200);
    let paid = buyer.get(&path(&checkout)).await.expect(200);
    assert_eq!(paid["status"], "confirmed");
    assert_eq!(paid["payment"]["status"], "captured");
    assert_eq!(paid["orders"][0]["status"], "pending");
    confirm(&buyer, &checkout, "succeed").await.expect_problem(409, "already_paid");
    let again = format!("{}/payments", path(&checkout));
    buyer.post(&again, json!({"method": "test"})).await.expect_problem(409, "already_paid");
    buyer.post_empty(&format!("{}/cancel", path(&checkout))).await.expect_problem(409, "already_paid");
    app.advance(61);
    app.run_jobs().await;
    assert_eq!(buyer.get(&path(&checkout)).await.expect(200)["status"], "confirmed");
    assert_eq!(stock(&mia, &mug).await, 4);
    check_invariants(&app).await;
    app.stop().await;
}

#[tokio::test]
async fn after_a_decline_the_buyer_tries_again() {
    let app = TestApp::start().await;
    let mug = app.seller("mia").await.product("Mug", 999, 5).await;
    let buyer = app.buyer("ana").await;
    let checkout = bought(&buyer, "one", &[&mug]).await;
    assert_eq!(confirm(&buyer, &checkout, "decline").await.expect(200)["status"], "failed");
    assert_eq!(buyer.get(&path(&checkout)).await.expect(200)["status"], "awaiting_payment");
    let again = format!("{}/payments", path(&checkout));
    let second = buyer.post(&again, json!({"method": "test"})).await.expect(200);
    assert_ne!(second["payment"]["id"], checkout["payment"]["id"]);
    confirm(&buyer, &second, "succeed").await.expect(200);
    assert_eq!(buyer.get(&path(&checkout)).await.expect(200)["status"], "confirmed");
    check_invariants(&app).await;
    app.stop().await;
}

/// Cancelling one order of an unpaid checkout lowers what is due; cancelling the last ends the checkout.
#[tokio::test]
async fn orders_that_are_cancelled_are_no_longer_due() {
    let app = TestApp::start().await;
    let (mia, noah) = (app.seller("mia").await, app.seller("noah").await);
    let (mug, book) = (mia.product("Mug", 999, 5).await, noah.product("Book", 500, 5).await);
    let buyer = app.buyer("ana").await;
    let cancel = async |checkout: &Value, index: usize| {
        let order = checkout["orders"][index]["id"].as_str().unwrap().to_owned();
        buyer.post(&format!("/v1/orders/{order}/cancel"), json!({})).await.expect(200);
        buyer.get(&path(checkout)).await.expect(200)
    };
    let first = bought(&buyer, "one", &[&mug, &book]).await;
    let lowered = cancel(&first, 0).await;
    assert_eq!(
        (&lowered["status"], &lowered["grand_total"]["amount"]),
        (&json!("awaiting_payment"), &json!(500))
    );
    assert_eq!(stock(&mia, &mug).await, 5);
    let paid = confirm(&buyer, &lowered, "succeed").await.expect(200);
    assert_eq!(paid["amount"]["amount"], 500);

    let second = bought(&buyer, "two", &[&mug, &book]).await;
    cancel(&second, 1).await;
    let ended = cancel(&second, 0).await;
    assert_eq!(ended["status"], "cancelled");
    assert_eq!(ended["payment"]["status"], "cancelled");
    assert_eq!((stock(&mia, &mug).await, stock(&noah, &book).await), (5, 4));
    check_invariants(&app).await;
    app.stop().await;
}

/// The payment arrives in the instant of the expiry, many times over: each checkout is either paid and its
/// goods sold, or expired and its goods back; never both, never neither.
#[tokio::test]
async fn paying_in_the_instant_of_the_expiry() {
    let app = TestApp::builder().with(|settings| settings.checkout_ttl_seconds = 60).start().await;
    let mia = app.seller("mia").await;
    let mug = mia.product("Mug", 999, 100).await;
    let mut open = Vec::new();
    for number in 0..12 {
        let buyer = app.buyer(&format!("buyer{number}")).await;
        let checkout = bought(&buyer, "one", &[&mug]).await;
        open.push((buyer, checkout));
    }
    let payments = open.iter().map(|(buyer, checkout)| confirm(buyer, checkout, "succeed"));
    let expiry = async {
        app.advance(60);
        app.run_jobs().await
    };
    let (answers, _) = tokio::join!(futures_util::future::join_all(payments), expiry);
    app.run_jobs().await;
    let mut sold = 0;
    for ((buyer, checkout), answer) in open.iter().zip(&answers) {
        let shown = buyer.get(&path(checkout)).await.expect(200);
        if answer.status == 200 {
            sold += 1;
            assert_eq!(
                (&shown["status"], &shown["orders"][0]["status"]),
                (&json!("confirmed"), &json!("pending"))
            );
        } else {
            answer.expect_problem(409, "checkout_expired");
            assert_eq!(
                (&shown["status"], &shown["orders"][0]["status"]),
                (&json!("expired"), &json!("cancelled"))
            );
        }
    }
    assert_eq!(stock(&mia, &mug).await, 100 - sold);
    check_invariants(&app).await;
    app.stop().await;
}
