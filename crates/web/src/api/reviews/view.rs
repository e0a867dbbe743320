//! How reviews are shown.

use marketplace::reviews::{Report, Review};
use serde::Serialize;
use types::{ProductId, ReviewId, Timestamp, UserId, VendorId};
use utoipa::ToSchema;

/// What a buyer thinks of a product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = review)]
pub(crate) struct ReviewView {
    /// Identifier.
    id: ReviewId,
    /// 1 to 5 stars.
    rating: i64,
    /// Heading.
    title: Option<String>,
    /// Text.
    body: Option<String>,
    /// The buyer's first name; `null` when their account was erased.
    author: Option<String>,
    /// What the seller says to it.
    answer: Option<String>,
    /// When it was written.
    created_at: Timestamp,
}

impl From<Review> for ReviewView {
    fn from(review: Review) -> Self {
        let Review { id, stars, title, body, author, answer, created_at, .. } = review;
        Self { id, rating: stars, title, body, author, answer, created_at }
    }
}

/// A review of a product of the caller's shop.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = vendor_review)]
pub(super) struct VendorReviewView {
    #[serde(flatten)]
    review: ReviewView,
    /// The product.
    product_id: ProductId,
    /// Since when only the author, the shop and the operators see it.
    hidden_at: Option<Timestamp>,
}

impl From<Review> for VendorReviewView {
    fn from(review: Review) -> Self {
        Self { product_id: review.product, hidden_at: review.hidden_at, review: review.into() }
    }
}

/// A review as operators see it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = moderated_review)]
pub(super) struct ModeratedReviewView {
    #[serde(flatten)]
    review: ReviewView,
    /// The product.
    product_id: ProductId,
    /// The shop.
    vendor_id: VendorId,
    /// Who wrote it.
    user_id: UserId,
    /// Since when it is hidden.
    hidden_at: Option<Timestamp>,
    /// Why it was hidden.
    hidden_reason: Option<String>,
    /// Reports that nobody has decided on.
    open_reports: i64,
    /// What they say, the oldest first.
    reports: Vec<ReportView>,
}

impl ModeratedReviewView {
    /// `reports` are those of several reviews.
    pub(super) fn of(review: Review, reports: &[Report]) -> Self {
        let own = reports.iter().filter(|report| report.review == review.id);
        Self {
            reports: own.cloned().map(ReportView::from).collect(),
            product_id: review.product,
            vendor_id: review.vendor,
            user_id: review.user,
            hidden_at: review.hidden_at,
            hidden_reason: review.hidden_reason.clone(),
            open_reports: review.open_reports,
            review: review.into(),
        }
    }
}

/// A report of a review.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = review_report)]
pub(super) struct ReportView {
    /// The review.
    review_id: ReviewId,
    /// Why it should not be there.
    reason: String,
    /// When it was reported.
    created_at: Timestamp,
}

impl From<Report> for ReportView {
    fn from(report: Report) -> Self {
        let Report { review, reason, at } = report;
        Self { review_id: review, reason, created_at: at }
    }
}
