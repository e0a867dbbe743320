use types::{Money, ProductId, Quantity, Timestamp, VariantId, VendorId};

use super::model::{BareLine, Held, add, hold, join};
use super::{Offer, Seller};
use crate::pricing::UnitPrice;

fn offer(stock: i64) -> Offer {
    let list = Money::from_minor(1_000);
    Offer {
        variant: VariantId::from_i64(1),
        product: ProductId::from_i64(2),
        title: "Lamp".to_owned(),
        variant_title: String::new(),
        sku: None,
        image: None,
        vendor: Seller {
            id: VendorId::from_i64(3),
            slug: "lamps".to_owned(),
            name: "Lamps".to_owned(),
            commission_bps: None,
            fulfilment: None,
        },
        category: None,
        tax_class: None,
        weight: None,
        max_per_customer: None,
        opens_at: None,
        price: UnitPrice { list, final_price: list },
        stock,
        is_for_sale: true,
        is_closed: false,
        is_own: false,
    }
}

fn units(units: i64) -> Quantity {
    Quantity::new(units).unwrap()
}

fn line(variant: i64, quantity: i64) -> BareLine {
    BareLine {
        vendor: VendorId::from_i64(1),
        variant: VariantId::from_i64(variant),
        quantity: units(quantity),
        seen_price: Money::from_minor(1),
        added_at: Timestamp::from_millis(variant),
        is_own: false,
    }
}

#[test]
fn what_is_put_in_adds_up_to_the_limit() {
    let held = |units| Held { units, lines: 1 };
    assert_eq!(add(&offer(2_000), held(990), units(9)).unwrap(), units(999));
    assert_eq!(add(&offer(2_000), held(990), units(10)).unwrap_err().code(), Some("invalid"));
    assert_eq!(add(&offer(5), held(4), units(2)).unwrap_err().code(), Some("insufficient_stock"));
}

#[test]
fn the_first_reason_is_the_one_that_nothing_helps_against() {
    let held = Held { units: 0, lines: 100 };
    let closed = Offer { is_for_sale: false, is_own: true, ..offer(0) };
    assert_eq!(hold(&closed, held, units(1)).unwrap_err().code(), Some("not_available"));
    let own = Offer { is_own: true, ..offer(0) };
    assert_eq!(hold(&own, held, units(1)).unwrap_err().code(), Some("own_product"));
    assert_eq!(hold(&offer(0), held, units(1)).unwrap_err().code(), Some("insufficient_stock"));
    assert_eq!(hold(&offer(1), held, units(1)).unwrap_err().code(), Some("cart_full"));
}

#[test]
fn a_line_that_is_there_needs_no_room() {
    assert!(hold(&offer(5), Held { units: 1, lines: 100 }, units(2)).is_ok());
}

#[test]
fn joining_adds_up_and_keeps_the_limits() {
    let own: Vec<BareLine> = (1..=99).map(|variant| line(variant, 900)).collect();
    let mine = BareLine { is_own: true, ..line(500, 1) };
    let joined = join(&own, vec![line(1, 500), mine, line(200, 2), line(201, 3)]);
    assert_eq!(joined, [line(1, 999), line(200, 2)]);
}
