//! How a discount is stored: four columns, none of them set where there is none.

use db::Columns;
use types::{Discount, FieldError, Money, PriceCut, Timestamp};

/// The columns of a discount.
#[derive(Debug, Clone, Copy)]
pub(super) struct DiscountColumns {
    pub(super) percent: Option<i64>,
    pub(super) amount: Option<Money>,
    pub(super) starts_at: Option<Timestamp>,
    pub(super) ends_at: Option<Timestamp>,
}

impl From<Option<Discount>> for DiscountColumns {
    fn from(discount: Option<Discount>) -> Self {
        let cut = discount.map(|discount| discount.cut);
        Self {
            percent: cut.and_then(|cut| match cut {
                PriceCut::Percent(percent) => Some(percent.into()),
                PriceCut::Amount(_) => None,
            }),
            amount: cut.and_then(|cut| match cut {
                PriceCut::Amount(amount) => Some(amount),
                PriceCut::Percent(_) => None,
            }),
            starts_at: discount.and_then(|discount| discount.starts_at),
            ends_at: discount.and_then(|discount| discount.ends_at),
        }
    }
}

/// Reads percent, amount, start and end.
pub(super) fn read(columns: &mut Columns<'_, '_>) -> db::Result<Option<Discount>> {
    let (percent, amount): (Option<u8>, Option<Money>) = (columns.read()?, columns.read()?);
    let (starts_at, ends_at) = (columns.read()?, columns.read()?);
    let cut = percent.map(PriceCut::Percent).or(amount.map(PriceCut::Amount));
    Ok(cut.map(|cut| Discount { cut, starts_at, ends_at }))
}

/// What is wrong with a discount on this price: an amount off must leave something to pay. `pointer` is
/// the price's or the discount's place in the request, whichever was sent.
pub(super) fn mistake(price: Money, discount: Option<&Discount>, pointer: &str) -> Option<FieldError> {
    match discount?.cut {
        PriceCut::Amount(amount) if amount >= price => {
            Some(FieldError::new(pointer, "too_large", "the amount taken off must be less than the price"))
        }
        PriceCut::Amount(_) | PriceCut::Percent(_) => None,
    }
}
