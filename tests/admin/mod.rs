//! Operating the marketplace.

mod audit;
mod proxies;
mod settings;
mod tampering;
mod users;
