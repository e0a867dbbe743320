//! PostgreSQL: one statement over arrays for each table, all statements of a transaction sent at once.

use std::time::{Duration, Instant};

use futures_util::future::{join, try_join_all};
use tokio_postgres::{Client, Statement};

use super::Group;
use crate::{
    Config, ToValue as _, Value,
    config::Engine,
    error::{Error, Result},
    postgres::{self, Array, arrays},
};

pub(super) async fn write(
    server: tokio_postgres::Config,
    config: &Config,
    groups: &[Group],
) -> Result<Duration> {
    let store = postgres::Store::open(server, config).await?;
    let client = store.client().await?;
    let statements = prepare(&client, groups).await.map_err(failed)?;
    let started = Instant::now();
    for group in groups {
        write_group(&client, &statements, group).await.map_err(failed)?;
    }
    Ok(started.elapsed())
}

fn failed(error: tokio_postgres::Error) -> Error {
    Error::engine("the bare loop", error)
}

async fn prepare(client: &Client, groups: &[Group]) -> Result<Vec<Statement>, tokio_postgres::Error> {
    let Some(group) = groups.first() else { return Ok(Vec::new()) };
    let inserts = group.inserts.iter().map(|(insert, _)| insert.stmt().text_for(Engine::Postgres));
    let texts = inserts.chain(group.updates.iter().map(|(update, _)| update.postgres));
    try_join_all(texts.map(|text| client.prepare(text))).await
}

/// The parts of a group come in the same order in every group, which is that of the statements.
async fn write_group(
    client: &Client,
    statements: &[Statement],
    group: &Group,
) -> Result<(), tokio_postgres::Error> {
    let rows: Vec<Vec<Vec<Value<'_>>>> = group
        .inserts
        .iter()
        .map(|(_, rows)| rows.iter().map(|row| row.iter().map(|cell| cell.to_value()).collect()).collect())
        .collect();
    let inserts = group.inserts.iter().zip(&rows).map(|((insert, _), rows)| {
        let rows: Vec<&[Value<'_>]> = rows.iter().map(Vec::as_slice).collect();
        arrays(insert.columns().iter().map(|(_, kind)| *kind), &rows)
    });
    let updates = group.updates.iter().map(|(_, rows)| columns(rows));
    let parameters: Vec<Vec<Array<'_>>> = inserts.chain(updates).collect();
    let runs = statements.iter().zip(&parameters).map(|(stmt, arrays)| client.execute_raw(stmt, arrays));
    let (begun, (written, committed)) =
        join(client.batch_execute("BEGIN"), join(try_join_all(runs), client.batch_execute("COMMIT"))).await;
    begun?;
    written?;
    committed
}

fn columns(rows: &[Vec<i64>]) -> Vec<Array<'static>> {
    let width = rows.first().map_or(0, Vec::len);
    (0..width).map(|column| Array::Int(rows.iter().map(|row| Some(row[column])).collect())).collect()
}
