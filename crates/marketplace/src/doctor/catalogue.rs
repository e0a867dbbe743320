//! Catalogue: what can be seen can be bought, and files stay for as long as something shows them.

use db::Stmt;
use types::{ImageId, ProductId};

use super::{Check, Finding};

pub(super) const CHECKS: &[&Check] = &[&HAS_VARIANT, &MEDIA_COUNTED];

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

static MEDIA_COUNTED: Check =
    Check::new("media_files_count_their_images", &MISCOUNTED_MEDIA, |Finding { id, found, expected }| {
        format!("the file of {} counts {found} images, {expected} show it", ImageId::from_i64(*id))
    });

static MISCOUNTED_MEDIA: Stmt = Stmt::new(
    "SELECT CAST(COALESCE(i.shown, 0) AS BIGINT), f.uses, CAST(COALESCE(i.times, 0) AS BIGINT)
     FROM media_files f
     LEFT JOIN (SELECT content_hash, MIN(id) AS shown, COUNT(*) AS times FROM images GROUP BY content_hash) i
       ON i.content_hash = f.hash
     WHERE f.uses <> COALESCE(i.times, 0) OR (f.uses > 0 AND f.doomed_until IS NOT NULL)
     ORDER BY f.hash LIMIT $1",
);
