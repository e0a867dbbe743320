//! What things cost in the model: offers, coupons, shipping, and who gets what of it. Written from the rules, not
//! from the marketplace's own functions.

/// Variants of a world. The first is the first seller's, the others are the second's.
pub(super) const VARIANTS: usize = 3;

/// Prices of the variants after offers, in minor units: the last is 999 less 10 %, rounded half up.
const PRICES: [i64; VARIANTS] = [500, 1_250, 899];

/// What the sellers take for shipping: the second nothing for goods that cost enough.
pub(super) const SHIPPING: [i64; 2] = [490, 250];

/// From which price of its goods on the second seller ships for nothing.
pub(super) const SHIPS_FREE_FROM: i64 = 2_400;

/// The coupons of a world. Two together never make a purchase free: that has tests of its own (`coupons::free`).
pub(super) const COUPONS: [Coupon; 7] = [
    Coupon { gives: Gives::Amount(333), most: Some(1), ..Coupon::new("WELCOME") },
    Coupon { gives: Gives::Percent(7), most: Some(2), most_each: Some(1), ..Coupon::new("SEVENTH") },
    Coupon { seller: Some(1), gives: Gives::Percent(15), most_each: Some(1), ..Coupon::new("PAGES") },
    Coupon { seller: Some(0), gives: Gives::Amount(990), least: 1_000, ..Coupon::new("CLEARANCE") },
    Coupon { gives: Gives::Shipping, least: 600, most: Some(1), ..Coupon::new("CARRIED") },
    Coupon { seller: Some(1), gives: Gives::Shipping, most_each: Some(2), ..Coupon::new("PARCEL") },
    Coupon { gives: Gives::Percent(50), most: Some(2), stackable: false, ..Coupon::new("HALF") },
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Gives {
    Percent(i64),
    Amount(i64),
    Shipping,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Coupon {
    pub(super) code: &'static str,
    /// The seller who pays, and whose goods alone it is for; otherwise the marketplace, for all goods.
    pub(super) seller: Option<usize>,
    pub(super) gives: Gives,
    /// What its goods must cost.
    pub(super) least: i64,
    /// How often it can be used, by all and by each.
    pub(super) most: Option<i64>,
    pub(super) most_each: Option<i64>,
    pub(super) stackable: bool,
}

impl Coupon {
    const fn new(code: &'static str) -> Self {
        let (gives, stackable) = (Gives::Shipping, true);
        Self { code, seller: None, gives, least: 0, most: None, most_each: None, stackable }
    }

    fn covers(&self, variant: usize) -> bool {
        self.seller.is_none_or(|seller| seller == seller_of(variant))
    }
}

/// Who sells a variant.
pub(super) fn seller_of(variant: usize) -> usize {
    usize::from(variant > 0)
}

/// So many units of a variant.
pub(super) type Units = (usize, i64);

/// What one seller is to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) seller: usize,
    /// What coupons take off each variant.
    off: Vec<(usize, i64)>,
    shipping: i64,
    pub(super) total: i64,
    /// What the seller gets of it once it is paid.
    pub(super) share: i64,
}

impl Order {
    /// In the words of [`super::sight`].
    pub(super) fn words(&self) -> String {
        order_words(self.seller, &self.off, self.shipping, self.total)
    }
}

/// An order in words: what coupons take off, shipping, and what is to be paid.
pub(super) fn order_words(seller: usize, off: &[(usize, i64)], shipping: i64, total: i64) -> String {
    format!(" [{seller}: {off:?} +{shipping} ={total}]")
}

/// How often a coupon was used, by all and by who wants to use it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Used {
    pub(super) all: i64,
    pub(super) own: i64,
}

/// Why each of the coupons can't be used for these goods, if so: each by itself, and then together.
pub(super) fn problems(lines: &[Units], presented: &[(usize, Used)]) -> Vec<Option<&'static str>> {
    let mut good: Vec<&Coupon> = Vec::new();
    let judge = |(coupon, used): &(usize, Used)| {
        let coupon = &COUPONS[*coupon];
        let goods: Vec<i64> =
            lines.iter().filter(|line| coupon.covers(line.0)).map(|line| price(*line)).collect();
        let is_spent = |most: Option<i64>, used: i64| most.is_some_and(|most| used >= most);
        let problem = if is_spent(coupon.most, used.all) || is_spent(coupon.most_each, used.own) {
            Some("coupon_exhausted")
        } else if goods.is_empty() {
            Some("coupon_not_applicable")
        } else if goods.iter().sum::<i64>() < coupon.least {
            Some("coupon_minimum_not_reached")
        } else if !(good.is_empty() || coupon.stackable && good.iter().all(|other| other.stackable)) {
            Some("coupon_not_stackable")
        } else {
            None
        };
        if problem.is_none() {
            good.push(coupon);
        }
        problem
    };
    presented.iter().map(judge).collect()
}

