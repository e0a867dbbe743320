//! A small sound marketplace, written row by row: what the doctor must find nothing in.
//!
//! One shop (10) with a product (20) of one variant (30): 11 units stocked, 1 and 3 sold in the paid
//! checkout 40 (orders 50 and 51), 1 taken and given back by the cancelled checkout 41 (order 52).

use db::Stmt;

pub(super) static SOUND: &[&Stmt] = &[
    &USERS,
    &VENDORS,
    &PRODUCTS,
    &VARIANTS,
    &MOVEMENTS,
    &CHECKOUTS,
    &ORDERS,
    &ITEMS,
    &EVENTS,
    &PAYMENTS,
    &TRANSACTIONS,
    &ENTRIES,
    &BALANCES,
];

static USERS: Stmt = Stmt::new(
    "INSERT INTO users (id, email, email_key, person_key, password_hash, first_name, name_key, created_at, updated_at)
     VALUES (1, 'a@b.c', 'a@b.c', 'a@b.c', 'none', 'Ana', 'ana', 0, 0)",
);
static VENDORS: Stmt = Stmt::new(
    "INSERT INTO vendors (id, owner_id, slug, name, description, address, status, created_at)
     VALUES (10, 1, 'shop', 'Shop', 'A shop', 'Here', 'accepted', 0)",
);
static PRODUCTS: Stmt = Stmt::new(
    "INSERT INTO products (id, vendor_id, slug, title, description, specs, options, status, search_title,
        search_vendor, search_category, search_text, price, final_price, created_at, updated_at)
     VALUES (20, 10, 'cup', 'Cup', 'A cup', '{}', '[]', 'published', 'cup', 'shop', '', 'a cup', 1000, 1000, 0, 0)",
);
static VARIANTS: Stmt = Stmt::new(
    "INSERT INTO variants (id, product_id, vendor_id, position, title, options, price, stock, created_at, updated_at)
     VALUES (30, 20, 10, 0, 'Cup', '{}', 1000, 7, 0, 0)",
);
/// 34 is of another node whose clock is behind: its identifier is smaller than that of what it followed.
static MOVEMENTS: Stmt = Stmt::new(
    "INSERT INTO stock_movements (id, variant_id, delta, reason, stock_after, order_id, at) VALUES
     (31, 30, 11, 'initial', 11, NULL, 0), (33, 30, -1, 'checkout', 10, 50, 0), (32, 30, -3, 'checkout', 7, 51, 0),
     (35, 30, -1, 'checkout', 6, 52, 0), (34, 30, 1, 'expired', 7, 52, 0)",
);
static CHECKOUTS: Stmt = Stmt::new(
    "INSERT INTO checkouts (id, user_id, status, payment_method, currency, items_total, discount_total,
        shipping_total, tax_total, grand_total, address, expires_at, created_at) VALUES
     (40, 1, 'confirmed', 'test', 'USD', 4000, 0, 0, 0, 4000, '{}', 0, 0),
     (41, 1, 'expired', 'test', 'USD', 1000, 100, 0, 0, 900, '{}', 0, 0)",
);
static ORDERS: Stmt = Stmt::new(
    "INSERT INTO orders (id, checkout_id, vendor_id, user_id, number, status, fulfilment, items_total,
        discount_total, shipping_total, tax_total, total, commission_bps, commission, started_at, captured_at,
        created_at, updated_at) VALUES
     (50, 40, 10, 1, '50', 'pending', 'direct', 1000, 0, 0, 0, 1000, 1000, 100, 1, 1, 0, 0),
     (51, 40, 10, 1, '51', 'accepted', 'direct', 3000, 0, 0, 0, 3000, 1000, 300, 1, 1, 0, 0),
     (52, 41, 10, 1, '52', 'cancelled', 'direct', 1000, 100, 0, 0, 900, 1000, 90, NULL, NULL, 0, 0)",
);
static ITEMS: Stmt = Stmt::new(
    "INSERT INTO order_items (id, order_id, product_id, variant_id, title, variant_title, quantity, unit_price,
        final_unit_price, line_total) VALUES
     (60, 50, 20, 30, 'Cup', 'Cup', 1, 1000, 1000, 1000), (61, 51, 20, 30, 'Cup', 'Cup', 3, 1000, 1000, 3000),
     (62, 52, 20, 30, 'Cup', 'Cup', 1, 1000, 900, 900)",
);
static EVENTS: Stmt = Stmt::new(
    "INSERT INTO order_events (id, order_id, at, actor, from_status, to_status) VALUES
     (1, 50, 0, 'system', 'awaiting_payment', 'pending'), (2, 51, 0, 'vendor', 'pending', 'accepted'),
     (3, 52, 0, 'system', 'awaiting_payment', 'cancelled')",
);
static PAYMENTS: Stmt = Stmt::new(
    "INSERT INTO payments (id, checkout_id, user_id, method, status, amount, captured_amount, created_at, captured_at)
     VALUES (70, 40, 1, 'test', 'captured', 4000, 4000, 0, 0), (71, 41, 1, 'test', 'cancelled', 900, 0, 0, NULL)",
);
static TRANSACTIONS: Stmt = Stmt::new(
    "INSERT INTO ledger_transactions (id, kind, order_id, payment_id, reference, at) VALUES
     (80, 'capture', 50, 70, 'a', 0), (81, 'capture', 51, 70, 'b', 0)",
);
static ENTRIES: Stmt = Stmt::new(
    "INSERT INTO ledger_entries (id, transaction_id, account, vendor_id, amount, kind, order_id, at) VALUES
     (82, 80, 'platform:commission', NULL, 100, 'capture', 50, 0),
     (83, 80, 'vendor:ven_000000000000A:pending', 10, 900, 'capture', 50, 0),
     (84, 80, 'clearing:test', NULL, -1000, 'capture', 50, 0),
     (85, 81, 'platform:commission', NULL, 300, 'capture', 51, 0),
     (86, 81, 'vendor:ven_000000000000A:pending', 10, 2700, 'capture', 51, 0),
     (87, 81, 'clearing:test', NULL, -3000, 'capture', 51, 0)",
);
static BALANCES: Stmt =
    Stmt::new("INSERT INTO vendor_balances (vendor_id, pending, available) VALUES (10, 3600, 0)");
