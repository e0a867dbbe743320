//! SQL of the carts.

use db::{Conn, Insert, Kind, Many, Stmt, ToValue, Tx, params};
use types::{CartId, ProductId, Quantity, Timestamp, UserId, VariantId};

use super::Offer;
use super::model::BareLine;
use crate::{Market, Result, Shopper, coupons};

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &OPEN_OF_USER,
    &OPEN_OF_GUEST,
    &LOCK_OF_USER,
    &LOCK_OF_GUEST,
    &FIND_OF_USER,
    &FIND_OF_GUEST,
    LOCK_OF_USERS.stmt(),
    LOCK_OF_GUESTS.stmt(),
    &DEFAULT_VARIANT,
    &VARIANT_EXISTS,
    &PUT_LINE,
    &DELETE_LINE,
    DELETE_LINES.stmt(),
    &DELETE_CART,
    &STALE_CARTS,
    &SAVE,
    &SAVED_COUNT,
    &TAKE_SAVED,
    &JOIN_SAVED,
    &CLEAR_SAVED,
];

/// What is inserted in bulk.
pub(crate) const INSERTS: &[&Insert] = &[&PUT_LINES];

static OPEN_OF_USER: Stmt = Stmt::new(
    "INSERT INTO carts (id, user_id, updated_at) VALUES ($1, $2, $3)
     ON CONFLICT (user_id) DO UPDATE SET updated_at = excluded.updated_at
     RETURNING id",
);

static OPEN_OF_GUEST: Stmt = Stmt::new(
    "INSERT INTO carts (id, token_hash, updated_at) VALUES ($1, $2, $3)
     ON CONFLICT (token_hash) DO UPDATE SET updated_at = excluded.updated_at
     RETURNING id",
);

/// The shopper's cart, made if there is none, and locked until the transaction ends: whoever changes a
/// cart begins here, so that what is read of it afterwards stays true.
pub(super) async fn open(tx: &mut Tx, market: &Market, shopper: &Shopper) -> Result<CartId> {
    let (id, now) = (market.id::<types::kind::Cart>(), market.now());
    let (id,) = match shopper {
        Shopper::User(user) => tx.one(&OPEN_OF_USER, params![id, user, now]).await?,
        Shopper::Guest(token) => tx.one(&OPEN_OF_GUEST, params![id, token, now]).await?,
    };
    Ok(id)
}

static LOCK_OF_USER: Stmt = Stmt::new("UPDATE carts SET updated_at = $2 WHERE user_id = $1 RETURNING id");

static LOCK_OF_GUEST: Stmt = Stmt::new("UPDATE carts SET updated_at = $2 WHERE token_hash = $1 RETURNING id");

/// The shopper's cart, if there is one, locked like in [`open`].
pub(super) async fn lock(tx: &mut Tx, market: &Market, shopper: &Shopper) -> Result<Option<CartId>> {
    let now = market.now();
    let found: Option<(CartId,)> = match shopper {
        Shopper::User(user) => tx.opt(&LOCK_OF_USER, params![user, now]).await?,
        Shopper::Guest(token) => tx.opt(&LOCK_OF_GUEST, params![token, now]).await?,
    };
    Ok(found.map(|(id,)| id))
}

static FIND_OF_USER: Stmt = Stmt::new("SELECT id FROM carts WHERE user_id = $1");

static FIND_OF_GUEST: Stmt = Stmt::new("SELECT id FROM carts WHERE token_hash = $1");

pub(super) async fn find(conn: &mut Conn, shopper: &Shopper) -> Result<Option<CartId>> {
    let found: Option<(CartId,)> = match shopper {
        Shopper::User(user) => conn.opt(&FIND_OF_USER, params![user]).await?,
        Shopper::Guest(token) => conn.opt(&FIND_OF_GUEST, params![token]).await?,
    };
    Ok(found.map(|(id,)| id))
}

static LOCK_OF_USERS: Many = Many::new(
    &[Kind::Int],
    "SELECT id, user_id FROM carts WHERE user_id = $1",
    "SELECT id, user_id FROM carts WHERE user_id = ANY($1::BIGINT[]) ORDER BY id FOR NO KEY UPDATE",
);

