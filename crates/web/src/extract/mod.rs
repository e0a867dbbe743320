//! What handlers ask of a request. An extractor that authorises is the proof that it did.
//!
//! Several errors of one request are told in the order of `api.md`: 401, then 404 and 403, then 413 and
//! 415, 400, 422, 409. So who asks and for what comes first in a handler's arguments, and a [`Body`] is
//! only read by [`Body::parse`], after the handler knows that the caller may change the thing.

mod body;
mod caller;
mod form;
mod headers;
mod holder;
mod member;
mod own;
mod path;
mod query;
mod scope;
mod shopper;

pub(crate) use body::collect;
pub use body::{Body, Nothing};
pub(crate) use caller::require_members_factor;
pub use caller::{Admin, Login, MaybeUser, User};
pub(crate) use form::{Fields, Form, FormField, unknown_field};
pub use headers::{ClientInfo, IdempotencyKey, IfMatch};
pub use holder::Holder;
pub use member::VendorMember;
pub use own::{OwnProduct, OwnVariant};
pub use path::Path;
pub use query::{FromQuery, PageParams, Query, QueryReader};
pub use shopper::{Buyer, CART_TOKEN, CartToken, Visitor};
