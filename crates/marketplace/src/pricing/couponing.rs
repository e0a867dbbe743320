//! Coupons on goods and on shipping.

use types::{Money, VendorId, allocate};

use super::quote::{Article, Basket, CouponQuote, LineQuote};
use super::{Adjustment, Cause, Funder};
use crate::coupons::{Benefit, Coupon, CouponProblem, Goods};

/// Decides which of the presented coupons are good, and takes off the lines what they give.
///
/// What shops pay for goes first, so that the marketplace pays its share of what is left; amounts after
/// percentages; the older first. The order in which a buyer types them makes no difference to the price.
pub(super) fn apply(basket: &Basket<'_>, lines: &mut [LineQuote]) -> Vec<CouponQuote> {
    let mut quotes = judge(basket, lines);
    let mut turns: Vec<usize> = (0..quotes.len()).filter(|&at| quotes[at].problem.is_none()).collect();
    turns.sort_by_key(|&at| {
        let coupon = &basket.coupons[at].coupon;
        let is_amount = matches!(coupon.terms.benefit, Benefit::Amount(_));
        (coupon.funded_by == Funder::Marketplace, is_amount, coupon.id)
    });
    for at in turns {
        quotes[at].discount = take_off(basket, &basket.coupons[at].coupon, lines);
    }
    quotes
}

/// Which coupons can be used: each by itself, and then together, the first presented first.
fn judge(basket: &Basket<'_>, lines: &[LineQuote]) -> Vec<CouponQuote> {
    let mut alone = None;
    let mut quotes = Vec::with_capacity(basket.coupons.len());
    for presented in basket.coupons {
        let terms = &presented.coupon.terms;
        let covered = covered(basket, &presented.coupon);
        let goods: Money = covered.iter().map(|&line| lines[line].after_offers).sum();
        let problem = presented
            .problem_at(basket.now)
            .or_else(|| covered.is_empty().then_some(CouponProblem::NotApplicable))
            .or_else(|| {
                let too_little = terms.min_total.is_some_and(|least| goods < least);
                too_little.then_some(CouponProblem::MinimumNotReached)
            })
            .or_else(|| {
                let clashes = alone.is_some_and(|alone| alone || !terms.stackable);
                clashes.then_some(CouponProblem::NotStackable)
            });
        if problem.is_none() {
            alone = Some(!terms.stackable);
        }
        quotes.push(CouponQuote { discount: Money::ZERO, problem });
    }
    quotes
}

/// The places of the articles that a coupon is for.
fn covered(basket: &Basket<'_>, coupon: &Coupon) -> Vec<usize> {
    let is_covered = |article: &Article| {
        let lineage = article.category.and_then(|category| basket.lineages.get(&category));
        let categories = lineage.map_or(&[][..], Vec::as_slice);
        coupon.covers(Goods { vendor: article.vendor, product: article.product, categories })
    };
    let articles = basket.articles.iter().enumerate();
    articles.filter(|(_, article)| is_covered(article)).map(|(at, _)| at).collect()
}

/// Takes off the goods what a coupon gives, and answers how much that is.
fn take_off(basket: &Basket<'_>, coupon: &Coupon, lines: &mut [LineQuote]) -> Money {
    let covered = covered(basket, coupon);
    let left: Vec<Money> = covered.iter().map(|&line| lines[line].net()).collect();
    let most: Money = left.iter().copied().sum();
    let whole = match coupon.terms.benefit {
        Benefit::Percent(percent) => most.fraction(percent.into(), 100),
        Benefit::Amount(amount) => amount.min(most),
        Benefit::FreeShipping => Money::ZERO,
    };
    let parts = allocate(whole, &left);
    for (&line, part) in covered.iter().zip(parts).filter(|(_, part)| *part > Money::ZERO) {
        let line = &mut lines[line];
        line.coupon_discount = line.coupon_discount + part;
        if coupon.funded_by == Funder::Marketplace {
            line.promoted = line.promoted + part;
        }
        line.adjustments.push(adjustment(coupon, Cause::Coupon, part));
    }
    whole
}

/// Takes off a seller's shipping what the first good coupon for it waives: all of it.
pub(super) fn waive(
    basket: &Basket<'_>,
    vendor: VendorId,
    price: Money,
    quotes: &mut [CouponQuote],
) -> Vec<Adjustment> {
    if price == Money::ZERO {
        return Vec::new();
    }
    let waives = |at: &usize| {
        let coupon = &basket.coupons[*at].coupon;
        quotes[*at].problem.is_none()
            && coupon.terms.benefit == Benefit::FreeShipping
            && covered(basket, coupon).iter().any(|&line| basket.articles[line].vendor == vendor)
    };
    let mut free: Vec<usize> = (0..quotes.len()).filter(waives).collect();
    free.sort_by_key(|&at| {
        let coupon = &basket.coupons[at].coupon;
        (coupon.funded_by == Funder::Marketplace, coupon.id)
    });
    let Some(&first) = free.first() else { return Vec::new() };
    quotes[first].discount = quotes[first].discount + price;
    vec![adjustment(&basket.coupons[first].coupon, Cause::FreeShipping, price)]
}

fn adjustment(coupon: &Coupon, cause: Cause, amount: Money) -> Adjustment {
    Adjustment { cause, code: Some(coupon.code.clone()), funded_by: coupon.funded_by, amount }
}
