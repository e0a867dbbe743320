//! The catalogue: what is sold, by whom, for how much, and how many there are.
//!
//! Invariants: a product belongs to one vendor for ever and goes from draft to published to archived,
//! never back; it has at least one variant that is not archived while it is not archived itself, and
//! the one at position 0 is its default; a stock is the sum of its movements and never below zero; a
//! final price is worked out by [`types::Discount`] alone.

pub mod attributes;
pub mod bulk;
pub mod bulk_edit;
pub mod categories;
mod discounts;
mod error;
pub mod images;
pub mod low_stock;
pub mod prices;
pub mod products;
pub mod search;
pub mod stock;
pub mod variants;

pub use categories::Category;
pub use error::CatalogError;
