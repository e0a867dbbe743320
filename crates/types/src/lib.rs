//! Money, ids, times, names: values that are parsed once, at the edge, and trusted after.
//!
//! No I/O and nothing asynchronous lives here. Every type that can arrive in a request implements
//! [`deserr::Deserr`] for [`FieldErrors`], so that a body reports all its mistakes at once, each with
//! its place.

mod discount;
mod email;
mod gtin;
pub mod id;
mod input;
mod measure;
mod money;
mod network;
mod page;
mod password;
mod purchase;
mod rating;
mod slug;
mod text;
mod time;

pub use discount::{Discount, PriceCut};
pub use email::Email;
pub use gtin::{Gtin, NotAGtin};
pub use id::*;
pub use input::{FieldError, FieldErrors, Patch, Present};
pub use measure::{Between, Grams, Percent, StockDelta};
pub use money::{BasisPoints, Currency, Money, Price, Quantity, StockLevel, allocate};
pub use network::{Network, NotANetwork};
pub use page::{Limit, Page, Position};
pub use password::{GivenPassword, Password};
pub use purchase::{ExpectedTotal, LineQuantity};
pub use rating::{Rating, Stars};
pub use slug::{IdOrSlug, Slug};
pub use text::{Country, Line, Prose, Sku, TextError};
pub use time::{Clock, Timestamp};
