//! Operating the marketplace.

mod users;
