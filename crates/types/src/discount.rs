//! Discounts: the one place where a final price is computed.

use deserr::{Deserr, IntoValue, Value, ValuePointerRef};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::{FieldErrors, Money, Timestamp, input};

/// How much is taken off the list price of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PriceCut {
    /// Hundredths of the list price, 1 to 95.
    Percent(u8),
    /// Minor units, fewer than the list price: the final price stays at least one minor unit.
    Amount(Money),
}

/// A cut with the time in which it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Discount {
    /// How much.
    pub cut: PriceCut,
    /// From this moment on; at once when absent.
    pub starts_at: Option<Timestamp>,
    /// Until just before this moment; for ever when absent.
    pub ends_at: Option<Timestamp>,
}

impl Discount {
    /// Whether it holds at `now`.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.starts_at.is_none_or(|start| start <= now) && self.ends_at.is_none_or(|end| now < end)
    }

    /// The price of one unit at `now`: a percentage rounds the final price half-up, so that less than half of a
    /// minor unit is nothing (`domain.md`).
    pub fn apply(&self, list: Money, now: Timestamp) -> Money {
        if self.holds_at(now) { self.sale_price(list) } else { list }
    }

    /// The price of one unit while the discount holds.
    pub fn sale_price(&self, list: Money) -> Money {
        let final_price = match self.cut {
            PriceCut::Percent(percent) => list.fraction(100 - i64::from(percent.min(100)), 100),
            PriceCut::Amount(amount) => (list - amount).max(Money::from_minor(1)),
        };
        final_price.min(list)
    }

    /// The first moment after `now` at which it begins or ends to hold.
    pub fn changes_after(&self, now: Timestamp) -> Option<Timestamp> {
        [self.starts_at, self.ends_at].into_iter().flatten().filter(|&moment| moment > now).min()
    }
}

/// A discount in percent as a request gives it: 1 to 95.
#[derive(Debug, Clone, Copy)]
struct Percent(u8);

impl Deserr<FieldErrors> for Percent {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        let percent = input::integer(value, location, 1, 95)?;
        Ok(Self(u8::try_from(percent).unwrap_or(95)))
    }
}
input::describe!(Percent as integer, 1, 95);

/// A discount as JSON has it: `percent` or `amount`, and the time in which it holds.
#[derive(Debug, Deserr, ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = discount, example = json!({"percent": 20, "ends_at": "2026-12-01T00:00:00Z"}))]
struct Written {
    /// Hundredths of the price that are taken off.
    #[deserr(default)]
    percent: Option<Percent>,
    /// Minor units that are taken off.
    #[deserr(default)]
    amount: Option<Money>,
    /// When it begins to hold.
    #[deserr(default)]
    starts_at: Option<Timestamp>,
    /// When it no longer holds.
    #[deserr(default)]
    ends_at: Option<Timestamp>,
}

impl Deserr<FieldErrors> for Discount {
    fn deserialize_from_value<V: IntoValue>(
        value: Value<V>,
        location: ValuePointerRef<'_>,
    ) -> Result<Self, FieldErrors> {
        let written = Written::deserialize_from_value(value, location)?;
        let cut = match (written.percent, written.amount) {
            (Some(Percent(percent)), None) => PriceCut::Percent(percent),
            (None, Some(amount)) => PriceCut::Amount(amount),
            (None, None) => {
                return Err(FieldErrors::at(location, "required", "give `percent` or `amount`"));
            }
            (Some(_), Some(_)) => {
                return Err(FieldErrors::at(location, "not_allowed", "give `percent` or `amount`, not both"));
            }
        };
        if let (Some(start), Some(end)) = (written.starts_at, written.ends_at)
            && end <= start
        {
            let location = location.push_key("ends_at");
            return Err(FieldErrors::at(location, "too_small", "must be after `starts_at`"));
        }
        Ok(Self { cut, starts_at: written.starts_at, ends_at: written.ends_at })
    }
}

impl Serialize for Discount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut discount = serializer.serialize_struct("Discount", 3)?;
        match self.cut {
            PriceCut::Percent(percent) => discount.serialize_field("percent", &percent)?,
            PriceCut::Amount(amount) => discount.serialize_field("amount", &amount.minor())?,
        }
        discount.serialize_field("starts_at", &self.starts_at)?;
        discount.serialize_field("ends_at", &self.ends_at)?;
        discount.end()
    }
}

impl utoipa::PartialSchema for Discount {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        Written::schema()
    }
}
impl ToSchema for Discount {
    fn name() -> std::borrow::Cow<'static, str> {
        "discount".into()
    }

    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>) {
        Written::schemas(schemas);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn percent(percent: u8) -> Discount {
        Discount { cut: PriceCut::Percent(percent), starts_at: None, ends_at: None }
    }

    #[test]
    fn a_percentage_rounds_the_final_price_half_up() {
        let now = at(0);
        let sales =
            [(999, 15, 849), (1, 95, 0), (1, 50, 1), (9, 95, 0), (10, 95, 1), (150, 33, 101), (50, 5, 48)];
        for (list, cut, final_price) in sales {
            let got = percent(cut).apply(Money::from_minor(list), now);
            assert_eq!(got, Money::from_minor(final_price), "{list} less {cut} %");
        }
    }

    #[test]
    fn it_holds_from_its_start_until_just_before_its_end() {
        let sale = Discount { starts_at: Some(at(10)), ends_at: Some(at(20)), ..percent(50) };
        let list = Money::from_minor(100);
        for (second, price) in [(9, 100), (10, 50), (19, 50), (20, 100)] {
            assert_eq!(sale.apply(list, at(second)).minor(), price, "at {second}");
        }
        for (second, next) in [(9, Some(10)), (10, Some(20)), (20, None)] {
            assert_eq!(sale.changes_after(at(second)), next.map(at));
        }
    }

    #[test]
    fn no_amount_makes_a_price_nothing() {
        let amount =
            Discount { cut: PriceCut::Amount(Money::from_minor(500)), starts_at: None, ends_at: None };
        assert_eq!(amount.sale_price(Money::from_minor(300)).minor(), 1);
    }
}
