//! API keys: how programs act for a member of a shop or an admin, without their password.
//!
//! A key is shown once and kept as a digest. It has no rights of its own: at every use it is its owner at
//! that moment, narrowed down to its scopes.

use std::str::FromStr;

use db::{Conn, Tx};
use types::{ApiKeyId, Limit, Line, Page, Timestamp, UserId, kind};

use super::{AccountError, store};
use crate::actor::{Means, Standing};
use crate::error::Refusal;
use crate::notifications::{self, Mail, SecurityEvent};
use crate::states::states;
use crate::{Caller, Error, Market, Result, accounts, secrets, vendors};

/// The most keys of one user.
pub const MAX_API_KEYS: i64 = 50;

/// Seconds between two notes of when a key was used: a note is a write.
const USE_NOTE_SECONDS: i64 = 600;

/// The text before the secret: `key_`, 13 characters of the identifier, and an underscore.
const PREFIX_LENGTH: usize = 18;

states! {
    /// A part of the marketplace that a key may be for.
    pub enum Area {
        /// Products, variants, stock, images, imports.
        Catalog = "catalog",
        /// A shop's orders, shipments and returns.
        Orders = "orders",
        /// Balance, ledger, payouts.
        Money = "money",
        /// The shop itself, and what has no area of its own.
        Shop = "shop",
        /// Accounts, as admins see them.
        Users = "users",
        /// Operating the marketplace.
        Admin = "admin",
    }
}

states! {
    /// What a key may do: read an area, or change it, which includes reading.
    pub enum Scope {
        /// Read products, variants, stock, images, imports.
        CatalogRead = "catalog:read",
        /// Change them.
        CatalogWrite = "catalog:write",
        /// Read the shop's orders, shipments and returns.
        OrdersRead = "orders:read",
        /// Move them on.
        OrdersWrite = "orders:write",
        /// Read balance, ledger, payouts.
        MoneyRead = "money:read",
        /// Move money.
        MoneyWrite = "money:write",
        /// Read the shop.
        ShopRead = "shop:read",
        /// Change the shop.
        ShopWrite = "shop:write",
        /// Read accounts, as an admin.
        UsersRead = "users:read",
        /// Change accounts, as an admin.
        UsersWrite = "users:write",
        /// Read what admins see.
        AdminRead = "admin:read",
        /// Do what admins do.
        AdminWrite = "admin:write",
    }
}

impl Scope {
    /// The area, and whether it may be changed.
    const fn grants(self) -> (Area, bool) {
        match self {
            Self::CatalogRead => (Area::Catalog, false),
            Self::CatalogWrite => (Area::Catalog, true),
            Self::OrdersRead => (Area::Orders, false),
            Self::OrdersWrite => (Area::Orders, true),
            Self::MoneyRead => (Area::Money, false),
            Self::MoneyWrite => (Area::Money, true),
            Self::ShopRead => (Area::Shop, false),
            Self::ShopWrite => (Area::Shop, true),
            Self::UsersRead => (Area::Users, false),
            Self::UsersWrite => (Area::Users, true),
            Self::AdminRead => (Area::Admin, false),
            Self::AdminWrite => (Area::Admin, true),
        }
    }

    const fn is_for_admins(self) -> bool {
        matches!(self.grants().0, Area::Users | Area::Admin)
    }
}

/// Some of the scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u16);

impl Scopes {
    /// Those that are listed.
    pub fn of(scopes: &[Scope]) -> Self {
        let bit =
            |wanted: &Scope| Scope::ALL.iter().position(|scope| scope == wanted).map_or(0, |at| 1 << at);
        Self(scopes.iter().map(bit).fold(0, |all, bit| all | bit))
    }

