//! Test support: the real router on a fresh database, and actors who speak to it.
//!
//! `SOUK_TEST_DB` chooses the engine: `sqlite` (the default) or `postgres`, which needs
//! `SOUK_TEST_POSTGRES_URL` and gets a schema of its own for each test.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test that can't be set up, or whose answer is not the expected one, is to panic"
)]

mod actor;
mod app;
mod database;
mod fake_stripe;
mod mail;
mod purchase;
mod response;
mod seller;
mod smtp_sink;

pub use actor::Actor;
pub use app::{Node, TestApp, TestAppBuilder};
pub use axum::http::Method;
pub use database::TestDatabase;
pub use fake_stripe::{FakeStripe, Mood};
pub use mail::ReceivedMail;
pub use response::Response;
pub use seller::Seller;
pub use serde_json::{Value, json};
pub use smtp_sink::{SmtpBehaviour, SmtpSink};
