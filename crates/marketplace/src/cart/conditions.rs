//! What a cart's price depends on besides its lines, read for several carts at once.

use std::collections::HashMap;

use db::{Asked, Conn};
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

/// What was asked for.
pub(crate) struct AskedConditions {
    coupons: Asked<HashMap<CartId, Vec<Presented>>>,
    methods: Asked<HashMap<VendorId, Vec<Method>>>,
    tax: Asked<TaxTable>,
}

impl AskedConditions {
    /// The conditions of those carts.
    pub(crate) async fn answer<'c>(
        self,
        conn: &mut Conn,
        carts: impl Iterator<Item = &'c Cart> + Send,
    ) -> Result<Conditions> {
        let coupons = conn.answer(self.coupons).await?;
        let methods = conn.answer(self.methods).await?;
        let tax = conn.answer(self.tax).await?;
        let by_category =
            coupons.values().flatten().any(|presented| !presented.coupon.terms.categories.is_empty());
        let lines = carts.filter(|_| by_category).flat_map(|cart| &cart.lines);
        let mut categories: Vec<CategoryId> = lines.filter_map(|line| line.offer.category).collect();
        categories.sort_unstable();
        categories.dedup();
        let lineages = coupons::lineages(conn, &categories).await?;
        Ok(Conditions { coupons, methods, lineages, tax })
    }
}

impl Conditions {
    /// Asks for those of several carts with goods of these sellers that go to these countries: a statement of each
    /// kind for all of them, and none for coupons where no cart has any.
    pub(super) async fn ask(
        conn: &mut Conn,
        with_coupons: &[CartId],
        vendors: &[VendorId],
        countries: &[String],
    ) -> Result<AskedConditions> {
        Ok(AskedConditions {
            coupons: coupons::ask_of_carts(conn, with_coupons).await?,
            methods: shipping::ask_of_vendors(conn, vendors).await?,
            tax: tax::ask_of_countries(conn, countries).await?,
        })
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
