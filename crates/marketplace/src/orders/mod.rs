//! Orders: what one vendor has to fulfil for one checkout.
//!
//! The states and who may move between them are the table in `model.rs`. Every move is a guarded
//! update, `… WHERE id = $1 AND status = <the state it was decided on>`: of two at the same instant one
//! changes the row, the other finds it changed and is refused. Each move leaves an entry in the timeline.
//!
//! # Lock order
//!
//! On PostgreSQL a transaction that locks rows of several kinds takes them in this order, so that two
//! never wait for each other: the checkout → its orders by id → their items and parcels → products by id →
//! variants by id → payments → sellers' balances by vendor id. SQLite has one writer and nothing to wait for.

mod cancelling;
mod closing;
mod error;
mod items;
mod jobs;
mod lines;
mod model;
mod moves;
mod new;
mod opening;
mod order;
mod reading;
mod refunding;
mod sales;
mod shares;
mod store;
mod store_new;

pub use cancelling::cancel;
pub use closing::{Closing, close_unpaid};
pub use error::InvalidTransition;
pub use jobs::{release_funds, release_overdue};
pub use lines::Line;
pub use model::{Move, OrderStatus, Party, Situation};
pub use moves::{accept, pack};
pub use new::{NewItem, NewOrder};
pub use opening::start;
pub use order::{Breakdown, Item, Order, OrderHead, TimelineEntry, VendorName};
pub use reading::{OrderQuery, find, find_head, list, of_buyer, of_checkout, of_vendor, whole};
pub use shares::{GoingBack, PlatformShares, Shares};

pub(crate) use items::STATEMENTS as ITEM_STATEMENTS;
pub(crate) use items::{add_returned, add_shipped, claim, items, unclaim};
pub(crate) use moves::{finish, hold, note, ship_last, take_back};
pub(crate) use opening::{any_unpaid, mark_captured, open_all};
pub(crate) use reading::heads_of_checkout;
pub(crate) use refunding::{add_back, mark_paid};
pub(crate) use sales::{STATEMENTS as SALE_STATEMENTS, sold_since};
pub(crate) use store::STATEMENTS;
pub(crate) use store_new::INSERTS;
