//! Catalogue: what can be seen can be bought.

use db::Stmt;
use types::ProductId;

use super::{Check, Finding};

pub(super) const CHECKS: &[&Check] = &[&HAS_VARIANT];

static HAS_VARIANT: Check =
    Check::new("published_product_has_variant", &WITHOUT_VARIANT, |Finding { id, .. }| {
        format!("{} is published without a variant", ProductId::from_i64(*id))
    });

static WITHOUT_VARIANT: Stmt = Stmt::new(
    "SELECT p.id, 0, 0 FROM products p
     WHERE p.status = 'published'
       AND NOT EXISTS (SELECT 1 FROM variants v WHERE v.product_id = p.id AND v.archived_at IS NULL)
     ORDER BY p.id LIMIT $1",
);
