//! SQL of bulk edits: whole lists of variants in one statement.

use std::collections::HashMap;

use db::{Conn, Stmt, Tx, params};
use types::{VariantId, VendorId};

use crate::catalog::products::ProductStatus;
use crate::catalog::variants::{self, Variant};
use crate::{Error, Result};

pub(crate) const STATEMENTS: &[&Stmt] = &[&LOCK_PRODUCTS, &STATUSES];

static LOCK_PRODUCTS: Stmt = Stmt::with_postgres(
    "SELECT id FROM products WHERE id IN (
        SELECT product_id FROM variants
        WHERE id IN (SELECT value FROM json_each($1)) AND vendor_id = $2)
     ORDER BY id",
    "SELECT id FROM products WHERE id = ANY(ARRAY(
        SELECT product_id FROM variants
        WHERE id = ANY(ARRAY(SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(CAST($1 AS TEXT) AS JSON))))
          AND vendor_id = $2))
     ORDER BY id FOR UPDATE",
);

/// Locks the products of a shop's variants, as any change of a product does.
pub(super) async fn lock_products(tx: &mut Tx, vendor: VendorId, ids: &[VariantId]) -> Result<()> {
    let list = list(ids);
    let _: Vec<(i64,)> = tx.all(&LOCK_PRODUCTS, params![list, vendor]).await?;
    Ok(())
}

/// The shop's variants among these that are sold, locked.
pub(super) async fn lock_variants(tx: &mut Tx, vendor: VendorId, ids: &[VariantId]) -> Result<Vec<Variant>> {
    variants::lock_many(tx, vendor, &list(ids)).await
}

static STATUSES: Stmt = Stmt::with_postgres(
    "SELECT v.id, p.status FROM variants v JOIN products p ON p.id = v.product_id
     WHERE v.id IN (SELECT value FROM json_each($1))",
    "SELECT v.id, p.status FROM variants v JOIN products p ON p.id = v.product_id
     WHERE v.id = ANY(ARRAY(
        SELECT CAST(value AS BIGINT) FROM json_array_elements_text(CAST(CAST($1 AS TEXT) AS JSON))))",
);

/// The variants in this order, each with its product's status.
pub(super) async fn read(conn: &mut Conn, ids: &[VariantId]) -> Result<Vec<(Variant, ProductStatus)>> {
    let list = list(ids);
    let statuses: Vec<(VariantId, ProductStatus)> = conn.all(&STATUSES, params![list]).await?;
    let statuses: HashMap<VariantId, ProductStatus> = statuses.into_iter().collect();
    let found = variants::many(conn, &list).await?;
    let mut found: HashMap<VariantId, Variant> =
        found.into_iter().map(|variant| (variant.id, variant)).collect();
    ids.iter()
        .map(|id| {
            found
                .remove(id)
                .zip(statuses.get(id).copied())
                .ok_or_else(|| Error::internal("an edited variant is not there"))
        })
        .collect()
}

/// Identifiers as a JSON array of numbers.
fn list(ids: &[VariantId]) -> String {
    let numbers: Vec<String> = ids.iter().map(|id| id.as_i64().to_string()).collect();
    format!("[{}]", numbers.join(","))
}
