//! SQL of the address books.

use db::{Asked, Conn, Kind, Many, Stmt, Tx, params};
use types::{AddressId, Limit, Timestamp, UserId};

use crate::Result;
use crate::accounts::{Address, PostalAddress};

pub(super) static FIND_ADDRESS: Stmt = Stmt::new(
    "SELECT id, name, phone, line1, line2, city, region, postal_code, country, default_since, created_at
     FROM addresses WHERE id = $1 AND user_id = $2",
);

pub(in crate::accounts) async fn find_address(
    conn: &mut Conn,
    user: UserId,
    id: AddressId,
) -> Result<Option<Address>> {
    Ok(conn.opt(&FIND_ADDRESS, params![id, user]).await?)
}

pub(super) static FIND_ADDRESSES: Many = Many::new(
    &[Kind::Int, Kind::Int],
    "SELECT user_id, id, name, phone, line1, line2, city, region, postal_code, country
     FROM addresses WHERE id = $1 AND user_id = $2",
    "SELECT a.user_id, a.id, a.name, a.phone, a.line1, a.line2, a.city, a.region, a.postal_code, a.country
     FROM unnest($1::BIGINT[], $2::BIGINT[]) AS d(id, user_id)
     CROSS JOIN LATERAL (
        SELECT user_id, id, name, phone, line1, line2, city, region, postal_code, country
        FROM addresses WHERE id = d.id AND user_id = d.user_id LIMIT 1) AS a",
);

/// An address with whose it is.
pub(in crate::accounts) struct Owned {
    pub(in crate::accounts) user: UserId,
    pub(in crate::accounts) id: AddressId,
    pub(in crate::accounts) postal: PostalAddress,
}

impl db::FromRow for Owned {
    fn from_row(row: &db::Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let owned =
            Self { user: columns.read()?, id: columns.read()?, postal: PostalAddress::read(&mut columns)? };
        columns.finish()?;
        Ok(owned)
    }
}

pub(in crate::accounts) async fn ask_addresses(
    conn: &mut Conn,
    wanted: &[(UserId, AddressId)],
) -> Result<Asked<Vec<Owned>>> {
    let sets: Vec<[db::Value<'_>; 2]> = wanted.iter().map(|(user, id)| *params![*id, *user]).collect();
    Ok(conn.ask_of(&FIND_ADDRESSES, &sets).await?)
}

pub(super) static DEFAULT_ADDRESS: Stmt = Stmt::new(
    "SELECT id, name, phone, line1, line2, city, region, postal_code, country, default_since, created_at
     FROM addresses WHERE user_id = $1 AND default_since IS NOT NULL",
);

pub(in crate::accounts) async fn ask_default_address(
    conn: &mut Conn,
    user: UserId,
) -> Result<Asked<Option<Address>>> {
    let rows: Asked<Vec<Address>> = conn.ask(&DEFAULT_ADDRESS, params![user]).await?;
    Ok(rows.map(|rows| rows.into_iter().next()))
}

pub(super) static LIST_ADDRESSES: Stmt = Stmt::new(
    "SELECT id, name, phone, line1, line2, city, region, postal_code, country, default_since, created_at
     FROM addresses WHERE user_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR id < CAST($2 AS BIGINT))
     ORDER BY id DESC LIMIT $3",
);

pub(in crate::accounts) async fn list_addresses(
    conn: &mut Conn,
    user: UserId,
    after: Option<i64>,
    limit: Limit,
) -> Result<Vec<Address>> {
    Ok(conn.all(&LIST_ADDRESSES, params![user, after, limit.plus_one()]).await?)
}

pub(super) static ADDRESS_COUNT_AND_DEFAULT: Stmt =
    Stmt::new("SELECT COUNT(*), MAX(default_since) FROM addresses WHERE user_id = $1");

/// How many there are, and since when there is a default among them.
pub(in crate::accounts) async fn address_count_and_default(
    conn: &mut Conn,
    user: UserId,
) -> Result<(i64, Option<Timestamp>)> {
    Ok(conn.one(&ADDRESS_COUNT_AND_DEFAULT, params![user]).await?)
}

pub(super) static INSERT_ADDRESS: Stmt = Stmt::new(
    "INSERT INTO addresses (id, user_id, name, phone, line1, line2, city, region, postal_code, country,
        default_since, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
);

pub(in crate::accounts) async fn insert_address(tx: &mut Tx, user: UserId, address: &Address) -> Result<()> {
    let postal = &address.postal;
    let values = params![
        address.id,
        user,
        postal.name,
        postal.phone,
        postal.line1,
        postal.line2,
        postal.city,
        postal.region,
        postal.postal_code,
        postal.country,
        address.default_since,
        address.created_at
    ];
    tx.exec_n(1, &INSERT_ADDRESS, values).await?;
    Ok(())
}

pub(super) static UPDATE_ADDRESS: Stmt = Stmt::new(
    "UPDATE addresses SET name = $3, phone = $4, line1 = $5, line2 = $6, city = $7, region = $8, postal_code = $9,
        country = $10, default_since = $11
     WHERE id = $1 AND user_id = $2",
);

pub(in crate::accounts) async fn update_address(tx: &mut Tx, user: UserId, address: &Address) -> Result<()> {
    let postal = &address.postal;
    let values = params![
        address.id,
        user,
        postal.name,
        postal.phone,
        postal.line1,
        postal.line2,
        postal.city,
        postal.region,
        postal.postal_code,
        postal.country,
        address.default_since
    ];
    tx.exec_n(1, &UPDATE_ADDRESS, values).await?;
    Ok(())
}

pub(super) static CLEAR_DEFAULT_ADDRESS: Stmt =
    Stmt::new("UPDATE addresses SET default_since = NULL WHERE user_id = $1 AND default_since IS NOT NULL");

pub(in crate::accounts) async fn clear_default_address(tx: &mut Tx, user: UserId) -> Result<()> {
    tx.exec(&CLEAR_DEFAULT_ADDRESS, params![user]).await?;
    Ok(())
}

pub(super) static DEFAULT_TO_NEWEST_ADDRESS: Stmt = Stmt::new(
    "UPDATE addresses SET default_since = $2 WHERE id = (SELECT MAX(id) FROM addresses WHERE user_id = $1)",
);

pub(in crate::accounts) async fn default_to_newest_address(
    tx: &mut Tx,
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    tx.exec_n(1, &DEFAULT_TO_NEWEST_ADDRESS, params![user, now]).await?;
    Ok(())
}

pub(super) static DELETE_ADDRESS: Stmt = Stmt::new("DELETE FROM addresses WHERE id = $1 AND user_id = $2");

/// `false` when it is not this user's.
pub(in crate::accounts) async fn delete_address(tx: &mut Tx, user: UserId, id: AddressId) -> Result<bool> {
    Ok(tx.exec(&DELETE_ADDRESS, params![id, user]).await? == 1)
}
