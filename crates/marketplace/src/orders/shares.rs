//! How an order's money is shared between the seller and the marketplace, also when some of it goes back.

use types::{Money, Timestamp, VendorId};

/// How an order's money is shared between the seller and the marketplace.
///
/// Its worth is what the buyer pays and what the marketplace adds because of its coupons. With a coupon for
/// all of it the buyer pays nothing, and the order has its worth all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shares {
    /// Who sells.
    pub vendor: VendorId,
    /// What the buyer pays for it.
    pub total: Money,
    /// The marketplace's share of the goods.
    pub commission: Money,
    /// What the marketplace adds for the buyer, because of a coupon that it pays for.
    pub promoted: Money,
    /// The tax that the marketplace collects.
    pub platform_tax: Money,
    /// What was given back of `total`.
    pub refunded_total: Money,
    /// What went back of `promoted`.
    pub promoted_back: Money,
    /// When the seller's share became available.
    pub released_at: Option<Timestamp>,
}

db::from_row!(Shares {
    vendor,
    total,
    commission,
    promoted,
    platform_tax,
    refunded_total,
    promoted_back,
    released_at,
});

/// What the marketplace gets of an order's money, and what it adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlatformShares {
    /// Commission, which it earns.
    pub commission: Money,
    /// Tax, which it hands over to the state.
    pub tax: Money,
    /// What it adds because of a coupon that it pays for.
    pub promoted: Money,
}

impl PlatformShares {
    /// What the seller gets of `amount` of the buyer's money.
    pub fn rest_of(&self, amount: Money) -> Money {
        amount + self.promoted - self.commission - self.tax
    }
}

/// What goes back of an order: to the buyer, and to the marketplace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GoingBack {
    /// Of what the buyer paid.
    pub refund: Money,
    /// Of what the marketplace added.
    pub promoted: Money,
}

impl GoingBack {
    /// Whether nothing goes back.
    pub fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

impl Shares {
    /// What the buyer was not given back.
    pub fn unrefunded(&self) -> Money {
        self.total - self.refunded_total
    }

    /// All that has not gone back.
    pub fn left(&self) -> GoingBack {
        GoingBack { refund: self.unrefunded(), promoted: self.promoted - self.promoted_back }
    }

    /// `amount` of what the buyer was not given back, with its part of what the marketplace added.
    pub fn part(&self, amount: Money) -> GoingBack {
        let left = self.left();
        let promoted = left.promoted.fraction(amount.minor(), left.refund.minor());
        GoingBack { refund: amount, promoted: promoted.min(left.promoted) }
    }

    /// The marketplace's share of what has not gone back.
    pub fn commission_kept(&self) -> Money {
        self.commission - self.commission_on(self.refunded_total + self.promoted_back)
    }

    /// What the seller gets of what has not gone back.
    pub fn payout_amount(&self) -> Money {
        let kept = PlatformShares {
            commission: self.commission_kept(),
            tax: self.platform_tax - self.tax_on(self.refunded_total),
            promoted: self.promoted - self.promoted_back,
        };
        kept.rest_of(self.unrefunded())
    }

    /// The marketplace's shares of the whole.
    pub const fn platform(&self) -> PlatformShares {
        PlatformShares { commission: self.commission, tax: self.platform_tax, promoted: self.promoted }
    }

    /// The marketplace's shares of `last`, which is counted already as the last that went back.
    ///
    /// Each is the difference of two parts of the whole: whatever goes back one after the other, with the
    /// last of it all the commission has gone back.
    pub fn platform_of(&self, last: GoingBack) -> PlatformShares {
        let (refunded, back) = (self.refunded_total, self.refunded_total + self.promoted_back);
        PlatformShares {
            commission: self.commission_on(back) - self.commission_on(back - last.refund - last.promoted),
            tax: self.tax_on(refunded) - self.tax_on(refunded - last.refund),
            promoted: last.promoted,
        }
    }

    /// The commission on a part of the order's worth.
    fn commission_on(&self, part: Money) -> Money {
        self.commission.fraction(part.minor(), (self.total + self.promoted).minor())
    }

    /// The marketplace's tax on a part of what the buyer pays.
    fn tax_on(&self, part: Money) -> Money {
        self.platform_tax.fraction(part.minor(), self.total.minor())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// In whichever parts an order goes back, the commission goes back with it: never more than there is,
        /// and all of it in the end, also when the marketplace pays for everything.
        #[test]
        fn commission_goes_back_in_parts(
            parts in proptest::collection::vec((0_i64..1_000_000_000, 0_i64..1_000_000_000), 1..20),
            bps in 0_i64..=10_000,
            tax in 0_i64..=10_000,
            all_promoted in any::<bool>(),
        ) {
            let part = |(refund, promoted): &(i64, i64)| GoingBack {
                refund: Money::from_minor(if all_promoted { 0 } else { *refund }),
                promoted: Money::from_minor(*promoted),
            };
            let parts: Vec<GoingBack> = parts.iter().map(part).collect();
            let total: Money = parts.iter().map(|part| part.refund).sum();
            let promoted: Money = parts.iter().map(|part| part.promoted).sum();
            let mut shares = Shares {
                vendor: VendorId::from_i64(1),
                total,
                commission: (total + promoted).basis_points(bps),
                promoted,
                platform_tax: total.basis_points(tax),
                refunded_total: Money::ZERO,
                promoted_back: Money::ZERO,
                released_at: None,
            };
            let mut back = PlatformShares { commission: Money::ZERO, tax: Money::ZERO, promoted: Money::ZERO };
            for part in parts {
                shares.refunded_total = shares.refunded_total + part.refund;
                shares.promoted_back = shares.promoted_back + part.promoted;
                let platform = shares.platform_of(part);
                prop_assert!(Money::ZERO <= platform.commission);
                prop_assert!(platform.commission <= part.refund + part.promoted);
                back = PlatformShares {
                    commission: back.commission + platform.commission,
                    tax: back.tax + platform.tax,
                    promoted: back.promoted + platform.promoted,
                };
                prop_assert_eq!(back.commission + shares.commission_kept(), shares.commission);
            }
            prop_assert_eq!(back, shares.platform());
            prop_assert!(shares.left().is_nothing());
            prop_assert_eq!(shares.payout_amount(), Money::ZERO);
        }

        /// Money that is given back takes its part of what the marketplace added along, and with the last
        /// of it all the rest.
        #[test]
        fn the_promotion_goes_back_with_the_money(
            amounts in proptest::collection::vec(1_i64..1_000_000_000, 1..20),
            promoted in 0_i64..1_000_000_000,
        ) {
            let mut shares = Shares {
                vendor: VendorId::from_i64(1),
                total: amounts.iter().map(|amount| Money::from_minor(*amount)).sum(),
                commission: Money::ZERO,
                promoted: Money::from_minor(promoted),
                platform_tax: Money::ZERO,
                refunded_total: Money::ZERO,
                promoted_back: Money::ZERO,
                released_at: None,
            };
            for amount in amounts {
                let part = shares.part(Money::from_minor(amount));
                shares.refunded_total = shares.refunded_total + part.refund;
                shares.promoted_back = shares.promoted_back + part.promoted;
                prop_assert!(shares.promoted_back <= shares.promoted);
            }
            prop_assert!(shares.left().is_nothing());
        }
    }
}
