//! Returns: delivered items that go back to the seller, and the money that goes back for them.
//!
//! Invariants: only delivered units can be asked back, within the window, and none twice; receiving a
//! return starts its refund by itself, and it is refunded when the buyer has the money; what is refunded for an order's units in whatever parts sums to
//! what was paid for them. Every step holds the order's row first, so that the returns of one order
//! move one after the other.

mod deciding;
mod error;
mod model;
mod reading;
mod requesting;
mod store;

pub use deciding::{approve, receive, reject};
pub use error::ReturnError;
pub use model::{Return, ReturnItem, ReturnMove, ReturnStatus, going_back};
pub use reading::{find_of_vendor, of_vendor};
pub use requesting::request;

pub(crate) use deciding::{end_refunded, hold};
pub(crate) use reading::of_orders;
pub(crate) use store::STATEMENTS;
