//! Catalogue: what can be seen can be bought, and files stay for as long as something shows them.

use db::Stmt;
use types::{AttributeId, ImageId, ImportId, ProductId};

use super::{Check, Finding};

pub(super) const CHECKS: &[&Check] = &[&HAS_VARIANT, &ATTRIBUTE_FITS, &MEDIA_COUNTED, &FILE_WHOLE];

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
        format!("the file of {} counts {found} images and logos, {expected} show it", ImageId::from_i64(*id))
    });

static MISCOUNTED_MEDIA: Stmt = Stmt::new(
    "SELECT CAST(COALESCE(i.shown, 0) AS BIGINT), f.uses, CAST(COALESCE(i.times, 0) AS BIGINT)
     FROM media_files f
     LEFT JOIN (
        SELECT s.hash, MIN(s.image) AS shown, COUNT(*) AS times
        FROM (
            SELECT content_hash AS hash, id AS image FROM images
            UNION ALL
            SELECT logo_hash, NULL FROM vendors WHERE logo_hash IS NOT NULL
        ) s
        GROUP BY s.hash
     ) i ON i.hash = f.hash
     WHERE f.uses <> COALESCE(i.times, 0) OR (f.uses > 0 AND f.doomed_until IS NOT NULL)
     ORDER BY f.hash LIMIT $1",
);

static FILE_WHOLE: Check =
    Check::new("file_is_kept_while_it_is_imported", &BROKEN_FILES, |Finding { id, found, expected }| {
        format!("{found} bytes are kept of the file of {}, it needs {expected}", ImportId::from_i64(*id))
    });

static BROKEN_FILES: Stmt = Stmt::new(
    "SELECT n.id, CAST(n.kept AS BIGINT), n.needed
     FROM (
        SELECT i.id, COALESCE(p.kept, 0) AS kept,
            CASE WHEN i.status IN ('queued', 'running') THEN i.file_bytes ELSE 0 END AS needed
        FROM imports i
        LEFT JOIN (SELECT import_id, SUM(LENGTH(bytes)) AS kept FROM import_parts GROUP BY import_id) p
          ON p.import_id = i.id
     ) n
     WHERE n.kept <> n.needed
     ORDER BY n.id LIMIT $1",
);

static ATTRIBUTE_FITS: Check =
    Check::new("attribute_is_of_the_products_category", &STRAY_VALUES, |Finding { id, found, .. }| {
        let (product, attribute) = (ProductId::from_i64(*id), AttributeId::from_i64(*found));
        format!("{product} has a value of {attribute}, which its category does not have or of another type")
    });

static STRAY_VALUES: Stmt = Stmt::new(
    "WITH RECURSIVE closure (category, above) AS (
        SELECT id, id FROM categories
        UNION ALL
        SELECT c.category, k.parent_id FROM closure c JOIN categories k ON k.id = c.above
        WHERE k.parent_id IS NOT NULL
     )
     SELECT v.product_id, v.attribute_id, 0
     FROM product_attributes v
     JOIN attributes a ON a.id = v.attribute_id
     JOIN products p ON p.id = v.product_id
     LEFT JOIN closure c ON c.category = p.category_id AND c.above = a.category_id
     WHERE c.category IS NULL OR (a.type = 'number' AND v.value_number IS NULL)
        OR (a.type <> 'number' AND v.value_text IS NULL)
     ORDER BY v.product_id, v.attribute_id LIMIT $1",
);
