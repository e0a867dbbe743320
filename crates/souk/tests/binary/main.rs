//! The real binary, started as people start it: what it prints, answers and leaves behind.

#![expect(clippy::unwrap_used, reason = "a test ends where its expectations do")]

mod bench;
mod commands;
mod connections;
mod crashes;
mod demo;
mod doctor;
mod mails;
mod refusals;
mod search;
mod serve;
mod sessions;
mod shutdown;
mod souk;