static LOCK_OF_GUESTS: Many = Many::new(
    &[Kind::Blob],
    "SELECT id, token_hash FROM carts WHERE token_hash = $1",
    "SELECT id, token_hash FROM carts WHERE token_hash = ANY($1::BYTEA[]) ORDER BY id FOR NO KEY UPDATE",
);

/// The carts of those of `shoppers` that have one, locked like in [`open`]: guests' before users', as a login
/// does that joins the two, and each kind in the order of their ids.
pub(super) async fn lock_all(tx: &mut Tx, shoppers: &[&Shopper]) -> Result<Vec<(CartId, Shopper)>> {
    let (mut users, mut guests) = (Vec::new(), Vec::new());
    for shopper in shoppers {
        match shopper {
            Shopper::User(user) => users.push([user.to_value()]),
            Shopper::Guest(token) => guests.push([token.to_value()]),
        }
    }
    let guests: Vec<(CartId, [u8; 32])> = tx.all_of(&LOCK_OF_GUESTS, &guests).await?;
    let users: Vec<(CartId, UserId)> = tx.all_of(&LOCK_OF_USERS, &users).await?;
    let users = users.into_iter().map(|(cart, user)| (cart, Shopper::User(user)));
    Ok(users.chain(guests.into_iter().map(|(cart, token)| (cart, Shopper::Guest(token)))).collect())
}

static DEFAULT_VARIANT: Stmt = Stmt::new(
    "SELECT id FROM variants WHERE product_id = $1
     ORDER BY CASE WHEN archived_at IS NULL THEN 0 ELSE 1 END, position, id LIMIT 1",
);

/// The variant that stands for a product: the first that is still sold.
pub(super) async fn default_variant(conn: &mut Conn, product: ProductId) -> Result<Option<VariantId>> {
    let found: Option<(VariantId,)> = conn.opt(&DEFAULT_VARIANT, params![product]).await?;
    Ok(found.map(|(id,)| id))
}

static VARIANT_EXISTS: Stmt = Stmt::new("SELECT id FROM variants WHERE id = $1");

pub(super) async fn variant_exists(conn: &mut Conn, variant: VariantId) -> Result<bool> {
    let found: Option<(VariantId,)> = conn.opt(&VARIANT_EXISTS, params![variant]).await?;
    Ok(found.is_some())
}

static PUT_LINE: Stmt = Stmt::new(
    "INSERT INTO cart_items (cart_id, variant_id, quantity, seen_price, added_at) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (cart_id, variant_id) DO UPDATE SET quantity = excluded.quantity, seen_price = excluded.seen_price",
);

pub(super) async fn put_line(
    tx: &mut Tx,
    cart: CartId,
    offer: &Offer,
    quantity: Quantity,
    now: Timestamp,
) -> Result<()> {
    let values = params![cart, offer.variant, quantity, offer.price.final_price, now];
    tx.exec_n(1, &PUT_LINE, values).await?;
    Ok(())
}

static DELETE_LINE: Stmt = Stmt::new("DELETE FROM cart_items WHERE cart_id = $1 AND variant_id = $2");

/// `false` when the cart held none of it.
pub(super) async fn delete_line(tx: &mut Tx, cart: CartId, variant: VariantId) -> Result<bool> {
    Ok(tx.exec(&DELETE_LINE, params![cart, variant]).await? == 1)
}

static DELETE_LINES: Many = Many::new(
    &[Kind::Int],
    "DELETE FROM cart_items WHERE cart_id = $1",
    "DELETE FROM cart_items WHERE cart_id = ANY($1::BIGINT[])",
);

/// Empties a locked cart.
pub(super) async fn empty(tx: &mut Tx, cart: CartId) -> Result<()> {
    tx.exec_of(&DELETE_LINES, &[[cart.to_value()]]).await?;
    Ok(())
}

