//! SQL of the reviews.

use db::{Conn, Stmt, Tx, params};
use types::{Limit, ProductId, ReviewId, Timestamp, UserId, VendorId};

use super::{Delivered, Moderation, NewReview, Report, Review};
use crate::Result;
use crate::batch::{self, in_batch};

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &DELIVERED,
    &INSERT,
    &FIND,
    &LOCK,
    &OF_PRODUCT,
    &OF_USER,
    &OF_VENDOR,
    &REPORTED,
    &HIDDEN,
    &UPDATE,
    &DELETE_REPORTS,
    &DELETE,
    &ANSWER,
    &HIDE,
    &RESTORE,
    &INSERT_REPORT,
    &COUNT_REPORT,
    &DISMISS,
    &NO_OPEN_REPORTS,
    &REASONS,
];

static DELIVERED: Stmt = Stmt::new(
    "SELECT o.id FROM orders o JOIN order_items i ON i.order_id = o.id
     WHERE o.user_id = $1 AND i.product_id = $2 AND (o.delivered_at IS NOT NULL OR EXISTS (
        SELECT 1 FROM shipments s JOIN shipment_items p ON p.shipment_id = s.id
        WHERE s.order_id = o.id AND p.item_id = i.id AND s.status = 'delivered'))
     LIMIT 1",
);

/// Whether the product reached the user, in a whole order or in a parcel of one.
pub(super) async fn was_delivered(conn: &mut Conn, user: UserId, product: ProductId) -> Result<bool> {
    let found: Option<(i64,)> = conn.opt(&DELIVERED, params![user, product]).await?;
    Ok(found.is_some())
}

static INSERT: Stmt = Stmt::new(
    "INSERT INTO reviews (id, product_id, vendor_id, user_id, stars, title, body, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
     ON CONFLICT (product_id, user_id) DO NOTHING",
);

/// `false` when the user has reviewed the product.
pub(super) async fn insert(
    tx: &mut Tx,
    id: ReviewId,
    of: &Delivered,
    new: &NewReview,
    now: Timestamp,
) -> Result<bool> {
    let NewReview { stars, title, body } = new;
    let (product, vendor, user, stars) = (of.product(), of.vendor(), of.user(), stars.get());
    let values = params![id, product, vendor, user, stars, title, body, now];
    Ok(tx.exec(&INSERT, values).await? == 1)
}

macro_rules! review {
    ($rest:literal) => {
        concat!(
            "SELECT r.id, r.product_id, r.vendor_id, r.user_id, u.first_name, r.stars, r.title, r.body,
                r.answer, r.hidden_at, r.hidden_reason, r.open_reports, r.created_at
             FROM reviews r JOIN users u ON u.id = r.user_id ",
            $rest
        )
    };
}

static FIND: Stmt = Stmt::new(review!("WHERE r.id = $1"));

pub(super) async fn find(conn: &mut Conn, id: ReviewId) -> Result<Option<Review>> {
    Ok(conn.opt(&FIND, params![id]).await?)
}

static LOCK: Stmt =
    Stmt::with_postgres(review!("WHERE r.id = $1"), review!("WHERE r.id = $1 FOR UPDATE OF r"));

/// The review as nobody else can change it before this transaction ends.
pub(super) async fn lock(tx: &mut Tx, id: ReviewId) -> Result<Option<Review>> {
    Ok(tx.opt(&LOCK, params![id]).await?)
}

static OF_PRODUCT: Stmt = Stmt::new(review!(
    "WHERE r.product_id = $1 AND r.hidden_at IS NULL AND r.id < $2 ORDER BY r.id DESC LIMIT $3"
));

/// The reviews of a product that everybody sees, newest first.
pub(super) async fn of_product(
    conn: &mut Conn,
    product: ProductId,
    limit: Limit,
    after: Option<ReviewId>,
) -> Result<Vec<Review>> {
    Ok(conn.all(&OF_PRODUCT, params![product, before(after), limit.plus_one()]).await?)
}

static OF_USER: Stmt = Stmt::new(review!("WHERE r.user_id = $1 AND r.id < $2 ORDER BY r.id DESC LIMIT $3"));

/// The reviews that a user wrote, newest first.
pub(super) async fn of_user(
    conn: &mut Conn,
    user: UserId,
    limit: Limit,
    after: Option<ReviewId>,
) -> Result<Vec<Review>> {
    Ok(conn.all(&OF_USER, params![user, before(after), limit.plus_one()]).await?)
}

static OF_VENDOR: Stmt = Stmt::new(review!(
    "WHERE r.vendor_id = $1 AND r.id < $2
        AND (CAST($3 AS BIGINT) = 2 OR CAST($3 AS BIGINT) = (CASE WHEN r.answer IS NULL THEN 0 ELSE 1 END))
     ORDER BY r.id DESC LIMIT $4"
));

/// The reviews of a shop's products, newest first.
pub(super) async fn of_vendor(
    conn: &mut Conn,
    vendor: VendorId,
    answered: Option<bool>,
    (limit, after): (Limit, Option<ReviewId>),
) -> Result<Vec<Review>> {
    let answered = answered.map_or(2, i64::from);
    Ok(conn.all(&OF_VENDOR, params![vendor, before(after), answered, limit.plus_one()]).await?)
}

