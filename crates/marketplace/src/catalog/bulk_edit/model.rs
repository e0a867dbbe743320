//! What an edit makes of a variant.

use std::collections::{HashMap, HashSet};

use types::{Discount, FieldError, FieldErrors, Money, Patch, StockDelta, StockLevel, VariantId};

use crate::catalog::discounts;
use crate::catalog::variants::Variant;
use crate::states::states;

/// The most variants of one call.
pub const MAX_EDITS: usize = 1_000;

states! {
    /// The status that a variant's product is to get.
    pub enum EditedStatus {
        /// Stays a draft.
        Draft = "draft",
        /// Everybody sees it and can buy it.
        Published = "published",
        /// No longer offered.
        Archived = "archived",
    }
}

/// What becomes of a stock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StockEdit {
    /// It is this, whatever it was.
    Level(StockLevel),
    /// It is more or less by this.
    Delta(StockDelta),
}

/// What becomes of one variant and its product.
#[derive(Debug, Clone)]
pub struct Edit {
    /// Which variant.
    pub id: VariantId,
    /// List price of a unit.
    pub price: Option<Money>,
    /// What is taken off.
    pub discount: Patch<Discount>,
    /// What becomes of its stock.
    pub stock: Option<StockEdit>,
    /// What becomes of its product.
    pub status: Option<EditedStatus>,
}

/// The variants after the edits, and what can't be done of these, at its place below `/variants`.
pub(super) fn plan(
    edits: &[Edit],
    before: &HashMap<VariantId, Variant>,
    errors: &mut FieldErrors,
) -> Vec<Variant> {
    let mut seen = HashSet::new();
    let mut after = Vec::with_capacity(edits.len());
    for (place, edit) in edits.iter().enumerate() {
        let pointer = format!("/variants/{place}");
        let Some(variant) = before.get(&edit.id) else {
            let detail = "your shop sells no such variant";
            errors.push(FieldError::new(format!("{pointer}/id"), "not_found", detail));
            continue;
        };
        if !seen.insert(edit.id) {
            errors.push(FieldError::new(
                format!("{pointer}/id"),
                "not_allowed",
                "the variant stands here twice",
            ));
            continue;
        }
        after.push(edited(edit, variant, &pointer, errors));
    }
    after
}

fn edited(edit: &Edit, before: &Variant, pointer: &str, errors: &mut FieldErrors) -> Variant {
    let mut after = before.clone();
    after.price = edit.price.unwrap_or(before.price);
    after.discount = edit.discount.clone().apply(before.discount);
    let field = if matches!(edit.discount, Patch::Set(_)) { "discount/amount" } else { "price" };
    if let Some(mistake) =
        discounts::mistake(after.price, after.discount.as_ref(), &format!("{pointer}/{field}"))
    {
        errors.push(mistake);
    }
    match edit.stock {
        None => {}
        Some(StockEdit::Level(level)) => after.stock = level.units(),
        Some(StockEdit::Delta(delta)) => {
            let stock = before.stock + delta.units();
            let place = format!("{pointer}/stock_delta");
            if stock < 0 {
                let detail = format!("there are only {} units in stock", before.stock);
                errors.push(FieldError {
                    variant_id: Some(before.id),
                    available: Some(before.stock),
                    ..FieldError::new(place, "insufficient_stock", detail)
                });
            } else if stock > StockLevel::MAX {
                let detail = format!("a stock is at most {}; there are {}", StockLevel::MAX, before.stock);
                errors.push(FieldError::new(place, "too_large", detail));
            } else {
                after.stock = stock;
            }
        }
    }
    after
}
