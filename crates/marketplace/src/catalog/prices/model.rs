//! What a variant cost when.

use types::{Discount, Money, Timestamp};

/// The days before a reduction whose lowest price is shown.
pub const DAYS: i64 = 30;

/// What a variant costs from a moment on, until other terms follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The moment.
    pub from: Timestamp,
    /// List price of a unit.
    pub price: Money,
    /// What is taken off.
    pub discount: Option<Discount>,
}

/// A time in which the price stayed the same, the end not counted.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: Timestamp,
    until: Timestamp,
    price: Money,
    is_reduced: bool,
}

/// The lowest price of the [`DAYS`] before the reduction that holds at `now`; `None` when none does, or when
/// it has held as long as there are prices. `history` is in order of time, `since` the moment from which
/// prices count.
///
/// A reduction that grows step by step without a break is one, which began with its first step: Article 6a(5)
/// of Directive 98/6/EC leaves this to the member states, most of which have it so. One that becomes smaller
/// is another: the lower price that it had a day before counts.
pub fn lowest_before_reduction(history: &[Terms], since: Timestamp, now: Timestamp) -> Option<Money> {
    let stretches = stretches(history, since, now);
    let mut price = Money::from_minor(0);
    let is_step = |stretch: &&Stretch| {
        let grew = stretch.price >= price;
        price = stretch.price;
        stretch.is_reduced && grew
    };
    let reduced = stretches.iter().rev().take_while(is_step).count();
    if reduced == 0 {
        return None;
    }
    let before = &stretches[..stretches.len() - reduced];
    let began = stretches.get(before.len())?.from;
    let earliest = began.plus_seconds(-DAYS * 86_400);
    before.iter().filter(|stretch| stretch.until > earliest).map(|stretch| stretch.price).min()
}

