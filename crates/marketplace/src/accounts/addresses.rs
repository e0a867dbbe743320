//! The address book, and what an order keeps of an address.

use db::{Conn, Row};
use serde::{Deserialize, Serialize};
use types::{AddressId, Country, FieldErrors, Line, Timestamp, UserId};

use super::store;
use crate::Result;

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

impl db::FromRow for Address {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let address = Self {
            id: columns.read()?,
            postal: PostalAddress {
                name: columns.read()?,
                phone: columns.read()?,
                line1: columns.read()?,
                line2: columns.read()?,
                city: columns.read()?,
                region: columns.read()?,
                postal_code: columns.read()?,
                country: columns.read()?,
            },
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
