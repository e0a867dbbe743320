//! SQL of the accounts.

mod addresses;
mod directory;
mod expired;
mod keys;
mod registrations;
mod resets;
mod sessions;
mod users;

pub(super) use addresses::*;
pub(super) use directory::*;
pub(super) use expired::*;
pub(super) use keys::*;
pub(super) use registrations::*;
pub(super) use resets::*;
pub(super) use sessions::*;
pub(super) use users::*;

use db::Stmt;

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &ADDRESS_COUNT_AND_DEFAULT,
    &CLEAR_DEFAULT_ADDRESS,
    &CREDENTIALS,
    &CREDENTIALS_BY_EMAIL,
    &DEFAULT_TO_NEWEST_ADDRESS,
    &DELETE_ADDRESS,
    &DROP_REGISTRATION,
    &DROP_REGISTRATIONS_OF,
    &DROP_RESET,
    &END_SESSION,
    &FIND_ADDRESS,
    &FIND_REFRESH_TOKEN,
    &FIND_USER,
    &FIND_USER_BY_EMAIL,
    &FIRST_REGISTRATION_END,
    &HOLD_REGISTRATION,
    &INSERT_ADDRESS,
    &INSERT_REFRESH_TOKEN,
    &INSERT_SESSION,
    &INSERT_USER,
    &LIST_ADDRESSES,
    &LIST_SESSIONS,
    &LIST_USERS,
    &LOCK_ADMINS,
    &LOCK_SESSION,
    &LOCK_USER,
    &PUBLIC_KEY,
    &PUBLIC_KEYS,
    &PUBLISH_KEY,
    &PUT_RESET,
    &REGISTRATION_SENDS,
    &RENEW_REGISTRATION,
    &RENEW_SESSION,
    &REVOKE_SESSION,
    &REVOKE_SESSIONS,
    &SEARCH_USERS,
    &SESSION_OF_REFRESH_TOKEN,
    &SESSION_STATE,
    &SET_ADMIN,
    &SET_NAMES,
    &SET_PASSWORD,
    &SET_SUSPENDED,
    &SPEND_REFRESH_TOKEN,
    &SPENT_CHILDREN,
    &SWEEP_REFRESH_TOKENS,
    &SWEEP_REGISTRATIONS,
    &SWEEP_RESETS,
    &SWEEP_SESSIONS,
    &TRY_REGISTRATION,
    &TRY_RESET,
    &UPDATE_ADDRESS,
];
