//! What a replay came to.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use super::api::Api;
use super::dataset::Oddities;
use super::life::Outcome;

/// Sellers that are listed one by one.
const TOP: usize = 10;

/// Sums over all purchases.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) purchases: usize,
    pub(super) failures: Vec<String>,
    by_status: BTreeMap<&'static str, u64>,
    by_seller: BTreeMap<String, (u64, i64)>,
}

impl Summary {
    /// Counts a purchase that went as planned, or the reason why not.
    pub(super) fn add(&mut self, outcome: Result<Outcome, String>) {
        self.purchases += 1;
        match outcome {
            Ok(orders) => {
                for (seller, status, cents) in orders {
                    *self.by_status.entry(status).or_default() += 1;
                    if !matches!(status, "cancelled" | "awaiting_payment") {
                        let sums = self.by_seller.entry(seller).or_default();
                        *sums = (sums.0 + 1, sums.1 + cents);
                    }
                }
            }
            Err(why) => self.failures.push(why),
        }
    }

    /// The report for a person.
    pub(super) fn text(&self, api: &Api, took: Duration, oddities: &Oddities) -> String {
        use std::sync::atomic::Ordering::Relaxed;
        let mut text = String::new();
        let orders: u64 = self.by_status.values().sum();
        let (requests, failed) = (api.tally.requests.load(Relaxed), api.tally.failed.load(Relaxed));
        let millis = took.as_millis().max(1);
        let rate = |count: u128| count * 1_000 / millis;
        // Writing to a String can't fail.
        let _ = writeln!(
            text,
            "{} purchases, {orders} orders in {} s: {} orders/s; {requests} requests ({} /s), {failed} failed",
            self.purchases,
            took.as_secs(),
            rate(orders.into()),
            rate(requests.into()),
        );
        if let Ok(times) = api.checkouts.lock() {
            let (p50, p99) = (times.value_at_quantile(0.5), times.value_at_quantile(0.99));
            let _ = writeln!(text, "checkout: p50 {p50} us, p99 {p99} us, max {} us", times.max());
        }
        let _ = writeln!(text, "\norders by status");
        for (status, count) in &self.by_status {
            let _ = writeln!(text, "  {status:<18} {count:>8}");
        }
        self.write_sellers(&mut text);
        let _ = writeln!(
            text,
            "\nin the data: {} orders without items (left out), {} with times out of order, {} whose payments differ \
             from their items and freight by more than a cent",
            oddities.orders_without_items, oddities.times_out_of_order, oddities.payments_that_differ
        );
        for failure in self.failures.iter().take(TOP) {
            let _ = writeln!(text, "FAILED {failure}");
        }
        text
    }

    fn write_sellers(&self, text: &mut String) {
        let total: i64 = self.by_seller.values().map(|(_, cents)| cents).sum();
        let mut sellers: Vec<_> = self.by_seller.iter().collect();
        sellers.sort_by_key(|(_, (_, cents))| std::cmp::Reverse(*cents));
        let _ = writeln!(
            text,
            "\nmoney by seller: {} in {} sellers' orders that were not cancelled; the first {TOP}:",
            amount(total),
            sellers.len()
        );
        for (seller, (orders, cents)) in sellers.into_iter().take(TOP) {
            let _ = writeln!(text, "  {seller:<34} {orders:>6} orders {:>14}", amount(*cents));
        }
    }
}

fn amount(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
