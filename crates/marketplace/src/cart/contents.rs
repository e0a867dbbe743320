//! What carts hold, read for several at once: first what is in them, then what that is offered for. What
//! does not depend on the offers can be asked for in between.

use std::collections::{HashMap, HashSet};

use db::{Conn, Tx};
use types::{CartId, Timestamp, VariantId, VendorId};

use super::conditions::AskedConditions;
use super::model::BareLine;
use super::{Cart, Conditions, Line, store, store_offers};
use crate::batch::by_parent;
use crate::{Error, Result, Shopper};

/// Carts, each with whose it is.
pub(crate) struct Carts(Vec<(CartId, Shopper)>);

/// The carts of those of `shoppers` that have one, locked until the transaction ends.
pub(crate) async fn lock_all(tx: &mut Tx, shoppers: &[&Shopper]) -> Result<Carts> {
    store::lock_all(tx, shoppers).await.map(Carts)
}

impl Carts {
    pub(super) fn one(id: CartId, shopper: &Shopper) -> Self {
        Self(vec![(id, shopper.clone())])
    }

    pub(crate) fn ids(&self) -> Vec<CartId> {
        self.0.iter().map(|(id, _)| *id).collect()
    }

    /// What is in them.
    pub(crate) async fn contents(&self, conn: &mut Conn) -> Result<Contents<'_>> {
        let owners: Vec<_> = self.0.iter().map(|(id, shopper)| (*id, shopper.user())).collect();
        let rows = store_offers::in_carts(conn, &owners).await?;
        let plain = rows.iter().filter(|row| row.coupons == 0).map(|row| row.cart).collect();
        let lines = rows.into_iter().map(|row| (row.cart, row.line)).collect();
        Ok(Contents { carts: self, lines, plain })
    }
}

/// Lines of carts, each cart's in the order in which they were put in.
pub(crate) struct Contents<'a> {
    carts: &'a Carts,
    lines: Vec<(CartId, BareLine)>,
    /// Those that are known to have no coupon.
    plain: HashSet<CartId>,
}

impl Contents<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The variants, each once, in the order of their ids.
    pub(crate) fn variants(&self) -> Vec<VariantId> {
        let mut variants: Vec<VariantId> = self.lines.iter().map(|(_, line)| line.variant).collect();
        variants.sort_unstable();
        variants.dedup();
        variants
    }

    fn vendors(&self) -> Vec<VendorId> {
        let mut vendors: Vec<VendorId> = self.lines.iter().map(|(_, line)| line.vendor).collect();
        vendors.sort_unstable();
        vendors.dedup();
        vendors
    }

    /// Asks for what their prices depend on besides the offers, when they go to these countries.
    pub(crate) async fn ask_conditions(
        &self,
        conn: &mut Conn,
        countries: &[String],
    ) -> Result<AskedConditions> {
        let mut with_coupons = self.carts.ids();
        with_coupons.retain(|cart| !self.plain.contains(cart));
        Conditions::ask(conn, &with_coupons, &self.vendors(), countries).await
    }

    /// The carts, each line as it is offered to the cart's owner at `now`.
    pub(crate) async fn offered(self, conn: &mut Conn, now: Timestamp) -> Result<HashMap<Shopper, Cart>> {
        let offers = store_offers::offers(conn, &self.variants(), now).await?;
        let line = |(cart, line): (CartId, BareLine)| {
            let offer = offers.get(&line.variant);
            let offer = offer.ok_or_else(|| Error::internal("a variant in a cart is gone"))?;
            Ok((cart, line.offered(offer.clone())))
        };
        let lines: Vec<(CartId, Line)> = self.lines.into_iter().map(line).collect::<Result<_>>()?;
        let mut lines = by_parent(lines);
        let cart = |(id, shopper): &(CartId, Shopper)| {
            (shopper.clone(), Cart { id: Some(*id), lines: lines.remove(id).unwrap_or_default() })
        };
        Ok(self.carts.0.iter().map(cart).collect())
    }
}
