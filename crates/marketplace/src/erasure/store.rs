//! SQL of erasing an account: over the tables of all features.

use db::{Conn, Stmt, Tx, params};
use types::{CheckoutId, Email, Timestamp, UserId};

use crate::Result;

static LOCK_CART: Stmt =
    Stmt::new("UPDATE carts SET updated_at = updated_at WHERE user_id = $1 RETURNING id");

pub(super) async fn lock_cart(tx: &mut Tx, user: UserId) -> Result<()> {
    let _: Option<(i64,)> = tx.opt(&LOCK_CART, params![user]).await?;
    Ok(())
}

static OPEN_ORDER: Stmt = Stmt::new(
    "SELECT id FROM orders
     WHERE user_id = $1 AND status IN ('awaiting_payment', 'pending', 'accepted', 'packed', 'shipped') LIMIT 1",
);

static OPEN_RETURN: Stmt = Stmt::new(
    "SELECT r.id FROM orders o JOIN returns r ON r.order_id = o.id
     WHERE o.user_id = $1 AND r.status IN ('requested', 'approved', 'received') LIMIT 1",
);

/// Whether an order or a return of this user is under way.
pub(super) async fn has_open_purchases(conn: &mut Conn, user: UserId) -> Result<bool> {
    let order: Option<(i64,)> = conn.opt(&OPEN_ORDER, params![user]).await?;
    let returned: Option<(i64,)> = conn.opt(&OPEN_RETURN, params![user]).await?;
    Ok(order.is_some() || returned.is_some())
}

static OWNED_SHOP: Stmt =
    Stmt::new("SELECT id FROM vendors WHERE owner_id = $1 AND status IN ('accepted', 'suspended') LIMIT 1");

pub(super) async fn owns_shop(conn: &mut Conn, user: UserId) -> Result<bool> {
    let shop: Option<(i64,)> = conn.opt(&OWNED_SHOP, params![user]).await?;
    Ok(shop.is_some())
}

/// Rows that are the user's alone.
static BELONGINGS: [Stmt; 16] = [
    Stmt::new("DELETE FROM addresses WHERE user_id = $1"),
    Stmt::new("DELETE FROM api_keys WHERE user_id = $1"),
    Stmt::new("DELETE FROM cart_coupons WHERE cart_id IN (SELECT id FROM carts WHERE user_id = $1)"),
    Stmt::new("DELETE FROM cart_items WHERE cart_id IN (SELECT id FROM carts WHERE user_id = $1)"),
    Stmt::new("DELETE FROM cart_reminders WHERE cart_id IN (SELECT id FROM carts WHERE user_id = $1)"),
    Stmt::new("DELETE FROM saved_items WHERE cart_id IN (SELECT id FROM carts WHERE user_id = $1)"),
    Stmt::new("DELETE FROM carts WHERE user_id = $1"),
    Stmt::new("DELETE FROM email_changes WHERE user_id = $1"),
    Stmt::new("DELETE FROM password_resets WHERE user_id = $1"),
    Stmt::new("DELETE FROM recovery_codes WHERE user_id = $1"),
    Stmt::new("DELETE FROM reminder_opt_outs WHERE user_id = $1"),
    // Their refresh tokens go with them.
    Stmt::new("DELETE FROM sessions WHERE user_id = $1"),
    Stmt::new("DELETE FROM two_factors WHERE user_id = $1"),
    Stmt::new("DELETE FROM vendor_members WHERE user_id = $1 AND role <> 'owner'"),
    Stmt::new("DELETE FROM wishlist_items WHERE user_id = $1"),
    // Mails to sellers name the buyer.
    Stmt::new(
        "DELETE FROM mailbox WHERE EXISTS (SELECT 1 FROM orders o
            WHERE o.user_id = $1 AND mailbox.subject || mailbox.text_body LIKE '%' || o.number || '%')",
    ),
];

pub(super) async fn drop_belongings(tx: &mut Tx, user: UserId) -> Result<()> {
    for stmt in &BELONGINGS {
        tx.exec(stmt, params![user]).await?;
    }
    Ok(())
}

