use std::collections::HashMap;

use proptest::prelude::*;
use types::{CategoryId, CouponId, Money, ProductId, ShippingMethodId, Timestamp, VendorId};

use super::{Article, Basket, Delivery, Funder, Lineages, Quote, Totals, UnitPrice, quote};
use crate::coupons::{Benefit, Coupon, CouponProblem, Presented, Terms};
use crate::shipping::{Destination, Method};
use crate::tax::{TaxRate, TaxTable};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn money(minor: i64) -> Money {
    Money::from_minor(minor)
}

fn article(vendor: i64, list: i64, price: i64, quantity: i64) -> Article {
    Article {
        vendor: VendorId::from_i64(vendor),
        product: ProductId::from_i64(list),
        category: None,
        price: UnitPrice { list: money(list), final_price: money(price.min(list)) },
        quantity,
        grams: 100,
        tax_class: None,
    }
}

fn coupon(id: i64, benefit: Benefit, funded_by: Funder) -> Presented {
    let terms = Terms {
        benefit,
        min_total: None,
        max_uses: None,
        max_uses_per_user: None,
        products: Vec::new(),
        categories: Vec::new(),
        stackable: true,
        starts_at: None,
        ends_at: None,
        active: true,
    };
    let coupon = Coupon {
        id: CouponId::from_i64(id),
        code: format!("CODE-{id}"),
        funded_by,
        vendor: (funded_by == Funder::Vendor).then_some(VendorId::from_i64(1)),
        terms,
        used_count: 0,
        archived_at: None,
        created_at: NOW,
    };
    Presented { coupon, uses: 0 }
}

fn method(vendor: i64, price: i64) -> Method {
    Method {
        id: ShippingMethodId::from_i64(vendor),
        vendor: VendorId::from_i64(vendor),
        name: "Parcel".to_owned(),
        price: money(price),
        free_above: None,
        bands: Vec::new(),
        destinations: Vec::new(),
        min_days: None,
        max_days: None,
        paused_at: None,
        created_at: NOW,
    }
}

/// A purchase and what it depends on.
#[derive(Debug, Clone, Default)]
struct World {
    articles: Vec<Article>,
    coupons: Vec<Presented>,
    methods: HashMap<VendorId, Vec<Method>>,
    lineages: Lineages,
    ppm: i64,
    included: bool,
}

impl World {
    fn quote(&self) -> Quote {
        let country = "DE".parse().unwrap();
        let destination = Destination { country, region: None };
        let rate = TaxRate {
            country: destination.country.clone(),
            region: None,
            tax_class: None,
            name: None,
            rate_ppm: self.ppm,
            on_shipping: true,
        };
        quote(&Basket {
            articles: &self.articles,
            coupons: &self.coupons,
            lineages: &self.lineages,
            methods: &self.methods,
            destination: Some(&destination),
            choices: &HashMap::new(),
            tax: &TaxTable::new(vec![rate]),
            prices_include_tax: self.included,
            now: NOW,
        })
    }
}

prop_compose! {
    fn benefits()(kind in 0_u8..3, percent in 1_u8..=100, amount in 1_i64..1_000_000) -> Benefit {
        match kind {
            0 => Benefit::Percent(percent),
            1 => Benefit::Amount(money(amount)),
            _ => Benefit::FreeShipping,
        }
    }
}

prop_compose! {
    fn worlds()(
        lines in prop::collection::vec((1_i64..5, 1_i64..1_000_000, 1_i64..1_000_000, 1_i64..100), 1..20),
        coupons in prop::collection::vec((benefits(), any::<bool>()), 0..5),
        shipping in prop::collection::vec(0_i64..10_000, 0..5),
        ppm in 0_i64..=1_000_000,
        included in any::<bool>(),
    ) -> World {
        let funder = |by_shop| if by_shop { Funder::Vendor } else { Funder::Marketplace };
        let coupons = coupons.into_iter().zip(1..).map(|((benefit, by_shop), id)| coupon(id, benefit, funder(by_shop)));
        let methods = shipping.into_iter().zip(1..).map(|(price, vendor)| (VendorId::from_i64(vendor), vec![method(vendor, price)]));
        World {
            articles: lines.into_iter().map(|(vendor, list, price, units)| article(vendor, list, price, units)).collect(),
            coupons: coupons.collect(),
            methods: methods.collect(),
            lineages: Lineages::new(),
            ppm,
            included,
        }
    }
}

