//! The doctor: finds nothing in sound data, and each kind of damage by its name.

mod world;

use db::{Stmt, params};
use marketplace::doctor;
use testing::TestApp;

async fn run(app: &TestApp, stmt: &'static Stmt) {
    app.market
        .db
        .write(async move |tx| tx.exec(stmt, params![]).await.map(drop))
        .await
        .unwrap_or_else(|error| panic!("{}: {error:?}", stmt.text()));
}

#[tokio::test]
async fn an_empty_marketplace_is_healthy() {
    let app = TestApp::start().await;
    assert_eq!(app.violations().await, [""; 0]);
    app.stop().await;
}

macro_rules! damage {
    ($($name:ident: $sql:literal => $($expected:literal),+;)*) => {
        $(#[tokio::test]
        async fn $name() {
            static DAMAGE: Stmt = Stmt::new($sql);
            let app = TestApp::start().await;
            for stmt in world::SOUND {
                run(&app, stmt).await;
            }
            assert_eq!(app.violations().await, [""; 0], "the world is sound before");
            run(&app, &DAMAGE).await;
            assert_eq!(app.violations().await, [$($expected),+]);
            app.stop_unexamined().await;
        })*
    };
}

// The numbers in the identifiers are those of `world`; where one damage breaks several promises, all are named.
damage! {
    stock_that_is_not_its_movements:
        "UPDATE variants SET stock = 8 WHERE id = 30" =>
        "stock_equals_movements: var_000000000000Y has a stock of 8, its movements sum to 7",
        "stock_movements_form_a_chain: var_000000000000Y has movements that do not follow one another, at 2 stocks";
    a_gap_between_movements:
        "UPDATE stock_movements SET stock_after = 9 WHERE id = 32" =>
        "stock_movements_form_a_chain: var_000000000000Y has movements that do not follow one another, at 4 stocks";
    a_coupon_that_counts_what_was_not_used:
        "INSERT INTO coupons (id, code, funded_by, benefit, benefit_value, products, categories, stackable, used_count,
            created_at, updated_at) VALUES (90, 'TEN', 'marketplace', 'percent', 10, '[]', '[]', 0, 1, 0, 0)" =>
        "coupon_uses_equal_redemptions: cpn_000000000002T counts 1 uses, it was redeemed 0 times";
    units_that_nobody_bought:
        "INSERT INTO product_buyers (product_id, buyer, units) VALUES (20, '1', 2)" =>
        "product_buyers_equal_orders: prod_000000000000M counts 2 units towards limits, its orders hold 0";
    stock_taken_twice:
        "UPDATE stock_movements SET order_id = 51 WHERE id = 33" =>
        "order_stock_taken_once: ord_000000000001J took 0 units out of stock for 1 units bought",
        "order_stock_taken_once: ord_000000000001K took 4 units out of stock for 3 units bought";
    stock_of_a_live_order_given_back:
        "UPDATE stock_movements SET order_id = 50 WHERE id = 34" =>
        "order_stock_given_back_once: ord_000000000001J gave 1 units back to stock instead of 0",
        "order_stock_given_back_once: ord_000000000001M gave 0 units back to stock instead of 1";
    a_rating_without_a_review:
        "UPDATE products SET rating_count = 1, rating_sum = 5 WHERE id = 20" =>
        "product_rating_equals_reviews: prod_000000000000M has a rating of 5 stars or of another count than its reviews, which have 0";
    a_published_product_without_a_variant:
        "UPDATE variants SET archived_at = 1 WHERE id = 30" =>
        "published_product_has_variant: prod_000000000000M is published without a variant";
    a_file_that_is_lost_before_it_is_read:
        "INSERT INTO imports (id, vendor_id, user_id, file_name, default_stock, mode, status, rows_done, rows_total,
            next_place, products_created, products_updated, error_count, created_at, file_bytes)
         VALUES (91, 10, 1, 'cups.csv', 0, 'write', 'queued', 0, 0, 0, 0, 0, 0, 0, 7)" =>
        "file_is_kept_while_it_is_imported: 0 bytes are kept of the file of imp_000000000002V, it needs 7";
    a_checkout_that_is_not_its_orders:
        "UPDATE checkouts SET grand_total = grand_total + 1, items_total = items_total + 1 WHERE id = 40" =>
        "checkout_total_equals_orders: chk_0000000000018 has a total of 4001, its orders sum to 4000";
    an_order_that_is_not_its_parts:
        "UPDATE orders SET tax_total = 1 WHERE id = 52" =>
        "order_total_equals_parts: ord_000000000001M has a total of 900, its parts come to 901",
        "order_tax_equals_parts: ord_000000000001M has 1 of tax, that of its items and shipping is 0";
    an_order_that_is_not_its_items:
        "UPDATE order_items SET line_total = line_total - 1 WHERE id = 60" =>
        "order_items_sum_to_order: ord_000000000001J has goods for 1000, its items come to 999";
    an_open_order_of_an_expired_checkout:
        "UPDATE checkouts SET status = 'expired' WHERE id = 40" =>
        "checkout_state_fits_orders: chk_0000000000018 has 2 orders in a state that its own does not allow";
    a_move_without_a_timeline:
        "DELETE FROM order_events WHERE order_id = 50" =>
        "order_state_is_in_timeline: ord_000000000001J is in a state that its timeline does not know";
    units_that_no_parcel_holds:
        "UPDATE order_items SET quantity_shipped = 1 WHERE id = 61" =>
        "shipped_units_equal_shipments: item_000000000001X counts 1 units as shipped, its shipments hold 0";
    units_that_never_came_back:
        "UPDATE order_items SET quantity_returned = 1 WHERE id = 60" =>
        "returned_units_equal_returns: item_000000000001W counts 1 units as returned, its returns brought 0";
    a_transaction_that_makes_money:
        "UPDATE ledger_entries SET amount = amount + 5 WHERE id = 82" =>
        "ledger_transaction_sums_to_zero: the ledger's transaction evt_000000000002G sums to 5";
    a_balance_that_is_not_its_entries:
        "UPDATE vendor_balances SET pending = pending - 5, available = 5 WHERE vendor_id = 10" =>
        "vendor_balance_equals_entries: ven_000000000000A has a balance of 3600 in all, or in parts, where its entries sum to 3600";
    an_order_that_goes_on_unpaid:
        "UPDATE orders SET captured_at = NULL WHERE id = 50" =>
        "order_money_is_in_ledger: ord_000000000001J brought in 1000 by the ledger, 0 by its own sums",
        "captured_when_past_awaiting_payment: ord_000000000001J goes on without its money",
        "captured_amount_equals_orders: the payments of chk_0000000000018 captured 4000, its orders were paid 3000";
    a_second_capture:
        "UPDATE payments SET captured_amount = 4001, amount = 4001 WHERE id = 70" =>
        "captured_amount_equals_orders: the payments of chk_0000000000018 captured 4001, its orders were paid 4000";
    money_given_back_without_a_refund:
        "UPDATE payments SET refunded_amount = 100 WHERE id = 70" =>
        "payment_refunds_within_capture: pay_0000000000026 gave 100 back: its refunds sum to 0, or more than it captured or was due";
    an_order_refunded_without_a_refund:
        "UPDATE orders SET refunded_total = 100 WHERE id = 50" =>
        "order_money_is_in_ledger: ord_000000000001J brought in 1000 by the ledger, 900 by its own sums",
        "order_refunds_within_capture: ord_000000000001J gave 100 back: its refunds sum to 0, or more than it was paid";
}

/// A job that was given up is something to look at, not a broken promise.
#[tokio::test]
async fn a_job_that_was_given_up_is_a_warning() {
    static FAILED: Stmt = Stmt::new(
        "INSERT INTO jobs (id, kind, lane, payload, state, due_at, attempts, created_at) VALUES (1, 'x', 'mail', '{}', 'failed', 0, 50, 0)",
    );
    let app = TestApp::start().await;
    run(&app, &FAILED).await;
    let outcomes = doctor::examine(&app.market.db).await.expect("the doctor examines");
    let warnings: Vec<_> = outcomes.iter().flat_map(|outcome| outcome.warnings.clone()).collect();
    assert_eq!(warnings, ["job_0000000000001 failed 50 times and was given up (see `souk jobs`)"]);
    app.stop_with_failed_jobs(1).await;
}