/// Rows that are found by the e-mail address, given as a pattern of LIKE.
static BY_EMAIL: [Stmt; 5] = [
    Stmt::new("DELETE FROM mailbox WHERE recipient LIKE $1 ESCAPE '\\'"),
    Stmt::new("DELETE FROM pending_registrations WHERE email_key LIKE $1 ESCAPE '\\'"),
    Stmt::new("DELETE FROM vendor_invitations WHERE email_key LIKE $1 ESCAPE '\\'"),
    Stmt::new("DELETE FROM throttles WHERE bucket LIKE '%:' || $1 ESCAPE '\\'"),
    Stmt::new(
        "DELETE FROM jobs WHERE kind = 'send_mail' AND LOWER(payload) LIKE '%\"email\":\"' || $1 || '\"%' ESCAPE '\\'",
    ),
];

/// Where purchases without an account are counted by the e-mail address: coupons and limits.
static COUNTED_BY_EMAIL: [Stmt; 4] = [
    Stmt::new("UPDATE coupon_buyers SET buyer = $2 WHERE buyer = $1"),
    Stmt::new("UPDATE coupon_redemptions SET buyer = $2 WHERE buyer = $1"),
    Stmt::new("UPDATE product_buyers SET buyer = $2 WHERE buyer = $1"),
    Stmt::new("UPDATE order_items SET limited_for = $2 WHERE limited_for = $1"),
];

/// Gives the counts of an e-mail address another name, so that they still add up.
pub(super) async fn rename_counts(tx: &mut Tx, email_key: &str, instead: &str) -> Result<()> {
    for stmt in &COUNTED_BY_EMAIL {
        tx.exec(stmt, params![email_key, instead]).await?;
    }
    Ok(())
}

static MAILS_TO: Stmt = Stmt::new(
    "DELETE FROM jobs WHERE kind = 'send_mail'
       AND (payload LIKE '%\"user\":' || $1 || '}%' OR payload LIKE '%\"user\":' || $1 || ',%'
         OR payload LIKE '%\"to\":' || $1 || '}%')",
);

static ANSWERS: Stmt = Stmt::new("DELETE FROM idempotency_keys WHERE owner = $1");

/// Drops what names one of the user's e-mail addresses: counters, mails that wait or were kept.
pub(super) async fn drop_traces_of_email(tx: &mut Tx, email_key: &str) -> Result<()> {
    let pattern = email_key.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    for stmt in &BY_EMAIL {
        tx.exec(stmt, params![pattern]).await?;
    }
    Ok(())
}

/// Drops what names the user: mails that wait, and the answers to their requests. Those to a seller's
/// requests about an order, which may show where it went, are gone after a day.
pub(super) async fn drop_traces(tx: &mut Tx, user: UserId) -> Result<()> {
    tx.exec(&MAILS_TO, params![user.as_i64().to_string()]).await?;
    tx.exec(&ANSWERS, params![user.to_string()]).await?;
    Ok(())
}

static WANTED_EMAIL: Stmt = Stmt::new("SELECT email FROM email_changes WHERE user_id = $1");

/// The address that the user wants to change to.
pub(super) async fn wanted_email(conn: &mut Conn, user: UserId) -> Result<Option<Email>> {
    let found: Option<(Email,)> = conn.opt(&WANTED_EMAIL, params![user]).await?;
    Ok(found.map(|(email,)| email))
}

/// Words that the user wrote or that were written to them, which may be absent.
static WORDS: [Stmt; 3] = [
    Stmt::new("UPDATE checkouts SET note = NULL, guest_email = NULL, guest_email_key = NULL WHERE user_id = $1"),
    Stmt::new(
        "UPDATE order_events SET note = NULL
         WHERE note IS NOT NULL AND actor = 'buyer' AND order_id IN (SELECT id FROM orders WHERE user_id = $1)",
    ),
    Stmt::new("UPDATE reviews SET title = NULL, body = NULL, answer = NULL WHERE user_id = $1"),
];

/// Words where there must be some.
static NEEDED_WORDS: [Stmt; 3] = [
    Stmt::new(
        "UPDATE returns SET reason = $2, answer = NULL
         WHERE order_id IN (SELECT id FROM orders WHERE user_id = $1)",
    ),
    // A buyer's cancellation gives its words to the refund.
    Stmt::new("UPDATE refunds SET reason = $2 WHERE order_id IN (SELECT id FROM orders WHERE user_id = $1)"),
    Stmt::new("UPDATE review_reports SET reason = $2 WHERE user_id = $1"),
];

