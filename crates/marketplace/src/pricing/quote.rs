//! What a whole purchase comes to, and why: the one function behind cart and checkout.
//!
//! The order is fixed: offers (in the unit price), coupons, shipping, tax. Coupons and free shipping are
//! judged by the goods after offers, so that one more coupon never makes anything dearer.

use std::collections::HashMap;

use types::{CategoryId, Money, ProductId, ShippingMethodId, Timestamp, VendorId};

use super::{Adjustment, Cause, Funder, Totals, UnitPrice, couponing};
use crate::coupons::{CouponProblem, Presented};
use crate::shipping::{self, Destination, Method, ShippingOption};
use crate::tax::{self, TaxProvider};

/// What is bought of one thing, as far as its price goes.
#[derive(Debug, Clone)]
pub struct Article {
    /// Who sells it.
    pub vendor: VendorId,
    /// The product.
    pub product: ProductId,
    /// Its category.
    pub category: Option<CategoryId>,
    /// What a unit costs.
    pub price: UnitPrice,
    /// Units.
    pub quantity: i64,
    /// Weight of a unit in grams.
    pub grams: i64,
    /// Which tax applies to it, where it is not the usual.
    pub tax_class: Option<String>,
}

/// For each category the categories above it, and itself.
pub type Lineages = HashMap<CategoryId, Vec<CategoryId>>;

/// All that decides what a purchase comes to.
#[derive(Clone, Copy)]
pub struct Basket<'a> {
    /// What is bought.
    pub articles: &'a [Article],
    /// The coupons that are presented, in the order in which they were.
    pub coupons: &'a [Presented],
    /// The categories above those of the articles; needed where coupons name categories.
    pub lineages: &'a Lineages,
    /// Each seller's ways of shipping.
    pub methods: &'a HashMap<VendorId, Vec<Method>>,
    /// Where it goes; `None` when nobody knows yet.
    pub destination: Option<&'a Destination>,
    /// The ways of shipping that were chosen; the cheapest otherwise.
    pub choices: &'a HashMap<VendorId, ShippingMethodId>,
    /// Which taxes apply.
    pub tax: &'a dyn TaxProvider,
    /// Whether prices contain their tax; it comes on top otherwise.
    pub prices_include_tax: bool,
    /// When.
    pub now: Timestamp,
}

/// What a purchase comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Quote {
    /// One for each article, in their order.
    pub lines: Vec<LineQuote>,
    /// One for each seller, in the order of their first articles.
    pub orders: Vec<OrderQuote>,
    /// One for each coupon, in the order in which they were presented.
    pub coupons: Vec<CouponQuote>,
}

impl Quote {
    /// What everything comes to.
    pub fn totals(&self) -> Totals {
        self.orders.iter().map(|order| order.totals).sum()
    }

    /// The tax that prices and shipping contain.
    pub fn included_tax(&self) -> Money {
        self.orders.iter().map(|order| order.included_tax).sum()
    }

    /// The part of one seller.
    pub fn order_of(&self, vendor: VendorId) -> Option<&OrderQuote> {
        self.orders.iter().find(|order| order.vendor == vendor)
    }
}

/// What a line comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineQuote {
    /// All units after offers.
    pub after_offers: Money,
    /// What coupons take off that.
    pub coupon_discount: Money,
    /// The part of it that the marketplace pays.
    pub promoted: Money,
    /// The tax on the rest: on top, or contained.
    pub tax: Money,
    /// What changed its price.
    pub adjustments: Vec<Adjustment>,
}

impl LineQuote {
    /// What is left to pay for the goods.
    pub fn net(&self) -> Money {
        self.after_offers - self.coupon_discount
    }
}

/// How a seller's goods get to the buyer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The seller has no ways of shipping: for nothing.
    Free,
    /// By this way, at its price before coupons.
    By(ShippingOption),
    /// The seller has ways of shipping, and none takes these goods there; or not the one that was chosen.
    Impossible,
}

/// What the goods of one seller come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderQuote {
    /// The seller.
    pub vendor: VendorId,
    /// What it comes to.
    pub totals: Totals,
    /// What the marketplace pays of what coupons take off: goods and shipping.
    pub promoted: Money,
    /// The part of `promoted` that is goods.
    pub promoted_goods: Money,
    /// The tax that is contained in goods and shipping.
    pub included_tax: Money,
    /// The tax on shipping: on top, or contained.
    pub shipping_tax: Money,
    /// How it is shipped.
    pub delivery: Delivery,
    /// How it could be.
    pub options: Vec<ShippingOption>,
    /// What changed the price of shipping.
    pub adjustments: Vec<Adjustment>,
}

/// What became of a coupon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponQuote {
    /// What it takes off, goods and shipping together.
    pub discount: Money,
    /// Why it takes nothing off, if it is refused.
    pub problem: Option<CouponProblem>,
}