/// The prices from `since` to `now` and the moment after it, in order and without a gap.
fn stretches(history: &[Terms], since: Timestamp, now: Timestamp) -> Vec<Stretch> {
    let end = Timestamp::from_micros(now.as_micros().saturating_add(1));
    let mut stretches = Vec::new();
    for (index, terms) in history.iter().enumerate() {
        let until = history.get(index + 1).map_or(end, |next| next.from).min(end);
        let window = terms.discount.map(|discount| (discount.starts_at, discount.ends_at));
        let (starts_at, ends_at) = window.unwrap_or((None, None));
        let first = terms.from.max(since);
        let mut edges = vec![first];
        edges
            .extend([starts_at, ends_at].into_iter().flatten().filter(|edge| *edge > first && *edge < until));
        edges.push(until);
        for pair in edges.windows(2).filter(|pair| pair[0] < pair[1]) {
            let price = terms.discount.map_or(terms.price, |discount| discount.apply(terms.price, pair[0]));
            let is_reduced = price < terms.price;
            stretches.push(Stretch { from: pair[0], until: pair[1], price, is_reduced });
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use types::PriceCut;

    use super::*;

    const DAY: i64 = 86_400;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_micros(0).plus_seconds(day * DAY)
    }

    fn terms(day: i64, price: i64, discount: Option<(u8, Option<i64>, Option<i64>)>) -> Terms {
        let discount = discount.map(|(percent, starts, ends)| Discount {
            cut: PriceCut::Percent(percent),
            starts_at: starts.map(at),
            ends_at: ends.map(at),
        });
        Terms { from: at(day), price: Money::from_minor(price), discount }
    }

    fn lowest(history: &[Terms], now: i64) -> Option<i64> {
        lowest_before_reduction(history, at(0), at(now)).map(Money::minor)
    }

    #[test]
    fn the_price_before_a_reduction_is_shown() {
        let history = [terms(0, 1_000, None), terms(50, 1_000, Some((10, None, None)))];
        assert_eq!(lowest(&history, 49), None);
        assert_eq!(lowest(&history, 50), Some(1_000));
        assert_eq!(lowest(&history, 500), Some(1_000));
    }

    /// A price that is raised before the sale does not make the sale look better.
    #[test]
    fn the_lowest_price_counts_for_thirty_days() {
        let raised =
            |day| [terms(0, 800, None), terms(day, 2_000, None), terms(50, 2_000, Some((50, None, None)))];
        assert_eq!(lowest(&raised(45), 51), Some(800));
        assert_eq!(lowest(&raised(21), 51), Some(800));
        assert_eq!(lowest(&raised(20), 51), Some(2_000));
        assert_eq!(lowest(&raised(19), 51), Some(2_000));
    }

    #[test]
    fn windows_begin_and_end_by_themselves() {
        let history = [terms(0, 1_000, Some((40, Some(10), Some(20))))];
        assert_eq!(lowest(&history, 9), None);
        assert_eq!(lowest(&history, 10), Some(1_000));
        assert_eq!(lowest(&history, 20), None);
        // The first sale counts in the thirty days before the second.
        let again = [history[0], terms(25, 1_000, Some((10, Some(45), None)))];
        assert_eq!(lowest(&again, 44), None);
        assert_eq!(lowest(&again, 45), Some(600));
        let later = [history[0], terms(25, 1_000, Some((10, Some(51), None)))];
        assert_eq!(lowest(&later, 51), Some(1_000));
    }

    #[test]
    fn what_grows_without_a_break_is_one_reduction() {
        let history = [
            terms(0, 1_000, None),
            terms(5, 1_000, Some((10, None, None))),
            terms(8, 1_000, Some((30, None, None))),
        ];
        assert_eq!(lowest(&history, 9), Some(1_000));
        let ever = [terms(0, 1_000, Some((10, None, None)))];
        assert_eq!(lowest(&ever, 9), None);
    }

    #[test]
    fn what_shrinks_is_another_reduction() {
        let history = [
            terms(0, 1_000, None),
            terms(5, 1_000, Some((30, None, None))),
            terms(8, 1_000, Some((10, None, None))),
            terms(10, 1_000, Some((20, None, None))),
        ];
        assert_eq!(lowest(&history, 6), Some(1_000));
        assert_eq!(lowest(&history, 9), Some(700));
        assert_eq!(lowest(&history, 11), Some(700), "the 20 % are a step of what began with 10 %");
    }

    /// Asks every day for the price of that day.
    fn by_day(history: &[Terms], now: i64) -> Option<i64> {
        let on = |day: i64| {
            let terms = history.iter().rev().find(|terms| terms.from <= at(day))?;
            let price = terms.discount.map_or(terms.price, |discount| discount.apply(terms.price, at(day)));
            Some((price.minor(), price < terms.price))
        };
        on(now).filter(|(_, reduced)| *reduced)?;
        let is_step = |day: i64| {
            let (price, is_reduced) = on(day)?;
            let later = if day == now { price } else { on(day + 1)?.0 };
            Some(is_reduced && price >= later)
        };
        let began = (0..=now).rev().take_while(|day| is_step(*day) == Some(true)).last()?;
        ((began - DAYS).max(0)..began).filter_map(on).map(|(price, _)| price).min()
    }

    proptest! {
        #[test]
        fn the_same_as_asking_every_day(
            gaps in prop::collection::vec((1..40_i64, 100..1_000_i64, prop::option::of(
                (1..95_u8, prop::option::of(0..200_i64), prop::option::of(0..200_i64)))), 1..8),
            now in 0..220_i64,
        ) {
            let mut day = 0;
            let mut history = Vec::new();
            for (gap, price, discount) in gaps {
                let discount = discount.map(|(percent, starts, ends)| {
                    let ends = ends.filter(|ends| starts.is_none_or(|starts| starts < *ends));
                    (percent, starts, ends)
                });
                history.push(terms(day, price, discount));
                day += gap;
            }
            prop_assert_eq!(lowest(&history, now), by_day(&history, now));
        }
    }
}