/// Takes the words away; `instead` stands where there must be some.
pub(super) async fn silence(tx: &mut Tx, user: UserId, instead: &str) -> Result<()> {
    for stmt in &WORDS {
        tx.exec(stmt, params![user]).await?;
    }
    for stmt in &NEEDED_WORDS {
        tx.exec(stmt, params![user, instead]).await?;
    }
    Ok(())
}

static ADDRESSES_OF_CHECKOUTS: Stmt =
    Stmt::new("SELECT id, address FROM checkouts WHERE user_id = $1 AND id > $2 ORDER BY id LIMIT $3");

pub(super) async fn addresses_of_checkouts(
    conn: &mut Conn,
    user: UserId,
    after: CheckoutId,
    most: i64,
) -> Result<Vec<(CheckoutId, String)>> {
    Ok(conn.all(&ADDRESSES_OF_CHECKOUTS, params![user, after, most]).await?)
}

static SET_CHECKOUT_ADDRESS: Stmt = Stmt::new("UPDATE checkouts SET address = $2 WHERE id = $1");

pub(super) async fn set_checkout_address(tx: &mut Tx, checkout: CheckoutId, address: &str) -> Result<()> {
    tx.exec_n(1, &SET_CHECKOUT_ADDRESS, params![checkout, address]).await?;
    Ok(())
}

static SILENCE_REVIEWS_OF_APPLICATIONS: Stmt = Stmt::new(
    "UPDATE vendor_reviews SET reason = NULL WHERE vendor_id IN (SELECT id FROM vendors WHERE owner_id = $1)",
);

static WITHDRAW_APPLICATIONS: Stmt = Stmt::new(
    "UPDATE vendors SET status = 'rejected', slug = $2 || '-' || CAST(id AS TEXT), name = $2, description = $2,
        address = $2, domain = NULL, tax_number = NULL, rejection_reason = NULL, suspension_reason = NULL,
        reviewed_at = COALESCE(reviewed_at, $3)
     WHERE owner_id = $1",
);

/// Withdraws the applications for shops, and takes away what they say. There is no shop among them.
pub(super) async fn withdraw_applications(
    tx: &mut Tx,
    user: UserId,
    instead: &str,
    now: Timestamp,
) -> Result<()> {
    tx.exec(&SILENCE_REVIEWS_OF_APPLICATIONS, params![user]).await?;
    tx.exec(&WITHDRAW_APPLICATIONS, params![user, instead, now]).await?;
    Ok(())
}

static ANONYMISE_USER: Stmt = Stmt::new(
    "UPDATE users SET email = $3, email_key = $3, person_key = $3, password_hash = 'none', first_name = $2, last_name = NULL,
        name_key = $2, surname_key = NULL, admin_since = NULL, two_factor_since = NULL, erased_at = $4,
        updated_at = $4
     WHERE id = $1",
);

pub(super) async fn anonymise_user(
    tx: &mut Tx,
    user: UserId,
    (name, email): (&str, &str),
    now: Timestamp,
) -> Result<()> {
    tx.exec_n(1, &ANONYMISE_USER, params![user, name, email, now]).await?;
    Ok(())
}

/// The statements of this module.
pub(crate) fn statements() -> impl Iterator<Item = &'static Stmt> {
    let single = [
        &LOCK_CART,
        &OPEN_ORDER,
        &OPEN_RETURN,
        &OWNED_SHOP,
        &WANTED_EMAIL,
        &MAILS_TO,
        &ANSWERS,
        &ADDRESSES_OF_CHECKOUTS,
        &SET_CHECKOUT_ADDRESS,
        &SILENCE_REVIEWS_OF_APPLICATIONS,
        &WITHDRAW_APPLICATIONS,
        &ANONYMISE_USER,
    ];
    single
        .into_iter()
        .chain(&BELONGINGS)
        .chain(&BY_EMAIL)
        .chain(&COUNTED_BY_EMAIL)
        .chain(&WORDS)
        .chain(&NEEDED_WORDS)
}
