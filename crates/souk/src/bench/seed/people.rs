//! People who buy.

use anyhow::Result;
use marketplace::Market;
use marketplace::accounts::{self, Client, NewUser, PasswordHash};
use types::UserId;

/// People who are made in one transaction.
const BATCH: usize = 200;

/// Makes users who have no password: nobody can log in as one.
pub(in crate::bench) async fn make(market: &Market, name: &str, count: usize) -> Result<Vec<UserId>> {
    let stamp = market.now().as_micros();
    let mut made = Vec::with_capacity(count);
    for first in (0..count).step_by(BATCH) {
        let mut new = Vec::new();
        for number in first..count.min(first + BATCH) {
            new.push(NewUser {
                email: format!("{name}-{number}-{stamp}@bench.example").parse()?,
                password: PasswordHash::from_kept("none".to_owned()),
                first_name: "Buyer".parse()?,
                last_name: None,
            });
        }
        let owned = market.clone();
        let users: marketplace::Result<Vec<UserId>> = market
            .db
            .write(async move |tx| {
                let mut users = Vec::with_capacity(new.len());
                for new in &new {
                    users.push(accounts::create_user(tx, &owned, new).await?);
                }
                Ok(users)
            })
            .await;
        made.append(&mut users?);
    }
    Ok(made)
}

/// A fresh access token for each.
pub(in crate::bench) async fn log_in(market: &Market, users: &[UserId]) -> Result<Vec<String>> {
    let mut tokens = Vec::with_capacity(users.len());
    for some in users.chunks(BATCH) {
        let (owned, some) = (market.clone(), some.to_vec());
        let opened: marketplace::Result<Vec<String>> = market
            .db
            .write(async move |tx| {
                let mut tokens = Vec::with_capacity(some.len());
                for user in &some {
                    tokens.push(accounts::open_session(tx, &owned, *user, &Client::default()).await?.access);
                }
                Ok(tokens)
            })
            .await;
        tokens.append(&mut opened?);
    }
    Ok(tokens)
}
