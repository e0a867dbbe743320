//! Shops and what they sell.

use anyhow::{Context, Result};
use db::{Conn, Stmt, params};
use marketplace::Market;
use marketplace::catalog::categories::{self, NewCategory};
use marketplace::vendors::{self, Application, Decision};
use types::{CategoryId, UserId};

use super::people;

/// What the names of the bench's shops begin with, and their slugs.
const NAME: &str = "Bench shop";
const SLUG: &str = "bench-shop-";

/// A shop and who owns it.
#[derive(Debug, Clone, Copy)]
pub(in crate::bench) struct Shop {
    pub(in crate::bench) vendor: i64,
    pub(in crate::bench) owner: i64,
}

db::from_row!(Shop { vendor, owner });

/// A product that is sold in one variant.
#[derive(Debug, Clone, Copy)]
pub(in crate::bench) struct Good {
    pub(in crate::bench) product: i64,
    pub(in crate::bench) variant: i64,
    pub(in crate::bench) vendor: i64,
    pub(in crate::bench) price: i64,
    pub(in crate::bench) stock: i64,
}

db::from_row!(Good { product, variant, vendor, price, stock });

/// Opens accepted shops; their names end with these words.
pub(super) async fn open_shops(market: &Market, names: Vec<String>) -> Result<Vec<Shop>> {
    let owners = people::make(market, "owner", names.len()).await?;
    let mut shops = Vec::with_capacity(names.len());
    for (name, owner) in names.into_iter().zip(owners) {
        let application = Application {
            name: format!("{NAME} {name}").parse()?,
            description: "Sells what is measured.".parse()?,
            address: "1 Measure Street".parse()?,
            domain: None,
            tax_number: None,
        };
        shops.push(Shop { vendor: open(market, owner, application).await?, owner: owner.as_i64() });
    }
    Ok(shops)
}

async fn open(market: &Market, owner: UserId, application: Application) -> Result<i64> {
    let domain = market.clone();
    let made: marketplace::Result<_> = market
        .db
        .write(async move |tx| {
            let vendor = vendors::enrol(tx, &domain, owner, &application).await?;
            vendors::review(tx, &domain, owner, vendor.id, &Decision::Accept).await
        })
        .await;
    Ok(made?.id.as_i64())
}

/// Makes a category.
pub(super) async fn make_category(market: &Market, name: &str) -> Result<CategoryId> {
    let new = NewCategory { name: name.parse()?, parent_id: None, position: None };
    let owned = market.clone();
    let made: marketplace::Result<_> =
        market.db.write(async move |tx| categories::create(tx, &owned, &new).await).await;
    Ok(made?.last().context("a category was made and is not there")?.id)
}

/// The shops that earlier runs opened.
pub(super) async fn known_shops(conn: &mut Conn) -> Result<Vec<Shop>> {
    static SHOPS: Stmt = Stmt::new("SELECT id, owner_id FROM vendors WHERE slug LIKE $1 ORDER BY id");
    Ok(conn.all(&SHOPS, params![format!("{SLUG}%")]).await?)
}

/// The categories that earlier runs made.
pub(super) async fn known_categories(conn: &mut Conn) -> Result<Vec<(i64, String)>> {
    static CATEGORIES: Stmt =
        Stmt::new("SELECT id, name FROM categories WHERE slug LIKE 'bench-category-%' ORDER BY id");
    Ok(conn.all(&CATEGORIES, params![]).await?)
}

/// Whether there are shops that the bench did not open: then it is somebody's marketplace.
pub(super) async fn has_other_shops(conn: &mut Conn) -> Result<bool> {
    static OTHERS: Stmt = Stmt::new("SELECT id FROM vendors WHERE slug NOT LIKE $1 LIMIT 1");
    let found: Option<(i64,)> = conn.opt(&OTHERS, params![format!("{SLUG}%")]).await?;
    Ok(found.is_some())
}

/// Everything that the shops sell, the oldest first.
pub(in crate::bench) async fn on_sale(conn: &mut Conn) -> Result<Vec<Good>> {
    static GOODS: Stmt = Stmt::new(
        "SELECT v.product_id, v.id, v.vendor_id, v.price, v.stock
         FROM variants v JOIN products p ON p.id = v.product_id
         WHERE p.status = 'published' AND v.archived_at IS NULL AND v.position = 0
         ORDER BY v.id",
    );
    Ok(conn.all(&GOODS, params![]).await?)
}
