//! SQL of new products: their rows, many at a time.

use std::collections::HashSet;

use db::{Conn, Insert, Kind, Many, Stmt, ToValue, Tx, Value};
use types::{ProductId, Slug, Timestamp, VendorId};

use super::listing::{Listing, search_key};
use super::{NewProduct, ProductStatus};
use crate::Result;
use crate::batch::{self, in_batch};

pub(super) static INSERT: Insert = Insert::new(
    "products",
    &[
        ("id", Kind::Int),
        ("vendor_id", Kind::Int),
        ("category_id", Kind::Int),
        ("slug", Kind::Text),
        ("title", Kind::Text),
        ("description", Kind::Text),
        ("specs", Kind::Text),
        ("options", Kind::Text),
        ("status", Kind::Text),
        ("import_key", Kind::Text),
        ("search_title", Kind::Text),
        ("search_text", Kind::Text),
        ("search_vendor", Kind::Text),
        ("search_category", Kind::Text),
        ("price", Kind::Int),
        ("sale_price", Kind::Int),
        ("sale_starts_at", Kind::Int),
        ("sale_ends_at", Kind::Int),
        ("final_price", Kind::Int),
        ("price_changes_at", Kind::Int),
        ("published_at", Kind::Int),
        ("created_at", Kind::Int),
        ("updated_at", Kind::Int),
    ],
)
.on_conflict("ON CONFLICT (slug) DO NOTHING");

pub(super) static MADE: Many = Many::new(
    &[Kind::Int],
    "SELECT id FROM products WHERE id = $1",
    "SELECT id FROM products WHERE id = ANY($1::BIGINT[])",
);

pub(super) static VENDOR_NAMES: Stmt =
    Stmt::new(in_batch!("SELECT id, name FROM vendors WHERE id IN ", " ORDER BY id LIMIT 20"));

/// The names of shops.
pub(super) async fn vendor_names(conn: &mut Conn, ids: &[VendorId]) -> Result<Vec<(VendorId, String)>> {
    batch::all(conn, &VENDOR_NAMES, ids).await
}

/// A product to be inserted.
pub(super) struct NewRow<'a> {
    pub(super) id: ProductId,
    pub(super) vendor: VendorId,
    pub(super) vendor_name: &'a str,
    pub(super) description: &'a str,
    pub(super) category_name: Option<&'a str>,
    pub(super) new: &'a NewProduct,
    pub(super) status: ProductStatus,
    pub(super) listing: Listing,
    pub(super) now: Timestamp,
}

/// What of a row has to be written out first.
struct Written {
    specs: String,
    options: String,
    search_title: String,
    search_vendor: String,
    search_category: String,
}

impl NewRow<'_> {
    fn written(&self) -> Written {
        Written {
            specs: self.new.specs.to_json(),
            options: self.new.variants.options().to_json(),
            search_title: search_key(self.new.title.as_str()),
            search_vendor: search_key(self.vendor_name),
            search_category: search_key(self.category_name.unwrap_or_default()),
        }
    }

    fn values<'v>(&'v self, written: &'v Written, slug: &'v Slug) -> [Value<'v>; 23] {
        let NewRow { id, vendor, description, new, status, listing, now, .. } = self;
        let NewProduct { title, category, import_key, .. } = new;
        let Written { specs, options, search_title, search_vendor, search_category } = written;
        let Listing { price, sale_price, sale_starts_at, sale_ends_at, final_price, price_changes_at, text } =
            listing;
        [
            id.to_value(),
            vendor.to_value(),
            category.to_value(),
            slug.to_value(),
            title.to_value(),
            description.to_value(),
            specs.to_value(),
            options.to_value(),
            status.to_value(),
            import_key.to_value(),
            search_title.to_value(),
            text.to_value(),
            search_vendor.to_value(),
            search_category.to_value(),
            price.to_value(),
            sale_price.to_value(),
            sale_starts_at.to_value(),
            sale_ends_at.to_value(),
            final_price.to_value(),
            price_changes_at.to_value(),
            if *status == ProductStatus::Published { Value::Int(now.as_micros()) } else { Value::Null },
            now.to_value(),
            now.to_value(),
        ]
    }
}

/// Inserts products, each under a slug; says of each whether it is there, or its slug is taken.
pub(super) async fn insert(tx: &mut Tx, rows: &[(&NewRow<'_>, Slug)]) -> Result<Vec<bool>> {
    let written: Vec<Written> = rows.iter().map(|(row, _)| row.written()).collect();
    let values = |((row, slug), written)| NewRow::values(row, written, slug);
    let sets: Vec<_> = rows.iter().map(|(row, slug)| (*row, slug)).zip(&written).map(values).collect();
    tx.insert_many(&INSERT, &sets).await?;
    let ids: Vec<[Value<'_>; 1]> = rows.iter().map(|(row, _)| [row.id.to_value()]).collect();
    let made: Vec<(ProductId,)> = tx.all_of(&MADE, &ids).await?;
    let made: HashSet<ProductId> = made.into_iter().map(|(id,)| id).collect();
    Ok(rows.iter().map(|(row, _)| made.contains(&row.id)).collect())
}
