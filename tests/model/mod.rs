//! The model check: random people do random things at the same time, on the real marketplace and on a
//! small model that knows neither time nor databases and does one thing after the other.
//!
//! What happens at once has happened in *some* order: a step is right when one order of its acts, done by
//! the model, gives everybody the answer that they got. Where several orders do, all of them are followed
//! until the end tells which it was. A story that goes another way is made as short as it can be.
//!
//! `scripts/faults` breaks the marketplace in each of the ways in `faults/`, and expects that this finds it.

mod bought;
mod explain;
mod prices;
mod sequence;
mod shadow;
mod sight;
mod world;

use std::cell::{Cell, RefCell};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::test_runner::{Config, TestCaseError, TestRunner};
use testing::TestApp;
use tokio::runtime::Runtime;

use sequence::{Sequence, sequences};
use world::World;

/// Stories that are lived at the same time, each in a world of its own in one database.
const WORLDS: usize = 8;

/// Stories in all, unless `SOUK_TEST_SEQUENCES` says otherwise.
const SEQUENCES: usize = 10_000;

fn wanted() -> usize {
    std::env::var("SOUK_TEST_SEQUENCES").ok().and_then(|count| count.parse().ok()).unwrap_or(SEQUENCES)
}

/// How often a story that fails is made shorter, unless `PROPTEST_MAX_SHRINK_ITERS` says otherwise.
const SHORTENINGS: u32 = 500;

fn shortenings() -> u32 {
    std::env::var("PROPTEST_MAX_SHRINK_ITERS").ok().and_then(|most| most.parse().ok()).unwrap_or(SHORTENINGS)
}

/// How many stories were lived, and how many until one failed.
#[derive(Default)]
struct Count {
    lived: AtomicUsize,
    failed_after: OnceLock<usize>,
}

impl Count {
    /// Lives one of `world`'s stories; none when another world's has failed.
    fn live(
        &self,
        runtime: &Runtime,
        world: &RefCell<World<'_>>,
        story: &Sequence,
        own: &Cell<bool>,
    ) -> Told {
        if self.failed_after.get().is_some() && !own.get() {
            return Ok(());
        }
        let number = self.lived.fetch_add(1, Ordering::Relaxed) + 1;
        runtime.block_on(world.borrow_mut().live(story)).map_err(|difference| {
            if self.failed_after.set(number).is_ok() {
                own.set(true);
            }
            TestCaseError::fail(difference)
        })
    }
}

type Told = Result<(), TestCaseError>;

/// Property: carts, coupons, purchases, payments, expiries, cancellations and counts at once do what the model
/// does in some order.
#[test]
fn the_marketplace_does_what_the_model_does() {
    let runtime = Runtime::new().unwrap();
    let app = runtime.block_on(TestApp::start());
    let count = Count::default();
    let failures: Vec<String> = std::thread::scope(|scope| {
        let live = |number: usize| {
            let (app, runtime, count) = (&app, &runtime, &count);
            scope.spawn(move || {
                let world = RefCell::new(runtime.block_on(World::new(app, &number.to_string())));
                let own = Cell::new(false);
                let config = Config {
                    cases: u32::try_from(wanted().div_ceil(WORLDS)).unwrap(),
                    max_shrink_iters: shortenings(),
                    failure_persistence: None,
                    ..Config::default()
                };
                TestRunner::new(config).run(&sequences(), |story| count.live(runtime, &world, &story, &own))
            })
        };
        let threads: Vec<_> = (0..WORLDS).map(live).collect();
        let ended = threads.into_iter().map(|thread| thread.join().expect("a world does not panic"));
        ended.filter_map(|ended| ended.err().map(|error| error.to_string())).collect()
    });
    let after = count.failed_after.get().copied().unwrap_or_default();
    assert!(failures.is_empty(), "a difference after {after} stories: {}", failures.join("\n\n"));
    assert!(count.lived.into_inner() >= wanted());
    runtime.block_on(async {
        app.expect_sound().await;
        app.forget_jobs().await;
        app.stop().await;
    });
}
