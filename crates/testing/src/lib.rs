//! Test support: the real router on a fresh database, and actors who speak to it.
//!
//! `SOUK_TEST_DB` chooses the engine: `sqlite` (the default) or `postgres`, which needs
//! `SOUK_TEST_POSTGRES_URL` and gets a schema of its own for each test.

mod actor;
mod app;
mod database;
mod response;

pub use actor::Actor;
pub use app::{TestApp, TestAppBuilder};
pub use response::Response;
pub use serde_json::{Value, json};
