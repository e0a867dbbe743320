//! SQL of what is in carts, and of what it is offered for.
//!
//! What carts hold and what it is are read apart, since many carts may hold the same: in a flash sale a batch
//! of hundreds of purchases reads one offer.

use std::collections::HashMap;

use db::{Conn, Kind, Many, Stmt, ToValue, Value, params};
use types::{CartId, Timestamp, UserId, VariantId};

use super::model::Held;
use super::rows::{CandidateRow, InCart, OfferRow, SavedRow};
use super::{Line, Offer};
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] = &[LINES.stmt(), OFFERS.stmt(), &OFFER, &SAVED_LINES];

/// What is known of a variant `v` of a product `p` of a vendor `s`.
macro_rules! offer_columns {
    () => {
        "v.id, v.product_id, p.title, v.title, v.sku, g.content_hash, g.format,
        p.category_id, p.tax_class, v.weight_grams, p.max_per_customer, p.opens_at,
        v.price, v.discount_percent, v.discount_amount, v.discount_starts_at, v.discount_ends_at, v.stock,
        s.id, s.slug, s.name, s.commission_bps, s.fulfilment, s.closed_from, s.closed_to,
        CAST(CASE WHEN v.archived_at IS NULL AND p.status = 'published' AND s.status = 'accepted'
             THEN 1 ELSE 0 END AS BIGINT)"
    };
}

/// Whether the user `$user`, if it is one, belongs to the shop of a variant `v`.
macro_rules! is_own {
    ($user:literal) => {
        concat!(
            "(SELECT COUNT(*) FROM vendor_members m WHERE m.vendor_id = v.vendor_id AND m.user_id = ",
            $user,
            ")"
        )
    };
}

/// How many coupons a cart has.
macro_rules! coupons_of {
    ($cart:literal) => {
        concat!("(SELECT COUNT(*) FROM cart_coupons c WHERE c.cart_id = ", $cart, ")")
    };
}

/// Where that is read. A cart reads the catalogue's tables itself: one statement prices all that is in it, and a
/// look-up for each line would make a cart of a hundred lines a hundred times slower.
macro_rules! offer_tables {
    () => {
        "JOIN products p ON p.id = v.product_id
        JOIN vendors s ON s.id = p.vendor_id
        LEFT JOIN images g ON g.id =
            (SELECT f.id FROM images f WHERE f.product_id = p.id AND f.removed_at IS NULL
             ORDER BY f.position, f.id LIMIT 1)"
    };
}

static LINES: Many = Many::new(
    &[Kind::Int, Kind::Int],
    concat!(
        "SELECT i.cart_id, i.variant_id, v.vendor_id, i.quantity, i.seen_price, i.added_at, ",
        is_own!("$2"),
        ", ",
        coupons_of!("$1"),
        " FROM cart_items i JOIN variants v ON v.id = i.variant_id
         WHERE i.cart_id = $1 ORDER BY i.added_at, i.variant_id LIMIT 100"
    ),
    concat!(
        "SELECT i.cart_id, i.variant_id, v.vendor_id, i.quantity, i.seen_price, i.added_at, ",
        is_own!("d.user_id"),
        ", ",
        coupons_of!("d.cart_id"),
        " FROM unnest($1::BIGINT[], $2::BIGINT[]) AS d(cart_id, user_id)
         CROSS JOIN LATERAL (
            SELECT cart_id, variant_id, quantity, seen_price, added_at FROM cart_items
            WHERE cart_id = d.cart_id ORDER BY added_at, variant_id LIMIT 100) AS i
         JOIN variants v ON v.id = i.variant_id
         ORDER BY i.cart_id, i.added_at, i.variant_id"
    ),
);

/// What is in all `carts`, each of which belongs to that user or to a guest: of each in the order it was put in,
/// one cart after the other.
pub(super) async fn in_carts(conn: &mut Conn, carts: &[(CartId, Option<UserId>)]) -> Result<Vec<InCart>> {
    let sets: Vec<[Value<'_>; 2]> = carts.iter().map(|(cart, user)| *params![*cart, *user]).collect();
    Ok(conn.all_of(&LINES, &sets).await?)
}

static OFFERS: Many = Many::new(
    &[Kind::Int],
    concat!("SELECT ", offer_columns!(), " FROM variants v ", offer_tables!(), " WHERE v.id = $1"),
    concat!(
        "SELECT ",
        offer_columns!(),
        " FROM variants v ",
        offer_tables!(),
        " WHERE v.id = ANY($1::BIGINT[])"
    ),
);

/// Variants, each named once, as they are offered to somebody who does not belong to their shops.
pub(super) async fn offers(
    conn: &mut Conn,
    variants: &[VariantId],
    now: Timestamp,
) -> Result<HashMap<VariantId, Offer>> {
    let sets: Vec<[Value<'_>; 1]> = variants.iter().map(|variant| [variant.to_value()]).collect();
    let rows: Vec<OfferRow> = conn.all_of(&OFFERS, &sets).await?;
    let offers = rows.into_iter().map(|row| row.at(now));
    Ok(offers.map(|offer| (offer.variant, offer)).collect())
}

static OFFER: Stmt = Stmt::new(concat!(
    "SELECT ",
    offer_columns!(),
    ", ",
    is_own!("$2"),
    ", CAST(COALESCE((SELECT i.quantity FROM cart_items i
            WHERE i.cart_id = $3 AND i.variant_id = v.id), 0) AS BIGINT),
        (SELECT COUNT(*) FROM cart_items i WHERE i.cart_id = $3)
     FROM variants v ",
    offer_tables!(),
    " WHERE v.id = $1"
));

/// A variant as it is offered to the cart's owner, and what the cart holds of it.
pub(super) async fn offer(
    conn: &mut Conn,
    cart: CartId,
    user: Option<UserId>,
    variant: VariantId,
    now: Timestamp,
) -> Result<Option<(Offer, Held)>> {
    let row: Option<CandidateRow> = conn.opt(&OFFER, params![variant, user, cart]).await?;
    Ok(row.map(|row| row.at(now)))
}

static SAVED_LINES: Stmt = Stmt::new(concat!(
    "SELECT ",
    offer_columns!(),
    ", ",
    is_own!("$2"),
    ", i.quantity, v.price
     FROM saved_items i JOIN variants v ON v.id = i.variant_id ",
    offer_tables!(),
    " WHERE i.cart_id = $1 ORDER BY i.saved_at DESC, i.variant_id LIMIT 100"
));

/// What was put aside, the latest first; the price that was seen is not kept.
pub(super) async fn saved_lines(
    conn: &mut Conn,
    cart: CartId,
    user: Option<UserId>,
    now: Timestamp,
) -> Result<Vec<Line>> {
    let rows: Vec<SavedRow> = conn.all(&SAVED_LINES, params![cart, user]).await?;
    Ok(rows.into_iter().map(|row| row.at(now)).collect())
}
