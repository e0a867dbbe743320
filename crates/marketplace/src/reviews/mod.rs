//! Reviews: what buyers think of what they received.
//!
//! Invariants: one review per product and buyer, which a unique index holds under any concurrency; it is
//! written by somebody whom the product reached. The ratings of products and shops are the sums and counts
//! of their reviews that are not hidden, kept in the transaction of each change. Rows are locked in one
//! order: review, shop, product.

mod error;
mod model;
mod store;

pub use error::ReviewError;
pub use model::{Moderation, NewReview, Report, Review, ReviewChanges};

pub(crate) use store::STATEMENTS;

use db::{Conn, Tx};
use types::{Limit, Line, Page, ProductId, Prose, Rating, ReviewId, UserId, VendorId, kind};

use crate::catalog::products::{self, Product};
use crate::changes::{self, Change};
use crate::error::Refusal;
use crate::{Error, Market, Result, vendors};

/// The proof that a product reached a user, who may review it.
#[derive(Debug, Clone, Copy)]
pub struct Delivered {
    user: UserId,
    product: ProductId,
    vendor: VendorId,
}

impl Delivered {
    /// Refused as `not_purchased` unless the product was delivered to the user.
    pub async fn prove(conn: &mut Conn, user: UserId, product: &Product) -> Result<Self> {
        if !store::was_delivered(conn, user, product.id).await? {
            return Err(ReviewError::NotPurchased.into());
        }
        Ok(Self { user, product: product.id, vendor: product.vendor })
    }

    const fn user(&self) -> UserId {
        self.user
    }

    const fn product(&self) -> ProductId {
        self.product
    }

    const fn vendor(&self) -> VendorId {
        self.vendor
    }
}

/// The review, hidden or not.
pub async fn find(conn: &mut Conn, id: ReviewId) -> Result<Option<Review>> {
    store::find(conn, id).await
}

/// The reviews that a user wrote, hidden ones too; newest first.
pub async fn of_user(
    conn: &mut Conn,
    user: UserId,
    limit: Limit,
    after: Option<ReviewId>,
) -> Result<Page<Review, ReviewId>> {
    let rows = store::of_user(conn, user, limit, after).await?;
    Ok(Page::cut(rows, limit, |review| review.id))
}

/// The reviews of a product that everybody sees, newest first.
pub async fn of_product(
    conn: &mut Conn,
    product: ProductId,
    limit: Limit,
    after: Option<ReviewId>,
) -> Result<Page<Review, ReviewId>> {
    let rows = store::of_product(conn, product, limit, after).await?;
    Ok(Page::cut(rows, limit, |review| review.id))
}

/// The reviews of a shop's products, newest first; only those with or without an answer, when asked.
pub async fn of_vendor(
    conn: &mut Conn,
    vendor: VendorId,
    answered: Option<bool>,
    (limit, after): (Limit, Option<ReviewId>),
) -> Result<Page<Review, ReviewId>> {
    let rows = store::of_vendor(conn, vendor, answered, (limit, after)).await?;
    Ok(Page::cut(rows, limit, |review| review.id))
}

/// The reviews that a moderator looks at, newest first.
pub async fn to_moderate(
    conn: &mut Conn,
    which: Moderation,
    (limit, after): (Limit, Option<ReviewId>),
) -> Result<Page<Review, ReviewId>> {
    let rows = store::to_moderate(conn, which, (limit, after)).await?;
    Ok(Page::cut(rows, limit, |review| review.id))
}

/// The reports of these reviews that nobody has decided on, by review, the oldest first.
pub async fn reports(conn: &mut Conn, reviews: &[ReviewId]) -> Result<Vec<Report>> {
    store::reasons(conn, reviews).await
}

/// Writes a review. A second one of the same product by the same buyer is refused as `already_reviewed`.
pub async fn write(tx: &mut Tx, market: &Market, of: &Delivered, new: &NewReview) -> Result<Review> {
    let id = market.id::<kind::Review>();
    if !store::insert(tx, id, of, new, market.now()).await? {
        return Err(ReviewError::AlreadyReviewed.into());
    }
    let review = expect(tx, id).await?;
    count(tx, market, &review, review.weight()).await?;
    Ok(review)
}

/// Changes a review of the author's own.
pub async fn edit(
    tx: &mut Tx,
    market: &Market,
    by: UserId,
    (id, changes): (ReviewId, &ReviewChanges),
) -> Result<Review> {
    let before = own(tx, by, id).await?;
    let changes = changes.clone();
    let after = Review {
        stars: changes.stars.0.map_or(before.stars, types::Stars::get),
        title: changes.title.map(Line::into_string).apply(before.title.clone()),
        body: changes.body.map(Prose::into_string).apply(before.body.clone()),
        ..before.clone()
    };
    store::update(tx, &after, market.now()).await?;
    count(tx, market, &after, model::difference(before.weight(), after.weight())).await?;
    Ok(after)
}

