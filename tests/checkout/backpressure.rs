//! More purchases at once than are taken on: some are turned away at once, the others are served.

use std::sync::mpsc;

use db::{Stmt, Tx, params};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use marketplace::checkout::Limits;
use testing::{Actor, Response, TestApp};
use tokio::sync::oneshot;

use super::{buy, check_invariants, purchase, stock};
use crate::cart::add;

static LOCK_CARTS: Stmt = Stmt::new("UPDATE carts SET updated_at = updated_at WHERE id > $1");

const BUYERS: usize = 16;

/// Room for four, beside the two of the transaction that goes on.
const LIMITS: Limits = Limits { waiting: 4, batch: 2, workers: 1 };

/// Somebody who keeps the carts, so that no purchase comes to its end, until they are told to let go.
async fn hold_carts(app: &TestApp) -> (mpsc::Sender<()>, tokio::task::JoinHandle<db::Result<()>>) {
    let (let_go, told) = mpsc::channel();
    let (holding, held) = oneshot::channel();
    let (told, holding) = (std::sync::Mutex::new(told), std::sync::Mutex::new(Some(holding)));
    let db = app.market.db.clone();
    let keep = async move |tx: &mut Tx| {
        tx.exec(&LOCK_CARTS, params![0_i64]).await?;
        if let Some(holding) = holding.lock().expect("nobody panicked").take() {
            let _ = holding.send(());
        }
        let _ = told.lock().expect("nobody panicked").recv();
        Ok(())
    };
    let task = tokio::spawn(async move { db.write(keep).await });
    held.await.expect("the carts are held");
    (let_go, task)
}

/// A refusal that says when to come again.
fn expect_turned_away(answer: &Response) {
    answer.expect_problem(503, "unavailable");
    let seconds: u64 = answer.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "come again in {seconds} s");
}

/// While nothing can be sold, as many wait as may; everybody else is told at once to come again. Who waited is
/// served, and who comes again with the same key is, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_does_not_fit_is_told_to_come_again_and_the_others_are_served() {
    let app = TestApp::builder().with_checkouts(LIMITS).start().await;
    let seller = app.seller("mia").await;
    let mug = seller.product("Mug", 999, 100).await;
    let mut buyers: Vec<Actor> = Vec::new();
    for number in 0..BUYERS {
        buyers.push(app.buyer(&format!("buyer{number}")).await);
        add(&buyers[number], &mug, 1).await.expect(201);
    }
    let (let_go, holding) = hold_carts(&app).await;
    let ask = |number: usize| {
        let buyer = buyers[number].clone();
        let asked = tokio::spawn(async move { buy(&buyer, "once", purchase("test")).await });
        async move { (number, asked.await.expect("asking does not panic")) }
    };
    let mut answers: FuturesUnordered<_> = (0..BUYERS).map(ask).collect();
    let mut again = Vec::new();
    while again.len() < BUYERS - LIMITS.waiting - LIMITS.batch {
        let (number, answer) = answers.next().await.expect("there are more");
        expect_turned_away(&answer);
        again.push(number);
    }
    let_go.send(()).expect("the carts are held");
    holding.await.expect("holding does not panic").expect("the carts are let go");
    let mut served = 0;
    while let Some((number, answer)) = answers.next().await {
        if answer.status == 503 {
            expect_turned_away(&answer);
            again.push(number);
        } else {
            answer.expect(201);
            served += 1;
        }
    }
    assert!((LIMITS.waiting..=LIMITS.waiting + LIMITS.batch).contains(&served), "{served} were served");
    for number in again {
        let answer = buy(&buyers[number], "once", purchase("test")).await;
        answer.expect(201);
        assert_eq!(answer.header("idempotent-replayed"), "", "who was turned away had bought nothing");
    }
    assert_eq!(stock(&seller, &mug).await, 100 - i64::try_from(BUYERS).expect("a few"));
    check_invariants(&app).await;
    app.stop().await;
}
