//! How the statements of the lists are asked.

use db::{Conn, ToValue, Tx, Value, params};
use types::{Limit, Money, ProductId, Timestamp, VariantId, VendorId};

use super::statements::{self, Source};
use super::{Card, Filter, Place, Sort, Words};
use crate::catalog::products::ProductStatus;
use crate::{Result, batch};

pub(super) async fn list(
    conn: &mut Conn,
    filter: &Filter,
    sort: Sort,
    (limit, after): (Limit, Option<Place>),
) -> Result<Vec<Card>> {
    let mut values = values(filter);
    // Before the first place of the order.
    let start = if sort == Sort::Cheapest { i64::MIN } else { i64::MAX };
    let (key, id) = after.map_or((start, start), |place| (place.key, place.id));
    values.extend([Value::Int(key), Value::Int(id), Value::Int(limit.plus_one())]);
    let stmt = statements::list(source(filter), !filter.words.is_empty(), sort);
    Ok(conn.all(stmt, &values).await?)
}

pub(super) async fn count(conn: &mut Conn, filter: &Filter) -> Result<i64> {
    let (count,): (i64,) = if filter.is_open() {
        conn.one(&statements::COUNT_ALL, params![]).await?
    } else {
        let stmt = statements::count(source(filter), !filter.words.is_empty());
        conn.one(stmt, &values(filter)).await?
    };
    Ok(count)
}

const fn source(filter: &Filter) -> Source {
    match (filter.vendor, filter.category) {
        (Some(_), _) => Source::Vendor,
        (None, Some(_)) => Source::Category,
        (None, None) => Source::All,
    }
}

/// A filter's parameters, with what lets everything through where nothing is asked.
fn values(filter: &Filter) -> Vec<Value<'_>> {
    let mut values = vec![
        Value::Int(filter.min_price.map_or(0, Money::minor)),
        Value::Int(filter.max_price.map_or(i64::MAX, Money::minor)),
        Value::Int(filter.in_stock.into()),
        Value::Int(filter.on_sale.into()),
        Value::Int(filter.min_rating.unwrap_or(0)),
        filter.vendor.map_or(Value::Null, |vendor| Value::Int(vendor.as_i64())),
        filter.category.map_or(Value::Null, |category| Value::Int(category.as_i64())),
    ];
    if !filter.words.is_empty() {
        values.extend(filter.words.patterns().iter().map(ToValue::to_value));
    }
    values
}

pub(super) async fn of_vendor(
    conn: &mut Conn,
    vendor: VendorId,
    (status, words): (Option<ProductStatus>, &Words),
    (limit, after): (Limit, Option<ProductId>),
) -> Result<Vec<Card>> {
    let before = after.map_or(i64::MAX, ProductId::as_i64);
    let status = status.map_or(Value::Null, |status| Value::Text(status.as_str()));
    let mut values = vec![Value::Int(vendor.as_i64()), status];
    values.extend(words.patterns().iter().map(ToValue::to_value));
    values.extend([Value::Int(before), Value::Int(limit.plus_one())]);
    Ok(conn.all(&statements::OF_VENDOR, &values).await?)
}

pub(super) async fn cards(conn: &mut Conn, ids: &[ProductId]) -> Result<Vec<Card>> {
    batch::all(conn, &statements::CARDS, ids).await
}

/// Products with each of their variants that is not archived.
pub(super) async fn variants(conn: &mut Conn, ids: &[ProductId]) -> Result<Vec<(ProductId, VariantId)>> {
    batch::all(conn, &statements::VARIANTS, ids).await
}

pub(super) async fn next_price_change(conn: &mut Conn) -> Result<Option<Timestamp>> {
    let next: Option<(Timestamp,)> = conn.opt(&statements::NEXT_PRICE_CHANGE, params![]).await?;
    Ok(next.map(|(next,)| next))
}

/// Answers the products whose prices changed.
pub(super) async fn reprice(tx: &mut Tx, now: Timestamp) -> Result<Vec<ProductId>> {
    let rows: Vec<(ProductId,)> = tx.all(&statements::REPRICE, params![now]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
