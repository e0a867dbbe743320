//! How the rows of a cart read.

use db::{Columns, FromRow, Row};
use types::{CartId, Discount, Money, ProductId, Quantity, Timestamp, VariantId, VendorId};

use super::model::{BareLine, Held};
use super::{Line, Offer, Seller};
use crate::catalog::images::{self, Format};
use crate::pricing::{self, UnitPrice};

/// What a cart holds: the columns of [`BareLine`], behind the cart, and how many coupons that has.
pub(super) struct InCart {
    pub(super) cart: CartId,
    pub(super) line: BareLine,
    pub(super) coupons: i64,
}

impl FromRow for InCart {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let cart = columns.read()?;
        let line = BareLine {
            variant: columns.read()?,
            vendor: columns.read()?,
            quantity: columns.read()?,
            seen_price: columns.read()?,
            added_at: columns.read()?,
            is_own: columns.read::<i64>()? > 0,
        };
        let coupons = columns.read()?;
        columns.finish()?;
        Ok(Self { cart, line, coupons })
    }
}

/// A variant as it is offered.
pub(super) struct OfferRow(OfferColumns);

impl OfferRow {
    pub(super) fn at(self, now: Timestamp) -> Offer {
        self.0.at(now)
    }
}

impl FromRow for OfferRow {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let offer = OfferColumns::read(&mut columns)?;
        columns.finish()?;
        Ok(Self(offer))
    }
}

/// What was put aside: the columns of an offer to its shopper, the quantity, the price that was seen.
pub(super) struct SavedRow {
    offer: OfferColumns,
    quantity: Quantity,
    seen_price: Money,
}

impl SavedRow {
    pub(super) fn at(self, now: Timestamp) -> Line {
        Line { offer: self.offer.at(now), quantity: self.quantity, seen_price: self.seen_price }
    }
}

impl FromRow for SavedRow {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let saved = Self {
            offer: OfferColumns::read_own(&mut columns)?,
            quantity: columns.read()?,
            seen_price: columns.read()?,
        };
        columns.finish()?;
        Ok(saved)
    }
}

/// A variant that may be put into a cart: the columns of an offer to its shopper, its units in the cart, the cart's lines.
pub(super) struct CandidateRow {
    offer: OfferColumns,
    held: Held,
}

impl CandidateRow {
    pub(super) fn at(self, now: Timestamp) -> (Offer, Held) {
        (self.offer.at(now), self.held)
    }
}

impl FromRow for CandidateRow {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let candidate = Self {
            offer: OfferColumns::read_own(&mut columns)?,
            held: Held { units: columns.read()?, lines: columns.read()? },
        };
        columns.finish()?;
        Ok(candidate)
    }
}

/// An offer before its price is known, which depends on the moment.
struct OfferColumns {
    offer: Offer,
    discount: Option<Discount>,
    /// From when until when the shop is closed.
    closed: (Option<Timestamp>, Option<Timestamp>),
}

impl OfferColumns {
    fn read(columns: &mut Columns<'_, '_>) -> db::Result<Self> {
        let (variant, product): (VariantId, ProductId) = (columns.read()?, columns.read()?);
        let (title, variant_title, sku) = (columns.read()?, columns.read()?, columns.read()?);
        let (hash, format): (Option<String>, Option<Format>) = (columns.read()?, columns.read()?);
        let (category, tax_class) = (columns.read()?, columns.read()?);
        let (weight, max_per_customer, opens_at) = (columns.read()?, columns.read()?, columns.read()?);
        let list: Money = columns.read()?;
        let discount = pricing::discount(columns.read()?, columns.read()?, columns.read()?, columns.read()?);
        let stock = columns.read()?;
        let vendor = Seller {
            id: columns.read::<VendorId>()?,
            slug: columns.read()?,
            name: columns.read()?,
            commission_bps: columns.read()?,
            fulfilment: columns.read()?,
        };
        let closed = (columns.read()?, columns.read()?);
        let for_sale: i64 = columns.read()?;
        let offer = Offer {
            variant,
            product,
            title,
            variant_title,
            sku,
            image: hash.zip(format).map(|(hash, format)| images::path(&hash, format)),
            vendor,
            category,
            tax_class,
            weight,
            max_per_customer,
            opens_at,
            price: UnitPrice { list, final_price: list },
            stock,
            is_for_sale: for_sale == 1,
            is_closed: false,
            is_own: false,
        };
        Ok(Self { offer, discount, closed })
    }

    /// The same with what follows them: whether the shopper belongs to the shop.
    fn read_own(columns: &mut Columns<'_, '_>) -> db::Result<Self> {
        let mut read = Self::read(columns)?;
        let memberships: i64 = columns.read()?;
        read.offer.is_own = memberships > 0;
        Ok(read)
    }

    fn at(self, now: Timestamp) -> Offer {
        let price = UnitPrice::at(self.offer.price.list, self.discount.as_ref(), now);
        let (from, to) = self.closed;
        let is_closed = from.is_some_and(|from| from <= now) && to.is_none_or(|to| now < to);
        Offer { price, is_closed, ..self.offer }
    }
}
