//! The model check: random people do random things at the same time, on the real marketplace and on a
//! small model that knows neither time nor databases and does one thing after the other.
//!
//! What happens at once has happened in *some* order: a step is right when one order of its acts, done by
//! the model, gives everybody the answer that they got. Where several orders do, all of them are followed
//! until the end tells which it was. A story that goes another way is made as short as it can be.

mod sequence;
mod shadow;
mod world;

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use testing::TestApp;
use tokio::runtime::Runtime;

use sequence::sequences;
use world::World;

/// Stories that are lived at the same time, each in a world of its own in one database.
const WORLDS: usize = 8;

/// Stories in all, unless `SOUK_TEST_SEQUENCES` says otherwise.
const SEQUENCES: usize = 10_000;

fn wanted() -> usize {
    std::env::var("SOUK_TEST_SEQUENCES").ok().and_then(|count| count.parse().ok()).unwrap_or(SEQUENCES)
}

/// Property: carts, purchases, payments, expiries, cancellations and counts at once do what the model does
/// in some order.
#[test]
fn the_marketplace_does_what_the_model_does() {
    let runtime = Runtime::new().unwrap();
    let app = runtime.block_on(TestApp::start());
    let lived = AtomicUsize::new(0);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let live = |number: usize| {
            let (app, runtime, lived) = (&app, &runtime, &lived);
            scope.spawn(move || {
                let world = runtime.block_on(World::new(app, &number.to_string()));
                let world = std::cell::RefCell::new(world);
                let cases = u32::try_from(wanted().div_ceil(WORLDS)).unwrap();
                let config =
                    Config { cases, failure_persistence: None, max_shrink_iters: 500, ..Config::default() };
                TestRunner::new(config).run(&sequences(), |sequence| {
                    lived.fetch_add(1, Ordering::Relaxed);
                    let told = runtime.block_on(world.borrow_mut().live(&sequence));
                    told.map_err(TestCaseError::fail)
                })
            })
        };
        let threads: Vec<_> = (0..WORLDS).map(live).collect();
        let ended = threads.into_iter().map(|thread| thread.join().expect("a world does not panic"));
        ended.filter_map(|ended| ended.err().map(|error| error.to_string())).collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    assert!(lived.load(Ordering::Relaxed) >= wanted());
    runtime.block_on(async {
        app.expect_sound().await;
        app.forget_jobs().await;
        app.stop().await;
    });
}