/// Works out what a purchase comes to.
///
/// Parts sum to the whole in every column; nothing is below zero; no line is above its list price. Coupons
/// can take everything off: who has nothing to pay buys all the same.
pub fn quote(basket: &Basket<'_>) -> Quote {
    let mut lines: Vec<LineQuote> = basket.articles.iter().map(offered).collect();
    let coupons = couponing::apply(basket, &mut lines);
    let mut quote = Quote { lines, orders: Vec::new(), coupons };
    for vendor in vendors(basket.articles) {
        let order = order(basket, vendor, &mut quote);
        quote.orders.push(order);
    }
    quote
}

/// A line after its product's offer.
fn offered(article: &Article) -> LineQuote {
    let Totals { items, discount, .. } = Totals::of_line(article.price, article.quantity);
    let offer = Adjustment { cause: Cause::Offer, code: None, funded_by: Funder::Vendor, amount: discount };
    LineQuote {
        after_offers: items - discount,
        coupon_discount: Money::ZERO,
        promoted: Money::ZERO,
        tax: Money::ZERO,
        adjustments: (discount > Money::ZERO).then_some(offer).into_iter().collect(),
    }
}

/// The sellers, in the order of their first articles.
fn vendors(articles: &[Article]) -> Vec<VendorId> {
    let mut vendors = Vec::new();
    for article in articles {
        if !vendors.contains(&article.vendor) {
            vendors.push(article.vendor);
        }
    }
    vendors
}

/// The part of one seller: shipping and tax on top of its lines.
fn order(basket: &Basket<'_>, vendor: VendorId, quote: &mut Quote) -> OrderQuote {
    let own: Vec<usize> = places(basket.articles, vendor);
    let mut totals: Totals =
        own.iter().map(|&at| Totals::of_line(basket.articles[at].price, basket.articles[at].quantity)).sum();
    let goods = totals.subtotal();
    totals.discount = totals.discount + own.iter().map(|&at| quote.lines[at].coupon_discount).sum();
    let grams = own.iter().map(|&at| basket.articles[at].grams.saturating_mul(basket.articles[at].quantity));
    let grams = grams.fold(0, i64::saturating_add);
    let methods = basket.methods.get(&vendor).map_or(&[][..], Vec::as_slice);
    let options = shipping::options(methods, basket.destination, goods, grams);
    let delivery = delivery(methods, &options, basket.choices.get(&vendor).copied());
    let price = match &delivery {
        Delivery::By(option) => option.price,
        Delivery::Free | Delivery::Impossible => Money::ZERO,
    };
    let adjustments = couponing::waive(basket, vendor, price, &mut quote.coupons);
    let waived: Money = adjustments.iter().map(|waiver| waiver.amount).sum();
    let promoted_shipping = if adjustments.iter().any(|waiver| waiver.funded_by == Funder::Marketplace) {
        waived
    } else {
        Money::ZERO
    };
    totals.shipping = price - waived;
    let shipping_tax = tax_lines(basket, &own, &mut quote.lines, totals.shipping);
    let tax: Money = own.iter().map(|&at| quote.lines[at].tax).sum::<Money>() + shipping_tax;
    let included_tax = if basket.prices_include_tax { tax } else { Money::ZERO };
    totals.tax = tax - included_tax;
    let promoted_goods: Money = own.iter().map(|&at| quote.lines[at].promoted).sum();
    OrderQuote {
        vendor,
        totals,
        promoted: promoted_goods + promoted_shipping,
        promoted_goods,
        included_tax,
        shipping_tax,
        delivery,
        options,
        adjustments,
    }
}

/// The places of a seller's articles.
fn places(articles: &[Article], vendor: VendorId) -> Vec<usize> {
    let own = articles.iter().enumerate().filter(|(_, article)| article.vendor == vendor);
    own.map(|(at, _)| at).collect()
}

/// The way that was chosen, or the cheapest.
fn delivery(methods: &[Method], options: &[ShippingOption], choice: Option<ShippingMethodId>) -> Delivery {
    let has_any = methods.iter().any(|method| method.paused_at.is_none());
    let found = match choice {
        Some(choice) => options.iter().find(|option| option.id == choice),
        None => options.first(),
    };
    match found {
        Some(option) => Delivery::By(option.clone()),
        None if choice.is_none() && !has_any => Delivery::Free,
        None => Delivery::Impossible,
    }
}

/// Taxes each line by itself, and answers the tax on shipping.
fn tax_lines(basket: &Basket<'_>, own: &[usize], lines: &mut [LineQuote], shipping: Money) -> Money {
    let Some(destination) = basket.destination else { return Money::ZERO };
    let share = if basket.prices_include_tax { tax::contained } else { tax::on_top };
    for &at in own {
        let ppm = basket.tax.goods_ppm(destination, basket.articles[at].tax_class.as_deref());
        lines[at].tax = share(lines[at].net(), ppm);
    }
    share(shipping, basket.tax.shipping_ppm(destination))
}
