//! What happens: steps one after the other, each of up to three acts that happen at once.

use proptest::collection::vec;
use proptest::prelude::*;

use super::prices::{COUPONS, VARIANTS};

/// Buyers of a world; the last is a guest.
pub(super) const BUYERS: usize = 3;

/// Coupons that a story is about.
const OFFERED: usize = 2;

/// Something that somebody does. `checkout` counts through those that were made in earlier steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// The cart is to hold this many.
    Put { buyer: usize, variant: usize, units: i64 },
    /// So many more go into the cart.
    Add { buyer: usize, variant: usize, units: i64 },
    /// A coupon is put into the cart.
    Present { buyer: usize, coupon: usize },
    /// A coupon is taken out again.
    Withdraw { buyer: usize, coupon: usize },
    /// The cart is bought, to be paid by the provider or in cash.
    Buy { buyer: usize, in_cash: bool },
    /// The buyer asks again for a purchase, with the same key.
    Repeat { checkout: usize },
    /// The provider says that the money came in, or that it does not.
    Pay { checkout: usize, declined: bool },
    /// Another payment is begun.
    PayAgain { checkout: usize },
    /// The buyer gives the purchase up.
    GiveUp { checkout: usize },
    /// The buyer cancels what one of the sellers was to send.
    CancelOrder { checkout: usize, seller: usize },
    /// The time in which it was to be paid is over.
    RunOut { checkout: usize },
    /// The job that ends what was not paid in time runs.
    Expire { checkout: usize },
    /// The seller counts anew.
    Adjust { variant: usize, delta: i64 },
}

/// A whole story.
#[derive(Debug, Clone)]
pub(super) struct Sequence {
    pub(super) stocks: Vec<i64>,
    /// The coupons that are used in it.
    pub(super) coupons: Vec<usize>,
    pub(super) steps: Vec<Vec<Act>>,
}

/// An act; its coupon counts through those of the story.
fn act() -> impl Strategy<Value = Act> {
    let (buyer, variant, checkout) = (0..BUYERS, 0..VARIANTS, 0_usize..4);
    prop_oneof![
        2 => (buyer.clone(), variant.clone(), 0_i64..4)
            .prop_map(|(buyer, variant, units)| Act::Put { buyer, variant, units }),
        5 => adding(buyer.clone()),
        4 => presenting(buyer.clone()),
        1 => (buyer.clone(), 0..OFFERED).prop_map(|(buyer, coupon)| Act::Withdraw { buyer, coupon }),
        8 => (buyer, prop::bool::weighted(0.25)).prop_map(|(buyer, in_cash)| Act::Buy { buyer, in_cash }),
        4 => (checkout.clone(), prop::bool::weighted(0.25))
            .prop_map(|(checkout, declined)| Act::Pay { checkout, declined }),
        1 => checkout.clone().prop_map(|checkout| Act::Repeat { checkout }),
        1 => checkout.clone().prop_map(|checkout| Act::PayAgain { checkout }),
        2 => checkout.clone().prop_map(|checkout| Act::GiveUp { checkout }),
        2 => (checkout.clone(), 0_usize..2)
            .prop_map(|(checkout, seller)| Act::CancelOrder { checkout, seller }),
        2 => checkout.clone().prop_map(|checkout| Act::RunOut { checkout }),
        2 => checkout.prop_map(|checkout| Act::Expire { checkout }),
        2 => (variant, prop_oneof![-3_i64..0, 1_i64..4]).prop_map(|(variant, delta)| Act::Adjust { variant, delta }),
    ]
}

fn adding(buyer: impl Strategy<Value = usize>) -> impl Strategy<Value = Act> {
    (buyer, 0..VARIANTS, 1_i64..3).prop_map(|(buyer, variant, units)| Act::Add { buyer, variant, units })
}

fn presenting(buyer: impl Strategy<Value = usize>) -> impl Strategy<Value = Act> {
    (buyer, 0..OFFERED).prop_map(|(buyer, coupon)| Act::Present { buyer, coupon })
}

/// How stories begin: with carts that hold something.
fn opening() -> impl Strategy<Value = Vec<Vec<Act>>> {
    (vec(adding(0..BUYERS), 1..4), vec(presenting(0..BUYERS), 0..4)).prop_map(|(added, presented)| {
        [added, presented].into_iter().filter(|acts| !acts.is_empty()).collect()
    })
}

prop_compose! {
    /// Stories in which stocks are short and coupons few, so that buyers get in each other's way.
    pub(super) fn sequences()(
        stocks in vec(0_i64..5, VARIANTS),
        coupons in vec(0..COUPONS.len(), OFFERED),
        opening in opening(),
        steps in vec(vec(act(), 1..4), 1..5),
    ) -> Sequence {
        let of_story = |act: Act| match act {
            Act::Present { buyer, coupon } => Act::Present { buyer, coupon: coupons[coupon] },
            Act::Withdraw { buyer, coupon } => Act::Withdraw { buyer, coupon: coupons[coupon] },
            other => other,
        };
        let steps = opening.into_iter().chain(steps);
        let steps = steps.map(|acts| acts.into_iter().map(of_story).collect()).collect();
        Sequence { stocks, coupons: coupons.clone(), steps }
    }
}