proptest! {
    /// Whatever is bought: parts sum to the whole in every column, nothing is below zero, no line is above
    /// its list price.
    #[test]
    fn parts_sum_to_the_whole(world in worlds()) {
        let quote = world.quote();
        let totals = quote.totals();
        let listed: Money = world.articles.iter().map(|article| article.price.list.times(article.quantity)).sum();
        prop_assert_eq!(totals.items, listed);
        let net: Money = quote.lines.iter().map(quote::LineQuote::net).sum();
        prop_assert_eq!(totals.subtotal(), net);
        for (line, article) in quote.lines.iter().zip(&world.articles) {
            prop_assert!(line.net() >= Money::ZERO && line.net() <= article.price.list.times(article.quantity));
            prop_assert!(line.promoted >= Money::ZERO && line.promoted <= line.coupon_discount);
            prop_assert!(line.tax >= Money::ZERO && line.tax <= line.net());
            let explained: Money = line.adjustments.iter().map(|change| change.amount).sum();
            prop_assert_eq!(article.price.list.times(article.quantity) - explained, line.net());
        }
        let shipping_tax: Money = quote.orders.iter().map(|order| order.shipping_tax).sum();
        let tax: Money = quote.lines.iter().map(|line| line.tax).sum::<Money>() + shipping_tax;
        prop_assert_eq!(totals.tax + quote.included_tax(), tax);
        prop_assert_eq!(if world.included { totals.tax } else { quote.included_tax() }, Money::ZERO);
        for order in &quote.orders {
            prop_assert!(order.totals.grand() >= Money::ZERO && order.totals.shipping >= Money::ZERO);
            prop_assert!(order.promoted >= order.promoted_goods);
        }
    }

    /// What coupons say they take off is what lines and shipping say they lost to them.
    #[test]
    fn coupons_explain_the_discount(world in worlds()) {
        let quote = world.quote();
        let given: Money = quote.coupons.iter().map(|coupon| coupon.discount).sum();
        let goods: Money = quote.lines.iter().map(|line| line.coupon_discount).sum();
        let shipping: Money =
            quote.orders.iter().flat_map(|order| &order.adjustments).map(|change| change.amount).sum();
        prop_assert_eq!(given, goods + shipping);
        let full = World { coupons: Vec::new(), ..world }.quote();
        prop_assert_eq!(full.totals().items, quote.totals().items);
        prop_assert_eq!(full.totals().subtotal() - goods, quote.totals().subtotal());
        prop_assert_eq!(full.totals().shipping - shipping, quote.totals().shipping);
    }

    /// One more coupon never makes a purchase dearer.
    #[test]
    fn coupons_are_monotone(world in worlds(), benefit in benefits()) {
        let before = World { ppm: 0, ..world }.clone();
        let mut after = before.clone();
        after.coupons.push(coupon(99, benefit, Funder::Marketplace));
        prop_assert!(after.quote().totals().grand() <= before.quote().totals().grand());
    }
}

fn simple(coupons: Vec<Presented>) -> World {
    World {
        articles: vec![article(1, 1_000, 1_000, 1), article(2, 2_000, 2_000, 1)],
        coupons,
        ..World::default()
    }
}

#[test]
fn an_amount_is_split_by_largest_remainder() {
    let quote = simple(vec![coupon(1, Benefit::Amount(money(100)), Funder::Marketplace)]).quote();
    let parts: Vec<i64> = quote.lines.iter().map(|line| line.coupon_discount.minor()).collect();
    assert_eq!(parts, [33, 67]);
    assert_eq!(quote.orders[0].promoted, money(33));
}

#[test]
fn a_shop_pays_before_the_marketplace() {
    let quote = simple(vec![
        coupon(1, Benefit::Percent(10), Funder::Marketplace),
        coupon(2, Benefit::Amount(money(500)), Funder::Vendor),
    ])
    .quote();
    let got: Vec<_> = quote.lines.iter().map(|line| (line.net().minor(), line.promoted.minor())).collect();
    assert_eq!(got, [(450, 50), (1_800, 200)]);
}

