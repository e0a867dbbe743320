//! The black-box suite, one folder per feature. Runs on the engine that `SOUK_TEST_DB` names.

mod catalog;
mod categories;
mod doctor;
mod jobs;
mod notifications;
mod operations;
mod vendors;