static REPORTED: Stmt =
    Stmt::new(review!("WHERE r.open_reports > 0 AND r.id < $1 ORDER BY r.id DESC LIMIT $2"));

static HIDDEN: Stmt =
    Stmt::new(review!("WHERE r.hidden_at IS NOT NULL AND r.id < $1 ORDER BY r.id DESC LIMIT $2"));

pub(super) async fn to_moderate(
    conn: &mut Conn,
    which: Moderation,
    (limit, after): (Limit, Option<ReviewId>),
) -> Result<Vec<Review>> {
    let stmt = match which {
        Moderation::Reported => &REPORTED,
        Moderation::Hidden => &HIDDEN,
    };
    Ok(conn.all(stmt, params![before(after), limit.plus_one()]).await?)
}

fn before(after: Option<ReviewId>) -> i64 {
    after.map_or(i64::MAX, ReviewId::as_i64)
}

static UPDATE: Stmt =
    Stmt::new("UPDATE reviews SET stars = $2, title = $3, body = $4, updated_at = $5 WHERE id = $1");

pub(super) async fn update(tx: &mut Tx, review: &Review, now: Timestamp) -> Result<()> {
    let Review { id, stars, title, body, .. } = review;
    tx.exec_n(1, &UPDATE, params![id, stars, title, body, now]).await?;
    Ok(())
}

static DELETE_REPORTS: Stmt = Stmt::new("DELETE FROM review_reports WHERE review_id = $1");
static DELETE: Stmt = Stmt::new("DELETE FROM reviews WHERE id = $1");

pub(super) async fn delete(tx: &mut Tx, id: ReviewId) -> Result<()> {
    tx.exec(&DELETE_REPORTS, params![id]).await?;
    tx.exec_n(1, &DELETE, params![id]).await?;
    Ok(())
}

static ANSWER: Stmt = Stmt::new("UPDATE reviews SET answer = $2, answered_at = $3 WHERE id = $1");

/// Sets the seller's answer, or takes it back.
pub(super) async fn answer(tx: &mut Tx, id: ReviewId, answer: Option<&str>, now: Timestamp) -> Result<()> {
    let at = answer.map(|_| now);
    tx.exec_n(1, &ANSWER, params![id, answer, at]).await?;
    Ok(())
}

static HIDE: Stmt = Stmt::new(
    "UPDATE reviews SET hidden_at = $2, hidden_reason = $3, hidden_by = $4, open_reports = 0 WHERE id = $1",
);

pub(super) async fn hide(
    tx: &mut Tx,
    id: ReviewId,
    by: UserId,
    (reason, now): (&str, Timestamp),
) -> Result<()> {
    tx.exec_n(1, &HIDE, params![id, now, reason, by]).await?;
    tx.exec(&DISMISS, params![id, now]).await?;
    Ok(())
}

static RESTORE: Stmt = Stmt::new(
    "UPDATE reviews SET hidden_at = NULL, hidden_reason = NULL, hidden_by = NULL, open_reports = 0
     WHERE id = $1",
);

/// Shows a review, and counts what was reported of it as decided.
pub(super) async fn restore(tx: &mut Tx, id: ReviewId, now: Timestamp) -> Result<()> {
    tx.exec_n(1, &RESTORE, params![id]).await?;
    tx.exec(&DISMISS, params![id, now]).await?;
    Ok(())
}

static INSERT_REPORT: Stmt = Stmt::new(
    "INSERT INTO review_reports (review_id, user_id, reason, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (review_id, user_id) DO NOTHING",
);

static COUNT_REPORT: Stmt = Stmt::new("UPDATE reviews SET open_reports = open_reports + 1 WHERE id = $1");

/// `false` when the user has reported the review.
pub(super) async fn report(tx: &mut Tx, by: UserId, report: &Report) -> Result<bool> {
    let Report { review, reason, at } = report;
    if tx.exec(&INSERT_REPORT, params![review, by, reason, at]).await? == 0 {
        return Ok(false);
    }
    tx.exec_n(1, &COUNT_REPORT, params![review]).await?;
    Ok(true)
}

static DISMISS: Stmt =
    Stmt::new("UPDATE review_reports SET decided_at = $2 WHERE review_id = $1 AND decided_at IS NULL");

static NO_OPEN_REPORTS: Stmt = Stmt::new("UPDATE reviews SET open_reports = 0 WHERE id = $1");

/// Counts what was reported of a review as decided.
pub(super) async fn dismiss(tx: &mut Tx, id: ReviewId, now: Timestamp) -> Result<()> {
    tx.exec_n(1, &NO_OPEN_REPORTS, params![id]).await?;
    tx.exec(&DISMISS, params![id, now]).await?;
    Ok(())
}

static REASONS: Stmt = Stmt::new(concat!(
    "SELECT review_id, reason, created_at FROM review_reports WHERE review_id IN ",
    in_batch!("", " AND decided_at IS NULL ORDER BY review_id, created_at LIMIT 1000")
));

/// The reports of these reviews that nobody has decided on.
pub(super) async fn reasons(conn: &mut Conn, reviews: &[ReviewId]) -> Result<Vec<Report>> {
    batch::all(conn, &REASONS, reviews).await
}
