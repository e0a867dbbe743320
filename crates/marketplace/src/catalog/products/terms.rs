//! On which terms a product is sold besides its price: its tax, how many a buyer may have, when its sale opens.

use db::{Columns, Stmt, Tx, params};
use types::{Patch, ProductId, Timestamp};

use crate::Result;

/// The terms of a product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SaleTerms {
    /// Which tax applies to it, where it is not the usual.
    pub tax_class: Option<String>,
    /// How many units one buyer may have; counted from when it was set.
    pub max_per_customer: Option<i64>,
    /// Before this moment nobody can buy it.
    pub opens_at: Option<Timestamp>,
}

/// Changes of a product's terms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SaleTermsChanges {
    /// Which tax applies to it.
    pub tax_class: Patch<String>,
    /// How many units one buyer may have.
    pub max_per_customer: Patch<i64>,
    /// When its sale opens.
    pub opens_at: Patch<Timestamp>,
}

impl SaleTermsChanges {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The terms after the change.
    pub(super) fn apply(self, before: SaleTerms) -> SaleTerms {
        SaleTerms {
            tax_class: self.tax_class.apply(before.tax_class),
            max_per_customer: self.max_per_customer.apply(before.max_per_customer),
            opens_at: self.opens_at.apply(before.opens_at),
        }
    }
}

/// Reads tax class, limit and opening.
pub(super) fn read(columns: &mut Columns<'_, '_>) -> db::Result<SaleTerms> {
    Ok(SaleTerms { tax_class: columns.read()?, max_per_customer: columns.read()?, opens_at: columns.read()? })
}

pub(super) static SET: Stmt =
    Stmt::new("UPDATE products SET tax_class = $2, max_per_customer = $3, opens_at = $4 WHERE id = $1");

/// Gives a locked product other terms.
pub(super) async fn set(tx: &mut Tx, product: ProductId, terms: &SaleTerms) -> Result<()> {
    let SaleTerms { tax_class, max_per_customer, opens_at } = terms;
    Ok(tx.exec_n(1, &SET, params![product, tax_class, max_per_customer, opens_at]).await?)
}
