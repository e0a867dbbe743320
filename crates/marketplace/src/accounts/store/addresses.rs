//! SQL of the address books.

use db::{Conn, Stmt, params};
use types::{AddressId, UserId};

use crate::Result;
use crate::accounts::Address;

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
