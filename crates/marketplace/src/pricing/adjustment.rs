//! What changed a price, and who pays for it.

use serde::{Deserialize, Serialize};
use types::Money;

use crate::states::states;

states! {
    /// Who bears what a buyer does not pay.
    pub enum Funder {
        /// The marketplace: the seller is credited as if nothing had been taken off.
        Marketplace = "marketplace",
        /// The seller.
        Vendor = "vendor",
    }
}

/// What kind of rule changed a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The product's own discount.
    Offer,
    /// A coupon on the goods.
    Coupon,
    /// A coupon on shipping.
    FreeShipping,
}

impl Cause {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Coupon => "coupon",
            Self::FreeShipping => "free_shipping",
        }
    }
}

/// One reason why something costs less than listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// The kind of rule.
    pub cause: Cause,
    /// The coupon's code, when it is one.
    pub code: Option<String>,
    /// Who pays for it.
    pub funded_by: Funder,
    /// What it takes off; zero or more.
    pub amount: Money,
}

/// What changed the price of a line, as its row keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adjustments(pub Vec<Adjustment>);

impl db::Column for Adjustments {
    fn from_column(value: db::ColumnValue<'_>) -> Result<Self, db::ColumnError> {
        match value {
            db::ColumnValue::Null => Ok(Self::default()),
            value => Ok(Self(Adjustment::from_json(Some(value.text()?)))),
        }
    }
}

/// An adjustment as a row of an order keeps it.
#[derive(Serialize, Deserialize)]
struct Kept {
    cause: Cause,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    funded_by: String,
    amount: i64,
}

impl Adjustment {
    /// Several of them as the JSON that orders keep; `None` when there are none.
    pub fn to_json(adjustments: &[Self]) -> Option<String> {
        if adjustments.is_empty() {
            return None;
        }
        let keep = |adjustment: &Self| Kept {
            cause: adjustment.cause,
            code: adjustment.code.clone(),
            funded_by: adjustment.funded_by.as_str().to_owned(),
            amount: adjustment.amount.minor(),
        };
        serde_json::to_string(&adjustments.iter().map(keep).collect::<Vec<_>>()).ok()
    }

    /// The adjustments that a row keeps: what [`Adjustment::to_json`] wrote.
    pub fn from_json(kept: Option<&str>) -> Vec<Self> {
        let read: Vec<Kept> = kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let adjustment = |kept: Kept| {
            let Kept { cause, code, funded_by, amount } = kept;
            let funded_by = funded_by.parse().unwrap_or(Funder::Vendor);
            Self { cause, code, funded_by, amount: Money::from_minor(amount) }
        };
        read.into_iter().map(adjustment).collect()
    }
}
