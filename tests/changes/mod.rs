//! What changed in the catalogue, as the nodes hear of it.

mod following;
mod telling;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use marketplace::Market;
use marketplace::changes::Change;
use testing::Value;
use tokio::time::{sleep, timeout};

/// What a node heard of since the last look.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<BTreeSet<Change>>>);

impl Heard {
    fn by(market: &Market) -> Self {
        let heard = Self::default();
        let set = Arc::clone(&heard.0);
        market.changes().subscribe(move |changes| set.lock().unwrap().extend(changes));
        heard
    }

    fn take(&self) -> Vec<Change> {
        std::mem::take(&mut *self.0.lock().unwrap()).into_iter().collect()
    }

    /// Waits until a change was heard of, and fails when it takes longer than a loaded machine needs.
    async fn wait_for(&self, change: Change) {
        let heard = async {
            while !self.0.lock().unwrap().contains(&change) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(20), heard)
            .await
            .unwrap_or_else(|_| panic!("{change:?} was not heard of"));
    }
}

fn product(value: &Value) -> Change {
    Change::Product(value["id"].as_str().unwrap().parse().unwrap())
}
