//! The address book, and what an order keeps of an address.
//!
//! Whoever has addresses has exactly one default among them: the first, until another is chosen. The user
//! is locked around every change, so that two at once can't both decide which.

use std::collections::HashMap;

use db::{Asked, Conn, Row, Tx};
use serde::{Deserialize, Serialize};
use types::{AddressId, Country, FieldErrors, Limit, Line, Page, Timestamp, UserId, kind};

use super::{AccountError, store};
use crate::error::Refusal;
use crate::{Market, Result};

/// The address that is taken unless another is named.
pub(crate) async fn ask_default_address(conn: &mut Conn, user: UserId) -> Result<Asked<Option<Address>>> {
    store::ask_default_address(conn, user).await
}

/// Addresses that one user keeps.
pub const MAX_ADDRESSES: i64 = 100;

/// Where a parcel goes. In a request it is what a buyer writes inline; an order keeps it as JSON, so
/// that a later change of the address book does not reach it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, deserr::Deserr, utoipa::ToSchema)]
#[deserr(error = FieldErrors, deny_unknown_fields)]
#[schema(as = postal_address, example = json!({
    "name": "Ana Souza", "phone": "+55 11 91234-5678", "line1": "Rua Augusta 1500", "line2": "Apto 12",
    "city": "São Paulo", "region": "SP", "postal_code": "01304-001", "country": "BR"
}))]
pub struct PostalAddress {
    /// Who receives it.
    pub name: Line<50>,
    /// How the carrier reaches them.
    pub phone: Line<50>,
    /// Street and number.
    pub line1: Line<200>,
    /// Flat, floor, company.
    #[deserr(default)]
    pub line2: Option<Line<200>>,
    /// City.
    pub city: Line<200>,
    /// State or province, where addresses have one.
    #[deserr(default)]
    pub region: Option<Line<200>>,
    /// Postal code.
    pub postal_code: Line<50>,
    /// Country.
    pub country: Country,
}

/// An entry of a user's address book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Identifier.
    pub id: AddressId,
    /// The address itself.
    pub postal: PostalAddress,
    /// Since when it is the one that is taken unless another is named.
    pub default_since: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
}

impl PostalAddress {
    pub(super) fn read(columns: &mut db::Columns<'_, '_>) -> db::Result<Self> {
        Ok(Self {
            name: columns.read()?,
            phone: columns.read()?,
            line1: columns.read()?,
            line2: columns.read()?,
            city: columns.read()?,
            region: columns.read()?,
            postal_code: columns.read()?,
            country: columns.read()?,
        })
    }
}

impl db::FromRow for Address {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let address = Self {
            id: columns.read()?,
            postal: PostalAddress::read(&mut columns)?,
            default_since: columns.read()?,
            created_at: columns.read()?,
        };
        columns.finish()?;
        Ok(address)
    }
}

/// An entry of this user's address book. Somebody else's is none.
pub async fn find_address(conn: &mut Conn, user: UserId, id: AddressId) -> Result<Option<Address>> {
    store::find_address(conn, user, id).await
}

/// Entries of several users' address books: those of `wanted` that are there, each for its own user.
pub(crate) async fn ask_addresses(
    conn: &mut Conn,
    wanted: &[(UserId, AddressId)],
) -> Result<Asked<HashMap<(UserId, AddressId), PostalAddress>>> {
    let entry = |address: store::Owned| ((address.user, address.id), address.postal);
    let found = store::ask_addresses(conn, wanted).await?;
    Ok(found.map(move |rows| rows.into_iter().map(entry).collect()))
}

/// A user's address book, the newest entry first.
pub async fn list_addresses(
    conn: &mut Conn,
    user: UserId,
    after: Option<i64>,
    limit: Limit,
) -> Result<Page<Address, i64>> {
    let rows = store::list_addresses(conn, user, after, limit).await?;
    Ok(Page::cut(rows, limit, |address| address.id.as_i64()))
}

/// Adds an address. The first is the default, asked for or not.
pub async fn add_address(
    tx: &mut Tx,
    market: &Market,
    user: UserId,
    postal: PostalAddress,
    wants_default: bool,
) -> Result<Address> {
    store::lock_user(tx, user).await?.ok_or(Refusal::NotFound)?;
    let (count, default) = store::address_count_and_default(tx, user).await?;
    if count >= MAX_ADDRESSES {
        return Err(AccountError::AddressBookFull.into());
    }
    let now = market.now();
    let becomes_default = wants_default || default.is_none();
    if becomes_default {
        store::clear_default_address(tx, user).await?;
    }
    let default_since = becomes_default.then_some(now);
    let address = Address { id: market.id::<kind::Address>(), postal, default_since, created_at: now };
    store::insert_address(tx, user, &address).await?;
    Ok(address)
}

/// An entry that is about to be changed with [`change_address`]; `not_found` when it is not this user's.
pub async fn lock_address(tx: &mut Tx, user: UserId, id: AddressId) -> Result<Address> {
    store::lock_user(tx, user).await?.ok_or(Refusal::NotFound)?;
    Ok(store::find_address(tx, user, id).await?.ok_or(Refusal::NotFound)?)
}

/// Replaces what an entry says, and makes it the default when that is wanted. The default can't be given up
/// but only passed on, by making another one the default. `before` comes from [`lock_address`].
pub async fn change_address(
    tx: &mut Tx,
    market: &Market,
    user: UserId,
    before: Address,
    postal: PostalAddress,
    wants_default: bool,
) -> Result<Address> {
    let mut address = Address { postal, ..before };
    if wants_default && address.default_since.is_none() {
        store::clear_default_address(tx, user).await?;
        address.default_since = Some(market.now());
    }
    store::update_address(tx, user, &address).await?;
    Ok(address)
}

/// Removes an entry; `not_found` when it is not this user's. If it was the default, the newest of the
/// others is from now on.
pub async fn remove_address(tx: &mut Tx, market: &Market, user: UserId, id: AddressId) -> Result<()> {
    store::lock_user(tx, user).await?.ok_or(Refusal::NotFound)?;
    if !store::delete_address(tx, user, id).await? {
        return Err(Refusal::NotFound.into());
    }
    let (count, default) = store::address_count_and_default(tx, user).await?;
    if count > 0 && default.is_none() {
        store::default_to_newest_address(tx, user, market.now()).await?;
    }
    Ok(())
}
