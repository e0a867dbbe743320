//! SQL of the accounts.

mod addresses;
mod keys;
mod sessions;
mod users;

pub(super) use addresses::*;
pub(super) use keys::*;
pub(super) use sessions::*;
pub(super) use users::*;

use db::Stmt;

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &FIND_ADDRESS,
    &PUBLIC_KEY,
    &PUBLIC_KEYS,
    &PUBLISH_KEY,
    &REVOKE_SESSIONS,
    &SET_SUSPENDED,
    &INSERT_REFRESH_TOKEN,
    &INSERT_SESSION,
    &SESSION_STATE,
    &FIND_USER,
    &FIND_USER_BY_EMAIL,
    &INSERT_USER,
    &SET_ADMIN,
];
