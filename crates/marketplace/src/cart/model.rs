//! What a cart is, and what can be decided about it without a database.

use types::{CartId, CategoryId, Money, ProductId, Quantity, Timestamp, VariantId, VendorId};

use super::{CartError, LINES_MAX, Problem};
use crate::pricing::{Article, Totals, UnitPrice};
use crate::settings::Fulfilment;
use crate::{Error, Result};

/// What somebody means to buy, priced at one moment.
#[derive(Debug, Clone, Default)]
pub struct Cart {
    /// Absent until something was put in.
    pub id: Option<CartId>,
    /// The lines, in the order they were put in.
    pub lines: Vec<Line>,
}

/// So many units of one variant, with what it is and costs at the moment.
#[derive(Debug, Clone)]
pub struct Line {
    /// What is sold.
    pub offer: Offer,
    /// How many are wanted.
    pub quantity: Quantity,
    /// The final price of a unit when the line was last changed.
    pub seen_price: Money,
}

/// A variant as it is offered to one shopper at one moment.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The variant.
    pub variant: VariantId,
    /// Its product.
    pub product: ProductId,
    /// The product's title.
    pub title: String,
    /// What tells the variant from the product's others; empty when it is the only one.
    pub variant_title: String,
    /// The seller's number for it.
    pub sku: Option<String>,
    /// Where the product's first picture is served, below the marketplace's address.
    pub image: Option<String>,
    /// Who sells it.
    pub vendor: Seller,
    /// The product's category.
    pub category: Option<CategoryId>,
    /// Which tax applies to it, where it is not the usual.
    pub tax_class: Option<String>,
    /// Weight of a unit in grams, where it is known.
    pub weight: Option<i64>,
    /// How many one buyer may have.
    pub max_per_customer: Option<i64>,
    /// When its sale opens.
    pub opens_at: Option<Timestamp>,
    /// What a unit costs.
    pub price: UnitPrice,
    /// Units in stock.
    pub stock: i64,
    /// Whether it can be bought at all: published, still sold, the vendor accepted.
    pub is_for_sale: bool,
    /// Whether the shop is closed for a while.
    pub is_closed: bool,
    /// Whether the shopper belongs to the shop.
    pub is_own: bool,
}

/// The vendor of an offer, with what an order takes over from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seller {
    /// Identifier.
    pub id: VendorId,
    /// Its name in addresses.
    pub slug: String,
    /// Name.
    pub name: String,
    /// The marketplace's share of its sales, where it is not the marketplace's own rate.
    pub commission_bps: Option<i64>,
    /// Who brings its goods, where it is not the marketplace's own rule.
    pub fulfilment: Option<Fulfilment>,
}

impl Offer {
    /// Units that this shopper can have.
    pub fn available(&self) -> i64 {
        if self.is_for_sale && !self.is_closed { self.stock.min(Quantity::MAX) } else { 0 }
    }

    /// Why `units` can't be bought by this shopper, if they can't.
    pub fn problem_with(&self, units: i64) -> Option<Problem> {
        if !self.is_for_sale {
            Some(Problem::NotAvailable)
        } else if self.is_closed {
            Some(Problem::VendorClosed)
        } else if self.is_own {
            Some(Problem::OwnProduct)
        } else if let Some(most) = self.max_per_customer.filter(|most| units > *most) {
            Some(Problem::CustomerLimit { available: most })
        } else if units > self.stock {
            Some(Problem::InsufficientStock { available: self.available() })
        } else {
            None
        }
    }
}

impl Line {
    /// What the line comes to.
    pub fn totals(&self) -> Totals {
        Totals::of_line(self.offer.price, self.quantity.units())
    }

    /// The line as pricing sees it.
    pub fn article(&self) -> Article {
        let Offer { vendor, product, category, price, weight, tax_class, .. } = &self.offer;
        Article {
            vendor: vendor.id,
            product: *product,
            category: *category,
            price: *price,
            quantity: self.quantity.units(),
            grams: weight.unwrap_or_default(),
            tax_class: tax_class.clone(),
        }
    }

