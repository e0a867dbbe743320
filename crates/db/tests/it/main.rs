//! The storage layer on real databases: every case on SQLite, and on PostgreSQL when
//! `SOUK_TEST_POSTGRES_URL` names one (each test then has a schema of its own).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails by panicking")]

mod asking;
mod batches;
mod bulk;
mod migrations;
mod postgres;
mod rows;
mod scratch;
mod sqlite;
mod writes;
