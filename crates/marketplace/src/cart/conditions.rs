//! What a cart's price depends on besides its lines, read for several carts at once.

use std::collections::HashMap;

use db::Conn;
use types::{CartId, CategoryId, CouponId, ShippingMethodId, Timestamp, VendorId};

use super::Cart;
use crate::Result;
use crate::coupons::{self, Presented};
use crate::pricing::{self, Article, Basket, Lineages, Quote};
use crate::shipping::{self, Destination, Method};
use crate::tax::{self, TaxTable};

/// Coupons, ways of shipping and taxes, as they are at one moment.
#[derive(Debug, Default)]
pub(crate) struct Conditions {
    /// The coupons of each cart.
    pub(crate) coupons: HashMap<CartId, Vec<Presented>>,
    /// The ways of shipping of each seller.
    pub(crate) methods: HashMap<VendorId, Vec<Method>>,
    lineages: Lineages,
    tax: TaxTable,
}

impl Conditions {
    /// Those of several carts whose goods go to these countries: a statement of each kind for all of them.
    pub(crate) async fn load(conn: &mut Conn, carts: &[&Cart], countries: &[String]) -> Result<Self> {
        let ids: Vec<CartId> = carts.iter().filter_map(|cart| cart.id).collect();
        let coupons = coupons::of_carts(conn, &ids).await?;
        let lines = || carts.iter().flat_map(|cart| &cart.lines);
        let mut vendors: Vec<VendorId> = lines().map(|line| line.offer.vendor.id).collect();
        vendors.sort_unstable();
        vendors.dedup();
        let by_category =
            coupons.values().flatten().any(|presented| !presented.coupon.terms.categories.is_empty());
        let mut categories: Vec<CategoryId> =
            lines().filter(|_| by_category).filter_map(|line| line.offer.category).collect();
        categories.sort_unstable();
        categories.dedup();
        Ok(Self {
            coupons,
            methods: shipping::of_vendors(conn, &vendors).await?,
            lineages: coupons::lineages(conn, &categories).await?,
            tax: tax::of_countries(conn, countries).await?,
        })
    }

    /// The coupons of a cart in which nothing is.
    pub(super) async fn load_coupons(conn: &mut Conn, cart: &Cart) -> Result<Self> {
        let ids: Vec<CartId> = cart.id.into_iter().collect();
        Ok(Self { coupons: coupons::of_carts(conn, &ids).await?, ..Self::default() })
    }

    /// The coupons of a cart, in the order in which they were put in.
    pub(crate) fn coupons_of(&self, cart: &Cart) -> &[Presented] {
        cart.id.and_then(|id| self.coupons.get(&id)).map_or(&[], Vec::as_slice)
    }

    /// Tells a cart's coupons how often they were used: in all, and by the cart's buyer.
    pub(crate) fn recount(&mut self, cart: &Cart, uses: impl Fn(CouponId) -> (i64, i64)) {
        let own = cart.id.and_then(|id| self.coupons.get_mut(&id));
        for presented in own.into_iter().flatten() {
            (presented.coupon.used_count, presented.uses) = uses(presented.coupon.id);
        }
    }

    /// What a cart comes to when it goes to `destination` in the chosen ways.
    pub(crate) fn quote(
        &self,
        cart: &Cart,
        (destination, choices): (Option<&Destination>, &HashMap<VendorId, ShippingMethodId>),
        prices_include_tax: bool,
        now: Timestamp,
    ) -> Quote {
        let articles: Vec<Article> = cart.lines.iter().map(super::Line::article).collect();
        pricing::quote(&Basket {
            articles: &articles,
            coupons: self.coupons_of(cart),
            lineages: &self.lineages,
            methods: &self.methods,
            destination,
            choices,
            tax: &self.tax,
            prices_include_tax,
            now,
        })
    }
}
