//! Links by which a guest sees a purchase again without an account.
//!
//! A link's token names the checkout and is signed with a key that all nodes share in the database. Whoever
//! has it may see, pay and cancel this one purchase, and nothing else.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{Conn, Stmt, params};
use types::CheckoutId;

use crate::{Market, Result, secrets};

pub(crate) const STATEMENTS: &[&Stmt] = &[&KEY, &KEEP_KEY];

const PREFIX: &str = "gst_";

/// Bytes of the key and of a signature.
const BYTES: usize = 32;

/// A token as somebody sends it: not yet known to be a good one. Never shown by `Debug`.
#[derive(Clone)]
pub struct LinkToken {
    checkout: CheckoutId,
    signature: Vec<u8>,
}

impl fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkToken(…)")
    }
}

impl FromStr for LinkToken {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "not a link's token";
        let (id, signature) = text.strip_prefix(PREFIX).and_then(|rest| rest.split_once('.')).ok_or(wrong)?;
        let checkout = format!("chk_{id}").parse().map_err(|_| wrong)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| wrong)?;
        Ok(Self { checkout, signature })
    }
}

/// The address under which a guest sees a checkout.
pub(crate) async fn link(market: &Market, checkout: CheckoutId) -> Result<String> {
    let key = key(market).await?;
    let signature = hmac::sign(&key, message(checkout).as_bytes());
    let (signature, id) = (URL_SAFE_NO_PAD.encode(signature), checkout.to_string());
    let digits = id.rsplit('_').next().unwrap_or_default();
    let home = &market.settings.public_url;
    Ok(format!("{home}/v1/checkouts/{id}?token={PREFIX}{digits}.{signature}"))
}

/// The checkout that a token is for, if it is a good one.
pub async fn checkout_of(conn: &mut Conn, token: &LinkToken) -> Result<Option<CheckoutId>> {
    let Some(key) = kept_key(conn).await? else { return Ok(None) };
    let good = hmac::verify(&key, message(token.checkout).as_bytes(), &token.signature).is_ok();
    Ok(good.then_some(token.checkout))
}

fn message(checkout: CheckoutId) -> String {
    format!("a guest's link to {checkout}")
}

/// The key, made by whoever needs it first.
async fn key(market: &Market) -> Result<hmac::Key> {
    let mut conn = market.db.read().await?;
    if let Some(key) = kept_key(&mut conn).await? {
        return Ok(key);
    }
    drop(conn);
    let mut fresh = [0; BYTES];
    secrets::fill(&mut fresh)?;
    market
        .db
        .write(async move |tx| {
            tx.exec(&KEEP_KEY, params![fresh]).await?;
            let (kept,): (Vec<u8>,) = tx.one(&KEY, params![]).await?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, &kept))
        })
        .await
}

static KEY: Stmt = Stmt::new("SELECT key FROM shared_keys WHERE name = 'guest_links'");

async fn kept_key(conn: &mut Conn) -> Result<Option<hmac::Key>> {
    let kept: Option<(Vec<u8>,)> = conn.opt(&KEY, params![]).await?;
    Ok(kept.map(|(kept,)| hmac::Key::new(hmac::HMAC_SHA256, &kept)))
}

static KEEP_KEY: Stmt =
    Stmt::new("INSERT INTO shared_keys (name, key) VALUES ('guest_links', $1) ON CONFLICT (name) DO NOTHING");
