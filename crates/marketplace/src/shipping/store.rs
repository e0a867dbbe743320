//! SQL of the shipping methods.

use db::{Asked, Column, ColumnError, ColumnValue, Conn, FromRow, Kind, Many, Row, Stmt, Tx, params};
use types::{Money, ShippingMethodId, VendorId};

use super::{Area, Band, Method};
use crate::Result;

pub(crate) const STATEMENTS: &[&Stmt] =
    &[OF_VENDORS.stmt(), &OF_VENDOR, &FIND, &LOCK_VENDOR, &COUNT, &INSERT, &UPDATE, &DELETE];

/// `[[up to so many grams, price]]`.
struct Bands(Vec<(i64, i64)>);

impl Column for Bands {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        serde_json::from_str(value.text()?).map(Self).map_err(ColumnError::invalid)
    }
}

fn bands_json(bands: &[Band]) -> String {
    let pairs: Vec<(i64, i64)> = bands.iter().map(|band| (band.up_to_grams, band.price.minor())).collect();
    serde_json::to_string(&pairs).unwrap_or_default()
}

/// `[[country, [regions]]]`.
struct Areas(Vec<(types::Country, Vec<String>)>);

impl Column for Areas {
    fn from_column(value: ColumnValue<'_>) -> Result<Self, ColumnError> {
        serde_json::from_str(value.text()?).map(Self).map_err(ColumnError::invalid)
    }
}

fn areas_json(areas: &[Area]) -> String {
    let pairs: Vec<_> = areas.iter().map(|area| (&area.country, &area.regions)).collect();
    serde_json::to_string(&pairs).unwrap_or_default()
}

impl FromRow for Method {
    fn from_row(row: &Row<'_>) -> db::Result<Self> {
        let mut columns = row.columns();
        let (id, vendor, name, price, free_above) =
            (columns.read()?, columns.read()?, columns.read()?, columns.read()?, columns.read()?);
        let (Bands(bands), Areas(areas)) = (columns.read()?, columns.read()?);
        let band = |(up_to_grams, price)| Band { up_to_grams, price: Money::from_minor(price) };
        let area = |(country, regions)| Area { country, regions };
        let method = Self {
            id,
            vendor,
            name,
            price,
            free_above,
            bands: bands.into_iter().map(band).collect(),
            destinations: areas.into_iter().map(area).collect(),
            min_days: columns.read()?,
            max_days: columns.read()?,
            paused_at: columns.read()?,
            created_at: columns.read()?,
        };
        columns.finish()?;
        Ok(method)
    }
}

static OF_VENDORS: Many = Many::new(
    &[Kind::Int],
    "SELECT id, vendor_id, name, price, free_above, bands, destinations, min_days, max_days, paused_at, created_at
     FROM shipping_methods WHERE vendor_id = $1 AND paused_at IS NULL ORDER BY id LIMIT 100",
    "SELECT m.id, m.vendor_id, m.name, m.price, m.free_above, m.bands, m.destinations, m.min_days, m.max_days,
        m.paused_at, m.created_at
     FROM unnest($1::BIGINT[]) AS d(vendor_id)
     CROSS JOIN LATERAL (
        SELECT id, vendor_id, name, price, free_above, bands, destinations, min_days, max_days, paused_at, created_at
        FROM shipping_methods WHERE vendor_id = d.vendor_id AND paused_at IS NULL ORDER BY id LIMIT 100) AS m
     ORDER BY m.vendor_id, m.id",
);

/// The methods of several shops that are switched on.
pub(super) async fn ask_of_vendors(conn: &mut Conn, vendors: &[VendorId]) -> Result<Asked<Vec<Method>>> {
    let sets: Vec<[db::Value<'_>; 1]> = vendors.iter().map(|vendor| *params![*vendor]).collect();
    Ok(conn.ask_of(&OF_VENDORS, &sets).await?)
}

static OF_VENDOR: Stmt = Stmt::new(
    "SELECT id, vendor_id, name, price, free_above, bands, destinations, min_days, max_days, paused_at, created_at
     FROM shipping_methods WHERE vendor_id = $1 ORDER BY id LIMIT 100",
);

pub(super) async fn of_vendor(conn: &mut Conn, vendor: VendorId) -> Result<Vec<Method>> {
    Ok(conn.all(&OF_VENDOR, params![vendor]).await?)
}

static FIND: Stmt = Stmt::new(
    "SELECT id, vendor_id, name, price, free_above, bands, destinations, min_days, max_days, paused_at, created_at
     FROM shipping_methods WHERE id = $1 AND vendor_id = $2",
);

pub(super) async fn find(
    conn: &mut Conn,
    vendor: VendorId,
    method: ShippingMethodId,
) -> Result<Option<Method>> {
    Ok(conn.opt(&FIND, params![method, vendor]).await?)
}

static LOCK_VENDOR: Stmt = Stmt::with_postgres(
    "SELECT id FROM vendors WHERE id = $1",
    "SELECT id FROM vendors WHERE id = $1 FOR NO KEY UPDATE",
);

/// Those who change a shop's methods follow one another.
pub(super) async fn lock_vendor(tx: &mut Tx, vendor: VendorId) -> Result<()> {
    let _: Option<(VendorId,)> = tx.opt(&LOCK_VENDOR, params![vendor]).await?;
    Ok(())
}

static COUNT: Stmt = Stmt::new("SELECT COUNT(*) FROM shipping_methods WHERE vendor_id = $1");

pub(super) async fn count(conn: &mut Conn, vendor: VendorId) -> Result<i64> {
    let (count,): (i64,) = conn.one(&COUNT, params![vendor]).await?;
    Ok(count)
}

static INSERT: Stmt = Stmt::new(
    "INSERT INTO shipping_methods (id, vendor_id, name, price, free_above, bands, destinations, min_days,
        max_days, paused_at, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
);

pub(super) async fn insert(tx: &mut Tx, method: &Method) -> Result<()> {
    let (bands, areas) = (bands_json(&method.bands), areas_json(&method.destinations));
    let Method { id, vendor, name, price, free_above, min_days, max_days, paused_at, created_at, .. } =
        method;
    let values =
        params![id, vendor, name, price, free_above, bands, areas, min_days, max_days, paused_at, created_at];
    Ok(tx.exec_n(1, &INSERT, values).await?)
}

static UPDATE: Stmt = Stmt::new(
    "UPDATE shipping_methods SET name = $2, price = $3, free_above = $4, bands = $5, destinations = $6,
        min_days = $7, max_days = $8, paused_at = $9
     WHERE id = $1",
);

pub(super) async fn update(tx: &mut Tx, method: &Method) -> Result<()> {
    let (bands, areas) = (bands_json(&method.bands), areas_json(&method.destinations));
    let Method { id, name, price, free_above, min_days, max_days, paused_at, .. } = method;
    let values = params![id, name, price, free_above, bands, areas, min_days, max_days, paused_at];
    Ok(tx.exec_n(1, &UPDATE, values).await?)
}

static DELETE: Stmt = Stmt::new("DELETE FROM shipping_methods WHERE id = $1");

pub(super) async fn delete(tx: &mut Tx, method: ShippingMethodId) -> Result<()> {
    Ok(tx.exec_n(1, &DELETE, params![method]).await?)
}