#[test]
fn coupons_say_why_they_cannot_be_used() {
    let change = |change: fn(&mut Coupon)| {
        let mut presented = coupon(1, Benefit::Percent(10), Funder::Marketplace);
        change(&mut presented.coupon);
        simple(vec![presented]).quote().coupons[0].problem
    };
    assert_eq!(change(|_| {}), None);
    assert_eq!(
        change(|coupon| coupon.terms.starts_at = Some(NOW.plus_seconds(1))),
        Some(CouponProblem::NotStarted)
    );
    assert_eq!(change(|coupon| coupon.terms.starts_at = Some(NOW)), None);
    assert_eq!(change(|coupon| coupon.terms.ends_at = Some(NOW)), Some(CouponProblem::Ended));
    assert_eq!(change(|coupon| coupon.terms.max_uses = Some(0)), Some(CouponProblem::Exhausted));
    assert_eq!(change(|coupon| coupon.terms.max_uses_per_user = Some(0)), Some(CouponProblem::Spent));
    assert_eq!(change(|coupon| coupon.terms.min_total = Some(money(3_000))), None);
    assert_eq!(
        change(|coupon| coupon.terms.min_total = Some(money(3_001))),
        Some(CouponProblem::MinimumNotReached)
    );
    assert_eq!(
        change(|coupon| coupon.vendor = Some(VendorId::from_i64(9))),
        Some(CouponProblem::NotApplicable)
    );
    assert_eq!(change(|coupon| coupon.terms.active = false), Some(CouponProblem::NotApplicable));
}

#[test]
fn only_stackable_coupons_stack() {
    let mut alone = coupon(1, Benefit::Percent(10), Funder::Marketplace);
    alone.coupon.terms.stackable = false;
    let other = coupon(2, Benefit::Percent(10), Funder::Marketplace);
    let problems = |coupons| -> Vec<_> {
        simple(coupons).quote().coupons.into_iter().map(|coupon| coupon.problem).collect()
    };
    assert_eq!(problems(vec![alone.clone(), other.clone()]), [None, Some(CouponProblem::NotStackable)]);
    assert_eq!(problems(vec![other, alone]), [None, Some(CouponProblem::NotStackable)]);
}

#[test]
fn a_category_covers_those_below_it() {
    let (above, below) = (CategoryId::from_i64(1), CategoryId::from_i64(2));
    let mut presented = coupon(1, Benefit::Percent(10), Funder::Marketplace);
    presented.coupon.terms.categories = vec![above];
    let mut world = simple(vec![presented]);
    world.articles[1].category = Some(below);
    world.lineages.insert(below, vec![below, above]);
    let quote = world.quote();
    let parts: Vec<i64> = quote.lines.iter().map(|line| line.coupon_discount.minor()).collect();
    assert_eq!(parts, [0, 200]);
}

#[test]
fn tax_is_the_sum_of_lines_in_both_modes() {
    let mut world = World {
        articles: vec![article(1, 99, 99, 1), article(1, 101, 101, 1), article(1, 33, 33, 3)],
        methods: HashMap::from([(VendorId::from_i64(1), vec![method(1, 490)])]),
        ppm: 190_000,
        ..World::default()
    };
    let top = world.quote();
    let lines: Vec<i64> = top.lines.iter().map(|line| line.tax.minor()).collect();
    assert_eq!((lines, top.orders[0].shipping_tax.minor()), (vec![19, 19, 19], 93));
    assert_eq!(
        top.totals(),
        Totals { items: money(299), discount: Money::ZERO, shipping: money(490), tax: money(150) }
    );
    world.included = true;
    let within = world.quote();
    assert_eq!(within.totals().grand(), money(789));
    assert_eq!((within.totals().tax, within.included_tax()), (Money::ZERO, money(16 + 16 + 16 + 78)));
}

#[test]
fn what_no_method_takes_cannot_be_shipped() {
    let far = Method {
        destinations: vec![crate::shipping::Area { country: "FR".parse().unwrap(), regions: Vec::new() }],
        ..method(1, 100)
    };
    let mut world = simple(Vec::new());
    world.methods.insert(VendorId::from_i64(1), vec![far]);
    let quote = world.quote();
    assert_eq!(quote.orders[0].delivery, Delivery::Impossible);
    assert_eq!(quote.orders[1].delivery, Delivery::Free);
}
