use std::collections::HashMap;

use proptest::prelude::*;
use types::{CheckoutId, IdGenerator, Money, ProductId, Quantity, Timestamp, VariantId, VendorId};

use super::split::{split, units};
use super::{Checkout, CheckoutError, CheckoutStatus, Move, Situation, model};
use crate::Rejection;
use crate::cart::{Cart, Conditions, Line, Offer, Problem, Seller};
use crate::payments::Method;
use crate::pricing::{Quote, Totals, UnitPrice};
use crate::settings::{Fulfilment, Settings, TaxCollector};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn line(number: i64, vendor: i64, price: (i64, i64), quantity: i64) -> Line {
    let (list, final_price) = (Money::from_minor(price.0), Money::from_minor(price.0.min(price.1)));
    let vendor = Seller {
        id: VendorId::from_i64(vendor),
        slug: format!("shop-{vendor}"),
        name: format!("Shop {vendor}"),
        commission_bps: (vendor % 2 == 0).then_some(vendor * 100),
        fulfilment: None,
    };
    let offer = Offer {
        variant: VariantId::from_i64(number),
        product: ProductId::from_i64(number + 1_000),
        title: format!("Thing {number}"),
        variant_title: String::new(),
        sku: None,
        image: None,
        vendor,
        category: None,
        tax_class: None,
        weight: None,
        max_per_customer: None,
        opens_at: None,
        price: UnitPrice { list, final_price },
        stock: 999,
        is_for_sale: true,
        is_closed: false,
        is_own: false,
    };
    Line { offer, quantity: Quantity::new(quantity).unwrap(), seen_price: final_price }
}

fn cart(lines: Vec<Line>) -> Cart {
    Cart { id: None, lines }
}

fn quoted(cart: &Cart) -> Quote {
    Conditions::default().quote(cart, (None, &HashMap::new()), false, NOW)
}

fn priced(cart: &Cart, expected: Option<Money>) -> Result<Totals, CheckoutError> {
    model::price(cart, &quoted(cart), HashMap::new(), expected)
}

fn checkout(totals: Totals) -> Checkout {
    Checkout {
        id: CheckoutId::from_i64(1),
        user: None,
        guest_email: None,
        guest_token_hash: Some([7; 32]),
        status: CheckoutStatus::AwaitingPayment,
        payment_method: Method::Test,
        totals,
        address: "{}".to_owned(),
        note: None,
        expires_at: NOW.plus_seconds(60),
        created_at: NOW,
    }
}

fn settings() -> Settings {
    Settings {
        currency: "USD".parse().unwrap(),
        fulfilment: Fulfilment::Direct,
        commission_bps: 1_000,
        prices_include_tax: false,
        tax_collected_by: TaxCollector::Vendor,
        otp_ttl_seconds: 600,
        checkout_ttl_seconds: 1_800,
        hold_seconds: 0,
        return_window_seconds: 0,
        product_approval: false,
        cart_reminder_hours: 0,
        throttle: false,
        trusted_proxies: Vec::new(),
        proxy_header: crate::settings::ProxyHeader::XForwardedFor,
        two_factor_rule: crate::settings::TwoFactorRule::None,
        public_url: String::new(),
        media: crate::media::MediaPlace::Folder(std::path::PathBuf::new()),
        fetch: crate::outgoing::Reach::Off,
        data_dir: std::path::PathBuf::new(),
        mail_from: String::new(),
        smtp_url: None,
        stripe: None,
    }
}

prop_compose! {
    fn carts()(
        lines in prop::collection::vec(
            (1_i64..8, (1_i64..=1_000_000_000_000, 1_i64..=1_000_000_000_000), 1_i64..=999),
            1..=100,
        )
    ) -> Cart {
        let number = |index: usize| i64::try_from(index).unwrap() + 1;
        let lines = lines.into_iter().enumerate();
        cart(lines.map(|(index, (vendor, price, quantity))| line(number(index), vendor, price, quantity)).collect())
    }
}

