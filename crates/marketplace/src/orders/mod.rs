//! Orders: what one vendor has to fulfil for one checkout.
//!
//! The states and who may move between them are the table in `model.rs`. Every move is a guarded
//! update, `… WHERE id = $1 AND status = <the state it was decided on>`: of two at the same instant one
//! changes the row, the other finds it changed and is refused. Each move leaves an entry in the timeline.
//!
//! # Lock order
//!
//! On PostgreSQL a transaction that locks rows of several kinds takes them in this order, so that two
//! never wait for each other: the checkout → its orders by id → their items → variants by id → payments →
//! sellers' balances by vendor id. SQLite has one writer and nothing to wait for.

mod error;
mod model;
mod new;
mod opening;
mod reading;
mod store;

pub use error::InvalidTransition;
pub use model::{
    Item, Move, Order, OrderHead, OrderStatus, Party, Situation, TimelineEntry, VendorName, commission_share,
};
pub use new::{NewItem, NewOrder};
pub use opening::{open, start};
pub use reading::{OrderQuery, find, find_of_buyer, find_of_vendor, list, of_buyer, of_checkout, of_vendor};

pub(crate) use opening::mark_captured;
pub(crate) use store::{CapturedOrder, INSERTS, STATEMENTS};
