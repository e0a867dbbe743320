//! Shipping: the ways in which each shop sends its goods, and what they cost.
//!
//! A shop without ways of shipping ships for nothing; one that has some ships only where one of them goes.
//! What a buyer chose is written down on the order, so that a change reaches no order.

mod model;
mod store;

pub use model::{Area, Band, Destination, Method, ShippingOption, options};

pub(crate) use store::STATEMENTS;

use std::collections::HashMap;

use db::{Asked, Conn, Tx};
use types::{Money, ShippingMethodId, VendorId, kind};

use crate::batch::by_parent;
use crate::error::Refusal;
use crate::{Kind, Market, Rejection, Result};

/// The most methods of a shop.
pub const METHODS_MAX: i64 = 50;

/// A shop has as many methods as it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a shop has at most {METHODS_MAX} ways of shipping")]
pub struct TooManyMethods;

impl Rejection for TooManyMethods {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }
    fn code(&self) -> &'static str {
        "too_many_shipping_methods"
    }
}

/// What a shop says of a method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodTerms {
    /// What buyers read.
    pub name: String,
    /// What it costs, where no weight decides.
    pub price: Money,
    /// It is free for goods of this value and more.
    pub free_above: Option<Money>,
    /// What it costs by weight, the lightest first.
    pub bands: Vec<Band>,
    /// Where it goes; none means everywhere.
    pub destinations: Vec<Area>,
    /// Days it takes at least.
    pub min_days: Option<i64>,
    /// Days it takes at most.
    pub max_days: Option<i64>,
    /// Whether buyers can choose it.
    pub active: bool,
}

impl Method {
    /// What its shop says of it.
    pub fn terms(&self) -> MethodTerms {
        let Self { name, price, free_above, bands, destinations, min_days, max_days, .. } = self.clone();
        let active = self.paused_at.is_none();
        MethodTerms { name, price, free_above, bands, destinations, min_days, max_days, active }
    }

    fn with(self, market: &Market, terms: MethodTerms) -> Self {
        let MethodTerms { name, price, free_above, bands, destinations, min_days, max_days, active } = terms;
        let paused_at = if active { None } else { self.paused_at.or_else(|| Some(market.now())) };
        Self { name, price, free_above, bands, destinations, min_days, max_days, paused_at, ..self }
    }
}

/// All methods of a shop, the oldest first.
pub async fn list(conn: &mut Conn, vendor: VendorId) -> Result<Vec<Method>> {
    store::of_vendor(conn, vendor).await
}

/// One method of a shop; another's is not found.
pub async fn find(conn: &mut Conn, vendor: VendorId, id: ShippingMethodId) -> Result<Method> {
    store::find(conn, vendor, id).await?.ok_or_else(|| Refusal::NotFound.into())
}

/// One method of a shop, which nobody else changes until the transaction ends.
pub async fn lock(tx: &mut Tx, vendor: VendorId, id: ShippingMethodId) -> Result<Method> {
    store::lock_vendor(tx, vendor).await?;
    find(tx, vendor, id).await
}

/// Adds a method.
pub async fn create(tx: &mut Tx, market: &Market, vendor: VendorId, terms: MethodTerms) -> Result<Method> {
    store::lock_vendor(tx, vendor).await?;
    if store::count(tx, vendor).await? >= METHODS_MAX {
        return Err(TooManyMethods.into());
    }
    let empty = Method {
        id: market.id::<kind::ShippingMethod>(),
        vendor,
        name: String::new(),
        price: Money::ZERO,
        free_above: None,
        bands: Vec::new(),
        destinations: Vec::new(),
        min_days: None,
        max_days: None,
        paused_at: None,
        created_at: market.now(),
    };
    let method = empty.with(market, terms);
    store::insert(tx, &method).await?;
    Ok(method)
}

/// Changes a locked method. Orders keep what was chosen.
pub async fn change(tx: &mut Tx, market: &Market, before: Method, terms: MethodTerms) -> Result<Method> {
    let after = before.with(market, terms);
    store::update(tx, &after).await?;
    Ok(after)
}

/// Removes a locked method. Orders keep what was chosen.
pub async fn remove(tx: &mut Tx, id: ShippingMethodId) -> Result<()> {
    store::delete(tx, id).await
}

/// The methods of several shops that buyers can choose, by shop.
pub(crate) async fn ask_of_vendors(
    conn: &mut Conn,
    vendors: &[VendorId],
) -> Result<Asked<HashMap<VendorId, Vec<Method>>>> {
    let asked = store::ask_of_vendors(conn, vendors).await?;
    Ok(asked.map(|methods| by_parent(methods.into_iter().map(|method| (method.vendor, method)))))
}
