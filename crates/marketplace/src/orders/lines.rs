//! Quantities of an order's items, as a request names them.

use types::{FieldError, FieldErrors, ItemId, Quantity};

use super::{Item, Order};

/// Units of one item that are to be shipped or returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The order's item.
    pub item: ItemId,
    /// Units.
    pub quantity: Quantity,
}

impl Order {
    /// The item, when it is one of this order's.
    pub fn item(&self, item: ItemId) -> Option<&Item> {
        self.items.iter().find(|known| known.id == item)
    }

    /// Refuses lines that no state of this order could allow: unknown items, the same item twice, more
    /// units than were bought. All mistakes at once, each with its place under `/items`.
    pub fn check_lines(&self, lines: &[Line]) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        if lines.is_empty() {
            errors.push(FieldError::new("/items", "required", "name at least one item"));
        }
        for (index, line) in lines.iter().enumerate() {
            let Some(item) = self.item(line.item) else {
                let at = format!("/items/{index}/item_id");
                errors.push(FieldError::new(at, "not_found", "this order has no such item"));
                continue;
            };
            if lines[..index].iter().any(|earlier| earlier.item == line.item) {
                let at = format!("/items/{index}/item_id");
                errors.push(FieldError::new(at, "duplicate", "this item is named twice"));
            }
            if line.quantity > item.quantity {
                let at = format!("/items/{index}/quantity");
                let most = item.quantity.units();
                errors.push(FieldError::new(at, "too_large", format!("{most} were bought")));
            }
        }
        errors.into_result()
    }
}
