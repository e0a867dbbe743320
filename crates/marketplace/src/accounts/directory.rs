//! What admins see and change of accounts.

use db::{Conn, Tx};
use types::{Limit, Page, UserId};

use super::{User, end_lost_two_factor, find_user, set_admin, set_suspended, store};
use crate::error::Refusal;
use crate::{Kind, Market, Rejection, Result};

/// What an admin changes of an account; absent leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountChanges {
    /// Whether the user operates the marketplace.
    pub is_admin: Option<bool>,
    /// Whether the user is kept out.
    pub is_suspended: Option<bool>,
}

/// Why an admin may not change an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// Nobody would be left to operate the marketplace.
    #[error("you are the last admin: make somebody else one first")]
    LastAdmin,
    /// Somebody else has to do that.
    #[error("admins can't do that to themselves: another admin has to")]
    OwnAccount,
}

impl Rejection for DirectoryError {
    fn kind(&self) -> Kind {
        Kind::Conflict
    }

    fn code(&self) -> &'static str {
        match self {
            Self::LastAdmin => "last_admin",
            Self::OwnAccount => "own_account",
        }
    }
}

/// The users whose e-mail address, name or last name begins with `search`, whatever its case, or all;
/// newest first.
pub async fn search_users(
    conn: &mut Conn,
    search: Option<&str>,
    limit: Limit,
    after: Option<UserId>,
) -> Result<Page<User, UserId>> {
    let rows = match search {
        None => store::list_users(conn, limit, after).await?,
        Some(search) => store::search_users(conn, &key(search), limit, after).await?,
    };
    Ok(Page::cut(rows, limit, |user| user.id))
}

/// Changes what another user may do; suspending ends all their sessions at once.
///
/// The admins are taken one after the other, so that `admin` is one at the moment of the change and two
/// who demote each other can't both succeed: there is always an admin left.
pub async fn administer(
    tx: &mut Tx,
    market: &Market,
    admin: UserId,
    user: UserId,
    changes: AccountChanges,
) -> Result<User> {
    let admins = store::lock_admins(tx).await?;
    if !admins.contains(&admin) {
        return Err(Refusal::Forbidden.into());
    }
    let before = find_user(tx, user).await?.ok_or(Refusal::NotFound)?;
    let gives_up = changes.is_admin == Some(false) || changes.is_suspended == Some(true);
    if admin == user && gives_up {
        let alone = admins.len() == 1;
        return Err(if alone { DirectoryError::LastAdmin } else { DirectoryError::OwnAccount }.into());
    }
    if let Some(is_admin) = changes.is_admin.filter(|wanted| *wanted != before.is_admin()) {
        set_admin(tx, market, user, is_admin).await?;
    }
    if let Some(is_suspended) = changes.is_suspended.filter(|wanted| *wanted != before.suspended_at.is_some())
    {
        set_suspended(tx, market, user, is_suspended).await?;
    }
    let after = find_user(tx, user).await?.ok_or(Refusal::NotFound)?;
    market.journal.changed("is_admin", &before.is_admin(), &after.is_admin());
    market.journal.changed("suspended", &before.suspended_at.is_some(), &after.suspended_at.is_some());
    Ok(after)
}

/// Turns off the two-factor login of a user who has lost it. Not the admin's own, which they turn off where
/// they turn it on.
pub async fn take_two_factor_off(tx: &mut Tx, market: &Market, admin: UserId, user: UserId) -> Result<()> {
    if !store::lock_admins(tx).await?.contains(&admin) {
        return Err(Refusal::Forbidden.into());
    }
    if admin == user {
        return Err(DirectoryError::OwnAccount.into());
    }
    end_lost_two_factor(tx, market, user).await
}

/// Whether nobody else could operate the marketplace; until the transaction ends nobody stops to.
pub async fn is_last_admin(tx: &mut Tx, user: UserId) -> Result<bool> {
    Ok(store::lock_admins(tx).await? == [user])
}

/// A text in the form that is searched: lower case, single spaces.
fn key(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The forms of a name that are searched: first name first, and last name first where there is one.
pub(super) fn name_keys(first: &str, last: Option<&str>) -> (String, Option<String>) {
    match last {
        None => (key(first), None),
        Some(last) => (key(&format!("{first} {last}")), Some(key(&format!("{last} {first}")))),
    }
}
