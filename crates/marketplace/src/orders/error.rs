//! How orders, shipments and returns refuse.

use crate::{Kind, Rejection};

/// A move that the present state does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct InvalidTransition {
    /// What was to move, such as `order`.
    pub thing: &'static str,
    /// The state it is in.
    pub state: &'static str,
    /// What was asked for, such as `accept`.
    pub attempted: &'static str,
    /// What the state allows, and to whom.
    pub allowed: Vec<String>,
}

impl InvalidTransition {
    fn sentence(&self) -> String {
        let Self { thing, state, attempted, allowed } = self;
        let allowed = match allowed.as_slice() {
            [] => "nothing any more".to_owned(),
            some => some.join(", "),
        };
        format!("`{attempted}` is not allowed for this {thing}: it is `{state}`, which allows {allowed}")
    }
}

impl Rejection for InvalidTransition {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }
    fn code(&self) -> &'static str {
        "invalid_transition"
    }
}
