//! What happens around every request.

mod conditional;
pub mod request;
