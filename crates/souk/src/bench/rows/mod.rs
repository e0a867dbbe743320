//! Rows in bulk without knowing what they mean. What an operation writes is seen once, in a small
//! database of its own; then its rows are copied any number of times, with identifiers, numbers and
//! texts of their own. So seeding follows the schema by itself, and what is seeded is what the program
//! would have written.

mod schema;
mod template;

pub(super) use schema::{Dump, Schema};
pub(super) use template::{Given, Rows, Template};
