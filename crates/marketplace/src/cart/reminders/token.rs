//! The token in a reminder's link.

use std::fmt;
use std::str::FromStr;

use types::UserId;

use crate::signatures;

const PREFIX: &str = "rmd_";

/// A token as somebody sends it: not yet known to be a good one. Never shown by `Debug`.
#[derive(Clone)]
pub struct OptOutToken {
    pub(super) user: UserId,
    pub(super) signature: Vec<u8>,
}

impl fmt::Debug for OptOutToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OptOutToken(…)")
    }
}

impl FromStr for OptOutToken {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "not a link's token";
        let (id, signature) = text.strip_prefix(PREFIX).and_then(|rest| rest.split_once('.')).ok_or(wrong)?;
        let user = format!("usr_{id}").parse().map_err(|_| wrong)?;
        Ok(Self { user, signature: signatures::read(signature).ok_or(wrong)? })
    }
}

/// The token with this signature.
pub(super) fn text(user: UserId, signature: &str) -> String {
    let id = user.to_string();
    format!("{PREFIX}{}.{signature}", id.rsplit('_').next().unwrap_or_default())
}

/// What is signed.
pub(super) fn message(user: UserId) -> String {
    format!("no reminders of carts for {user}")
}
