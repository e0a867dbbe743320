//! What a review is, and what it adds to a rating.

use types::{Line, Patch, Present, ProductId, Prose, Rating, ReviewId, Stars, Timestamp, UserId, VendorId};

use crate::states::states;

states! {
    /// What a moderator asks for.
    pub enum Moderation {
        /// Reviews with reports that nobody has decided on.
        Reported = "reported",
        /// Reviews that were hidden.
        Hidden = "hidden",
    }
}

/// What a buyer thinks of a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Identifier.
    pub id: ReviewId,
    /// Of which product.
    pub product: ProductId,
    /// Of which shop's product.
    pub vendor: VendorId,
    /// Who wrote it.
    pub user: UserId,
    /// Their first name; nobody's when their account was erased.
    pub author: Option<String>,
    /// Stars given.
    pub stars: i64,
    /// Heading.
    pub title: Option<String>,
    /// Text.
    pub body: Option<String>,
    /// What the seller says to it.
    pub answer: Option<String>,
    /// Since when only its author, the seller and the operators see it.
    pub hidden_at: Option<Timestamp>,
    /// Why an operator hid it.
    pub hidden_reason: Option<String>,
    /// Reports that no operator has decided on.
    pub open_reports: i64,
    /// When it was written.
    pub created_at: Timestamp,
}

db::from_row!(Review {
    id,
    product,
    vendor,
    user,
    author,
    stars,
    title,
    body,
    answer,
    hidden_at,
    hidden_reason,
    open_reports,
    created_at,
});

impl Review {
    /// What it adds to the ratings of its product and its shop: nothing while it is hidden.
    pub fn weight(&self) -> Rating {
        match self.hidden_at {
            None => Rating { sum: self.stars, count: 1 },
            Some(_) => Rating::default(),
        }
    }
}

/// The change of a rating between two weights.
pub(super) const fn difference(before: Rating, after: Rating) -> Rating {
    Rating { sum: after.sum - before.sum, count: after.count - before.count }
}

/// A review to be written.
#[derive(Debug, Clone)]
pub struct NewReview {
    /// Stars given.
    pub stars: Stars,
    /// Heading.
    pub title: Option<Line<120>>,
    /// Text.
    pub body: Option<Prose<5000>>,
}

/// What its author changes of a review.
#[derive(Debug, Clone, Default)]
pub struct ReviewChanges {
    /// Stars given.
    pub stars: Present<Stars>,
    /// Heading.
    pub title: Patch<Line<120>>,
    /// Text.
    pub body: Patch<Prose<5000>>,
}

/// Somebody who says that a review should not be there.
#[derive(Debug, Clone)]
pub struct Report {
    /// The review.
    pub review: ReviewId,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

db::from_row!(Report { review, reason, at });
