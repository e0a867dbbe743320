use proptest::prelude::*;
use types::{Discount, Money, PriceCut, Timestamp, allocate};

use super::{Totals, UnitPrice, commission, discount};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn cuts() -> impl Strategy<Value = Option<PriceCut>> {
    prop_oneof![
        Just(None),
        (1_u8..=95).prop_map(|percent| Some(PriceCut::Percent(percent))),
        (1_i64..=1_000_000_000_000).prop_map(|amount| Some(PriceCut::Amount(Money::from_minor(amount)))),
    ]
}

fn lines() -> impl Strategy<Value = Vec<(UnitPrice, i64)>> {
    let line = (1_i64..=1_000_000_000_000, cuts(), 1_i64..=999).prop_map(|(list, cut, quantity)| {
        let discount = cut.map(|cut| Discount { cut, starts_at: None, ends_at: None });
        (UnitPrice::at(Money::from_minor(list), discount.as_ref(), NOW), quantity)
    });
    proptest::collection::vec(line, 1..100)
}

proptest! {
    /// Nothing is free, and an offer never makes anything dearer.
    #[test]
    fn a_final_price_lies_between_one_minor_unit_and_the_list_price(
        list in 1_i64..=1_000_000_000_000, cut in cuts(),
    ) {
        let discount = cut.map(|cut| Discount { cut, starts_at: None, ends_at: None });
        let price = UnitPrice::at(Money::from_minor(list), discount.as_ref(), NOW);
        prop_assert!(price.final_price >= Money::from_minor(1) && price.final_price <= price.list);
        prop_assert_eq!(price.is_reduced(), price.final_price < price.list);
    }

    /// However lines are dealt out to vendors, the parts' totals come to the whole's, in every column.
    #[test]
    fn totals_of_parts_sum_to_the_whole(lines in lines(), vendors in 1_usize..12) {
        let whole: Totals = lines.iter().map(|(price, quantity)| Totals::of_line(*price, *quantity)).sum();
        let part = |vendor: usize| -> Totals {
            let own = lines.iter().skip(vendor).step_by(vendors);
            own.map(|(price, quantity)| Totals::of_line(*price, *quantity)).sum()
        };
        let parts: Vec<Totals> = (0..vendors).map(part).collect();
        prop_assert_eq!(parts.iter().copied().sum::<Totals>(), whole);
        prop_assert_eq!(parts.iter().map(Totals::grand).sum::<Money>(), whole.grand());
        let paid: Money = lines.iter().map(|(price, quantity)| price.final_price.times(*quantity)).sum();
        prop_assert_eq!(whole.subtotal(), paid);
    }

    /// A sum that is split over lines (a coupon, a refund) comes back whole, and no line gives more than
    /// it costs.
    #[test]
    fn a_split_sums_to_the_whole(lines in lines(), percent in 0_i64..=100) {
        let weights: Vec<Money> = lines.iter().map(|(price, quantity)| price.final_price.times(*quantity)).collect();
        let whole = weights.iter().copied().sum::<Money>().fraction(percent, 100);
        let parts = allocate(whole, &weights);
        prop_assert_eq!(parts.iter().copied().sum::<Money>(), whole);
        prop_assert!(parts.iter().zip(&weights).all(|(part, weight)| part <= weight));
    }

    #[test]
    fn a_commission_is_a_part(total in 0_i64..1_000_000_000_000_000, basis_points in 0_i64..=10_000) {
        let total = Money::from_minor(total);
        let commission = commission(total, basis_points);
        prop_assert!(commission >= Money::ZERO && commission <= total);
    }
}

#[test]
fn offers_begin_and_end() {
    let list = Money::from_minor(1_999);
    let price = |starts: Option<i64>, ends: Option<i64>| {
        let at = |seconds: Option<i64>| seconds.map(|seconds| NOW.plus_seconds(seconds));
        UnitPrice::at(list, discount(Some(25), None, at(starts), at(ends)).as_ref(), NOW).final_price.minor()
    };
    assert_eq!(price(None, None), 1_499);
    assert_eq!(price(Some(0), Some(1)), 1_499);
    assert_eq!(price(Some(1), None), 1_999);
    assert_eq!(price(None, Some(0)), 1_999);
}

#[test]
fn no_columns_are_no_discount() {
    assert_eq!(discount(None, None, Some(NOW), None), None);
}
