//! The black-box suite, one folder per feature. Runs on the engine that `SOUK_TEST_DB` names.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't go on is to panic")]

mod access;
mod accounts;
mod admin;
mod cart;
mod catalog;
mod categories;
mod changes;
mod checkout;
mod coupons;
mod doctor;
mod imports;
mod jobs;
mod ledger;
mod limits;
mod model;
mod notifications;
mod operations;
mod orders;
mod payments;
mod returns;
mod reviews;
mod search;
mod shipping;
mod tax;
mod vendors;