/// Empties locked carts of all their `lines`.
pub(super) async fn consume(tx: &mut Tx, carts: &[CartId], lines: u64) -> Result<()> {
    let sets: Vec<[db::Value<'_>; 1]> = carts.iter().map(|cart| [cart.to_value()]).collect();
    Ok(tx.exec_of_n(lines, &DELETE_LINES, &sets).await?)
}

static PUT_LINES: Insert = Insert::new(
    "cart_items",
    &[
        ("cart_id", Kind::Int),
        ("variant_id", Kind::Int),
        ("quantity", Kind::Int),
        ("seen_price", Kind::Int),
        ("added_at", Kind::Int),
    ],
)
.on_conflict(
    "ON CONFLICT (cart_id, variant_id) DO UPDATE SET quantity = excluded.quantity, seen_price = excluded.seen_price",
);

pub(super) async fn put_lines(tx: &mut Tx, cart: CartId, lines: &[BareLine]) -> Result<()> {
    let row = |line: &BareLine| {
        [
            cart.as_i64(),
            line.variant.as_i64(),
            line.quantity.units(),
            line.seen_price.minor(),
            line.added_at.as_micros(),
        ]
    };
    let rows: Vec<[i64; 5]> = lines.iter().map(row).collect();
    let rows: Vec<[db::Value<'_>; 5]> =
        rows.iter().map(|row| row.each_ref().map(ToValue::to_value)).collect();
    Ok(tx.insert_many(&PUT_LINES, &rows).await?)
}

static DELETE_CART: Stmt = Stmt::new("DELETE FROM carts WHERE id = $1");

pub(super) async fn delete(tx: &mut Tx, cart: CartId) -> Result<()> {
    empty(tx, cart).await?;
    coupons::clear_carts(tx, &[cart]).await?;
    tx.exec(&CLEAR_SAVED, params![cart]).await?;
    tx.exec_n(1, &DELETE_CART, params![cart]).await?;
    Ok(())
}

static STALE_CARTS: Stmt = Stmt::with_postgres(
    "SELECT id FROM carts WHERE user_id IS NULL AND updated_at < $1 ORDER BY updated_at LIMIT $2",
    "SELECT id FROM carts WHERE user_id IS NULL AND updated_at < $1 ORDER BY updated_at LIMIT $2
     FOR UPDATE SKIP LOCKED",
);

/// Guests' carts that nobody has touched since `before`, locked.
pub(super) async fn stale(tx: &mut Tx, before: Timestamp, most: i64) -> Result<Vec<CartId>> {
    let found: Vec<(CartId,)> = tx.all(&STALE_CARTS, params![before, most]).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

static SAVE: Stmt = Stmt::new(
    "INSERT INTO saved_items (cart_id, variant_id, quantity, saved_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (cart_id, variant_id) DO UPDATE SET saved_at = excluded.saved_at,
        quantity = CASE WHEN saved_items.quantity + excluded.quantity > 999 THEN 999
                        ELSE saved_items.quantity + excluded.quantity END",
);

/// Puts units aside, on top of those that were.
pub(super) async fn save(
    tx: &mut Tx,
    cart: CartId,
    variant: VariantId,
    quantity: Quantity,
    now: Timestamp,
) -> Result<()> {
    Ok(tx.exec_n(1, &SAVE, params![cart, variant, quantity, now]).await?)
}

static SAVED_COUNT: Stmt = Stmt::new("SELECT COUNT(*) FROM saved_items WHERE cart_id = $1");

pub(super) async fn saved_count(conn: &mut Conn, cart: CartId) -> Result<i64> {
    let (count,): (i64,) = conn.one(&SAVED_COUNT, params![cart]).await?;
    Ok(count)
}

static TAKE_SAVED: Stmt =
    Stmt::new("DELETE FROM saved_items WHERE cart_id = $1 AND variant_id = $2 RETURNING quantity");

/// Takes a variant out of what was put aside, and says how many there were.
pub(super) async fn take_saved(tx: &mut Tx, cart: CartId, variant: VariantId) -> Result<Option<Quantity>> {
    let row: Option<(Quantity,)> = tx.opt(&TAKE_SAVED, params![cart, variant]).await?;
    Ok(row.map(|(quantity,)| quantity))
}

static JOIN_SAVED: Stmt = Stmt::new(
    "INSERT INTO saved_items (cart_id, variant_id, quantity, saved_at)
     SELECT CAST($2 AS BIGINT), i.variant_id, i.quantity, i.saved_at FROM saved_items i WHERE i.cart_id = $1
     ON CONFLICT (cart_id, variant_id) DO NOTHING",
);

/// Puts aside for one cart what was put aside for another.
pub(super) async fn join_saved(tx: &mut Tx, from: CartId, into: CartId) -> Result<()> {
    tx.exec(&JOIN_SAVED, params![from, into]).await?;
    Ok(())
}

static CLEAR_SAVED: Stmt = Stmt::new("DELETE FROM saved_items WHERE cart_id = $1");
