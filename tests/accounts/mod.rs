//! Accounts: registration, login, tokens, passwords, the address book.

mod addresses;
mod bad_input;
mod login;
mod me;
mod refreshing;
mod registering;
mod resetting;
mod support;
mod throttling;
mod tokens;
mod two_factor;