    /// In the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        let has = move |at: usize| self.0 & (1 << at) != 0;
        Scope::ALL.iter().enumerate().filter(move |(at, _)| has(*at)).map(|(_, scope)| *scope)
    }

    /// Whether one of them allows to read an area, or to change it.
    pub fn allow(self, area: Area, write: bool) -> bool {
        self.iter().map(Scope::grants).any(|(of, writes)| of == area && (writes || !write))
    }

    fn to_text(self) -> String {
        self.iter().map(Scope::as_str).collect::<Vec<_>>().join(" ")
    }
}

impl db::Column for Scopes {
    /// A scope that this program does not know grants nothing.
    fn from_column(value: db::ColumnValue<'_>) -> Result<Self, db::ColumnError> {
        let known: Vec<Scope> = value.text()?.split(' ').filter_map(|word| word.parse().ok()).collect();
        Ok(Self::of(&known))
    }
}

/// A key, as its owner sees it.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Identifier, and the beginning of the key.
    pub id: ApiKeyId,
    /// What its owner calls it.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends, if ever.
    pub expires_at: Option<Timestamp>,
    /// When it was used, to ten minutes.
    pub last_used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

db::from_row!(ApiKey { id, name, scopes, expires_at, last_used_at, created_at });

/// What makes a key.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What its owner calls it.
    pub name: Line<50>,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it ends, if ever.
    pub expires_at: Option<Timestamp>,
}

/// A key as it is presented. Not shown by `Debug`.
#[derive(Clone)]
pub struct PresentedKey {
    id: ApiKeyId,
    whole: String,
}

impl FromStr for PresentedKey {
    type Err = Refusal;
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let refuse = || Refusal::Unauthenticated;
        let (prefix, _) =
            text.split_at_checked(PREFIX_LENGTH).filter(|_| text.len() < 100).ok_or_else(refuse)?;
        let id = prefix.strip_suffix('_').and_then(|id| id.parse().ok()).ok_or_else(refuse)?;
        Ok(Self { id, whole: text.to_owned() })
    }
}

impl std::fmt::Debug for PresentedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PresentedKey({}…)", self.id)
    }
}

/// Whether a bearer token means to be an API key.
pub fn is_api_key(token: &str) -> bool {
    token.starts_with("key_")
}

/// Who holds a key, with what its owner may do at this moment; and whether the use is to be noted.
pub async fn authenticate_key(
    conn: &mut Conn,
    market: &Market,
    presented: &PresentedKey,
) -> Result<(Caller, Option<ApiKeyId>)> {
    let found = store::api_key_state(conn, presented.id).await?.ok_or(Refusal::Unauthenticated)?;
    if !secrets::matches(&presented.whole, &found.secret_hash) {
        return Err(Refusal::Unauthenticated.into());
    }
    if found.suspended_at.is_some() {
        return Err(AccountError::Suspended.into());
    }
    let now = market.now();
    if found.expires_at.is_some_and(|end| end <= now) {
        return Err(Refusal::TokenExpired.into());
    }
    let standing =
        Standing { admin: found.admin_since.is_some(), two_factor: found.two_factor_since.is_some() };
    let means = Means::ApiKey { id: presented.id, scopes: found.scopes };
    let is_noted = found.last_used_at.is_some_and(|at| now < at.plus_seconds(USE_NOTE_SECONDS));
    let caller = standing.caller(found.user, means, market.settings.two_factor_rule);
    Ok((caller, (!is_noted).then_some(presented.id)))
}

/// Notes that a key was used.
pub async fn note_key_use(tx: &mut Tx, market: &Market, key: ApiKeyId) -> Result<()> {
    store::note_key_use(tx, key, market.now()).await
}

/// A user's keys, newest first.
pub async fn list_api_keys(
    conn: &mut Conn,
    user: UserId,
    limit: Limit,
    after: Option<ApiKeyId>,
) -> Result<Page<ApiKey, ApiKeyId>> {
    let rows = store::list_api_keys(conn, user, after, limit).await?;
    Ok(Page::cut(rows, limit, |key| key.id))
}

