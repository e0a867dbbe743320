//! SQL of the accounts.

mod addresses;
mod api_keys;
mod directory;
mod email_changes;
mod expired;
mod keys;
mod registrations;
mod resets;
mod sessions;
mod two_factors;
mod users;

pub(super) use addresses::*;
pub(super) use api_keys::*;
pub(super) use directory::*;
pub(super) use email_changes::*;
pub(super) use expired::*;
pub(super) use keys::*;
pub(super) use registrations::*;
pub(super) use resets::*;
pub(super) use sessions::*;
pub(super) use two_factors::*;
pub(super) use users::*;

use db::Stmt;

pub(crate) const STATEMENTS: &[&Stmt] = &[
    &ADDRESS_COUNT_AND_DEFAULT,
    &API_KEY_STATE,
    &CLEAR_DEFAULT_ADDRESS,
    &CONFIRM_TWO_FACTOR,
    &COUNT_API_KEYS,
    &CREDENTIALS,
    &CREDENTIALS_BY_EMAIL,
    &DEFAULT_TO_NEWEST_ADDRESS,
    &DELETE_ADDRESS,
    &DELETE_API_KEY,
    &DROP_EMAIL_CHANGE,
    &DROP_RECOVERY_CODES,
    &DROP_REGISTRATION,
    &DROP_REGISTRATIONS_OF,
    &DROP_RESET,
    &DROP_TWO_FACTOR,
    &END_SESSION,
    &DEFAULT_ADDRESS,
    &FIND_ADDRESS,
    FIND_ADDRESSES.stmt(),
    &FIND_REFRESH_TOKEN,
    &FIND_USER,
    &FIND_USER_BY_EMAIL,
    &FIRST_REGISTRATION_END,
    &HOLD_REGISTRATION,
    &INSERT_ADDRESS,
    &INSERT_API_KEY,
    &INSERT_RECOVERY_CODE,
    &INSERT_REFRESH_TOKEN,
    &INSERT_SESSION,
    &INSERT_USER,
    &LIST_ADDRESSES,
    &LIST_API_KEYS,
    &LIST_SESSIONS,
    &LIST_USERS,
    &LOCK_ADMINS,
    &LOCK_SESSION,
    &LOCK_USER,
    &NOTE_KEY_USE,
    &PUBLIC_KEY,
    &PUBLIC_KEYS,
    &PUBLISH_KEY,
    &PUT_EMAIL_CHANGE,
    &PUT_RESET,
    &PUT_TWO_FACTOR,
    &RECOVERY_CODES_LEFT,
    &REGISTRATION_SENDS,
    &RENEW_REGISTRATION,
    &RENEW_SESSION,
    &RETIRED_KEY,
    &RETIRE_KEYS,
    &REVOKE_OTHER_SESSIONS,
    &REVOKE_SESSION,
    &REVOKE_SESSIONS,
    &SEARCH_USERS,
    &SESSION_OF_REFRESH_TOKEN,
    &SESSION_STATE,
    &SET_ADMIN,
    &SET_EMAIL,
    &SET_NAMES,
    &SET_PASSWORD,
    &SET_SUSPENDED,
    &SET_TWO_FACTOR_SINCE,
    &SPEND_REFRESH_TOKEN,
    &SPENT_CHILDREN,
    &SWEEP_EMAIL_CHANGES,
    &SWEEP_REFRESH_TOKENS,
    &SWEEP_REGISTRATIONS,
    &SWEEP_RESETS,
    &SWEEP_SESSIONS,
    &TAKE_RECOVERY_CODE,
    &TAKE_STEP,
    &TRY_EMAIL_CHANGE,
    &TRY_REGISTRATION,
    &TRY_RESET,
    &TWO_FACTOR_SECRET,
    &TWO_FACTOR_SINCE,
    &UPDATE_ADDRESS,
    &WAITING_TWO_FACTOR,
];
