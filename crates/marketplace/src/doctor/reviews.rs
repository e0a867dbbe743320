//! Reviews: ratings are the sums of what is shown, and reports are counted.

use db::Stmt;
use types::{ProductId, ReviewId, VendorId};

use super::{Check, Finding};

pub(super) const CHECKS: &[&Check] = &[&PRODUCT_RATING, &VENDOR_RATING, &OPEN_REPORTS];

static PRODUCT_RATING: Check = Check::new(
    "product_rating_equals_reviews",
    &PRODUCTS,
    |Finding { id, found, expected }| {
        let product = ProductId::from_i64(*id);
        format!(
            "{product} has a rating of {found} stars or of another count than its reviews, which have {expected}"
        )
    },
);

static PRODUCTS: Stmt = Stmt::new(
    "SELECT p.id, p.rating_sum, CAST(COALESCE(r.stars, 0) AS BIGINT)
     FROM products p
     LEFT JOIN (SELECT product_id, SUM(stars) AS stars, COUNT(*) AS reviews FROM reviews
                WHERE hidden_at IS NULL GROUP BY product_id) r ON r.product_id = p.id
     WHERE p.rating_sum <> COALESCE(r.stars, 0) OR p.rating_count <> COALESCE(r.reviews, 0)
     ORDER BY p.id LIMIT $1",
);

static VENDOR_RATING: Check = Check::new(
    "vendor_rating_equals_reviews",
    &VENDORS,
    |Finding { id, found, expected }| {
        let vendor = VendorId::from_i64(*id);
        format!(
            "{vendor} has a rating of {found} stars or of another count than its reviews, which have {expected}"
        )
    },
);

static VENDORS: Stmt = Stmt::new(
    "SELECT v.id, v.rating_sum, CAST(COALESCE(r.stars, 0) AS BIGINT)
     FROM vendors v
     LEFT JOIN (SELECT vendor_id, SUM(stars) AS stars, COUNT(*) AS reviews FROM reviews
                WHERE hidden_at IS NULL GROUP BY vendor_id) r ON r.vendor_id = v.id
     WHERE v.rating_sum <> COALESCE(r.stars, 0) OR v.rating_count <> COALESCE(r.reviews, 0)
     ORDER BY v.id LIMIT $1",
);

static OPEN_REPORTS: Check =
    Check::new("open_reports_are_counted", &REPORTS, |Finding { id, found, expected }| {
        format!("{} counts {found} open reports, there are {expected}", ReviewId::from_i64(*id))
    });

static REPORTS: Stmt = Stmt::new(
    "SELECT r.id, r.open_reports, CAST(COALESCE(o.reports, 0) AS BIGINT)
     FROM reviews r
     LEFT JOIN (SELECT review_id, COUNT(*) AS reports FROM review_reports
                WHERE decided_at IS NULL GROUP BY review_id) o ON o.review_id = r.id
     WHERE r.open_reports <> COALESCE(o.reports, 0)
     ORDER BY r.id LIMIT $1",
);
