//! The commands that do something and end.

pub(crate) mod admin;
pub(crate) mod doctor;
pub(crate) mod import;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod search;
mod taxonomy;
