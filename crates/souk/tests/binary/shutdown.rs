//! A server that is asked to end while many buy.
//!
//! On the engine that `SOUK_TEST_DB` names, like the suite.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::demo::{Demo, Guest, product, stock};
use crate::souk::{Response, Server};

/// Callers at the same time.
const CALLERS: usize = 64;

/// Answers after which the server is asked to end.
const ANSWERS: usize = 3 * CALLERS;

/// A purchase that was asked for, and its answer if one came.
type Asked = (Guest, Option<Response>);

/// Buys again and again until the server no longer answers.
fn buy_until_the_end(server: &Server, product: &str, answers: &AtomicUsize) -> Vec<Asked> {
    let mut asked = Vec::new();
    while let Some(guest) = Guest::try_with_cart(server, product) {
        let answer = guest.buys(server, "one", "Ring twice");
        let is_over = answer.is_none();
        asked.push((guest, answer));
        if answers.fetch_add(1, Ordering::Relaxed) == ANSWERS {
            server.signal("TERM");
        }
        if is_over {
            break;
        }
    }
    asked
}

/// Everybody who was let in gets their answer, and it holds; who was not finds nothing done, and buys once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_under_load_leaves_nothing_half_done() {
    let demo = Demo::new().await;
    let server = demo.serve();
    let product = product(&server);
    let before = stock(&server, &product);
    let answers = AtomicUsize::new(0);
    let asked: Vec<Asked> = std::thread::scope(|scope| {
        let callers: Vec<_> =
            (0..CALLERS).map(|_| scope.spawn(|| buy_until_the_end(&server, &product, &answers))).collect();
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    assert_eq!(server.wait().code(), Some(0));
    assert!(asked.len() > ANSWERS);

    let server = demo.serve();
    let sold = before - stock(&server, &product);
    let answered = asked.iter().filter(|(_, answer)| answer.is_some()).count();
    assert_eq!(usize::try_from(sold), Ok(answered), "what was sold is what was answered");
    for (guest, first) in &asked {
        let again = guest.buys(&server, "one", "Ring twice").unwrap();
        again.expect(201);
        assert_eq!(again.header("idempotent-replayed").is_some(), first.is_some());
        if let Some(first) = first {
            first.expect(201);
            assert_eq!(first.body, again.body);
        }
        assert_eq!(guest.buys(&server, "two", "Ring twice").unwrap().expect(409)["code"], "cart_empty");
    }
    assert_eq!(usize::try_from(before - stock(&server, &product)), Ok(asked.len()));
    server.stop();
    demo.end().await;
}
