//! Carts as JSON.

use marketplace::Market;
use marketplace::cart::{Group, Line, Priced};
use marketplace::coupons::{Benefit, Presented};
use marketplace::pricing::{Adjustment, CouponQuote, Delivery, Funder, LineQuote, OrderQuote};
use marketplace::shipping::ShippingOption;
use serde::Serialize;
use types::{Currency, Price, ProductId, ShippingMethodId, VariantId, VendorId};
use utoipa::ToSchema;

use crate::api::products::media_url;

/// What somebody means to buy, at the prices of this moment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = cart)]
pub(crate) struct CartView {
    /// The marketplace's currency.
    currency: String,
    /// The lines by vendor.
    groups: Vec<GroupView>,
    /// Everything at list prices.
    items_total: Price,
    /// What offers and coupons take off.
    discount_total: Price,
    /// The goods after that.
    subtotal: Price,
    /// Shipping in the cheapest ways.
    shipping_total: Price,
    /// Tax that comes on top.
    tax_total: Price,
    /// Tax that the prices contain.
    included_tax_total: Price,
    /// With shipping and tax.
    grand_total: Price,
    /// The coupons that were put in.
    coupons: Vec<CouponInCart>,
    /// Units of all lines.
    item_count: i64,
}

/// The lines of one vendor.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = cart_group)]
pub(crate) struct GroupView {
    vendor: CartVendor,
    items: Vec<LineView>,
    /// The vendor's goods after discounts.
    subtotal: Price,
    /// The ways in which the vendor ships there, the cheapest first; none means that shipping is free, or,
    /// where this is not `deliverable`, that no way of the vendor goes there.
    shipping_options: Vec<OptionView>,
    /// The way that `shipping_total` is for.
    shipping_option_id: Option<ShippingMethodId>,
    shipping_total: Price,
    tax_total: Price,
    /// Whether the vendor ships these goods there.
    deliverable: bool,
    /// What changed the price of shipping, and who pays for it.
    adjustments: Vec<AdjustmentView>,
}

/// A vendor, as a cart names it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = cart_vendor)]
pub(crate) struct CartVendor {
    id: VendorId,
    slug: String,
    name: String,
}

/// A way of shipping.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = shipping_option)]
pub(crate) struct OptionView {
    id: ShippingMethodId,
    name: String,
    price: Price,
    min_days: Option<i64>,
    max_days: Option<i64>,
}

/// One reason why something costs less than listed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = price_adjustment)]
pub(crate) struct AdjustmentView {
    /// `offer`, `coupon` or `free_shipping`.
    kind: &'static str,
    /// The coupon's code.
    code: Option<String>,
    /// Who pays for it.
    funded_by: Funder,
    /// What it takes off.
    amount: Price,
}

/// A coupon that was put into a cart.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = cart_coupon)]
pub(crate) struct CouponInCart {
    code: String,
    percent: Option<u8>,
    amount: Option<Price>,
    free_shipping: bool,
    /// Who pays for it.
    funded_by: Funder,
    /// What it takes off.
    discount: Price,
    /// Whether it can be used for what is in the cart at the moment.
    applied: bool,
    /// Why it can't: the code that a checkout would be refused with.
    problem: Option<&'static str>,
}

/// So many units of one variant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = cart_line)]
pub(crate) struct LineView {
    variant_id: VariantId,
    product_id: ProductId,
    /// The product's title.
    title: String,
    /// What tells the variant from the product's others.
    variant_title: String,
    /// The address of the product's first picture.
    image: Option<String>,
    quantity: i64,
    /// List price of a unit.
    unit_price: Price,
    /// Price of a unit after offers.
    final_unit_price: Price,
    /// Price of all units after offers.
    line_total: Price,
    /// What coupons take off that.
    coupon_discount: Price,
    /// The tax on the rest: on top, or contained.
    tax: Price,
    /// What changed its price, and who pays for it.
    adjustments: Vec<AdjustmentView>,
    /// Whether any unit can be had.
    in_stock: bool,
    /// Units that can be had at the moment; nothing is reserved before the checkout.
    available: i64,
    /// Whether a unit no longer costs what it did when the line was last changed.
    price_changed: bool,
}

/// So many units of one variant that were put aside.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = saved_line)]
pub(crate) struct SavedView {
    variant_id: VariantId,
    product_id: ProductId,
    vendor: CartVendor,
    title: String,
    variant_title: String,
    image: Option<String>,
    quantity: i64,
    unit_price: Price,
    final_unit_price: Price,
    in_stock: bool,
    available: i64,
}

impl SavedView {
    pub(crate) fn of(line: &Line, market: &Market) -> Self {
        let (offer, currency) = (&line.offer, market.settings.currency);
        let vendor = &offer.vendor;
        Self {
            variant_id: offer.variant,
            product_id: offer.product,
            vendor: CartVendor { id: vendor.id, slug: vendor.slug.clone(), name: vendor.name.clone() },
            title: offer.title.clone(),
            variant_title: offer.variant_title.clone(),
            image: offer.image.as_ref().map(|path| media_url(market, path)),
            quantity: line.quantity.units(),
            unit_price: offer.price.list.in_currency(currency),
            final_unit_price: offer.price.final_price.in_currency(currency),
            in_stock: offer.available() > 0,
            available: offer.available(),
        }
    }
}

