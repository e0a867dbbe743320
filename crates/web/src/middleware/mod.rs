//! What happens around every request.

pub mod conditional;
pub mod request;