/// Makes a key, and answers it with the text that opens: it is not kept.
///
/// For members of shops and for admins; others are refused as `forbidden`. Scopes of admins are for them.
pub async fn create_api_key(
    tx: &mut Tx,
    market: &Market,
    caller: &Caller,
    new: &NewApiKey,
) -> Result<(ApiKey, String)> {
    let (user, now) = (caller.user, market.now());
    accounts::lock_user(tx, user).await?.ok_or(Refusal::NotFound)?;
    refuse_if_not_theirs(new, caller.is_admin)?;
    if new.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::invalid("/expires_at", "too_small", "must be in the future"));
    }
    if store::count_api_keys(tx, user).await? >= MAX_API_KEYS {
        return Err(AccountError::TooManyApiKeys.into());
    }
    let id = market.id::<kind::ApiKey>();
    let secret = secrets::token::<32>(&format!("{id}_"))?;
    let key = ApiKey {
        id,
        name: new.name.as_str().to_owned(),
        scopes: Scopes::of(&new.scopes),
        expires_at: new.expires_at,
        last_used_at: None,
        created_at: now,
    };
    store::insert_api_key(tx, user, &key, (&key.scopes.to_text(), &secrets::digest(&secret))).await?;
    let event = SecurityEvent::ApiKeyMade;
    notifications::send(tx, market, Mail::Security { user: user.as_i64(), event }).await?;
    Ok((key, secret))
}

/// Refuses who has nothing that a program could do for them.
pub async fn require_key_owner(conn: &mut Conn, caller: &Caller) -> Result<()> {
    if !caller.is_admin {
        vendors::of_user(conn, caller.user, Limit::default(), None)
            .await?
            .entries
            .first()
            .ok_or(Refusal::Forbidden)?;
    }
    Ok(())
}

fn refuse_if_not_theirs(new: &NewApiKey, is_admin: bool) -> Result<()> {
    let mut errors = types::FieldErrors::default();
    for (place, scope) in new.scopes.iter().enumerate() {
        if scope.is_for_admins() && !is_admin {
            let detail = "only admins can give this scope";
            errors.push(types::FieldError::new(format!("/scopes/{place}"), "not_allowed", detail));
        }
    }
    errors.into_result().map_err(Error::from)
}

/// Ends one of a user's keys; `not_found` when it is not theirs.
pub async fn revoke_api_key(tx: &mut Tx, user: UserId, key: ApiKeyId) -> Result<()> {
    if store::delete_api_key(tx, user, key).await? { Ok(()) } else { Err(Refusal::NotFound.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_includes_reading_and_nothing_else() {
        let scopes = Scopes::of(&[Scope::OrdersWrite, Scope::CatalogRead, Scope::OrdersWrite]);
        assert_eq!(scopes.to_text(), "catalog:read orders:write");
        for (area, read, write) in [
            (Area::Catalog, true, false),
            (Area::Orders, true, true),
            (Area::Money, false, false),
            (Area::Admin, false, false),
        ] {
            assert_eq!((scopes.allow(area, false), scopes.allow(area, true)), (read, write), "{area}");
        }
        assert!(!Scopes::default().allow(Area::Catalog, false));
        assert_eq!(Scopes::of(Scope::ALL).iter().count(), Scope::ALL.len());
    }

    #[test]
    fn a_key_names_itself_before_its_secret() {
        let id = ApiKeyId::from_i64(77);
        let key: PresentedKey = format!("{id}_c2VjcmV0_c2VjcmV0").parse().unwrap();
        assert_eq!(key.id, id);
        for wrong in ["key_", "key_0000000000001", "usr_0000000000001_x", "key_00000000000é1_x"] {
            assert!(wrong.parse::<PresentedKey>().is_err(), "{wrong}");
        }
        assert!(format!("{id}_{}", "x".repeat(100)).parse::<PresentedKey>().is_err());
    }
}