impl CartView {
    pub(crate) fn of(priced: &Priced, market: &Market) -> Self {
        let currency = market.settings.currency;
        let totals = priced.quote.totals();
        let lines: Vec<(&Line, &LineQuote)> = priced.cart.lines.iter().zip(&priced.quote.lines).collect();
        let group = |(group, order): (&Group<'_>, &OrderQuote)| {
            let own = lines.iter().filter(|(line, _)| line.offer.vendor.id == group.vendor.id);
            GroupView::of(group, order, own.copied(), market)
        };
        let coupons = priced.coupons.iter().zip(&priced.quote.coupons);
        Self {
            currency: currency.to_string(),
            groups: priced.cart.groups().iter().zip(&priced.quote.orders).map(group).collect(),
            items_total: totals.items.in_currency(currency),
            discount_total: totals.discount.in_currency(currency),
            subtotal: totals.subtotal().in_currency(currency),
            shipping_total: totals.shipping.in_currency(currency),
            tax_total: totals.tax.in_currency(currency),
            included_tax_total: priced.quote.included_tax().in_currency(currency),
            grand_total: totals.grand().in_currency(currency),
            coupons: coupons.map(|coupon| CouponInCart::of(coupon, currency)).collect(),
            item_count: priced.cart.units(),
        }
    }
}

impl GroupView {
    fn of<'l>(
        group: &Group<'_>,
        order: &OrderQuote,
        lines: impl Iterator<Item = (&'l Line, &'l LineQuote)>,
        market: &Market,
    ) -> Self {
        let (vendor, currency) = (group.vendor, market.settings.currency);
        let chosen = match &order.delivery {
            Delivery::By(option) => Some(option.id),
            Delivery::Free | Delivery::Impossible => None,
        };
        Self {
            vendor: CartVendor { id: vendor.id, slug: vendor.slug.clone(), name: vendor.name.clone() },
            items: lines.map(|line| LineView::of(line, market)).collect(),
            subtotal: order.totals.subtotal().in_currency(currency),
            shipping_options: order.options.iter().map(|option| OptionView::of(option, currency)).collect(),
            shipping_option_id: chosen,
            shipping_total: order.totals.shipping.in_currency(currency),
            tax_total: order.totals.tax.in_currency(currency),
            deliverable: order.delivery != Delivery::Impossible,
            adjustments: AdjustmentView::all(&order.adjustments, currency),
        }
    }
}

impl OptionView {
    pub(crate) fn of(option: &ShippingOption, currency: Currency) -> Self {
        let ShippingOption { id, name, price, min_days, max_days } = option.clone();
        Self { id, name, price: price.in_currency(currency), min_days, max_days }
    }
}

impl AdjustmentView {
    pub(crate) fn all(adjustments: &[Adjustment], currency: Currency) -> Vec<Self> {
        let view = |adjustment: &Adjustment| Self {
            kind: adjustment.cause.as_str(),
            code: adjustment.code.clone(),
            funded_by: adjustment.funded_by,
            amount: adjustment.amount.in_currency(currency),
        };
        adjustments.iter().map(view).collect()
    }
}

impl CouponInCart {
    fn of((presented, quote): (&Presented, &CouponQuote), currency: Currency) -> Self {
        let coupon = &presented.coupon;
        let (percent, amount) = match coupon.terms.benefit {
            Benefit::Percent(percent) => (Some(percent), None),
            Benefit::Amount(amount) => (None, Some(amount.in_currency(currency))),
            Benefit::FreeShipping => (None, None),
        };
        Self {
            code: coupon.code.clone(),
            percent,
            amount,
            free_shipping: coupon.terms.benefit == Benefit::FreeShipping,
            funded_by: coupon.funded_by,
            discount: quote.discount.in_currency(currency),
            applied: quote.problem.is_none(),
            problem: quote.problem.map(marketplace::coupons::CouponProblem::code),
        }
    }
}

impl LineView {
    fn of((line, quote): (&Line, &LineQuote), market: &Market) -> Self {
        let (offer, currency) = (&line.offer, market.settings.currency);
        Self {
            variant_id: offer.variant,
            product_id: offer.product,
            title: offer.title.clone(),
            variant_title: offer.variant_title.clone(),
            image: offer.image.as_ref().map(|path| media_url(market, path)),
            quantity: line.quantity.units(),
            unit_price: offer.price.list.in_currency(currency),
            final_unit_price: offer.price.final_price.in_currency(currency),
            line_total: quote.after_offers.in_currency(currency),
            coupon_discount: quote.coupon_discount.in_currency(currency),
            tax: quote.tax.in_currency(currency),
            adjustments: AdjustmentView::all(&quote.adjustments, currency),
            in_stock: offer.available() > 0,
            available: offer.available(),
            price_changed: line.price_changed(),
        }
    }
}