/// Deletes a review of the author's own; they may write another.
pub async fn delete(tx: &mut Tx, market: &Market, by: UserId, id: ReviewId) -> Result<()> {
    let review = own(tx, by, id).await?;
    store::delete(tx, id).await?;
    count(tx, market, &review, model::difference(review.weight(), Rating::default())).await
}

/// Sets what the seller says to a review, or takes it back. The caller has checked that it is of the
/// seller's product.
pub async fn answer(
    tx: &mut Tx,
    market: &Market,
    id: ReviewId,
    answer: Option<&Prose<5000>>,
) -> Result<Review> {
    let before = lock(tx, id).await?;
    let answer = answer.map(Prose::as_str);
    market.journal.changed("answer", &before.answer.as_deref(), &answer);
    store::answer(tx, id, answer, market.now()).await?;
    changes::record(tx, market, &[Change::Product(before.product)]).await?;
    Ok(Review { answer: answer.map(ToOwned::to_owned), ..before })
}

/// Tells the operators that a review should not be there; once per user, else `already_reported`.
pub async fn report(
    tx: &mut Tx,
    market: &Market,
    by: UserId,
    (id, reason): (ReviewId, &Line<500>),
) -> Result<Report> {
    let review = lock(tx, id).await?;
    if review.hidden_at.is_some() {
        return Err(Refusal::NotFound.into());
    }
    let report = Report { review: id, reason: reason.to_string(), at: market.now() };
    if store::report(tx, by, &report).await? { Ok(report) } else { Err(ReviewError::AlreadyReported.into()) }
}

/// Hides a review from everybody but its author, the seller and the operators: it no longer counts.
pub async fn hide(
    tx: &mut Tx,
    market: &Market,
    by: UserId,
    (id, reason): (ReviewId, &Line<500>),
) -> Result<Review> {
    let before = lock(tx, id).await?;
    if before.hidden_at.is_some() {
        return Err(ReviewError::Hidden.into());
    }
    let now = market.now();
    store::hide(tx, id, by, (reason.as_str(), now)).await?;
    market.journal.changed("hidden", &false, &true);
    market.journal.with("reason", &reason.as_str());
    let after = Review {
        hidden_at: Some(now),
        hidden_reason: Some(reason.to_string()),
        open_reports: 0,
        ..before.clone()
    };
    count(tx, market, &after, model::difference(before.weight(), after.weight())).await?;
    Ok(after)
}

/// Shows a hidden review again.
pub async fn restore(tx: &mut Tx, market: &Market, id: ReviewId) -> Result<Review> {
    let before = lock(tx, id).await?;
    if before.hidden_at.is_none() {
        return Err(ReviewError::Shown.into());
    }
    store::restore(tx, id, market.now()).await?;
    market.journal.changed("hidden", &true, &false);
    let after = Review { hidden_at: None, hidden_reason: None, open_reports: 0, ..before.clone() };
    count(tx, market, &after, model::difference(before.weight(), after.weight())).await?;
    Ok(after)
}

/// Leaves a reported review as it is: its reports are decided.
pub async fn dismiss_reports(tx: &mut Tx, market: &Market, id: ReviewId) -> Result<Review> {
    let before = lock(tx, id).await?;
    store::dismiss(tx, id, market.now()).await?;
    market.journal.changed("open_reports", &before.open_reports, &0);
    Ok(Review { open_reports: 0, ..before })
}

/// Adds a difference to the ratings of a review's shop and product, and tells that they look different.
async fn count(tx: &mut Tx, market: &Market, review: &Review, difference: Rating) -> Result<()> {
    if difference == Rating::default() {
        return changes::record(tx, market, &[Change::Product(review.product)]).await;
    }
    vendors::count_rating(tx, review.vendor, difference).await?;
    products::count_rating(tx, review.product, difference).await?;
    changes::record(tx, market, &[Change::Product(review.product), Change::Vendor(review.vendor)]).await
}

/// The review of this author, locked; what is somebody else's is refused as `forbidden`, unless it is
/// hidden from them.
async fn own(tx: &mut Tx, by: UserId, id: ReviewId) -> Result<Review> {
    let review = lock(tx, id).await?;
    match review.hidden_at {
        _ if review.user == by => Ok(review),
        None => Err(Refusal::Forbidden.into()),
        Some(_) => Err(Refusal::NotFound.into()),
    }
}

async fn lock(tx: &mut Tx, id: ReviewId) -> Result<Review> {
    store::lock(tx, id).await?.ok_or_else(|| Refusal::NotFound.into())
}

async fn expect(conn: &mut Conn, id: ReviewId) -> Result<Review> {
    store::find(conn, id).await?.ok_or_else(|| Error::internal("a new review is not there"))
}
