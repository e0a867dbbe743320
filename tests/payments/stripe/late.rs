//! Money that comes too late goes back, once; the stock, too.

use testing::json;

use super::{Town, checkout_path, payment_id};

#[tokio::test]
async fn the_event_comes_after_the_expiry() {
    let town = Town::open().await;
    let checkout = town.buy().await;
    let event = town.stripe.is_paid(payment_id(&checkout));
    town.app.advance(61);
    town.app.run_jobs().await;
    assert_eq!(town.checkout(&checkout).await["status"], "expired");
    assert_eq!(town.stock().await, 100);
    for _ in 0..3 {
        town.tell(&event).await.expect(200);
        town.app.run_jobs().await;
    }
    let payment = town.payment(&checkout).await;
    assert_eq!(
        (&payment["status"], &payment["failure_code"]),
        (&json!("refunded"), &json!("checkout_expired"))
    );
    assert_eq!(payment["refunded_amount"]["amount"], 1333);
    assert_eq!(town.stripe.refunds().len(), 1);
    assert_eq!(town.stock().await, 100, "once");
    assert_eq!(town.balances().await, [(0, 0), (0, 0)]);
    let mails = town.app.mails_to("bob@example.com").await;
    let told: Vec<_> = mails.iter().filter(|mail| mail.subject.ends_with("goes back to you")).collect();
    assert_eq!(told.len(), 1, "the buyer is told once");
    assert!(told[0].text.contains("13.33 USD"), "{}", told[0].text);
    town.close().await;
}

/// Time is over and the job has not run yet: the money is late all the same, and the checkout expires.
#[tokio::test]
async fn the_event_comes_before_the_job() {
    let town = Town::open().await;
    let checkout = town.buy().await;
    town.app.advance(60);
    town.tell(&town.stripe.is_paid(payment_id(&checkout))).await.expect(200);
    assert_eq!(town.payment(&checkout).await["status"], "refunded");
    town.app.expect_sound().await;
    town.app.run_jobs().await;
    assert_eq!(town.checkout(&checkout).await["status"], "expired");
    assert_eq!(town.payment(&checkout).await["status"], "refunded");
    assert_eq!((town.stock().await, town.stripe.refunds().len()), (json!(100), 1));
    town.close().await;
}

/// The event, the expiry and the buyer who gives up at the same instant, many times: each checkout has its
/// money and its goods, or neither.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_event_against_the_end() {
    let town = Town::open().await;
    let (mut paid, mut refunded) = (0, 0);
    for round in 0..16 {
        let (one, two) = (town.buy().await, town.buy().await);
        let events = [&one, &two].map(|checkout| town.stripe.is_paid(payment_id(checkout)));
        if round % 4 == 3 {
            town.app.advance(60);
        }
        let (first, second) =
            (format!("{}/cancel", checkout_path(&one)), format!("{}/cancel", checkout_path(&two)));
        let (told, again, _, _, _) = tokio::join!(
            town.tell(&events[0]),
            town.tell(&events[1]),
            town.buyer.post_empty(&first),
            town.buyer.post_empty(&second),
            town.app.run_jobs(),
        );
        told.expect(200);
        again.expect(200);
        town.app.run_jobs().await;
        for checkout in [&one, &two] {
            let status = town.payment(checkout).await["status"].clone();
            let end = town.checkout(checkout).await["status"].clone();
            match (status.as_str().unwrap(), end.as_str().unwrap()) {
                ("captured", "confirmed") => paid += 1,
                ("refunded", "expired" | "cancelled") => refunded += 1,
                other => panic!("{other:?}"),
            }
        }
        town.app.expect_sound().await;
    }
    assert_eq!(town.stripe.refunds().len(), refunded);
    assert_eq!(town.stock().await, 100 - paid);
    town.close().await;
}

/// What nobody waits for any more can't be paid; when it was paid in the same instant and the event is lost, the
/// job that cancels it finds out.
#[tokio::test]
async fn intents_end_with_their_checkouts() {
    let town = Town::open().await;
    let (expiring, cancelled, declined, paid) =
        (town.buy().await, town.buy().await, town.buy().await, town.buy().await);
    town.tell(&town.stripe.declines(payment_id(&declined), "card_declined")).await.expect(200);
    town.buyer.post_empty(&format!("{}/cancel", checkout_path(&cancelled))).await.expect(200);
    town.app.run_jobs().await;
    let status = |checkout| town.stripe.intent(payment_id(checkout))["status"].clone();
    assert_eq!(
        [status(&expiring), status(&cancelled)],
        [json!("requires_payment_method"), json!("canceled")]
    );
    town.stripe.is_paid(payment_id(&paid));
    town.app.advance(61);
    town.run_all().await;
    assert_eq!([status(&expiring), status(&declined)], ["canceled", "canceled"]);
    assert_eq!(town.payment(&paid).await["status"], "refunded");
    assert_eq!(town.stripe.refunds().len(), 1);
    // Stripe's own word for what we asked for changes nothing.
    let word = town.stripe.event("payment_intent.canceled", town.stripe.intent(payment_id(&expiring)));
    town.tell(&word).await.expect(200);
    assert_eq!(town.payment(&expiring).await["status"], "cancelled");
    town.close().await;
}

/// A payment that is under way when its checkout ends: if it succeeds it goes back, if not its intent is cancelled.
#[tokio::test]
async fn a_payment_under_way_ends_later() {
    let town = Town::open().await;
    let (good, bad) = (town.buy().await, town.buy().await);
    for checkout in [&good, &bad] {
        let change = json!({"status": "processing"});
        town.tell(&town.stripe.turns(payment_id(checkout), "processing", &change)).await.expect(200);
    }
    town.app.advance(61);
    town.run_all().await;
    assert_eq!(town.payment(&good).await["status"], "cancelled");
    town.tell(&town.stripe.is_paid(payment_id(&good))).await.expect(200);
    town.tell(&town.stripe.declines(payment_id(&bad), "card_declined")).await.expect(200);
    town.run_all().await;
    assert_eq!(town.payment(&good).await["status"], "refunded");
    assert_eq!(town.payment(&bad).await["status"], "cancelled");
    assert_eq!(town.stripe.intent(payment_id(&bad))["status"], "canceled");
    assert_eq!(town.stripe.refunds().len(), 1);
    town.close().await;
}