    /// Whether a unit no longer costs what it did when the line was last changed.
    pub fn price_changed(&self) -> bool {
        self.seen_price != self.offer.price.final_price
    }

    /// Why the line can't be bought, if it can't.
    pub fn problem(&self) -> Option<Problem> {
        self.offer.problem_with(self.quantity.units())
    }
}

/// The lines of one vendor.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// The vendor.
    pub vendor: &'a Seller,
    /// Its lines; at least one.
    pub lines: Vec<&'a Line>,
}

impl Group<'_> {
    /// What the vendor's lines come to.
    pub fn totals(&self) -> Totals {
        self.lines.iter().map(|line| line.totals()).sum()
    }
}

impl Cart {
    /// What everything comes to.
    pub fn totals(&self) -> Totals {
        self.lines.iter().map(Line::totals).sum()
    }

    /// Units of all lines.
    pub fn units(&self) -> i64 {
        self.lines.iter().map(|line| line.quantity.units()).sum()
    }

    /// The lines by vendor, in the order in which each vendor's first was put in.
    pub fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for line in &self.lines {
            let vendor = &line.offer.vendor;
            match groups.iter_mut().find(|group| group.vendor.id == vendor.id) {
                Some(group) => group.lines.push(line),
                None => groups.push(Group { vendor, lines: vec![line] }),
            }
        }
        groups
    }
}

/// What a cart holds of one variant before a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    /// Units of the variant.
    pub(super) units: i64,
    /// Lines of the cart.
    pub(super) lines: i64,
}

/// The quantity of a line after `more` units were put in.
pub(super) fn add(offer: &Offer, held: Held, more: Quantity) -> Result<Quantity> {
    let quantity = Quantity::new(held.units + more.units()).ok_or_else(|| {
        let detail =
            format!("a cart holds at most {} of one variant, and there are {}", Quantity::MAX, held.units);
        Error::invalid("/quantity", "too_large", detail)
    })?;
    hold(offer, held, quantity)
}

/// The quantity of a line that is set to `quantity`.
pub(super) fn hold(offer: &Offer, held: Held, quantity: Quantity) -> Result<Quantity> {
    if let Some(problem) = offer.problem_with(quantity.units()) {
        return Err(CartError::Line(offer.variant, problem).into());
    }
    if held.units == 0 && held.lines >= LINES_MAX {
        return Err(CartError::Full(offer.variant).into());
    }
    Ok(quantity)
}

/// A line of a cart without what is known of its variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BareLine {
    pub(super) variant: VariantId,
    pub(super) vendor: VendorId,
    pub(super) quantity: Quantity,
    pub(super) seen_price: Money,
    pub(super) added_at: Timestamp,
    /// Whether the user whose cart it joins belongs to the shop.
    pub(super) is_own: bool,
}

impl BareLine {
    /// The line, with what its variant is offered for to others.
    pub(super) fn offered(self, offer: Offer) -> Line {
        let Self { quantity, seen_price, is_own, .. } = self;
        Line { offer: Offer { is_own, ..offer }, quantity, seen_price }
    }
}

/// What a user's cart holds after a guest's lines have joined: quantities add up to the most that a line
/// may have, what the user can't buy and what no longer fits is left out. The earliest lines go first.
/// Answers the lines to write.
pub(super) fn join(own: &[BareLine], guest: Vec<BareLine>) -> Vec<BareLine> {
    let mut room = usize::try_from(LINES_MAX).unwrap_or(0).saturating_sub(own.len());
    let mut joined = Vec::with_capacity(guest.len());
    for line in guest.into_iter().filter(|line| !line.is_own) {
        match own.iter().find(|own| own.variant == line.variant) {
            Some(before) => {
                let sum = (before.quantity.units() + line.quantity.units()).min(Quantity::MAX);
                let quantity = Quantity::new(sum).unwrap_or(before.quantity);
                joined.push(BareLine { quantity, added_at: before.added_at, ..line });
            }
            None if room > 0 => {
                room -= 1;
                joined.push(line);
            }
            None => {}
        }
    }
    joined
}
