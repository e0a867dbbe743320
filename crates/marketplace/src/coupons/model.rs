//! What a coupon is, and whether it can be used.

use types::{CategoryId, CouponId, Money, ProductId, Timestamp, VendorId};

use super::CouponProblem;
use crate::pricing::Funder;
use crate::states::states;

states! {
    /// What a coupon takes something off.
    pub(super) enum BenefitKind {
        /// Hundredths of the goods.
        Percent = "percent",
        /// An amount off the goods.
        Amount = "amount",
        /// The shipping.
        FreeShipping = "free_shipping",
    }
}

/// What a coupon gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Benefit {
    /// Hundredths of the goods in its scope, 1 to 100.
    Percent(u8),
    /// Minor units off the goods in its scope, together.
    Amount(Money),
    /// The shipping of sellers with goods in its scope.
    FreeShipping,
}

impl Benefit {
    /// Its kind and its number, as a row keeps them.
    pub(super) fn columns(self) -> (BenefitKind, i64) {
        match self {
            Self::Percent(percent) => (BenefitKind::Percent, percent.into()),
            Self::Amount(amount) => (BenefitKind::Amount, amount.minor()),
            Self::FreeShipping => (BenefitKind::FreeShipping, 0),
        }
    }

    /// What [`Benefit::columns`] wrote.
    pub(super) fn of_columns(kind: BenefitKind, value: i64) -> Self {
        match kind {
            BenefitKind::Percent => Self::Percent(u8::try_from(value).unwrap_or(100).min(100)),
            BenefitKind::Amount => Self::Amount(Money::from_minor(value)),
            BenefitKind::FreeShipping => Self::FreeShipping,
        }
    }
}

/// The rules of a coupon: what whoever keeps it can change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// What it gives.
    pub benefit: Benefit,
    /// The least that the goods in its scope must cost, after offers.
    pub min_total: Option<Money>,
    /// How often it can be used in all.
    pub max_uses: Option<i64>,
    /// How often one buyer can use it.
    pub max_uses_per_user: Option<i64>,
    /// The products it is for; see [`Coupon::covers`].
    pub products: Vec<ProductId>,
    /// The categories it is for, with those below them.
    pub categories: Vec<CategoryId>,
    /// Whether it can be used together with others that can.
    pub stackable: bool,
    /// When it begins to hold.
    pub starts_at: Option<Timestamp>,
    /// When it no longer holds.
    pub ends_at: Option<Timestamp>,
    /// Whether it can be used at the moment.
    pub active: bool,
}

/// A coupon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    /// Identifier.
    pub id: CouponId,
    /// What buyers type, in capital letters.
    pub code: String,
    /// Who pays for it.
    pub funded_by: Funder,
    /// The only shop whose goods it is for; the one that pays, where a shop does.
    pub vendor: Option<VendorId>,
    /// Its rules.
    pub terms: Terms,
    /// How often it was used.
    pub used_count: i64,
    /// When it was taken out of use for good.
    pub archived_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What decides whether a coupon covers something.
#[derive(Debug, Clone, Copy)]
pub struct Goods<'a> {
    /// Who sells it.
    pub vendor: VendorId,
    /// The product.
    pub product: ProductId,
    /// Its category and those above it.
    pub categories: &'a [CategoryId],
}

impl Coupon {
    /// Whether it is for this: sold by its shop, if it has one, and among its products or in its categories,
    /// if it names any.
    pub fn covers(&self, goods: Goods<'_>) -> bool {
        let Terms { products, categories, .. } = &self.terms;
        let of_shop = self.vendor.is_none_or(|vendor| vendor == goods.vendor);
        let is_named = products.contains(&goods.product)
            || goods.categories.iter().any(|category| categories.contains(category));
        of_shop && (is_named || (products.is_empty() && categories.is_empty()))
    }

    /// Why nobody can use it at `now`, if so.
    pub fn problem_at(&self, now: Timestamp) -> Option<CouponProblem> {
        let Terms { starts_at, ends_at, max_uses, active, .. } = self.terms;
        if !active || self.archived_at.is_some() {
            Some(CouponProblem::NotApplicable)
        } else if starts_at.is_some_and(|start| now < start) {
            Some(CouponProblem::NotStarted)
        } else if ends_at.is_some_and(|end| end <= now) {
            Some(CouponProblem::Ended)
        } else if max_uses.is_some_and(|most| self.used_count >= most) {
            Some(CouponProblem::Exhausted)
        } else {
            None
        }
    }
}

/// A coupon that a buyer presents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// The coupon.
    pub coupon: Coupon,
    /// How often this buyer has used it.
    pub uses: i64,
}

impl Presented {
    /// Why this buyer can't use it at `now`, whatever they buy, if so.
    pub fn problem_at(&self, now: Timestamp) -> Option<CouponProblem> {
        let spent = self.coupon.terms.max_uses_per_user.is_some_and(|most| self.uses >= most);
        self.coupon.problem_at(now).or(spent.then_some(CouponProblem::Spent))
    }
}

/// The code as it is kept and compared; `None` when no coupon can have it.
pub fn normal_code(text: &str) -> Option<String> {
    let code = text.trim().to_uppercase();
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    ((3..=50).contains(&code.len()) && code.chars().all(allowed)).then_some(code)
}