proptest! {
    /// Whatever is in the cart: one order per vendor, each line in exactly one, the totals of the parts
    /// sum to the whole, and no commission is more than its order.
    #[test]
    fn orders_are_the_whole_cart_and_nothing_else(cart in carts()) {
        let totals = priced(&cart, None).unwrap();
        let orders = split(&cart, &quoted(&cart), (&checkout(totals), "1"), &settings(), &IdGenerator::new(1));

        prop_assert_eq!(orders.iter().map(crate::orders::NewOrder::total).sum::<Money>(), totals.grand());
        prop_assert_eq!(orders.iter().map(crate::orders::NewOrder::items_total).sum::<Money>(), totals.items);
        prop_assert_eq!(orders.iter().map(|order| order.discount_total).sum::<Money>(), totals.discount);
        let mut vendors: Vec<VendorId> = orders.iter().map(|order| order.vendor.id).collect();
        vendors.sort();
        vendors.dedup();
        prop_assert_eq!(vendors.len(), orders.len());
        let mut taken: Vec<(VariantId, i64)> =
            units(&orders).iter().map(|line| (line.variant, line.units)).collect();
        taken.sort();
        let held: Vec<(VariantId, i64)> =
            cart.lines.iter().map(|line| (line.offer.variant, line.quantity.units())).collect();
        prop_assert_eq!(taken, held);
        for order in &orders {
            prop_assert!(order.commission() >= Money::ZERO && order.commission() <= order.total());
        }
    }

    /// Orders that are cancelled one by one take their totals along; the last takes the checkout.
    #[test]
    fn the_last_order_ends_the_checkout(cart in carts()) {
        let mut checkout = checkout(priced(&cart, None).unwrap());
        let parts: Vec<Totals> = cart.groups().iter().map(crate::cart::Group::totals).collect();
        for (place, part) in parts.iter().enumerate() {
            prop_assert_eq!(checkout.status, CheckoutStatus::AwaitingPayment);
            let (totals, status) = checkout.without(*part, place + 1 == parts.len(), NOW).unwrap();
            checkout = Checkout { status, totals, ..checkout };
        }
        prop_assert_eq!(checkout.status, CheckoutStatus::Cancelled);
        prop_assert_eq!(checkout.totals, Totals::default());
    }

    /// What is left to be paid decides whether a checkout goes on waiting when one of its orders is cancelled.
    #[test]
    fn nothing_left_to_pay_ends_the_wait(left in prop_oneof![Just(0), 1_i64..1_000], part in 0_i64..1_000) {
        let of = |minor| Totals { items: Money::from_minor(minor), ..Totals::default() };
        let checkout = checkout(of(left) + of(part));
        let (rest, status) = checkout.without(of(part), false, NOW).unwrap();
        prop_assert_eq!(rest, of(left));
        let waits = if left > 0 { CheckoutStatus::AwaitingPayment } else { CheckoutStatus::Confirmed };
        prop_assert_eq!(status, waits);
        prop_assert_eq!(checkout.without(of(part), true, NOW).unwrap().1, CheckoutStatus::Cancelled);
    }

    /// At any moment an unpaid checkout can be paid or expired, never both; what has ended stays ended.
    #[test]
    fn paying_and_expiring_exclude_each_other(seconds in -100_i64..100) {
        let situation = |status| Situation { status, expires_at: NOW.plus_seconds(seconds) };
        let waiting = situation(CheckoutStatus::AwaitingPayment);
        let payable = waiting.decide(Move::Confirm, NOW).is_ok();
        prop_assert_eq!(payable, seconds > 0);
        prop_assert_eq!(waiting.decide(Move::Expire, NOW).is_ok(), !payable);
        prop_assert_eq!(waiting.decide(Move::Cancel, NOW).is_ok(), payable);
        for ended in [CheckoutStatus::Confirmed, CheckoutStatus::Expired, CheckoutStatus::Cancelled] {
            for wanted in Move::ALL {
                prop_assert!(situation(ended).decide(*wanted, NOW).is_err());
            }
        }
    }
}

#[test]
fn all_problems_are_told_with_their_places() {
    let mut lines = vec![
        line(1, 1, (100, 100), 1),
        line(2, 2, (100, 100), 5),
        line(3, 1, (100, 100), 1),
        line(4, 2, (100, 100), 1),
    ];
    lines[1].offer.stock = 4;
    lines[2].offer.is_for_sale = false;
    lines[3].offer.is_own = true;
    let refused = priced(&cart(lines), Some(Money::ZERO)).unwrap_err();
    let told: Vec<String> = refused
        .errors()
        .iter()
        .map(|error| format!("{} {} {:?}", error.pointer, error.code, error.available))
        .collect();
    assert_eq!(
        told,
        [
            "/groups/0/items/1 not_available None",
            "/groups/1/items/0 insufficient_stock Some(4)",
            "/groups/1/items/1 own_product None",
        ]
    );
    assert_eq!(refused.code(), "not_available");
}

#[test]
fn the_expected_total_is_the_one_with_offers() {
    let cart = || cart(vec![line(1, 1, (100, 80), 3)]);
    assert!(priced(&cart(), Some(Money::from_minor(240))).is_ok());
    let refused = priced(&cart(), Some(Money::from_minor(300))).unwrap_err();
    let (expected, actual) = (Money::from_minor(300), Money::from_minor(240));
    assert_eq!(refused, CheckoutError::TotalChanged { expected, actual });
    assert_eq!(priced(&Cart::default(), None).unwrap_err(), CheckoutError::CartEmpty);
}

#[test]
fn a_variant_without_a_problem_is_not_named() {
    let cart = cart(vec![line(1, 1, (100, 100), 1), line(2, 1, (100, 100), 1)]);
    let short = [(VariantId::from_i64(2), Problem::InsufficientStock { available: 0 })].into();
    assert_eq!(model::refuse(&cart, &short).unwrap_err().errors().len(), 1);
    assert!(model::refuse(&cart, &HashMap::new()).is_ok());
}

#[test]
fn a_guests_checkout_is_nobody_elses() {
    let own = checkout(Totals::default());
    assert!(own.is_of(&crate::Shopper::Guest([7; 32])));
    assert!(!own.is_of(&crate::Shopper::Guest([8; 32])));
    assert!(!own.is_of(&crate::Shopper::User(types::UserId::from_i64(1))));
}