fn price((variant, units): Units) -> i64 {
    PRICES[variant] * units
}

/// What these goods come to with these coupons, one order for each seller.
pub(super) fn orders(lines: &[Units], coupons: &[usize]) -> Vec<Order> {
    let (off, promoted) = discounts(lines, coupons);
    let order = |seller: usize| {
        let own: Vec<usize> = (0..lines.len()).filter(|at| seller_of(lines[*at].0) == seller).collect();
        if own.is_empty() {
            return None;
        }
        let sum = |of: &dyn Fn(usize) -> i64| own.iter().map(|at| of(*at)).sum::<i64>();
        let (goods, off_all, promoted) =
            (sum(&|at| price(lines[at])), sum(&|at| off[at]), sum(&|at| promoted[at]));
        let is_free = seller == 1 && goods >= SHIPS_FREE_FROM;
        let shipping = if is_free { 0 } else { SHIPPING[seller] };
        let is_waiver = |at: &&usize| {
            let coupon = COUPONS[**at];
            coupon.gives == Gives::Shipping && coupon.seller.is_none_or(|payer| payer == seller)
        };
        // A seller's own coupon goes first.
        let waiver = coupons.iter().filter(is_waiver).max_by_key(|at| COUPONS[**at].seller);
        let promoted_shipping =
            waiver.map_or(0, |at| if COUPONS[*at].seller.is_none() { shipping } else { 0 });
        let shipping = if waiver.is_some() { 0 } else { shipping };
        let total = goods - off_all + shipping;
        // A tenth of what the goods cost at the seller's own prices is the marketplace's.
        let commission = (goods - off_all + promoted + 5) / 10;
        let share = total + promoted + promoted_shipping - commission;
        let mut off: Vec<(usize, i64)> = own.iter().map(|at| (lines[*at].0, off[*at])).collect();
        off.sort_unstable();
        Some(Order { seller, off, shipping, total, share })
    };
    (0..SHIPPING.len()).filter_map(order).collect()
}

/// What coupons take off each line, and how much of it the marketplace pays.
fn discounts(lines: &[Units], coupons: &[usize]) -> (Vec<i64>, Vec<i64>) {
    let (mut off, mut promoted) = (vec![0; lines.len()], vec![0; lines.len()]);
    // The sellers' before the marketplace's, percentages before amounts, the older before the younger.
    let mut turns = coupons.to_vec();
    turns.sort_by_key(|at| {
        (COUPONS[*at].seller.is_none(), matches!(COUPONS[*at].gives, Gives::Amount(_)), *at)
    });
    for coupon in turns.into_iter().map(|at| &COUPONS[at]) {
        let covered: Vec<usize> = (0..lines.len()).filter(|at| coupon.covers(lines[*at].0)).collect();
        let left: Vec<i64> = covered.iter().map(|at| price(lines[*at]) - off[*at]).collect();
        let most: i64 = left.iter().sum();
        let whole = match coupon.gives {
            Gives::Percent(percent) => (most * percent + 50) / 100,
            Gives::Amount(amount) => amount.min(most),
            Gives::Shipping => 0,
        };
        for (at, part) in covered.into_iter().zip(shared(whole, &left)) {
            off[at] += part;
            promoted[at] += if coupon.seller.is_none() { part } else { 0 };
        }
    }
    (off, promoted)
}

/// Shares by weight; what rounding leaves goes to the largest remainders, the first of equals first.
fn shared(whole: i64, weights: &[i64]) -> Vec<i64> {
    let all = weights.iter().sum::<i64>().max(1);
    let mut parts: Vec<i64> = weights.iter().map(|weight| whole * weight / all).collect();
    for _ in 0..whole - parts.iter().sum::<i64>() {
        let lost = |at: usize| whole * weights[at] - parts[at] * all;
        let most = (0..parts.len()).rev().max_by_key(|at| lost(*at)).expect("there is something to share");
        parts[most] += 1;
    }
    parts
}
