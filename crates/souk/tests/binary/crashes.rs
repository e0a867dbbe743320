//! Purchases and a server that dies: what was begun is either done or not, and asking again gets one answer.
//!
//! On the engine that `SOUK_TEST_DB` names, like the suite.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use marketplace::checkout::FAIL_POINTS;

use crate::demo::{Demo, Guest, login, product};
use crate::souk::{Response, Server};

/// The checkouts that were made, each as often as it has orders.
fn checkouts(server: &Server) -> Vec<String> {
    let token = login(server, "admin");
    let orders = server.request("GET", "/v1/admin/orders?limit=100", Some(&token), "").expect(200);
    let orders = orders["data"].as_array().unwrap();
    orders.iter().map(|order| order["checkout_id"].as_str().unwrap().to_owned()).collect()
}

/// Dies at each step of the engine; asking again with the same key buys once, and every further time gets the
/// same bytes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_outlives_a_crash_at_every_step() {
    let demo = Demo::new().await;
    let server = demo.serve();
    let product = product(&server);
    let guests: Vec<_> = FAIL_POINTS.iter().map(|_| Guest::with_cart(&server, &product)).collect();
    server.stop();

    let mut bought = Vec::new();
    for (point, guest) in FAIL_POINTS.iter().zip(&guests) {
        let dying = demo.serve_until(point);
        let first = guest.buys(&dying, "one", "Ring twice");
        assert!(!dying.wait().success(), "{point}: the server lives");

        let server = demo.serve();
        let second = guest.buys(&server, "one", "Ring twice").unwrap();
        let checkout = second.expect(201)["id"].as_str().unwrap().to_owned();
        let durable = ["checkout.committed", "checkout.told"].contains(point);
        assert_eq!(second.header("idempotent-replayed"), durable.then_some("true"), "{point}");
        if let Some(first) = first {
            assert_eq!((*point, &first.body), ("checkout.told", &second.body));
        }
        let third = guest.buys(&server, "one", "Ring twice").unwrap();
        assert_eq!((third.header("idempotent-replayed"), &third.body), (Some("true"), &second.body));
        let other = guest.buys(&server, "two", "Ring twice").unwrap().expect(409);
        assert_eq!(other["code"], "cart_empty", "{point}");
        bought.push(checkout);
        let mut made = checkouts(&server);
        made.sort();
        let mut expected = bought.clone();
        expected.sort();
        assert_eq!(made, expected, "{point}");
        server.stop();
    }
    demo.end().await;
}

/// How many keys, and how many requests with each. `SOUK_TEST_FULL=1` makes it 200 keys and 50 requests.
fn storm_size() -> (usize, usize) {
    if std::env::var_os("SOUK_TEST_FULL").is_some() { (200, 50) } else { (10, 12) }
}

/// What came back under each key.
#[derive(Default)]
struct Outcomes {
    /// The answers of purchases, each once.
    bodies: HashMap<usize, Vec<String>>,
    refused: usize,
}

/// Many requests with each key at once, every fifth with another body.
fn storm(
    server: &Server,
    guests: &[Guest],
    requests: usize,
    outcomes: &Mutex<Outcomes>,
    killed_after: usize,
) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= guests.len() * requests {
                        return;
                    }
                    if number == killed_after {
                        server.signal("KILL");
                    }
                    let (key, copy) = (number % guests.len(), number / guests.len());
                    let note = if copy % 5 == 4 { "another" } else { "the same" };
                    if let Some(answer) = guests[key].buys(server, "one", note) {
                        note_answer(&mut outcomes.lock().unwrap(), key, &answer);
                    }
                }
            });
        }
    });
}

fn note_answer(outcomes: &mut Outcomes, key: usize, answer: &Response) {
    match answer.status {
        201 => {
            let bodies = outcomes.bodies.entry(key).or_default();
            if !bodies.contains(&answer.body) {
                bodies.push(answer.body.clone());
            }
        }
        422 => {
            assert_eq!(answer.expect(422)["code"], "idempotency_mismatch");
            outcomes.refused += 1;
        }
        409 => assert_eq!(answer.expect(409)["code"], "idempotency_in_progress"),
        _ => panic!("{answer:?}"),
    }
}

/// Parallel requests with the same keys, others with another body, the server killed in the middle: one
/// purchase for each key, and all its answers are the same bytes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_buys_once_in_a_storm_and_a_kill() {
    let (keys, requests) = storm_size();
    let demo = Demo::new().await;
    let server = demo.serve();
    let product = product(&server);
    let guests: Vec<_> = (0..keys).map(|_| Guest::with_cart(&server, &product)).collect();
    let outcomes = Mutex::new(Outcomes::default());
    storm(&server, &guests, requests, &outcomes, keys * requests / 3);
    assert!(!server.wait().success());

    let server = demo.serve();
    storm(&server, &guests, requests, &outcomes, usize::MAX);
    let outcomes = outcomes.into_inner().unwrap();
    assert_eq!(outcomes.bodies.len(), keys);
    assert!(outcomes.bodies.values().all(|bodies| bodies.len() == 1), "{:?}", outcomes.bodies);
    assert!(outcomes.refused > 0);
    if keys <= 100 {
        assert_eq!(checkouts(&server).len(), keys);
    }
    server.stop();
    demo.end().await;
}
