//! Accounts: registration, login, tokens, passwords, the address book.

mod addresses;
mod api_keys;
mod bad_input;
mod changing_email;
mod erasing;
mod exporting;
mod hostile;
mod login;
mod me;
mod refreshing;
mod registering;
mod resetting;
mod rotating;
pub(crate) mod support;
mod throttling;
mod tokens;
mod two_factor;
